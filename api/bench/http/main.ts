// The HTTP bench: what GraphQL costs above plain node:http that answers the same bytes, for a point
// read and a list of 100 that memory answers. Both servers run in processes of their own and take
// turns; this process asks. Prints a row of `npm run bench` as a JSON line each.
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '2' },
    repetitions: { type: 'string', default: '5' },
  },
});
const TURN_MS = Number(values.seconds) * 1_000;
const REPETITIONS = Number(values.repetitions);
const CONNECTIONS = 16;
const WARM_UP_MS = 2_000;

const SERVER = fileURLToPath(new URL('./server-process.ts', import.meta.url));

interface Case {
  readonly row: string;
  readonly bar: number;
  readonly body: unknown;
}

const CASES: readonly Case[] = [
  {
    row: 'GraphQL over HTTP, a point read from memory',
    bar: 0.6,
    body: {
      query:
        'query($id: ID!) { node(id: $id) { id operator specialisation address state appliedSlot } }',
      variables: { id: '07'.repeat(32) },
    },
  },
  {
    row: 'GraphQL over HTTP, a list of 100 from memory',
    bar: 0.4,
    body: { query: '{ nodes { id operator specialisation address state appliedSlot } }' },
  },
];

interface Server {
  readonly port: number;
  readonly child: ChildProcess;
}

async function startServer(...args: string[]): Promise<Server> {
  const child = fork(SERVER, args);
  const [{ url }] = (await once(child, 'message')) as [{ url: string }];
  return { port: Number(new URL(url).port), child };
}

async function cpuUs({ child }: Server): Promise<number> {
  child.send('cpu');
  const [{ cpuUs }] = (await once(child, 'message')) as [{ cpuUs: number }];
  return cpuUs;
}

const requestOf = (body: unknown): Buffer => {
  const text = JSON.stringify(body);
  return Buffer.from(
    `POST /graphql HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\naccept: application/json\r\ncontent-length: ${Buffer.byteLength(text)}\r\n\r\n${text}`,
  );
};

/** Asks one after another on each connection, and counts whole responses. */
async function load(port: number, request: Buffer, ms: number): Promise<number> {
  let responses = 0;
  let running = true;
  const sockets = await Promise.all(
    Array.from({ length: CONNECTIONS }, async () => {
      const socket = connect(port, '127.0.0.1').setNoDelay();
      await once(socket, 'connect');
      readResponses(socket, () => {
        responses += 1;
        if (running) socket.write(request);
      });
      socket.write(request);
      return socket;
    }),
  );
  await new Promise((resolve) => setTimeout(resolve, ms));
  running = false;
  for (const socket of sockets) socket.destroy();
  return responses;
}

const LENGTH = Buffer.from('ontent-length: ');

/** All responses of a server have the same size: it is read once. */
function readResponses(socket: Socket, onResponse: () => void): void {
  let size = 0;
  let waiting = 0;
  socket.on('data', (chunk: Buffer) => {
    if (size === 0) {
      const end = chunk.indexOf('\r\n\r\n') + 4;
      const at = chunk.indexOf(LENGTH) + LENGTH.length;
      size = end + Number.parseInt(chunk.toString('latin1', at, at + 10), 10);
    }
    waiting += chunk.length;
    while (waiting >= size) {
      waiting -= size;
      onResponse();
    }
  });
}

interface Turn {
  readonly ratePerSecond: number;
  readonly cpuUs: number;
}

async function turn(server: Server, request: Buffer): Promise<Turn> {
  const before = await cpuUs(server);
  const startedMs = performance.now();
  const responses = await load(server.port, request, TURN_MS);
  const ratePerSecond = (responses * 1_000) / (performance.now() - startedMs);
  return { ratePerSecond, cpuUs: ((await cpuUs(server)) - before) / Math.max(1, responses) };
}

const median = (numbers: readonly number[]): number =>
  numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)] ?? 0;

const gateway = await startServer('gateway');
for (const { row, bar, body } of CASES) {
  const request = requestOf(body);
  const answer = await fetch(`http://127.0.0.1:${gateway.port}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', accept: 'application/json' },
    body: JSON.stringify(body),
  });
  const bytes = Buffer.from(await answer.arrayBuffer());
  if (bytes.includes('"errors"')) throw new Error(bytes.toString());
  const plain = await startServer('plain', bytes.toString('base64'));
  await load(gateway.port, request, WARM_UP_MS);
  await load(plain.port, request, WARM_UP_MS);
  const turns: { readonly graphql: Turn; readonly plain: Turn }[] = [];
  for (let repetition = 0; repetition < REPETITIONS; repetition += 1) {
    turns.push({ graphql: await turn(gateway, request), plain: await turn(plain, request) });
  }
  plain.child.kill();
  const ratios = turns.map((each) => each.graphql.ratePerSecond / each.plain.ratePerSecond);
  const rateOf = (name: 'graphql' | 'plain') =>
    Math.round(median(turns.map((each) => each[name].ratePerSecond)));
  const cpuOf = (name: 'graphql' | 'plain') => Math.round(median(turns.map((e) => e[name].cpuUs)));
  // Of the best turns: what disturbs a turn on a shared machine can only make it slower.
  const bestOf = (name: 'graphql' | 'plain') =>
    Math.max(...turns.map((each) => each[name].ratePerSecond));
  const best = bestOf('graphql') / bestOf('plain');
  const line = {
    what: row,
    unit: 'of the rate of plain node:http',
    figure: { best, min: Math.min(...ratios), max: Math.max(...ratios) },
    bar: `at least ${bar}`,
    isMet: best >= bar,
    beside: `${rateOf('graphql')} and ${rateOf('plain')} a second, ${cpuOf('graphql')} and ${cpuOf('plain')} us of CPU, ${bytes.length} bytes, median ratio ${median(ratios).toFixed(2)}`,
  };
  process.stdout.write(`${JSON.stringify(line)}\n`);
}
gateway.child.kill();
