// What the tests of REQ and REP share: sockets that stop after their test, and what a request's listener hears.
import { afterEach } from 'vitest';
import { dialReq, listenRep, type RequestFailure } from '../src/sp/index.ts';
import { textOf } from './sp-raw-peer.ts';

/** Protocol numbers, spelled out independently of the code under test. */
export const REQ = 0x30;
export const REP = 0x31;
export const LOOPBACK = 'tcp://127.0.0.1:0';
export const WAIT = { timeout: 5_000, interval: 2 };
export const BACKOFF = { firstMs: 5, maxMs: 20, jitter: 0.5 };

const stops: (() => unknown)[] = [];

/** Registers the clean-up; called once at the top of a test file. */
export function stopSocketsAfterEach(): void {
  afterEach(async () => {
    for (const stop of stops.splice(0).reverse()) await stop();
  });
}

export function stopLater<T extends { stop(): unknown }>(started: T): T {
  stops.push(() => started.stop());
  return started;
}

export async function echoRep(options: Partial<Parameters<typeof listenRep>[0]> = {}) {
  return stopLater(
    await listenRep({
      address: LOOPBACK,
      handler: (bytes, reply) => reply.send(bytes),
      ...options,
    }),
  );
}

export async function connectedReq(options: Parameters<typeof dialReq>[0]) {
  const req = stopLater(dialReq({ backoff: BACKOFF, ...options }));
  await req.dialer.connected(5_000);
  return req;
}

/** A listener that keeps what it hears. */
export function recorder() {
  const heard: { id: number; reply?: string; failure?: RequestFailure }[] = [];
  return {
    heard,
    onReply: (reply: Uint8Array, id: number) => void heard.push({ id, reply: textOf(reply) }),
    onFailure: (failure: RequestFailure, id: number) => void heard.push({ id, failure }),
  };
}
