// The assembler on what a real localnet sends: mixed and repeated, each slot is the same in the end,
// or is named as one that came late. And the feed in front of it, whose reader stops.
import type { Slot, SlotUpdate } from '@streamsync/domain';
import { type Localnet, silentLog as localnetLog, startLocalnet } from '@streamsync/localnet';
import { silentLog } from '@streamsync/runtime';
import type { SubscribeUpdate } from '@triton-one/yellowstone-grpc';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { connectGeyser, loadClient } from '../src/yellowstone/geyser-client.ts';
import { GeyserStream } from '../src/yellowstone/geyser-stream.ts';
import { SlotAssembler } from '../src/yellowstone/slot-assembler.ts';
import { SlotFeed } from '../src/yellowstone/slot-feed.ts';
import { subscribeRequest } from '../src/yellowstone/subscribe-request.ts';

const SLOTS = 12;
const CONFIRMED = 1;

let localnet: Localnet;
let updates: SubscribeUpdate[] = [];
let assembler: (nowMs?: () => number) => SlotAssembler;

const options = ({ grpcUrl, httpUrl } = localnet) => ({
  url: grpcUrl,
  rpcUrl: httpUrl,
  everyAccount: true,
  log: silentLog,
});

async function until(what: string, condition: () => boolean): Promise<void> {
  const deadline = performance.now() + 20_000;
  while (!condition()) {
    if (performance.now() > deadline) throw new Error(`late: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

const start = (activity: Parameters<typeof startLocalnet>[0]['activity']) =>
  startLocalnet({ slotMs: null, httpPort: 0, wsPort: 0, dir: null, activity, log: localnetLog });

beforeAll(async () => {
  localnet = await start({ seed: 3, transactionsPerSlot: 4 });
  const { confirmed, decodeError } = await loadClient();
  assembler = (nowMs) =>
    new SlotAssembler({
      after: null,
      settledStatus: CONFIRMED,
      everyAccount: true,
      decodeError,
      onRepeated: () => {},
      ...(nowMs === undefined ? {} : { nowMs }),
    });
  const endpoint = { url: localnet.grpcUrl, xToken: undefined };
  const client = await connectGeyser(endpoint);
  const stream = await GeyserStream.open({
    client,
    endpoint,
    request: subscribeRequest(options(), { commitment: confirmed, fromSlot: null }),
    onUpdate: (update) => updates.push(update),
    onFailed: () => {},
  });
  for (let count = 0; count < SLOTS; count += 1) localnet.advanceSlot();
  await until('the slots', () => updates.filter(({ slot }) => slot !== undefined).length === SLOTS);
  stream.close();
  updates = updates.filter(({ ping, pong }) => ping === undefined && pong === undefined);
}, 60_000);
afterAll(() => localnet.stop());

function takeAll(all: readonly SubscribeUpdate[], into: SlotAssembler): Map<Slot, SlotUpdate> {
  for (const update of all) into.take(update);
  const slots = new Map<Slot, SlotUpdate>();
  for (let next = into.next(); next !== null; next = into.next()) slots.set(next.slot, next);
  return slots;
}

const sorted = (update: SlotUpdate | undefined) =>
  update && {
    ...update,
    accounts: [...update.accounts].sort((left, right) => (left.address < right.address ? -1 : 1)),
  };

describe('the assembler', () => {
  it('makes the same slots of mixed and repeated updates, or names the slot that came late', () => {
    const expected = takeAll(updates, assembler());
    expect(expected.size).toBe(SLOTS);
    let whole = 0;
    fc.assert(
      fc.property(
        fc.shuffledSubarray([...updates, ...updates], { minLength: 2 * updates.length }),
        (mixed) => {
          let nowMs = 0;
          const into = assembler(() => nowMs);
          const slots = takeAll(mixed, into);
          nowMs = 1_000;
          const late = into.late(500);
          for (const [slot, update] of expected) {
            if (late !== null && slot >= late) break;
            expect(sorted(slots.get(slot))).toEqual(sorted(update));
            whole += 1;
          }
        },
      ),
      { numRuns: 20 },
    );
    expect(whole).toBeGreaterThan(0);
  });

  it('holds a slot back while a balance changed that no write shows', () => {
    const written = updates.find(({ account }) => account?.account?.txnSignature !== undefined);
    const slot = BigInt(written?.account?.slot ?? 0) as Slot;
    let nowMs = 0;
    const into = assembler(() => nowMs);
    const slots = takeAll(
      updates.filter((update) => update !== written),
      into,
    );
    expect(slots.has(slot)).toBe(false);
    expect(slots.size).toBe(SLOTS - 1);
    nowMs = 1_000;
    expect(into.overdue(500)).toEqual([slot]);
    expect([...takeAll(written === undefined ? [] : [written], into).keys()]).toEqual([slot]);
    expect(into.overdue(500)).toEqual([]);
    expect(into.sizeBytes).toBe(0);
  });
});

describe('the feed', () => {
  it('holds a bounded number of slots for a reader that stops, and loses none', async () => {
    const quiet = await start(null);
    const controller = new AbortController();
    const feed = await SlotFeed.open({
      source: options(quiet),
      after: null,
      signal: controller.signal,
      onRepeated: () => {},
      onSettled: () => {},
    });
    try {
      const count = 350;
      for (let slot = 0; slot < count; slot += 1) {
        quiet.advanceSlot();
        // The client takes many small frames at once for an attack: it is left time to read.
        if (slot % 10 === 0) await new Promise((resolve) => setImmediate(resolve));
      }
      await until('the pause', () => feed.waiting > 256);
      await new Promise((resolve) => setTimeout(resolve, 300));
      // Beyond the bound only what was on its way when the stream was paused.
      expect(feed.waiting).toBeLessThan(300);
      const read: number[] = [];
      while (read.length < count) {
        const update = await feed.next(5_000);
        if (update === null) throw new Error(`nothing behind ${read.at(-1)}`);
        read.push(Number(update.slot));
      }
      expect(read).toEqual(Array.from({ length: count }, (_, index) => index + 1));
    } finally {
      controller.abort();
      feed.close();
      await quiet.stop();
    }
  }, 60_000);
});
