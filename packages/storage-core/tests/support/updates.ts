// Small made-up slots for tests: numbers in, domain objects out.
import {
  type AccountState,
  type AccountWrite,
  addressFromBytes,
  type Blockhash,
  blockhashFromBytes,
  parseSlot,
  type SlotUpdate,
  signatureFromBytes,
  type TransactionRecord,
} from '@streamsync/domain';

export const slotOf = (slot: number) => parseSlot(slot);
export const addressOf = (number: number) => addressFromBytes(new Uint8Array(32).fill(number));

/** The hash of a slot's block on a fork. */
export function blockhashOf(slot: number, fork = 0): Blockhash {
  const bytes = new Uint8Array(32);
  new DataView(bytes.buffer).setUint32(0, slot);
  new DataView(bytes.buffer).setUint32(4, fork);
  return blockhashFromBytes(bytes);
}

export const stateOf = (lamports: number): AccountState => ({
  lamports: BigInt(lamports),
  owner: addressOf(200),
  executable: false,
  data: new Uint8Array(lamports % 7).fill(lamports),
});

export function updateOf(
  slot: number,
  parent: number | null,
  accounts: readonly AccountWrite[],
): SlotUpdate {
  return {
    slot: slotOf(slot),
    parentSlot: parent === null ? null : slotOf(parent),
    blockhash: blockhashOf(slot),
    previousBlockhash: null,
    blockTimeSeconds: BigInt(slot),
    blockHeight: null,
    provenance: 'STREAMED',
    accounts,
    transactions: [],
  };
}

export function transactionOf(name: number, slot: number): TransactionRecord {
  const signature = signatureFromBytes(new Uint8Array(64).fill(name));
  return {
    signature,
    slot: slotOf(slot),
    blockTimeSeconds: BigInt(slot),
    blockIndex: name,
    version: 'legacy',
    signatures: [signature],
    accountKeys: [addressOf(1)],
    header: null,
    recentBlockhash: null,
    instructions: null,
    innerInstructions: null,
    feeLamports: 5_000n,
    succeeded: true,
    error: null,
    preBalancesLamports: null,
    postBalancesLamports: null,
    preTokenBalances: null,
    postTokenBalances: null,
    logs: null,
    computeUnitsConsumed: null,
    returnData: null,
  };
}
