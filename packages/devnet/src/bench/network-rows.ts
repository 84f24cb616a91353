// What a customer meets: one client, one question at a time over HTTP, on a whole network. The
// control is a field of the same server that needs no race, measured in turns with the race.
import { Agent, request } from 'node:http';
import { z } from 'zod';
import { type DevnetChild, startDevnet } from './devnet-child.ts';
import { type BenchRow, formatNumber } from './row.ts';
import { isP99Met, percentile, REPETITIONS, spreadOf } from './statistics.ts';

/** Until the code of seven processes is compiled; 3,000 were not enough, 6,000 change nothing. */
const WARM_UP_REQUESTS = 6_000;
const REQUESTS_PER_REPETITION = 1_500;
const GIB = 1_024 ** 3;

const raced = z.object({
  data: z.object({ account: z.object({ address: z.string() }) }),
  extensions: z.object({
    streamsync: z.object({
      races: z.array(z.object({ verifiers: z.array(z.string()).min(1) })).min(1),
    }),
  }),
});

export async function measureNetwork(): Promise<BenchRow[]> {
  const devnet = await startDevnet();
  try {
    return await measure(devnet);
  } finally {
    await devnet.stop();
  }
}

async function measure({ network, residentBytes }: DevnetChild): Promise<BenchRow[]> {
  const client = createClient(network.graphql.url);
  const account = `{ account(address: "${network.demo.tokenAccount}") { address lamports slot } }`;
  const control = '{ network { genesisHash } }';
  raced.parse(JSON.parse((await client.ask(account)).body));

  const timesOf = async (query: string, count: number): Promise<number[]> => {
    const timesMs: number[] = [];
    for (let index = 0; index < count; index += 1) timesMs.push((await client.ask(query)).ms);
    return timesMs;
  };
  await timesOf(account, WARM_UP_REQUESTS);
  await timesOf(control, WARM_UP_REQUESTS / 2);

  const repetitions: { raceMs: number[]; controlMs: number[] }[] = [];
  for (let repetition = 0; repetition < REPETITIONS; repetition += 1) {
    const controlMs = await timesOf(control, REQUESTS_PER_REPETITION);
    const raceMs = await timesOf(account, REQUESTS_PER_REPETITION);
    repetitions.push({ raceMs, controlMs });
  }
  // The last answer counts too: a network that stopped verifying has measured nothing.
  raced.parse(JSON.parse((await client.ask(account)).body));
  client.close();

  const figures = (share: number, of: 'raceMs' | 'controlMs') =>
    spreadOf(
      repetitions.map((each) => percentile(each[of], share)),
      'lowest',
    );
  const p50 = figures(0.5, 'raceMs');
  const p99 = figures(0.99, 'raceMs');
  const controlP50 = figures(0.5, 'controlMs');
  const controlP99 = figures(0.99, 'controlMs');
  const besideOf = (spread: typeof p50): string =>
    `control ${formatNumber(spread.best)} ms (${formatNumber(spread.min)} to ${formatNumber(spread.max)})`;
  const startSeconds = network.firstAnswerMs / 1_000;
  const memoryGib = residentBytes() / GIB;
  const once = (value: number) => ({ best: value, min: value, max: value });
  return [
    {
      what: '`account` over HTTP, MAJORITY, one client, warm: p50',
      unit: 'ms',
      figure: p50,
      bar: '≤ 1.5 ms',
      isMet: p50.best <= 1.5,
      beside: besideOf(controlP50),
    },
    {
      what: '`account` over HTTP, MAJORITY, one client, warm: p99',
      unit: 'ms',
      figure: p99,
      bar: '≤ 10 ms, or 4 × a control above 3 ms',
      isMet: isP99Met(p99.best, controlP99.best),
      beside: besideOf(controlP99),
    },
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

interface Client {
  /** Milliseconds from the request to the last byte of the response. */
  ask(query: string): Promise<{ readonly ms: number; readonly body: string }>;
  close(): void;
}

/** One connection, kept alive. */
function createClient(url: string): Client {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  return {
    ask: (query) =>
      new Promise((resolve, reject) => {
        const body = JSON.stringify({ query });
        const startedMs = performance.now();
        const headers = {
          'content-type': 'application/json',
          accept: 'application/json',
          'content-length': Buffer.byteLength(body),
        };
        const sent = request(url, { method: 'POST', agent, headers }, (response) => {
          const chunks: Buffer[] = [];
          response.on('data', (chunk: Buffer) => chunks.push(chunk));
          response.once('error', reject);
          response.once('end', () => {
            const ms = performance.now() - startedMs;
            resolve({ ms, body: Buffer.concat(chunks).toString('utf8') });
          });
        });
        sent.once('error', reject);
        sent.end(body);
      }),
    close: () => agent.destroy(),
  };
}
