// What a customer meets, over HTTP, on a whole network: single questions, a load of 300 a second, what a
// query costs the gateway, start and memory. The control is a field
// of the same server that needs no race.
import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { type DevnetChild, startDevnet } from './devnet-child.ts';
import { type Client, createClient, timesOf } from './http-client.ts';
import { runOpenLoop } from './open-loop.ts';
import { type BenchRow, formatNumber } from './row.ts';
import { isP99Met, percentile, REPETITIONS, type Spread, spreadOf } from './statistics.ts';

/** Until the code of seven processes is compiled; 3,000 were not enough, 6,000 change nothing. */
const WARM_UP_REQUESTS = 6_000;
const REQUESTS_PER_REPETITION = 1_500;
const GIB = 1_024 ** 3;

const LOAD_PER_SECOND = 300;
const LOAD_CONTROL_PER_SECOND = 30;
const LOAD_MS = 60_000;
const LOAD_CONNECTIONS = 64;
const GUARANTEE_MS = 10;
const QUIET_CONTROL_MS = 3;

/** Clients that ask one after another, while CPU is counted: enough to keep the gateway busy. */
const CPU_CLIENTS = 16;
const CPU_REQUESTS = 6_000;
const CPU_US_MAX = 310;
/** Of /proc/PID/stat: USER_HZ is 100 on every Linux that Node runs on. */
const US_PER_TICK = 10_000;

const CONTROL = '{ network { genesisHash } }';

const raced = z.object({
  data: z.object({ account: z.object({ address: z.string() }) }),
  extensions: z.object({
    streamsync: z.object({
      races: z.array(z.object({ verifiers: z.array(z.string()).min(1) })).min(1),
    }),
  }),
});

export async function measureNetwork(say: (line: string) => void): Promise<BenchRow[]> {
  const devnet = await startDevnet();
  try {
    const { network, residentBytes } = devnet;
    const client = createClient(network.graphql.url);
    const account = `{ account(address: "${network.demo?.tokenAccount}") { address lamports slot } }`;
    raced.parse(JSON.parse((await client.ask(account)).body));
    await timesOf(client, account, WARM_UP_REQUESTS);
    await timesOf(client, CONTROL, WARM_UP_REQUESTS / 2);
    const residentGib = residentBytes() / GIB;
    say('  one client …');
    const rows = await measureOneClient(client, account);
    say('  300 a second for a minute …');
    rows.push(...(await measureLoad(network.graphql.url, account)));
    say("  the gateway's CPU …");
    rows.push(await measureCpu(devnet, account));
    // The last answer counts too: a network that stopped verifying has measured nothing.
    raced.parse(JSON.parse((await client.ask(account)).body));
    client.close();
    return [...rows, ...onceRows(devnet, residentGib)];
  } finally {
    await devnet.stop();
  }
}

const besideOf = (spread: Spread): string =>
  `control ${formatNumber(spread.best)} ms (${formatNumber(spread.min)} to ${formatNumber(spread.max)})`;

async function measureOneClient(client: Client, account: string): Promise<BenchRow[]> {
  const repetitions: { raceMs: number[]; controlMs: number[] }[] = [];
  for (let repetition = 0; repetition < REPETITIONS; repetition += 1) {
    const controlMs = await timesOf(client, CONTROL, REQUESTS_PER_REPETITION);
    const raceMs = await timesOf(client, account, REQUESTS_PER_REPETITION);
    repetitions.push({ raceMs, controlMs });
  }
  const figures = (share: number, of: 'raceMs' | 'controlMs') =>
    spreadOf(
      repetitions.map((each) => percentile(each[of], share)),
      'lowest',
    );
  const p50 = figures(0.5, 'raceMs');
  const p99 = figures(0.99, 'raceMs');
  const controlP99 = figures(0.99, 'controlMs');
  return [
    {
      what: '`account` over HTTP, MAJORITY, one client, warm: p50',
      unit: 'ms',
      figure: p50,
      bar: '≤ 1.5 ms',
      isMet: p50.best <= 1.5,
      beside: besideOf(figures(0.5, 'controlMs')),
    },
    {
      what: '`account` over HTTP, MAJORITY, one client, warm: p99',
      unit: 'ms',
      figure: p99,
      bar: '≤ 10 ms, or 4 × a control above 3 ms',
      isMet: isP99Met(p99.best, controlP99.best),
      beside: besideOf(controlP99),
    },
  ];
}

