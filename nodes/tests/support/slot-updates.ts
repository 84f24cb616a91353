// Small slots for tests: slot N with a blockhash of its own, the accounts and transactions given.
import {
  type AccountState,
  type AccountWrite,
  type Address,
  addressFromBytes,
  blockhashFromBytes,
  parseSlot,
  type SlotUpdate,
  signatureFromBytes,
  type TransactionRecord,
} from '@streamsync/domain';
import { SYSTEM_PROGRAM } from '@streamsync/program-parser';

export const bytesOf = (byte: number): Uint8Array => new Uint8Array(32).fill(byte);
export const addressOf = (byte: number): Address => addressFromBytes(bytesOf(byte));
export const signatureBytesOf = (byte: number): Uint8Array => new Uint8Array(64).fill(byte);

export const systemAccount = (lamports: bigint): AccountState => ({
  lamports,
  owner: SYSTEM_PROGRAM,
  executable: false,
  data: new Uint8Array(0),
});

export function tokenAccount(options: {
  readonly program: Address;
  readonly mint: Uint8Array;
  readonly owner: Uint8Array;
}): AccountState {
  const data = new Uint8Array(165);
  data.set(options.mint, 0);
  data.set(options.owner, 32);
  data[108] = 1;
  return { lamports: 2_039_280n, owner: options.program, executable: false, data };
}

export function slotUpdate(
  slot: number,
  accounts: readonly AccountWrite[] = [],
  transactions: readonly TransactionRecord[] = [],
): SlotUpdate {
  return {
    slot: parseSlot(slot),
    parentSlot: slot === 0 ? null : parseSlot(slot - 1),
    blockhash: blockhashFromBytes(bytesOf(slot % 251)),
    previousBlockhash: null,
    blockTimeSeconds: 1_700_000_000n,
    blockHeight: null,
    provenance: 'STREAMED',
    accounts,
    transactions,
  };
}

export function transaction(byte: number, slot: number): TransactionRecord {
  const signature = signatureFromBytes(signatureBytesOf(byte));
  return {
    signature,
    slot: parseSlot(slot),
    blockTimeSeconds: null,
    blockIndex: 0,
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
    preBalancesLamports: [10_000n],
    postBalancesLamports: [5_000n],
    preTokenBalances: null,
    postTokenBalances: null,
    logs: null,
    computeUnitsConsumed: null,
    returnData: null,
  };
}
