// litesvm as the executor of one open slot. Blockhashes are not its business: it knows only the
// newest, so its own check is off and the chain keeps the window (blockhash-window.ts). Its own
// duplicate check is off too, because it forgets on a restart; the chain refuses duplicates itself.
import type { Transaction } from '@solana/kit';
import { type AccountState, type Address, addressFromBytes } from '@streamsync/domain';
import { Clock, EpochSchedule, FailedTransactionMetadata, LiteSVM } from 'litesvm';
import { BUILTIN_OWNERS, fromKit, SLOT_SYSVARS, toKit } from './addresses.ts';
import { transactionErrorJson } from './transaction-error.ts';
import type { InnerInstruction, ReturnData, TransactionErrorJson } from './types.ts';

export const SLOTS_PER_EPOCH = 432_000;
/** Logs of one transaction beyond this are cut, as validators do (LOG_MESSAGES_BYTES_LIMIT). */
const LOG_BYTES_MAX = 10_000n;

export interface Outcome {
  readonly error: TransactionErrorJson | null;
  readonly logs: readonly string[];
  readonly innerInstructions: readonly {
    readonly index: number;
    readonly instructions: readonly InnerInstruction[];
  }[];
  readonly computeUnitsConsumed: bigint;
  readonly returnData: ReturnData | null;
}

export interface SimulatedOutcome extends Outcome {
  /** The states that the transaction would leave, of the accounts that it names. */
  readonly accountsAfter: ReadonlyMap<Address, AccountState>;
}

type Metadata = ReturnType<FailedTransactionMetadata['meta']>;

export class Svm {
  #svm: LiteSVM;

  constructor() {
    this.#svm = new LiteSVM()
      .withNativeMints()
      .withBlockhashCheck(false)
      .withTransactionHistory(0n)
      .withLogBytesLimit(LOG_BYTES_MAX);
    // Without warm-up an epoch has the same length from the first slot on, so epoch sums are plain.
    this.#svm.setEpochSchedule(
      new EpochSchedule(BigInt(SLOTS_PER_EPOCH), BigInt(SLOTS_PER_EPOCH), false, 0n, 0n),
    );
  }

  /** What litesvm has before any transaction ran: programs, sysvars, features, native mints. */
  builtinAccounts(): [Address, AccountState][] {
    return BUILTIN_OWNERS.flatMap((owner) =>
      this.#svm
        .getProgramAccounts(toKit(owner))
        .map((account): [Address, AccountState] => [
          fromKit(account.address),
          stateOf(account as Parameters<typeof stateOf>[0]),
        ]),
    );
  }

  read(address: Address): AccountState | null {
    const account = this.#svm.getAccount(toKit(address));
    return account.exists && account.lamports > 0n ? stateOf(account) : null;
  }

  write(address: Address, state: AccountState): void {
    this.#svm.setAccount({
      address: toKit(address),
      lamports: state.lamports as Parameters<LiteSVM['setAccount']>[0]['lamports'],
      programAddress: toKit(state.owner),
      executable: state.executable,
      data: state.data,
      space: BigInt(state.data.length),
    });
  }

  rentExemptLamports(sizeBytes: number): bigint {
    return this.#svm.minimumBalanceForRentExemption(BigInt(sizeBytes));
  }

  /** Starts a slot: clock and slot hashes, newest first. */
  openSlot(
    slot: number,
    unixSeconds: number,
    slotHashes: readonly { slot: number; hash: string }[],
  ): void {
    const epoch = BigInt(Math.floor(slot / SLOTS_PER_EPOCH));
    this.#svm.expireBlockhash();
    this.#svm.warpToSlot(BigInt(slot));
    this.#svm.setClock(
      new Clock(BigInt(slot), BigInt(unixSeconds), epoch, epoch + 1n, BigInt(unixSeconds)),
    );
    this.#svm.setSlotHashes(
      slotHashes.map((entry) => ({ slot: BigInt(entry.slot), hash: entry.hash })),
    );
  }

  slotSysvars(): readonly [Address, AccountState | null][] {
    return SLOT_SYSVARS.map((address) => [address, this.read(address)]);
  }

  /** @throws Error when a signature is missing altogether; a wrong one is the outcome SignatureFailure */
  execute(transaction: Transaction): Outcome {
    const result = this.#svm.sendTransaction(transaction);
    return result instanceof FailedTransactionMetadata
      ? outcomeOf(result.meta(), transactionErrorJson(result.err()))
      : outcomeOf(result, null);
  }

  /** Runs without keeping anything. @throws Error as execute does, when `verifySignatures` */
  simulate(transaction: Transaction, verifySignatures: boolean): SimulatedOutcome {
    // The switch changes the whole instance, so it is turned back in the same synchronous stretch.
    this.#svm.withSigverify(verifySignatures);
    try {
      const result = this.#svm.simulateTransaction(transaction);
      if (result instanceof FailedTransactionMetadata) {
        const outcome = outcomeOf(result.meta(), transactionErrorJson(result.err()));
        return { ...outcome, accountsAfter: new Map() };
      }
      const after = result
        .postAccounts()
        .map((account): [Address, AccountState] => [
          fromKit(account.address),
          stateOf(account as Parameters<typeof stateOf>[0]),
        ]);
      return { ...outcomeOf(result.meta(), null), accountsAfter: new Map(after) };
    } finally {
      this.#svm.withSigverify(true);
    }
  }
}

function stateOf(account: {
  lamports: bigint;
  programAddress: Parameters<typeof fromKit>[0];
  executable: boolean;
  data: unknown;
}): AccountState {
  return {
    lamports: account.lamports,
    owner: fromKit(account.programAddress),
    executable: account.executable,
    data: new Uint8Array(account.data as Uint8Array),
  };
}

function outcomeOf(meta: Metadata, error: TransactionErrorJson | null): Outcome {
  const returned = meta.returnData();
  const returnBytes = new Uint8Array(returned.data());
  return {
    error,
    logs: meta.logs(),
    innerInstructions: meta.innerInstructions().flatMap((list, index) =>
      list.length === 0
        ? []
        : [
            {
              index,
              instructions: list.map((inner) => ({
                programIdIndex: inner.instruction().programIdIndex(),
                accounts: [...inner.instruction().accounts()],
                data: new Uint8Array(inner.instruction().data()),
                stackHeight: inner.stackHeight(),
              })),
            },
          ],
    ),
    computeUnitsConsumed: meta.computeUnitsConsumed(),
    returnData:
      returnBytes.length === 0
        ? null
        : { programId: addressFromBytes(returned.programId()), data: returnBytes },
  };
}
