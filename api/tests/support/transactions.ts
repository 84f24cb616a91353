// A transaction for tests of history: named by two bytes, of the accounts that are given.
import {
  type Address,
  parseSlot,
  type Slot,
  signatureFromBytes,
  type TransactionRecord,
} from '@streamsync/domain';

/** The signature of the transaction at a place. */
export function signatureAt(slot: bigint, blockIndex: number) {
  const bytes = new Uint8Array(64).fill(1);
  new DataView(bytes.buffer).setBigUint64(0, slot);
  new DataView(bytes.buffer).setUint32(8, blockIndex);
  return signatureFromBytes(bytes);
}

/** `accounts`: each with its lamports before and after. */
export function transactionAt(
  place: { readonly slot: Slot; readonly blockIndex: number },
  accounts: readonly (readonly [Address, bigint, bigint])[],
): TransactionRecord {
  const signature = signatureAt(place.slot, place.blockIndex);
  return {
    ...place,
    signature,
    signatures: [signature],
    blockTimeSeconds: 1_700_000_000n + place.slot,
    version: 0,
    accountKeys: accounts.map(([address]) => address),
    header: { requiredSignatures: 1, readonlySigned: 0, readonlyUnsigned: 0 },
    recentBlockhash: null,
    instructions: [],
    innerInstructions: [],
    feeLamports: 5_000n,
    succeeded: true,
    error: null,
    preBalancesLamports: accounts.map(([, pre]) => pre),
    postBalancesLamports: accounts.map(([, , post]) => post),
    preTokenBalances: [],
    postTokenBalances: [],
    logs: [],
    computeUnitsConsumed: 150n,
    returnData: null,
  };
}

export const slotOf = (value: number | bigint): Slot => parseSlot(BigInt(value));
