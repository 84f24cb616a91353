// The subscribers' bench: 1,000 subscribers on one account that changes with every slot. Gateway and
// subscribers are processes of their own, so that neither's memory is the other's. Prints rows of
// `npm run bench` as a JSON line each.
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const { values } = parseArgs({
  options: {
    subscribers: { type: 'string', default: '1000' },
    changes: { type: 'string', default: '100' },
  },
});
const SUBSCRIBERS = Number(values.subscribers);
const CHANGES = Number(values.changes);
const WARM_UP_CHANGES = 30;
/** Half a slot of the chain. */
const CHANGE_MS = 200;
const SETTLE_MS = 1_000;

const DELIVERED_MS_MAX = 100;
const HEAP_BYTES_MAX = 20_480;
const RESIDENT_BYTES_MAX = 65_536;

const start = (script: string, ...flags: string[]): ChildProcess =>
  fork(fileURLToPath(new URL(script, import.meta.url)), [], { execArgv: flags });

async function tell<Answer>(child: ChildProcess, order: object | string): Promise<Answer> {
  child.send(order);
  const [answer] = (await once(child, 'message')) as [Answer];
  return answer;
}

interface Memory {
  readonly rss: number;
  readonly heapUsed: number;
}

const gateway = start('../../tests/support/chain-gateway-process.ts', '--expose-gc');
const [{ url, address }] = (await once(gateway, 'message')) as [{ url: string; address: string }];
const subscribers = start('./subscriber-process.ts');

const query = `subscription { accountChanged(address: "${address}") { slot account { lamports owner data } } }`;
const order = (count: number) => ({ url, query, count });

async function change(count: number): Promise<Map<string, number>> {
  const grownAt = new Map<string, number>();
  for (let left = count; left > 0; left -= 1) {
    const { slot, atMs } = await tell<{ slot: string; atMs: number }>(gateway, 'grow');
    grownAt.set(slot, atMs);
    await pause(CHANGE_MS);
  }
  await pause(SETTLE_MS);
  return grownAt;
}

// What the first subscriber costs is the code that serves it.
await tell(subscribers, order(1));
await change(WARM_UP_CHANGES);
const before = await tell<Memory>(gateway, 'memory');
await tell(subscribers, order(SUBSCRIBERS));
await change(WARM_UP_CHANGES);
const grownAt = await change(CHANGES);
const after = await tell<Memory>(gateway, 'memory');
type Arrivals = Record<string, { readonly count: number; readonly lastMs: number }>;
const arrivals = await tell<Arrivals>(subscribers, 'arrivals');
gateway.kill();
subscribers.kill();

const deliveredMs = [...grownAt].map(([slot, atMs]) => {
  const arrived = arrivals[slot];
  if (arrived?.count !== SUBSCRIBERS + 1) {
    throw new Error(`slot ${slot} reached ${arrived?.count ?? 0} of ${SUBSCRIBERS + 1}`);
  }
  return arrived.lastMs - atMs;
});
deliveredMs.sort((a, b) => a - b);
const quantile = (part: number): number =>
  deliveredMs[Math.min(deliveredMs.length - 1, Math.floor(deliveredMs.length * part))] ?? 0;
const each = (bytes: number): number => Math.round(bytes / SUBSCRIBERS);

const deliveredP99Ms = quantile(0.99);
const heapBytesPerSubscriber = each(after.heapUsed - before.heapUsed);
const residentBytesPerSubscriber = each(after.rss - before.rss);

const print = (what: string, unit: string, value: number, max: number, beside: string): void => {
  const figure = { best: value, min: value, max: value };
  const bar = `at most ${max.toLocaleString('en-US')} ${unit}`;
  const row = { what, unit, figure, bar, isMet: value <= max, beside };
  process.stdout.write(`${JSON.stringify(row)}\n`);
};
print(
  `a change reaches all of ${SUBSCRIBERS} subscribers, p99`,
  'ms',
  deliveredP99Ms,
  DELIVERED_MS_MAX,
  `p50 ${quantile(0.5).toFixed(1)} ms over ${CHANGES} changes`,
);
print('heap of a subscriber', 'bytes', heapBytesPerSubscriber, HEAP_BYTES_MAX, '');
print(
  'resident memory of a subscriber',
  'bytes',
  residentBytesPerSubscriber,
  RESIDENT_BYTES_MAX,
  '',
);
