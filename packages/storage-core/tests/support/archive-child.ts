// An archive in a process of its own, to be killed: applies a chain from its cursor on, one message a
// slot that is durable, and seals after every few.
import { ArchiveUnderTest } from './archive-under-test.ts';
import { blockOf } from './history-model.ts';

const archive = new ArchiveUnderTest({ folder: process.argv[2] as string });
await archive.store.ready();
const first = Number(archive.store.cursor ?? 0n) + 1;
for (let slot = first; slot <= 240; slot += 1) {
  const at = slot - 1;
  const shape = (number: number) => ({
    keys: [number % 6, (number + 1) % 6],
    lamports: [[BigInt(number), 1n] as const],
    tokens: [],
  });
  await archive.store.applySlot(blockOf(slot, at, [shape(at), shape(at + 2)]));
  await archive.store.flush();
  process.send?.(slot);
  if (slot % 3 === 0) void archive.store.settle();
}
