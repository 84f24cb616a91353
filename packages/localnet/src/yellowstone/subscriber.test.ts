import { EventEmitter } from 'node:events';
import { parseAddress } from '@streamsync/domain';
import { afterEach, describe, expect, it } from 'vitest';
import { Bodies } from './encode-updates.ts';
import type { Outgoing } from './outgoing.ts';
import { geyserService } from './service.ts';
import { Subscriber, type SubscriberOptions } from './subscriber.ts';
import type { SlotStatus, Update } from './updates.ts';

const ADDRESS = parseAddress('SysvarC1ock11111111111111111111111111111111');
/** Two of these are more than a replay sends ahead. */
const LARGE_BYTES = 600 * 1024;
const TIP = 5;

const status = (slot: number, reached: SlotStatus): Update => ({
  kind: 'slot',
  slot,
  parent: slot - 1,
  status: reached,
});

const told = (slot: number): Update[] => [
  {
    kind: 'account',
    slot,
    account: {
      address: ADDRESS,
      state: { lamports: 1n, owner: ADDRESS, executable: false, data: new Uint8Array(LARGE_BYTES) },
      writeVersion: slot,
      signature: null,
    },
  },
  status(slot, 'confirmed'),
];

/** Nothing leaves this stream before `sendAll` says so. */
class HeldStream extends EventEmitter {
  readonly handed: Outgoing[] = [];
  #sent = 0;
  sendMetadata(): void {}
  end(): void {}
  write(outgoing: Outgoing): boolean {
    this.handed.push(outgoing);
    return true;
  }
  sendAll(): void {
    for (; this.#sent < this.handed.length; this.#sent += 1) this.handed[this.#sent]?.onSent();
  }
  /** Statuses as 'slot status', in order. */
  statuses(): string[] {
    const read = geyserService.Subscribe?.responseDeserialize ?? (() => ({}));
    return this.handed.flatMap(({ bytes }) => {
      const { slot } = read(bytes) as { slot?: { slot: string; status: number } };
      return slot === undefined ? [] : [`${slot.slot} ${slot.status}`];
    });
  }
}

let subscriber: Subscriber | null = null;
afterEach(() => subscriber?.end(Object.assign(new Error(), { code: 1, details: '' })));

function subscribe(fromSlot: string) {
  const stream = new HeldStream();
  stream.on('error', () => {});
  const recorder = {
    firstAvailable: 1,
    told: (slot: number) => (slot > TIP ? 'live' : slot < 1 ? 'dropped' : told(slot)),
    openSlot: [],
  };
  subscriber = new Subscriber({
    stream: stream as unknown as SubscriberOptions['stream'],
    recorder: recorder as unknown as SubscriberOptions['recorder'],
    nowMs: () => 0,
    queuedBytesMax: 32 * 1024 * 1024,
    onSlow: () => {},
    onEnd: () => {},
  });
  stream.emit('data', {
    accounts: { a: { account: [], owner: [], filters: [] } },
    slots: { s: {} },
    transactions: {},
    transactionsStatus: {},
    blocks: {},
    blocksMeta: {},
    entry: {},
    blockFooter: {},
    accountsDataSlice: [],
    commitment: 1,
    fromSlot,
  });
  return { stream, subscriber };
}

describe('a replay that its reader holds up', () => {
  it('sends little ahead, and each slot once', () => {
    const { stream, subscriber } = subscribe('1');
    expect(stream.handed.length).toBeLessThan(4);
    subscriber.deliver('confirmed', told(TIP), new Bodies(0));
    for (let round = 0; round < 10; round += 1) stream.sendAll();
    expect(stream.statuses()).toEqual(['1 1', '2 1', '3 1', '4 1', '5 1']);
    subscriber.deliver('confirmed', told(TIP + 1), new Bodies(0));
    for (let round = 0; round < 10; round += 1) stream.sendAll();
    expect(stream.statuses().at(-1)).toBe('6 1');
  });

  it('tells what becomes final of the slots that it has told, and of no others', () => {
    const { stream, subscriber } = subscribe('1');
    subscriber.deliver('all', [status(1, 'finalized'), status(4, 'finalized')], new Bodies(0));
    for (let round = 0; round < 10; round += 1) stream.sendAll();
    expect(stream.statuses().filter((each) => each.endsWith(' 2'))).toEqual(['1 2']);
  });
});
