// The race bench: 5 processes of 3 nodes each, this process as the gateway, everything on this
// machine. Prints a row of `npm run bench` as a JSON line each: races per second, their rate against the
// bare exchange of the same messages, and the price of trust.
import { parseArgs } from 'node:util';
import { blockhashFromBytes, type OperatorId, type Pin, parseSlot } from '@streamsync/domain';
import {
  type CallListener,
  dialSub,
  GatewaySession,
  type NodeAnswer,
  PreparedCall,
} from '@streamsync/networking-core';
import { identityFromSeed, nativeCrypto, silentLog, systemClock } from '@streamsync/runtime';
import { encodeKeyArguments, PUBLISHED_FRAME_BYTES_MAX } from '@streamsync/wire';
import { selectNodes } from '../../src/market/select-nodes.ts';
import type { RaceRequest } from '../../src/pipeline/ports.ts';
import type { RacerNode } from '../../src/racing/ports.ts';
import { createRacer } from '../../src/racing/racer.ts';
import { startAgreement } from '../../src/verify/agreement.ts';
import { cpuUsOf, GENESIS_HASH, type NodeProcess, startNodeProcess } from './bench-network.ts';

const OPERATORS = 5;
const IN_FLIGHT = 32;
const REPETITIONS = 5;
const WARM_UP_MS = 2_000;
const DEADLINE_MS = 1_000;

const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '2' },
    'node-args': { type: 'string', default: '' },
  },
});
const secondsMs = Number(values.seconds) * 1_000;
const nodeArgs = values['node-args'].split(' ').filter((text) => text !== '');

const PIN_BLOCKHASH = new Uint8Array(32).fill(3);
const pin: Pin = {
  slot: parseSlot(400_000_000),
  blockhash: blockhashFromBytes(PIN_BLOCKHASH),
};

interface BenchRacer extends RacerNode {
  readonly weight: number;
  readonly session: GatewaySession;
}

const processes: NodeProcess[] = [];
for (let count = 0; count < OPERATORS; count += 1) processes.push(await startNodeProcess(nodeArgs));
const identity = identityFromSeed(nativeCrypto.randomBytes(32));
const stops: (() => void)[] = [];
const nodes: BenchRacer[] = processes.flatMap((process, operator) =>
  process.nodes.map((node) => {
    const session = new GatewaySession({
      address: node.address,
      nodeKey: node.nodeKey,
      identity,
      genesisHash: GENESIS_HASH,
      crypto: nativeCrypto,
      clock: systemClock,
      log: silentLog,
    });
    const sub = dialSub({
      address: node.publishAddress,
      frameBytesMax: PUBLISHED_FRAME_BYTES_MAX,
      prefixes: [new Uint8Array(0)],
      onMessage: (bytes) => session.receiveRoot(bytes),
    });
    stops.push(
      () => session.stop(),
      () => sub.stop(),
    );
    return {
      nodeKey: node.nodeKey,
      operator: `operator-${operator}` as OperatorId,
      weight: 1 / 3,
      session,
      call: (call, seat, deadlineMs, listener) => session.call(call, seat, deadlineMs, listener),
      won: () => {},
    } satisfies BenchRacer;
  }),
);
const racer = createRacer({
  select: {
    select: ({ racers }) =>
      selectNodes(nodes, { count: racers + 2, shuffled: racers, random: Math.random }),
  },
  startAgreement,
  observer: { collected: () => {}, settled: () => {} },
  crypto: nativeCrypto,
  clock: systemClock,
});

function waitFor(condition: () => boolean, deadlineMs: number): Promise<void> {
  const startedAtMs = performance.now();
  return new Promise((resolve, reject) => {
    const timer = setInterval(() => {
      if (condition()) {
        clearInterval(timer);
        resolve();
      } else if (performance.now() - startedAtMs > deadlineMs) {
        clearInterval(timer);
        reject(new Error('the condition did not come true in time'));
      }
    }, 5);
  });
}

let counter = 0;
function nextRequest(): RaceRequest {
  counter += 1;
  const queryId = Buffer.alloc(16);
  queryId.writeUInt32BE(counter, 12);
  const address = Buffer.alloc(32, 5);
  address.writeUInt16BE(counter % 1_000, 0);
  return {
    queryId,
    raceIndex: 0,
    batch: { operation: 'account.get', items: [encodeKeyArguments(address)] },
    pin,
    trust: 'MAJORITY',
    racers: 3,
    deadlineMs: DEADLINE_MS,
  };
}

