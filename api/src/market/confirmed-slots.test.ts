import type { Blockhash, NodeKey, OperatorId, Slot, Specialisation } from '@streamsync/domain';
import { beforeEach, describe, expect, it } from 'vitest';
import { ConfirmedSlots } from './confirmed-slots.ts';
import { buildPoolSnapshot } from './pool-snapshot.ts';
import type { MarketNode } from './ports.ts';

/** A node that names these slots, oldest first: `7` of the first fork, `7b` of another. */
function nodeOf(operator: number, named: string, specialisation: Specialisation = 'speed') {
  return {
    nodeKey: `${specialisation}-${operator}` as NodeKey,
    operator: `operator-${operator}` as OperatorId,
    specialisation,
    operatorWeight: 1,
    ready: true,
    pins: named.split(' ').map((pin) => ({
      slot: BigInt(Number.parseInt(pin, 10)),
      blockhash: `hash-${pin}` as Blockhash,
    })),
    historySlotFirst: 0n as Slot,
    historyRanges: [],
    provenance: 'STREAMED',
  } satisfies MarketNode;
}

let confirmed: ConfirmedSlots;
beforeEach(() => {
  confirmed = new ConfirmedSlots();
});

const learn = (...named: readonly string[]) =>
  confirmed.learn(buildPoolSnapshot(named.map((pins, operator) => nodeOf(operator, pins))));
const known = () => Object.fromEntries([...confirmed.slots].map(([slot, hash]) => [slot, hash]));

describe('confirmed slots', () => {
  it('are what more than half of the operators name, also after they left the heartbeats', () => {
    learn('1 2', '1 2', '1 3');
    expect(known()).toEqual({ 1: 'hash-1', 2: 'hash-2' });
    learn('8 9', '8 9', '8 9');
    expect(known()).toEqual({ 1: 'hash-1', 2: 'hash-2', 8: 'hash-8', 9: 'hash-9' });
  });

  it('follow a fork: the same slot has the blockhash of the chain that is left', () => {
    learn('1 2 3', '1 2 3', '1 2 3');
    learn('1 2b 3b', '1 2b 3b', '1 2 3');
    expect(known()).toEqual({ 1: 'hash-1', 2: 'hash-2b', 3: 'hash-3b' });
    learn('1 2b 3b', '1 2 3', '1 2 3');
    expect(known()).toEqual({ 1: 'hash-1', 2: 'hash-2', 3: 'hash-3' });
  });

  it('leave with a fork that skipped them, and stay where too few look at them', () => {
    learn('1 2 3', '1 2 3', '1 2 3');
    learn('1 4b', '1 4b', '1 2 3');
    expect(known()).toEqual({ 1: 'hash-1', 4: 'hash-4b' });
    // Slots 1 and 4 are before everybody's window now: that says nothing of them.
    learn('7 8', '7 8', '7 8');
    expect(known()).toEqual({ 1: 'hash-1', 4: 'hash-4b', 7: 'hash-7', 8: 'hash-8' });
  });

  it('are not moved by one operator of three, whatever it names', () => {
    learn('1 2 3', '1 2 3', '1 2 3');
    learn('1 2 3', '1 2 3', '1 2b 3b');
    learn('1 2 3', '1 2 3', '1 4b');
    expect(known()).toEqual({ 1: 'hash-1', 2: 'hash-2', 3: 'hash-3' });
  });

  it('have no blockhash while one pool has followed the fork and another has not', () => {
    learn('1 2', '1 2', '1 2');
    const speed = [0, 1, 2].map((operator) => nodeOf(operator, '1 2b 3b'));
    const behind = [0, 1, 2].map((operator) => nodeOf(operator, '1 2', 'cache'));
    confirmed.learn(buildPoolSnapshot([...speed, ...behind]));
    expect(known()).toEqual({ 1: 'hash-1', 3: 'hash-3b' });
    const after = [0, 1, 2].map((operator) => nodeOf(operator, '1 2b 3b', 'cache'));
    confirmed.learn(buildPoolSnapshot([...speed, ...after]));
    expect(known()).toEqual({ 1: 'hash-1', 2: 'hash-2b', 3: 'hash-3b' });
  });
});
