// Ten thousand malformed requests against a gateway in a process of its own: none is a 5xx, each error
// has its code and its page, and the memory of the second half is that of the first.
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { Agent, request } from 'node:http';
import { fileURLToPath } from 'node:url';
import { isErrorCode } from '@streamsync/domain';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { schema } from '../../src/schema/index.ts';
import type { GraphqlBody } from '../support/front-door.ts';
import { type GeneratedRequest, generateRequest, seededRandom } from './generate-requests.ts';

const REQUESTS = 10_000;
const IN_FLIGHT = 8;
/** What the second half may add: pages that the allocator has yet to give back. */
const GROWTH_BYTES_MAX = 16 * 1_048_576;
const SEED = Number(process.env.STREAMSYNC_SEED ?? Math.floor(Math.random() * 2 ** 31));

let child: ChildProcess;
let url: string;
const agent = new Agent({ keepAlive: true, maxSockets: IN_FLIGHT });

beforeAll(async () => {
  const script = fileURLToPath(new URL('./gateway-process.ts', import.meta.url));
  child = fork(script, [], { execArgv: ['--expose-gc'] });
  [{ url }] = (await once(child, 'message')) as [{ url: string }];
});
afterAll(() => {
  agent.destroy();
  child.kill();
});

interface Memory {
  readonly rss: number;
  readonly heapUsed: number;
}

async function memory(): Promise<Memory> {
  child.send('memory');
  const [figures] = (await once(child, 'message')) as [Memory];
  return figures;
}

interface Answer {
  readonly status: number;
  readonly text: string;
}

function send({ body, headers }: GeneratedRequest): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const sent = request(
      `${url}/graphql`,
      {
        method: 'POST',
        agent,
        headers: { ...headers, 'content-length': Buffer.byteLength(body) },
      },
      (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.once('error', reject);
        response.once('end', () =>
          resolve({ status: response.statusCode ?? 0, text: Buffer.concat(chunks).toString() }),
        );
      },
    );
    sent.once('error', reject);
    sent.end(body);
  });
}

/** What is wrong with the answer, or null. */
function faultOf({ status, text }: Answer): string | null {
  if (status >= 500) return `status ${status}`;
  const { errors } = JSON.parse(text) as GraphqlBody;
  for (const { extensions } of errors ?? []) {
    if (!isErrorCode(extensions.code) || extensions.code === 'INTERNAL') return 'no code';
    if (!extensions.docs.endsWith(`/errors#${extensions.code.toLowerCase()}`)) return 'no page';
  }
  return /\.ts:\d+|node_modules/.test(text) ? 'a stack' : null;
}

describe('malformed requests', () => {
  it(`are refused with a code each, and take no memory with them (seed ${SEED})`, async () => {
    const random = seededRandom(SEED);
    const faults: string[] = [];
    let refused = 0;
    async function sendMany(count: number): Promise<void> {
      let left = count;
      const sender = async (): Promise<void> => {
        while (left > 0) {
          left -= 1;
          const generated = generateRequest(schema, random);
          const answer = await send(generated);
          const fault = faultOf(answer);
          if (fault !== null) faults.push(`${fault}: ${generated.body} gave ${answer.text}`);
          if (answer.text.includes('"errors"')) refused += 1;
        }
      };
      await Promise.all(Array.from({ length: IN_FLIGHT }, sender));
    }
    await sendMany(REQUESTS / 2);
    const first = await memory();
    await sendMany(REQUESTS / 2);
    const second = await memory();
    expect(faults.slice(0, 3)).toEqual([]);
    // A few turn out to be queries that fit.
    expect(refused).toBeGreaterThan(REQUESTS * 0.9);
    expect(second.rss - first.rss).toBeLessThan(GROWTH_BYTES_MAX);
    expect(second.heapUsed - first.heapUsed).toBeLessThan(GROWTH_BYTES_MAX / 4);
  }, 180_000);
});
