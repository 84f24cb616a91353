// A GraphQL client over kept connections, for measuring: plain node:http, times by the monotonic clock.
import { Agent, request } from 'node:http';

export interface Reply {
  /** From the call to the last byte of the response. */
  readonly ms: number;
  readonly body: string;
}

export interface Client {
  ask(query: string): Promise<Reply>;
  close(): void;
}

export function createClient(url: string, connections = 1): Client {
  const agent = new Agent({ keepAlive: true, maxSockets: connections });
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

/** Milliseconds of each of `count` requests, one after another. */
export async function timesOf(client: Client, query: string, count: number): Promise<number[]> {
  const timesMs: number[] = [];
  for (let index = 0; index < count; index += 1) timesMs.push((await client.ask(query)).ms);
  return timesMs;
}
