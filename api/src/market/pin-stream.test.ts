import type { Blockhash, NodeKey, OperatorId, Slot } from '@streamsync/domain';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createPinStream, type PinStream } from './pin-stream.ts';
import { createPools, type Pools } from './pools.ts';
import type { MarketNode } from './ports.ts';

let nodes: MarketNode[];
let pools: Pools<MarketNode>;
let stream: PinStream;

/** A node of the operator of its index that names these slots, each with the letter of its fork. */
function nodeOf(index: number, ...pins: readonly string[]): MarketNode {
  return {
    nodeKey: String(index) as NodeKey,
    operator: `operator-${index}` as OperatorId,
    specialisation: 'speed',
    operatorWeight: 1,
    ready: true,
    pins: pins.map((text) => ({
      slot: BigInt(text.slice(0, -1)),
      blockhash: text as Blockhash,
    })),
    historySlotFirst: 0n as Slot,
    historyRanges: [],
    provenance: 'STREAMED',
  };
}

beforeEach(() => {
  vi.useFakeTimers();
  nodes = [];
  stream = createPinStream(() => pools);
  pools = createPools({
    source: { marketNodes: () => nodes, chainTip: () => null },
    random: Math.random,
    onRebuilt: stream.changed,
  });
});
afterEach(() => {
  pools.stop();
  vi.useRealTimers();
});

function rebuild(...next: MarketNode[]): void {
  nodes = next;
  pools.changed();
  vi.advanceTimersByTime(5);
}

const recent = () => stream.view('speed').recent.map(({ blockhash }) => String(blockhash));

describe('the stream of pins', () => {
  it('tells its listeners after the pools were rebuilt, until they have heard enough', () => {
    const heard: bigint[] = [];
    const stop = stream.onChange(() => heard.push(stream.view('speed').pinned.pin.slot));
    rebuild(nodeOf(0, '7a'), nodeOf(1, '7a'), nodeOf(2, '7a'));
    rebuild(nodeOf(0, '8a'), nodeOf(1, '8a'), nodeOf(2, '8a'));
    stop();
    rebuild(nodeOf(0, '9a'), nodeOf(1, '9a'), nodeOf(2, '9a'));
    expect(heard).toEqual([7n, 8n]);
  });

  it('names what the holders of the pin have applied, the newest first', () => {
    rebuild(nodeOf(0, '5a', '6a', '7a'), nodeOf(1, '5a', '6a', '7a'), nodeOf(2, '5a', '6a', '7a'));
    expect(recent()).toEqual(['7a', '6a', '5a']);
  });

  it('leaves out what one operator says alone, and what another fork has', () => {
    rebuild(
      nodeOf(0, '4x', '6a', '7a'),
      nodeOf(1, '5a', '6a', '7a'),
      nodeOf(2, '5a', '6a', '7a'),
      nodeOf(3, '5b', '6b'),
      nodeOf(4, '5b', '6b'),
    );
    expect(recent()).toEqual(['7a', '6a', '5a']);
  });

  it('has nothing to show where the pool has no pin', () => {
    rebuild(nodeOf(0, '7a'));
    expect(() => stream.view('speed')).toThrow(/Fewer operators/);
  });
});
