// The chain: one open slot in which transactions run at once, and the closed slots behind it.
//
// Slots and commitments. With O the open slot: 'processed' is O, whose state may still change;
// 'confirmed' is O - 1, the last closed slot; 'finalized' is O - 31. A read at 'processed' sees the
// open slot and says O. A read at 'confirmed' or 'finalized' sees the last closed slot and says
// O - 1: there are no forks, so a closed slot never changes, and the slot that is stated is always
// the one whose state is shown. Closing a slot reports the final state of each account it changed.
// So a snapshot that states slot S, and then the reports of slots > S, is exact when it was read at
// 'confirmed'; one read at 'processed' needs the reports of slots >= S.
import { createHash } from 'node:crypto';
import {
  type AccountState,
  type Address,
  addressBytes,
  type Blockhash,
  blockhashFromBytes,
  type Signature,
  signatureBytes,
} from '@streamsync/domain';
import { Accounts, type View } from './accounts.ts';
import { SLOT_SYSVARS } from './addresses.ts';
import { BLOCKHASH_SLOTS_MAX, BlockhashWindow } from './blockhash-window.ts';
import { type DecodedTransaction, signatureOf } from './decode-transaction.ts';
import { durableNonceOf, isNonceGood, NonceExchange, nonceAccountOf } from './durable-nonce.ts';
import { type Execution, execute, showNonces } from './execute.ts';
import { History, statusOf, type TransactionStatus } from './history.ts';
import { type SimulatedOutcome, Svm } from './svm.ts';
import type { Block, ClosedSlot, Commitment, ExecutedTransaction } from './types.ts';

/** Slots behind the tip at which a slot counts as final, as on a cluster with full lockout. */
export const FINALITY_SLOTS = 31;

export interface ChainOptions {
  readonly genesisHash: Blockhash;
  /** Accounts that exist from the start, in addition to litesvm's own. */
  readonly genesisAccounts: readonly (readonly [Address, AccountState])[];
  /** Milliseconds since 1970. */
  readonly nowMs: () => number;
  readonly history?: History;
}

export interface ChainEvents {
  /** A transaction became part of the open slot. */
  executed(transaction: ExecutedTransaction, slot: number): void;
  /** A slot closed; its block and state are already readable. */
  slotClosed(closed: ClosedSlot): void;
}

export class Chain {
  readonly genesisHash: Blockhash;
  readonly svm = new Svm();
  readonly accounts: Accounts;
  readonly history: History;
  readonly #nowMs: () => number;
  #window = new BlockhashWindow();
  #openSlot = 1;
  #lastHash: Blockhash;
  #lastTimeSeconds = 0;
  #transactions: ExecutedTransaction[] = [];
  #statuses = new Map<Signature, TransactionStatus>();
  #listeners: ChainEvents[] = [];
  #transactionCount = 0;

  constructor(options: ChainOptions) {
    this.genesisHash = options.genesisHash;
    this.#nowMs = options.nowMs;
    this.history = options.history ?? new History();
    const builtin = this.svm.builtinAccounts();
    this.accounts = new Accounts(builtin);
    for (const [address, state] of options.genesisAccounts) {
      this.svm.write(address, state);
      this.accounts.restore(address, state);
    }
    this.#lastHash = options.genesisHash;
  }

  /** Takes up a closed slot that was saved: history only, or with its state. */
  restoreBlock(block: Block): void {
    this.history.append(block);
    this.#window.push(block.slot, block.blockhash, signaturesOf(block));
    this.#openSlot = block.slot + 1;
    this.#lastHash = block.blockhash;
    this.#lastTimeSeconds = block.blockTimeSeconds;
    this.#transactionCount += block.transactions.length;
  }

