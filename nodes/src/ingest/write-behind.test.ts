import { parseSlot, type Slot } from '@streamsync/domain';
import { describe, expect, it } from 'vitest';
import { WriteBehind } from './write-behind.ts';

/** A disk whose flushes end when they are told to. */
function slowDisk() {
  const ends: { resolve(): void; reject(error: Error): void }[] = [];
  return {
    ends,
    flush: () =>
      new Promise<void>((resolve, reject) => {
        ends.push({ resolve, reject });
      }),
  };
}

const turn = () => new Promise<void>((resolve) => setImmediate(resolve));

function start(slotsMax: number) {
  const disk = slowDisk();
  const announced: Slot[] = [];
  const behind = new WriteBehind({
    flush: disk.flush,
    announce: (slot) => announced.push(slot),
    slotsMax,
  });
  return { disk, announced, behind };
}

describe('slots on their way to the disk', () => {
  it('let the next ones be applied, and are announced only when they are there', async () => {
    const { disk, announced, behind } = start(10);
    for (const slot of [1, 2, 3]) await behind.follow(parseSlot(slot));
    expect([disk.ends.length, announced, behind.unflushed]).toEqual([1, [], 3]);
    disk.ends[0]?.resolve();
    await turn();
    // One more flush covers both that were applied meanwhile.
    expect([disk.ends.length, announced, behind.unflushed]).toEqual([2, [1n], 2]);
    disk.ends[1]?.resolve();
    await behind.settle();
    expect(announced).toEqual([1n, 3n]);
  });

  it('hold up the feed when too many are not there yet', async () => {
    const { disk, behind } = start(2);
    await behind.follow(parseSlot(1));
    let isThrough = false;
    const second = behind.follow(parseSlot(2)).then(() => {
      isThrough = true;
    });
    await turn();
    expect(isThrough).toBe(false);
    disk.ends[0]?.resolve();
    await second;
    expect(behind.unflushed).toBe(1);
  });

  it('are never announced after a flush failed, and whoever follows is told', async () => {
    const { disk, announced, behind } = start(4);
    await behind.follow(parseSlot(1));
    await behind.follow(parseSlot(2));
    disk.ends[0]?.reject(new Error('disk'));
    await expect(behind.settle()).rejects.toThrow('disk');
    await expect(behind.follow(parseSlot(3))).rejects.toThrow('disk');
    expect([announced, disk.ends.length]).toEqual([[], 1]);
  });
});
