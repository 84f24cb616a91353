// A process that opens the store of a made-up chain whose files may be damaged, holds every answer to
// what its own cursor says, and writes on. Says in JSON what it found.
import { addressBytes, parseSlot, signatureBytes } from '@streamsync/domain';
import { decodeAccountItem, decodeTransactionItem } from '@streamsync/wire';
import { ChainStore } from '../../src/index.ts';
import {
  ACCOUNTS,
  addressOf,
  signatureOf,
  statesUpTo,
  TRANSACTIONS_PER_SLOT,
  updateOf,
  WINDOW_SLOTS,
} from './made-up-chain.ts';

const [folder = '', slotLast = '0'] = process.argv.slice(2);
let reason: string | null = null;
const store = ChainStore.open({
  folder,
  windowSlots: WINDOW_SLOTS,
  keeps: { accounts: true, transactions: true },
  onSetAside: (notice) => {
    reason = notice.reason;
  },
});
const cursor = Number(store.cursor ?? 0n);
const wrong = [...wrongAccounts(), ...wrongTransactions()];
for (let slot = cursor + 1; slot <= cursor + 8; slot += 1) await store.applySlot(updateOf(slot));
await store.flush();
await store.close();
process.stdout.write(JSON.stringify({ cursor, reason, wrong: wrong.slice(0, 5) }));

function textOf(state: unknown): string {
  return JSON.stringify(state, (_key, value: unknown) => {
    if (typeof value === 'bigint') return `${value}`;
    return value instanceof Uint8Array ? Buffer.from(value).toString('hex') : value;
  });
}

function* wrongAccounts(): Generator<string> {
  const states = statesUpTo(cursor);
  for (const { slot } of store.timeline.applied()) {
    for (let account = 0; account < ACCOUNTS; account += 1) {
      const item = store.accounts.item(addressBytes(addressOf(account)), slot);
      const held = typeof item === 'string' ? item : decodeAccountItem(Uint8Array.from(item));
      const expected = states.get(Number(slot))?.get(account) ?? null;
      if (textOf(held) !== textOf(expected)) yield `account ${account} at ${slot}`;
    }
  }
}

function* wrongTransactions(): Generator<string> {
  if (cursor === 0) return;
  store.transactions.setGenesisSlot(parseSlot(1));
  for (let slot = 1; slot <= Number(slotLast); slot += 1) {
    for (let index = 0; index < TRANSACTIONS_PER_SLOT; index += 1) {
      const name = signatureOf(slot, index);
      const item = store.transactions.item(signatureBytes(name), parseSlot(cursor));
      const held = typeof item === 'string' ? null : decodeTransactionItem(Uint8Array.from(item));
      const expected = slot <= cursor ? name : null;
      if ((held?.signature ?? null) !== expected) yield `transaction ${slot}.${index} at ${cursor}`;
    }
  }
}