/** Runs races with `inFlight` of them at a time; a failed race ends the bench. */
function runRaces(inFlight: number, durationMs: number, latencies: number[] = []): Promise<number> {
  const endAtMs = performance.now() + durationMs;
  const startedAtMs = performance.now();
  let done = 0;
  let running = 0;
  return new Promise((resolve, reject) => {
    const next = (): void => {
      if (performance.now() >= endAtMs) {
        if (running === 0) resolve((done * 1_000) / (performance.now() - startedAtMs));
        return;
      }
      running += 1;
      const startMs = performance.now();
      racer.start(nextRequest(), (race) => {
        running -= 1;
        if (race.outcome.kind === 'failed') {
          reject(race.outcome.error);
          return;
        }
        done += 1;
        if (inFlight === 1) latencies.push(performance.now() - startMs);
        next();
      });
    };
    for (let count = 0; count < inFlight; count += 1) next();
  });
}

/**
 * The bare exchange: the same three calls to nodes of three operators, with MAC and root, and nothing
 * of a race: no draw, no agreement, no record. Done when two have answered, as a race is.
 */
function runBare(inFlight: number, durationMs: number): Promise<number> {
  const startedAtMs = performance.now();
  const endAtMs = startedAtMs + durationMs;
  let done = 0;
  let running = 0;
  return new Promise((resolve, reject) => {
    const next = (): void => {
      if (performance.now() >= endAtMs) {
        if (running === 0) resolve((done * 1_000) / (performance.now() - startedAtMs));
        return;
      }
      running += 1;
      const { batch, queryId } = nextRequest();
      const call = new PreparedCall(nativeCrypto, {
        queryId,
        operation: batch.operation,
        slot: pin.slot,
        blockhash: PIN_BLOCKHASH,
        budgetMs: DEADLINE_MS,
        items: batch.items,
      });
      let answers = 0;
      const listener: CallListener = {
        onAnswer: () => {
          answers += 1;
          if (answers !== 2) return;
          running -= 1;
          done += 1;
          next();
        },
        onFailure: (_seat, { code }) => reject(new Error(code)),
        onAttested: () => {},
      };
      const first = counter % nodes.length;
      for (let seat = 0; seat < 3; seat += 1) {
        // Nodes of an operator stand beside each other, so that these are of three operators.
        const node = nodes[(first + seat * 3) % nodes.length] as BenchRacer;
        node.session.call(call, seat, DEADLINE_MS, listener);
      }
    };
    for (let count = 0; count < inFlight; count += 1) next();
  });
}

/** One node, first answer accepted, no race: what a customer who trusts a node would have. */
function runPlain(durationMs: number, latencies: number[]): Promise<void> {
  const endAtMs = performance.now() + durationMs;
  return new Promise((resolve, reject) => {
    const next = (): void => {
      const startMs = performance.now();
      if (startMs >= endAtMs) {
        resolve();
        return;
      }
      const { batch, queryId } = nextRequest();
      const call = new PreparedCall(nativeCrypto, {
        queryId,
        operation: batch.operation,
        slot: pin.slot,
        blockhash: PIN_BLOCKHASH,
        budgetMs: DEADLINE_MS,
        items: batch.items,
      });
      const listener: CallListener = {
        onAnswer: (_seat, answer: NodeAnswer) => {
          if (answer.body.items.length === 1) latencies.push(performance.now() - startMs);
          next();
        },
        onFailure: (_seat, { code }) => reject(new Error(code)),
        onAttested: () => {},
      };
      const node = nodes[counter % nodes.length] as BenchRacer;
      node.session.call(call, 0, DEADLINE_MS, listener);
    };
    next();
  });
}

const median = (numbers: readonly number[]): number =>
  numbers.toSorted((left, right) => left - right)[Math.floor(numbers.length / 2)] ?? Number.NaN;
const round = (value: number, digits: number): number => Number(value.toFixed(digits));
const rangeOf = (figures: readonly number[]): string =>
  `${Math.min(...figures)} to ${Math.max(...figures)}`;