async function measureLoad(url: string, account: string): Promise<BenchRow[]> {
  const client = createClient(url, LOAD_CONNECTIONS);
  const [race, control] = await runOpenLoop(
    client,
    [
      {
        query: account,
        perSecond: LOAD_PER_SECOND,
        isGood: (body) => body.includes('"verifiers":["'),
      },
      {
        query: CONTROL,
        perSecond: LOAD_CONTROL_PER_SECOND,
        isGood: (body) => body.startsWith('{"data":{"network"'),
      },
    ],
    LOAD_MS,
  );
  client.close();
  if (race === undefined || control === undefined) throw new Error('a stream ended without result');
  const within = race.latenciesMs.filter((ms) => ms <= GUARANTEE_MS).length;
  const share = (100 * within) / (race.latenciesMs.length + race.failures);
  const controlP99 = percentile(control.latenciesMs, 0.99);
  const isQuiet = controlP99 <= QUIET_CONTROL_MS;
  return [
    {
      what: '`account`, MAJORITY, open loop 300/s for 60 s, warm: answers within 10 ms',
      unit: '%',
      figure: { best: share, min: share, max: share },
      bar: '0 errors, ≥ 99 % where the control has a p99 ≤ 3 ms',
      isMet: race.failures > 0 ? false : isQuiet ? share >= 99 : null,
      beside:
        `${race.failures} errors of ${race.latenciesMs.length + race.failures}; p99 ` +
        `${formatNumber(percentile(race.latenciesMs, 0.99))} ms, control ${formatNumber(controlP99)} ms`,
    },
  ];
}

/** CPU of a process since its start, user and system, in microseconds. Linux. */
function cpuUsOf(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
  return (Number(fields[11]) + Number(fields[12])) * US_PER_TICK;
}

async function measureCpu({ network }: DevnetChild, account: string): Promise<BenchRow> {
  const gateway = network.processes.find(({ name }) => name === 'gateway');
  if (gateway === undefined) throw new Error('the network names no gateway');
  const clients = Array.from({ length: CPU_CLIENTS }, () => createClient(network.graphql.url));
  const cpuUsPerQuery = async (query: string): Promise<number> => {
    const before = cpuUsOf(gateway.pid);
    await Promise.all(clients.map((each) => timesOf(each, query, CPU_REQUESTS / CPU_CLIENTS)));
    return (cpuUsOf(gateway.pid) - before) / CPU_REQUESTS;
  };
  await cpuUsPerQuery(account);
  const racesUs: number[] = [];
  const controlsUs: number[] = [];
  for (let repetition = 0; repetition < REPETITIONS; repetition += 1) {
    controlsUs.push(await cpuUsPerQuery(CONTROL));
    racesUs.push(await cpuUsPerQuery(account));
  }
  for (const each of clients) each.close();
  const figure = spreadOf(racesUs, 'lowest');
  const control = spreadOf(controlsUs, 'lowest');
  return {
    what: "the gateway's CPU for a verified GraphQL point read, 16 clients",
    unit: 'us',
    figure,
    bar: '≤ 310 us (eRPC took 927 for consensus of 2 of 3)',
    isMet: figure.best <= CPU_US_MAX,
    beside: `control ${formatNumber(control.best)} us (${formatNumber(control.min)} to ${formatNumber(control.max)})`,
  };
}

function onceRows({ network }: DevnetChild, memoryGib: number): BenchRow[] {
  const startSeconds = network.firstAnswerMs / 1_000;
  const once = (value: number) => ({ best: value, min: value, max: value });
  return [
    {
      what: '`npm start` to the first verified answer',
      unit: 's',
      figure: once(startSeconds),
      bar: '≤ 15 s',
      isMet: startSeconds <= 15,
      beside: 'one start',
    },
    {
      what: 'resident memory of the whole network',
      unit: 'GiB',
      figure: once(memoryGib),
      bar: '≤ 3 GiB',
      isMet: memoryGib <= 3,
      beside: `${network.processes.length} processes`,
    },
  ];
}
