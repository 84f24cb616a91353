import { addressBytes, blockhashFromBytes, parseSlot } from '@streamsync/domain';
import { SlotTimeline } from '@streamsync/storage-core';
import { describe, expect, it } from 'vitest';
import { pinOf } from './pin-of.ts';

const blockhash = blockhashFromBytes(new Uint8Array(32).fill(3));
const timeline = new SlotTimeline();
timeline.append({
  slot: parseSlot(10),
  blockhash,
  parentSlot: null,
  blockTimeSeconds: null,
  provenance: 'STREAMED',
});

describe('a pin', () => {
  it('is of the node where slot and blockhash are', () => {
    expect(pinOf(timeline, { slot: 10n, blockhash: addressBytes(blockhash) })?.slot).toBe(10n);
  });

  it('is not of the node where one of them differs', () => {
    expect(pinOf(timeline, { slot: 10n, blockhash: new Uint8Array(32) })).toBeNull();
    expect(pinOf(timeline, { slot: 11n, blockhash: addressBytes(blockhash) })).toBeNull();
  });
});
