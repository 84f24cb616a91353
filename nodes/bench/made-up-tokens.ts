// Token accounts by number, that look like a cluster's: 165 bytes of data, most wallets with a few of
// them, three thousand mints of very uneven size, amounts of all sizes.
import { createHash } from 'node:crypto';
import {
  type AccountWrite,
  addressFromBytes,
  blockhashFromBytes,
  parseSlot,
  type SlotUpdate,
} from '@streamsync/domain';
import { SPL_TOKEN_PROGRAM } from '@streamsync/program-parser';

const MINTS = 3_000;
const ACCOUNTS_PER_WALLET = 4;
const TOKEN_ACCOUNT_BYTES = 165;
const RENT_LAMPORTS = 2_039_280n;

const hashOf = (text: string): Uint8Array => createHash('sha256').update(text).digest();

export const accountBytes = (index: number): Uint8Array => hashOf(`account ${index}`);
export const walletBytes = (index: number): Uint8Array =>
  hashOf(`wallet ${Math.floor(index / ACCOUNTS_PER_WALLET)}`);
const mints = Array.from({ length: MINTS }, (_, index) => hashOf(`mint ${index}`));
/** A few mints have most accounts: the square of a uniform number. */
export const mintBytes = (index: number): Uint8Array => {
  const part = ((index * 2_654_435_761) % 1_000_003) / 1_000_003;
  return mints[Math.floor(part * part * MINTS)] ?? new Uint8Array(32);
};

/** The account in its `change`-th state. */
export function tokenAccountOf(index: number, change: number): AccountWrite {
  const data = Buffer.allocUnsafe(TOKEN_ACCOUNT_BYTES).fill(0);
  data.set(mintBytes(index), 0);
  data.set(walletBytes(index), 32);
  data.writeBigUInt64LE(BigInt(index % 977) ** 4n + BigInt(change), 64);
  data[108] = 1;
  return {
    address: addressFromBytes(accountBytes(index)),
    state: { lamports: RENT_LAMPORTS, owner: SPL_TOKEN_PROGRAM, executable: false, data },
  };
}

/** A slot that changes some of the accounts, half of them hot ones. */
export function updateOf(slot: number, accounts: number, changes: number): SlotUpdate {
  const hash = new Uint8Array(32);
  new DataView(hash.buffer).setUint32(0, slot);
  const writes = new Map(
    Array.from({ length: changes }, (_, index) => {
      const place = (slot * 31 + index * 7_919) % (index % 2 === 0 ? 1_000 : accounts);
      return [place, tokenAccountOf(place, slot)];
    }),
  );
  return {
    slot: parseSlot(slot),
    parentSlot: parseSlot(slot - 1),
    blockhash: blockhashFromBytes(hash),
    previousBlockhash: null,
    blockTimeSeconds: null,
    blockHeight: null,
    provenance: 'STREAMED',
    accounts: [...writes.values()],
    transactions: [],
  };
}