interface Said {
  readonly what: string;
  readonly unit: string;
  readonly figures: readonly number[];
  readonly better: 'higher' | 'lower';
  readonly bar: string | null;
  readonly isMet: (best: number) => boolean | null;
  readonly beside: string;
}

function print({ what, unit, figures, better, bar, isMet, beside }: Said): void {
  const min = Math.min(...figures);
  const max = Math.max(...figures);
  const best = better === 'higher' ? max : min;
  const row = { what, unit, figure: { best, min, max }, bar, isMet: isMet(best), beside };
  process.stdout.write(`${JSON.stringify(row)}\n`);
}

await waitFor(() => nodes.every(({ session }) => session.state === 'READY'), 10_000);
await runRaces(IN_FLIGHT, WARM_UP_MS, []);
await runBare(IN_FLIGHT, WARM_UP_MS / 2);
const rates: number[] = [];
const bareRates: number[] = [];
const shares: number[] = [];
const gatewayCpuUsPerRace: number[] = [];
const nodesCpuUsPerRace: number[] = [];
const nodesCpuUs = async (): Promise<number> =>
  (await Promise.all(processes.map(cpuUsOf))).reduce((sum, used) => sum + used, 0);
for (let repetition = 0; repetition < REPETITIONS; repetition += 1) {
  // In turns, half before and half after, so that a busy moment of the machine meets both.
  const bareBefore = await runBare(IN_FLIGHT, secondsMs / 2);
  const nodesBefore = await nodesCpuUs();
  const before = process.cpuUsage();
  const rate = await runRaces(IN_FLIGHT, secondsMs);
  const used = process.cpuUsage(before);
  const races = (rate * secondsMs) / 1_000;
  gatewayCpuUsPerRace.push(round((used.user + used.system) / races, 1));
  nodesCpuUsPerRace.push(round(((await nodesCpuUs()) - nodesBefore) / races, 1));
  const bare = (bareBefore + (await runBare(IN_FLIGHT, secondsMs / 2))) / 2;
  rates.push(round(rate, 0));
  bareRates.push(round(bare, 0));
  shares.push(round(rate / bare, 2));
}
await waitFor(() => nodes.every(({ session }) => session.waiting === 0), 5_000);
const unattested = nodes.reduce((sum, { session }) => sum + session.counters.unattestedTotal, 0);
const attested = nodes.reduce((sum, { session }) => sum + session.counters.attestedTotal, 0);
const shareBest = Math.max(...shares);
print({
  what: 'races of 3 of 15 nodes, 32 in flight, attested, per second',
  unit: '',
  figures: rates,
  better: 'higher',
  bar: '≥ 10,000, or ≥ 0.80 × the bare exchange',
  isMet: (best) => best >= 10_000 || shareBest >= 0.8,
  beside:
    `${unattested} of ${attested + unattested} answers without a root; gateway ` +
    `${rangeOf(gatewayCpuUsPerRace)} us of CPU a race, nodes ${rangeOf(nodesCpuUsPerRace)}`,
});
print({
  what: 'the same against the bare SP exchange with MAC and root, ratio of rates',
  unit: '×',
  figures: shares,
  better: 'higher',
  bar: '≥ 0.80, or ≥ 10,000 races/s',
  isMet: (best) => best >= 0.8 || Math.max(...rates) >= 10_000,
  beside: `bare ${rangeOf(bareRates)}/s`,
});

const ratios: number[] = [];
const raced: number[] = [];
const plain: number[] = [];
for (let repetition = 0; repetition < REPETITIONS; repetition += 1) {
  const plainMs: number[] = [];
  const racedMs: number[] = [];
  await runPlain(secondsMs / 4, plainMs);
  await runRaces(1, secondsMs / 4, racedMs);
  await runPlain(secondsMs / 4, plainMs);
  await runRaces(1, secondsMs / 4, racedMs);
  plain.push(round(median(plainMs), 3));
  raced.push(round(median(racedMs), 3));
  ratios.push(round(median(racedMs) / median(plainMs), 2));
}
print({
  what: 'price of trust: verified race of 3 against one unverified node, ratio at p50',
  unit: '×',
  figures: ratios,
  better: 'lower',
  bar: '≤ 2.00',
  isMet: (best) => best <= 2,
  beside: `raced ${Math.min(...raced)} ms, one node ${Math.min(...plain)} ms`,
});
for (const stop of stops) stop();
for (const { child } of processes) child.disconnect();
