import {
  addressFromBytes,
  type Blockhash,
  blockhashFromBytes,
  type Pin,
  parseSlot,
} from '@streamsync/domain';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { newestStanding } from './newest-standing.ts';
import { type LinkStep, type SlotLink, SlotLinker } from './slot-linker.ts';

/** The hash of a block of a branch: its slot and the branch's number. */
const hashOf = (slot: number, branch = 0): Blockhash => {
  const bytes = new Uint8Array(32);
  new DataView(bytes.buffer).setUint32(0, slot);
  bytes[31] = branch;
  return blockhashFromBytes(bytes);
};
const block = (slot: number, parent: number, branch = 0, parentBranch = branch): SlotLink => ({
  slot: parseSlot(slot),
  blockhash: hashOf(slot, branch),
  parentSlot: parseSlot(parent),
  previousBlockhash: hashOf(parent, parentBranch),
});
const pin = (slot: number, branch = 0): Pin => ({
  slot: parseSlot(slot),
  blockhash: hashOf(slot, branch),
});
const shown = (steps: readonly LinkStep<SlotLink>[]): string[] =>
  steps.map((step) => (step.kind === 'slot' ? `${step.item.slot}` : `back to ${step.slot}`));
const gaps = (linker: SlotLinker<SlotLink>): string[] =>
  linker.missing().map(({ slotFirst, slotLast }) => `${slotFirst}-${slotLast}`);

/** Applies steps as a store would, and holds them to the contract: one chain, each block once. */
class Follower {
  readonly chain: (Pin & { parentSlot: bigint | null })[];
  constructor(start: Pin) {
    this.chain = [{ ...start, parentSlot: null }];
  }
  follow(steps: readonly LinkStep<SlotLink>[]): void {
    for (const step of steps) {
      const tip = this.chain.at(-1);
      if (step.kind === 'slot') {
        expect(step.item.parentSlot).toBe(tip?.slot);
        expect(step.item.previousBlockhash).toBe(tip?.blockhash);
        this.chain.push(step.item);
      } else {
        while ((this.chain.at(-1)?.slot ?? -1n) > step.slot) this.chain.pop();
        expect(this.chain.at(-1)?.slot).toBe(step.slot);
      }
    }
  }
}

/** A tree of blocks over slot 0: each has a parent among those before it; slots are skipped at will. */
const tree = fc
  .array(fc.record({ back: fc.nat(6), ahead: fc.integer({ min: 1, max: 3 }) }), {
    minLength: 1,
    maxLength: 40,
  })
  .map((steps) => {
    const blocks: { slot: number; branch: number }[] = [{ slot: 0, branch: 0 }];
    const links: SlotLink[] = [];
    for (const [index, { back, ahead }] of steps.entries()) {
      const parent = blocks[Math.max(0, blocks.length - 1 - back)] ?? { slot: 0, branch: 0 };
      const slot = parent.slot + ahead;
      const branch = index + 1;
      blocks.push({ slot, branch });
      links.push(block(slot, parent.slot, branch, parent.branch));
    }
    // The highest slot decides the chain, so it must be one block's alone.
    const top = blocks.reduce((best, each) => (each.slot > best.slot ? each : best));
    links.push(block(top.slot + 1, top.slot, 200, top.branch));
    return links;
  });

/** The chain of the highest slot, read from the blocks themselves. */
function chainOf(links: readonly SlotLink[]): Blockhash[] {
  const byHash = new Map(links.map((link) => [link.blockhash, link]));
  const chain: Blockhash[] = [];
  let next: SlotLink | undefined = links.at(-1);
  while (next !== undefined) {
    chain.unshift(next.blockhash);
    next = next.previousBlockhash === null ? undefined : byHash.get(next.previousBlockhash);
  }
  return chain;
}

