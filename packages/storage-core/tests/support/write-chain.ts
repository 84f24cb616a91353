// A process that applies the made-up chain until it is killed, and says each slot that it applied.
// Every 25th slot comes as a snapshot in parts, as after a gap; every 7th is undone with the two before
// it and applied again, as after a fork.
import { parseSlot } from '@streamsync/domain';
import { ChainStore } from '../../src/index.ts';
import { addressOf, statesUpTo, UNDONE_SLOTS, updateOf, WINDOW_SLOTS } from './made-up-chain.ts';

const [folder = ''] = process.argv.slice(2);
const store = ChainStore.open({
  folder,
  windowSlots: WINDOW_SLOTS,
  keeps: { accounts: true, transactions: true },
});

let undone = Number(store.cursor ?? 0n);
for (let slot = Number(store.cursor ?? 0n) + 1; ; slot += 1) {
  const update = updateOf(slot);
  if (slot % 25 === 0) {
    const states = [...(statesUpTo(slot).get(slot) ?? [])];
    for (let start = 0; start < states.length; start += 7) {
      const part = states.slice(start, start + 7);
      await store.addSnapshot(
        parseSlot(slot),
        part.map(([account, state]) => ({ address: addressOf(account), state })),
      );
      process.stdout.write('p');
    }
    await store.endSnapshot({ ...update, accounts: [] });
  } else await store.applySlot(update);
  if (slot % 7 === 0 && slot > undone) {
    undone = slot;
    slot -= UNDONE_SLOTS;
    await store.rollback(parseSlot(slot));
  }
  process.stdout.write('s');
  // Lets the journal's thread and the pipe have their turns, so that kills fall everywhere.
  await new Promise((resolve) => setImmediate(resolve));
}
