// A chain that anyone can compute: what each slot writes follows from its number alone, so that a
// process that was killed and one that checks it agree without talking.
import {
  type AccountState,
  addressFromBytes,
  blockhashFromBytes,
  parseSlot,
  type SlotUpdate,
  signatureFromBytes,
  type TransactionRecord,
} from '@streamsync/domain';

export const ACCOUNTS = 60;
export const TRANSACTIONS_PER_SLOT = 3;
export const WINDOW_SLOTS = 40;
/** Slots that a fork of the chain undoes. */
export const UNDONE_SLOTS = 3;

/** A small mixing function: equal inputs, equal numbers, and no pattern that a bug could hide in. */
function mix(left: number, right: number): number {
  let value = Math.imul(left + 1, 0x9e37_79b1) ^ Math.imul(right + 1, 0x85eb_ca6b);
  value = Math.imul(value ^ (value >>> 15), 0xc2b2_ae35);
  return (value ^ (value >>> 13)) >>> 0;
}

export const addressOf = (account: number) => {
  const bytes = new Uint8Array(32).fill(account);
  new DataView(bytes.buffer).setUint32(0, mix(account, 7));
  return addressFromBytes(bytes);
};

export const signatureOf = (slot: number, index: number) => {
  const bytes = new Uint8Array(64);
  new DataView(bytes.buffer).setUint32(0, slot);
  new DataView(bytes.buffer).setUint32(4, index);
  return signatureFromBytes(bytes);
};

/** What a slot does to an account: leaves it alone, closes it, or writes it. */
function effect(slot: number, account: number): 'none' | null | AccountState {
  const chance = mix(slot, account);
  if (chance % 5 !== 0) return 'none';
  if (chance % 3 === 0) return null;
  return {
    lamports: BigInt(slot) * 1_000n + BigInt(account),
    owner: addressOf(200),
    executable: false,
    data: new Uint8Array(chance % 300).fill(slot),
  };
}

function transactionOf(slot: number, index: number): TransactionRecord {
  return {
    signature: signatureOf(slot, index),
    slot: parseSlot(slot),
    blockTimeSeconds: BigInt(slot),
    blockIndex: index,
    version: 'legacy',
    signatures: [signatureOf(slot, index)],
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

export function updateOf(slot: number): SlotUpdate {
  const accounts = Array.from({ length: ACCOUNTS }, (_, account) => ({
    address: addressOf(account),
    state: effect(slot, account),
  }));
  return {
    slot: parseSlot(slot),
    parentSlot: slot === 1 ? null : parseSlot(slot - 1),
    blockhash: blockhashFromBytes(new Uint8Array(32).fill(slot)),
    previousBlockhash: null,
    blockTimeSeconds: BigInt(slot),
    blockHeight: null,
    provenance: 'STREAMED',
    accounts: accounts.flatMap(({ address, state }) =>
      state === 'none' ? [] : [{ address, state }],
    ),
    transactions: Array.from({ length: TRANSACTIONS_PER_SLOT }, (_, index) =>
      transactionOf(slot, index),
    ),
  };
}

/** The accounts as each slot up to `slotLast` left them. */
export function statesUpTo(slotLast: number): Map<number, Map<number, AccountState>> {
  const states = new Map<number, Map<number, AccountState>>();
  let current = new Map<number, AccountState>();
  for (let slot = 1; slot <= slotLast; slot += 1) {
    current = new Map(current);
    for (let account = 0; account < ACCOUNTS; account += 1) {
      const state = effect(slot, account);
      if (state === null) current.delete(account);
      else if (state !== 'none') current.set(account, state);
    }
    states.set(slot, current);
  }
  return states;
}