  /** Starts to take transactions; call once, after the restored state stands. */
  start(): void {
    if (this.#openSlot === 1) this.#window.push(0, this.genesisHash, []);
    for (const [address, state] of this.accounts.changed()) {
      // A program needs its data account to stand first, so executables come in a second round.
      if (!state.executable && !SLOT_SYSVARS.includes(address)) this.svm.write(address, state);
    }
    for (const [address, state] of this.accounts.changed()) {
      if (state.executable) this.svm.write(address, state);
    }
    this.#beginSlot();
  }

  onEvents(listener: ChainEvents): () => void {
    this.#listeners.push(listener);
    return () => {
      this.#listeners = this.#listeners.filter((other) => other !== listener);
    };
  }

  /** The slot that a commitment stands for; genesis is slot 0. Every slot has a block. */
  slotAt(commitment: Commitment): number {
    if (commitment === 'processed') return this.#openSlot;
    if (commitment === 'confirmed') return this.#openSlot - 1;
    return Math.max(0, this.#openSlot - FINALITY_SLOTS);
  }

  /** Which state a read at a commitment sees, and the slot that it states. */
  viewAt(commitment: Commitment): { readonly view: View; readonly slot: number } {
    return commitment === 'processed'
      ? { view: 'open', slot: this.#openSlot }
      : { view: 'closed', slot: this.#openSlot - 1 };
  }

  commitmentOf(slot: number): Commitment {
    if (slot <= this.slotAt('finalized')) return 'finalized';
    return slot <= this.slotAt('confirmed') ? 'confirmed' : 'processed';
  }

  get transactionCount(): number {
    return this.#transactionCount + this.#transactions.length;
  }

  /** The newest blockhash and the last block height at which a transaction may name it. */
  latestBlockhash(): { readonly blockhash: Blockhash; readonly lastValidBlockHeight: number } {
    return {
      blockhash: this.#lastHash,
      lastValidBlockHeight: this.#openSlot - 1 + BLOCKHASH_SLOTS_MAX,
    };
  }

  isBlockhashGood(blockhash: Blockhash): boolean {
    return this.#window.slotOf(blockhash) !== null;
  }

  status(signature: Signature): TransactionStatus | null {
    return this.#statuses.get(signature) ?? this.history.status(signature);
  }

  /** A transaction of the open slot or of the history, with its slot and time. */
  transaction(
    signature: Signature,
  ): { status: TransactionStatus; transaction: ExecutedTransaction } | null {
    const status = this.status(signature);
    if (status === null) return null;
    const transactions =
      status.slot === this.#openSlot
        ? this.#transactions
        : (this.history.block(status.slot)?.transactions ?? []);
    const transaction = transactions[status.index];
    return transaction === undefined ? null : { status, transaction };
  }

  /** Runs a transaction in the open slot. @throws Error when a signature is missing altogether */
  send(decoded: DecodedTransaction): Execution {
    const admission = this.#admit(decoded);
    if ('error' in admission) return { kind: 'refused', error: admission.error, logs: [] };
    const execution = execute(
      this.svm,
      this.accounts,
      decoded,
      admission.nonceAccount,
      this.#nextNonce,
    );
    if (execution.kind === 'refused') return execution;
    const { transaction } = execution;
    const index = this.#transactions.push(transaction) - 1;
    const block = { slot: this.#openSlot, blockTimeSeconds: this.#lastTimeSeconds };
    this.#statuses.set(transaction.signature, statusOf(block, transaction, index));
    this.#window.remember(transaction.signature);
    for (const listener of this.#listeners) listener.executed(transaction, this.#openSlot);
    return execution;
  }

  /**
   * Runs a transaction without keeping anything. @throws Error when a signature is missing
   * altogether and `verifySignatures` is set
   */
  simulate(
    decoded: DecodedTransaction,
    options: { readonly verifySignatures: boolean; readonly ignoreBlockhash: boolean },
  ): SimulatedOutcome {
    const admission = options.ignoreBlockhash ? null : this.#admit(decoded);
    if (admission !== null && 'error' in admission) return { ...REFUSED, error: admission.error };
    const exchange = new NonceExchange(decoded, this.#nextNonce);
    const putBack = showNonces(this.svm, exchange, decoded.staticKeys, (key) =>
      this.accounts.read(key, 'open'),
    );
    try {
      return this.svm.simulate(decoded.kit, options.verifySignatures);
    } finally {
      putBack();
    }
  }

  /** Closes the open slot, makes its block readable, opens the next and tells the listeners. */
  advanceSlot(): ClosedSlot {
    const writes = this.accounts.closeSlot();
    const block: Block = {
      slot: this.#openSlot,
      parentSlot: this.#openSlot - 1,
      previousBlockhash: this.#lastHash,
      blockhash: hashBlock(this.#lastHash, this.#openSlot, this.#transactions),
      blockTimeSeconds: this.#lastTimeSeconds,
      transactions: this.#transactions,
    };
    this.#transactions = [];
    this.#statuses.clear();
    this.restoreBlock(block);
    this.#beginSlot();
    const closed = { block, writes };
    for (const listener of this.#listeners) listener.slotClosed(closed);
    return closed;
  }

  #beginSlot(): void {
    // Block times never run backwards, whatever the machine's clock does.
    this.#lastTimeSeconds = Math.max(this.#lastTimeSeconds, Math.floor(this.#nowMs() / 1_000));
    this.svm.openSlot(this.#openSlot, this.#lastTimeSeconds, this.#window.slotHashes());
    for (const [address, state] of this.svm.slotSysvars()) this.accounts.write(address, state);
  }

  /** What a nonce account that advances in the open slot takes. */
  get #nextNonce(): Address {
    return durableNonceOf(this.#lastHash);
  }

  /** Whether a transaction may run now, by its signature and its blockhash or nonce. */
  #admit(
    decoded: DecodedTransaction,
  ): { readonly nonceAccount: Address | null } | { readonly error: string } {
    if (this.#window.hasRun(signatureOf(decoded))) return { error: 'AlreadyProcessed' };
    if (this.isBlockhashGood(decoded.recentBlockhash)) return { nonceAccount: null };
    const nonceAccount = nonceAccountOf(decoded);
    const state = nonceAccount === null ? null : this.accounts.read(nonceAccount, 'open');
    return nonceAccount !== null && isNonceGood(decoded, state, this.#nextNonce)
      ? { nonceAccount }
      : { error: 'BlockhashNotFound' };
  }
}

const REFUSED: SimulatedOutcome = {
  error: null,
  logs: [],
  innerInstructions: [],
  computeUnitsConsumed: 0n,
  returnData: null,
  accountsAfter: new Map(),
};

function signaturesOf(block: Block): Signature[] {
  return block.transactions.map((transaction) => transaction.signature);
}

/** A block's hash commits to its parent, its slot and its transactions, in their order. */
function hashBlock(
  previous: Blockhash,
  slot: number,
  transactions: readonly ExecutedTransaction[],
): Blockhash {
  const hash = createHash('sha256')
    .update('streamsync-localnet-block')
    .update(addressBytes(previous))
    .update(new BigUint64Array([BigInt(slot)]));
  for (const { signature } of transactions) hash.update(signatureBytes(signature));
  return blockhashFromBytes(hash.digest());
}
