// An open loop: requests leave at their times whatever the answers do, and a latency counts from the
// time at which its request was due, so that a server that stalls cannot hide it (coordinated omission).
import type { Client } from './http-client.ts';

export interface OpenLoopResult {
  readonly latenciesMs: readonly number[];
  readonly failures: number;
}

export interface Stream {
  readonly query: string;
  readonly perSecond: number;
  readonly isGood: (body: string) => boolean;
}

/** Runs the streams beside each other for the duration. */
export async function runOpenLoop(
  client: Client,
  streams: readonly Stream[],
  durationMs: number,
): Promise<readonly OpenLoopResult[]> {
  return await Promise.all(streams.map((stream) => runStream(client, stream, durationMs)));
}

async function runStream(
  client: Client,
  stream: Stream,
  durationMs: number,
): Promise<OpenLoopResult> {
  const { query, perSecond, isGood } = stream;
  const count = Math.round((durationMs / 1_000) * perSecond);
  const startedMs = performance.now();
  const latenciesMs: number[] = [];
  let failures = 0;
  const running: Promise<void>[] = [];
  for (let index = 0; index < count; index += 1) {
    const dueMs = startedMs + (index * 1_000) / perSecond;
    const waitMs = dueMs - performance.now();
    if (waitMs > 0) await new Promise((resolve) => setTimeout(resolve, waitMs));
    // A timer is late by up to a millisecond on its own, which is the client's and not the server's.
    const sentMs = performance.now();
    const lateMs = Math.max(0, sentMs - dueMs - 1);
    running.push(
      client.ask(query).then(
        ({ ms, body }) => {
          if (isGood(body)) latenciesMs.push(ms + lateMs);
          else failures += 1;
        },
        () => {
          failures += 1;
        },
      ),
    );
  }
  await Promise.all(running);
  return { latenciesMs, failures };
}