describe('the linker of slots', () => {
  it('ends in the same chain for any order, repeats and gaps, each block delivered once on it', () => {
    fc.assert(
      fc.property(
        tree.chain((links) =>
          fc.record({
            links: fc.constant(links),
            order: fc.shuffledSubarray(links, { minLength: 1 }),
            again: fc.array(fc.constantFrom(...links), { maxLength: 20 }),
            room: fc.integer({ min: chainOf(links).length + 1, max: 60 }),
          }),
        ),
        ({ links, order, again, room }) => {
          const linker = new SlotLinker<SlotLink>([pin(0)], { pendingMax: room });
          const follower = new Follower(pin(0));
          const last = links.at(-1) as SlotLink;
          for (const link of [...order, ...again, last]) follower.follow(linker.offer(link));
          // What a source does about gaps: it fetches the block that is known to be missing.
          for (let fetches = 0; linker.missing().length > 0; fetches += 1) {
            expect(fetches).toBeLessThan(500);
            for (const { slotLast, blockhash } of linker.missing()) {
              for (const link of links) {
                const isIt = blockhash === null || link.blockhash === blockhash;
                if (link.slot === slotLast && isIt) follower.follow(linker.offer(link));
              }
            }
          }
          expect(follower.chain.slice(1).map(({ blockhash }) => blockhash)).toEqual(chainOf(links));
          expect(linker.tip).toEqual({ slot: last.slot, blockhash: last.blockhash });
          expect(linker.pending).toBeLessThanOrEqual(room);
        },
      ),
      { numRuns: 1_000 },
    );
  });

  it('ends in the same chain with any room where there is no fork', () => {
    fc.assert(
      fc.property(
        fc.shuffledSubarray(
          Array.from({ length: 30 }, (_, index) => index + 1),
          { minLength: 30 },
        ),
        fc.integer({ min: 1, max: 31 }),
        (order, room) => {
          const linker = new SlotLinker<SlotLink>([pin(0)], { pendingMax: room });
          const follower = new Follower(pin(0));
          for (const slot of order) follower.follow(linker.offer(block(slot, slot - 1)));
          for (let fetches = 0; linker.missing().length > 0; fetches += 1) {
            expect(fetches).toBeLessThan(100);
            for (const { slotFirst } of linker.missing()) {
              const slot = Number(slotFirst);
              follower.follow(linker.offer(block(slot, slot - 1)));
            }
          }
          expect(follower.chain.map(({ slot }) => Number(slot))).toEqual([
            0,
            ...order.sort((l, r) => l - r),
          ]);
          expect(linker.counts().rollbacks).toBe(0);
        },
      ),
    );
  });

  it('tells a skipped slot from a missing one by the parent link', () => {
    const linker = new SlotLinker<SlotLink>([pin(10)]);
    expect(shown(linker.offer(block(13, 10)))).toEqual(['13']);
    expect(gaps(linker)).toEqual([]);
    expect(shown(linker.offer(block(16, 15)))).toEqual([]);
    expect(gaps(linker)).toEqual(['14-15']);
    expect(shown(linker.offer(block(15, 13)))).toEqual(['15', '16']);
    expect(gaps(linker)).toEqual([]);
  });

  it('passes over what comes again, and refuses what cannot be', () => {
    const linker = new SlotLinker<SlotLink>([pin(10)]);
    linker.offer(block(11, 10));
    expect(linker.offer(block(11, 10))).toEqual([]);
    expect(linker.offer(block(10, 9))).toEqual([]);
    expect(linker.offer(block(9, 8))).toEqual([]);
    expect(linker.offer(block(12, 12))).toEqual([]);
    expect(linker.offer(block(12, 40))).toEqual([]);
    expect(linker.counts()).toMatchObject({ repeated: 2, refused: 3, rollbacks: 0 });
    expect(linker.tip).toEqual(pin(11));
  });

  it('rolls back to where a higher branch left the chain, and back again', () => {
    const linker = new SlotLinker<SlotLink>([pin(10)]);
    for (const slot of [11, 12, 13]) linker.offer(block(slot, slot - 1));
    expect(linker.offer(block(12, 11, 1, 0))).toEqual([]);
    expect(shown(linker.offer(block(14, 12, 1)))).toEqual(['back to 11', '12', '14']);
    // What was undone is no longer held: the way back is missing until it is fetched.
    expect(shown(linker.offer(block(15, 13)))).toEqual([]);
    expect(gaps(linker)).toEqual(['13-13']);
    expect(shown(linker.offer(block(13, 12)))).toEqual([]);
    expect(shown(linker.offer(block(12, 11)))).toEqual(['back to 11', '12', '13', '15']);
  });

  it('of two blocks of one slot keeps the first until a child decides', () => {
    const linker = new SlotLinker<SlotLink>([pin(10)]);
    linker.offer(block(11, 10));
    expect(linker.offer(block(11, 10, 1, 0))).toEqual([]);
    expect(shown(linker.offer(block(12, 11, 1)))).toEqual(['back to 10', '11', '12']);
  });

  it('says where a fork goes below everything it knows, so that the asker begins anew', () => {
    const linker = new SlotLinker<SlotLink>([pin(12), pin(11), pin(10)]);
    expect(shown(linker.offer(block(13, 8, 1)))).toEqual(['back to 8', '13']);
    expect(linker.tip).toEqual(pin(13, 1));
  });

  it('undoes a slot that turns out dead, and goes on by what is held', () => {
    const linker = new SlotLinker<SlotLink>([pin(10)]);
    for (const slot of [11, 12]) linker.offer(block(slot, slot - 1));
    linker.offer(block(12, 11, 1, 0));
    expect(shown(linker.discard(parseSlot(12)))).toEqual(['back to 11']);
    expect(linker.tip).toEqual(pin(11));
    expect(linker.pending).toBe(0);
  });

  it('bridges gaps that stay, keeping every stretch that is not on a fork', () => {
    const linker = new SlotLinker<SlotLink>([pin(10)]);
    for (const [slot, parent] of [
      [15, 14],
      [16, 15],
      [30, 29],
      [31, 30],
    ] as const) {
      linker.offer(block(slot, parent));
    }
    expect(gaps(linker)).toEqual(['11-14', '17-29']);
    expect(shown(linker.bridge())).toEqual(['15', '16', '30', '31']);
    linker.offer(block(40, 30, 1));
    expect(shown(linker.bridge())).toEqual(['back to 16', '40']);
  });

  it('lets go of what no longer fits, and knows that it is missing', () => {
    const linker = new SlotLinker<SlotLink>([pin(10)], { pendingMax: 3 });
    for (const slot of [15, 14, 13, 12]) linker.offer(block(slot, slot - 1));
    expect(linker.pending).toBe(3);
    expect(linker.counts().overflowed).toBe(1);
    expect(gaps(linker)).toEqual(['11-11', '15-15']);
    expect(shown(linker.offer(block(11, 10)))).toEqual(['11', '12', '13', '14']);
    expect(gaps(linker)).toEqual(['15-15']);
    expect(shown(linker.offer(block(15, 14)))).toEqual(['15']);
    expect(gaps(linker)).toEqual([]);
  });

  it('lets forks go before what the highest slot needs', () => {
    const linker = new SlotLinker<SlotLink>([pin(0)], { pendingMax: 5 });
    for (let slot = 1; slot <= 10; slot += 1) linker.offer(block(slot, slot - 1));
    for (const branch of [5, 6, 7]) linker.offer(block(9, 8, branch));
    for (const slot of [11, 10, 9, 8]) linker.offer(block(slot, slot - 1, 1));
    const steps = shown(linker.offer(block(7, 6, 1, 0)));
    expect(steps).toEqual(['back to 6', '7', '8', '9', '10', '11']);
  });

  it('begins anew behind a snapshot with what waited above it', () => {
    const linker = new SlotLinker<SlotLink>();
    expect(linker.tip).toBeNull();
    linker.restart(pin(5));
    linker.offer(block(22, 21));
    linker.offer(block(12, 11));
    expect(shown(linker.restart(pin(21)))).toEqual(['22']);
    expect(linker.pending).toBe(0);
  });
});

describe('the newest applied slot that stands', () => {
  it('is found by few questions, wherever the fork began', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 300 }), fc.nat(400), async (count, forkAt) => {
        const pins = Array.from({ length: count }, (_, index) => pin(count - index));
        let asked = 0;
        const found = await newestStanding(pins, (slot) => {
          asked += 1;
          return hashOf(Number(slot), Number(slot) <= forkAt ? 0 : 1);
        });
        expect(found).toEqual(forkAt === 0 ? 'none' : pin(Math.min(count, forkAt)));
        expect(asked).toBeLessThanOrEqual(2 * Math.ceil(Math.log2(count + 1)) + 2);
      }),
    );
    expect(await newestStanding([], () => null)).toBe('empty');
    expect(addressFromBytes(new Uint8Array(32))).not.toBe(hashOf(1));
  });
});
