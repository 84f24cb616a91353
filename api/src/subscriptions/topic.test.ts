import { blockhashFromBytes, parseSlot, type Slot } from '@streamsync/domain';
import { describe, expect, it } from 'vitest';
import { ChainTracker } from './chain-tracker.ts';
import type { Pinned, Sink, TopicName } from './ports.ts';
import { eventOf } from './read-topic.ts';
import { Topic } from './topic.ts';
import { createTurns } from './turns.ts';

const NAME: TopicName = { kind: 'slots', key: null };
const blockhashAt = (slot: Slot) => blockhashFromBytes(new Uint8Array(32).fill(Number(slot)));
const pinAt = (slot: Slot) => ({ slot, blockhash: blockhashAt(slot) });

function startTopic() {
  const tracker = new ChainTracker();
  const seen: Slot[] = [];
  const observe = (slot: number) => {
    seen.unshift(parseSlot(slot));
    const pinned: Pinned = {
      kind: 'pinned',
      pin: pinAt(parseSlot(slot)),
      tip: parseSlot(slot),
      provenance: 'STREAMED',
    };
    tracker.observe({ pinned, recent: seen.map(pinAt) });
  };
  const topic = new Topic(NAME, {
    tracker,
    reader: {
      async *read(name, slotAfter, { pin }) {
        for (let slot = slotAfter + 1n; slot <= pin.slot; slot += 1n) {
          yield { event: eventOf(name, slot as Slot), toldTo: slot as Slot, race: null };
        }
      },
    },
    turns: createTurns(8),
    onGone: () => {},
    onEmpty: () => {},
  });
  const follow = (key: string, fromSlot: number, ready: Promise<unknown> = Promise.resolve()) => {
    const slots: number[] = [];
    const sink: Sink = { send: ({ slot }) => slots.push(Number(slot)) > 0, end: () => {} };
    const render = async () => {
      await ready;
      return '{}';
    };
    topic.join({ key, cursor: tracker.cursorAt(parseSlot(fromSlot - 1)), render }, sink);
    return slots;
  };
  return { topic, observe, follow };
}

describe('a topic', () => {
  it('tells a subscriber who joins during a delivery the slot that is being delivered', async () => {
    const { topic, observe, follow } = startTopic();
    for (const slot of [1, 2, 3, 4]) observe(slot);
    const slow = Promise.withResolvers<void>();
    const slowSlots = follow('slow document', 4, slow.promise);
    await new Promise((resolve) => setImmediate(resolve));
    const sameSlots = follow('slow document', 4);
    const joined = follow('quick document', 4);
    slow.resolve();
    await expect.poll(() => joined).toEqual([4]);
    await expect.poll(() => sameSlots).toEqual([4]);
    observe(5);
    topic.advance();
    await expect.poll(() => joined).toEqual([4, 5]);
    await expect.poll(() => sameSlots).toEqual([4, 5]);
    expect(slowSlots).toEqual([4, 5]);
  });
});
