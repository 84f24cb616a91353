// What the tests of localnet share: a localnet whose slots the test advances, plain JSON-RPC calls,
// and a PubSub socket that keeps what it received in order.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Connection, Keypair, type PublicKey } from '@solana/web3.js';
import { onTestFinished } from 'vitest';
import { WebSocket } from 'ws';
import { type Localnet, type LocalnetOptions, silentLog, startLocalnet } from '../src/index.ts';

export const SOL = 1_000_000_000;
/** Waits of the tests end here with an error; nothing sleeps. */
const WAIT_MS = 10_000;

export async function startTestLocalnet(
  overrides: Partial<LocalnetOptions> = {},
): Promise<Localnet> {
  const localnet = await startLocalnet({
    httpPort: 0,
    wsPort: 0,
    slotMs: null,
    dir: null,
    activity: null,
    log: silentLog,
    ...overrides,
  });
  onTestFinished(() => localnet.stop());
  return localnet;
}

export function temporaryFolder(): string {
  const dir = mkdtempSync(join(tmpdir(), 'localnet-test-'));
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }));
  return dir;
}

export function connect(
  localnet: Localnet,
  commitment: 'processed' | 'confirmed' | 'finalized' = 'confirmed',
): Connection {
  return new Connection(localnet.httpUrl, { commitment, wsEndpoint: localnet.wsUrl });
}

export function advance(localnet: Localnet, slots: number): void {
  for (let count = 0; count < slots; count += 1) localnet.advanceSlot();
}

/** A new wallet with funds, visible at 'confirmed'. */
export async function fundedWallet(localnet: Localnet, lamports = 10 * SOL): Promise<Keypair> {
  const wallet = Keypair.generate();
  await call(localnet, 'requestAirdrop', [wallet.publicKey.toBase58(), lamports]);
  localnet.advanceSlot();
  return wallet;
}

export const newAddress = (): PublicKey => Keypair.generate().publicKey;

export interface RpcAnswer {
  readonly result?: unknown;
  readonly error?: { readonly code: number; readonly message: string; readonly data?: unknown };
}

export async function post(localnet: Localnet, body: string): Promise<Response> {
  return fetch(localnet.httpUrl, {
    method: 'POST',
    body,
    headers: { 'content-type': 'application/json' },
  });
}

export async function answer(
  localnet: Localnet,
  method: string,
  params: unknown[] = [],
): Promise<RpcAnswer> {
  const response = await post(localnet, JSON.stringify({ jsonrpc: '2.0', id: 1, method, params }));
  return (await response.json()) as RpcAnswer;
}

/** The result of a call. @throws Error with the RPC error's message */
export async function call<T = unknown>(
  localnet: Localnet,
  method: string,
  params: unknown[] = [],
): Promise<T> {
  const { result, error } = await answer(localnet, method, params);
  if (error) throw new Error(`${error.code}: ${error.message}`);
  return result as T;
}

export interface Notification {
  readonly method: string;
  readonly params: { readonly result: never; readonly subscription: number };
}

/** A PubSub client that keeps every notification in the order of arrival. */
export class PubSubClient {
  readonly notifications: Notification[] = [];
  readonly socket: WebSocket;
  #answers = new Map<number, (answer: RpcAnswer) => void>();
  #waiters = new Set<() => void>();
  #lastId = 0;

  private constructor(socket: WebSocket) {
    this.socket = socket;
    socket.on('message', (data) => {
      const message = JSON.parse(data.toString()) as { id?: number; method?: string };
      if (message.method !== undefined) this.notifications.push(message as Notification);
      else this.#answers.get(message.id ?? -1)?.(message as RpcAnswer);
      for (const waiter of this.#waiters) waiter();
    });
  }

  static async open(localnet: Localnet): Promise<PubSubClient> {
    const socket = new WebSocket(localnet.wsUrl);
    const client = new PubSubClient(socket);
    await new Promise((resolve, reject) => {
      socket.once('open', resolve);
      socket.once('error', reject);
    });
    onTestFinished(() => socket.terminate());
    return client;
  }

  call(method: string, params: unknown[] = []): Promise<RpcAnswer> {
    this.#lastId += 1;
    const id = this.#lastId;
    return new Promise((resolve) => {
      this.#answers.set(id, resolve);
      this.socket.send(JSON.stringify({ jsonrpc: '2.0', id, method, params }));
    });
  }

  async subscribe(method: string, params: unknown[] = []): Promise<number> {
    const { result, error } = await this.call(method, params);
    if (error) throw new Error(`${error.code}: ${error.message}`);
    return result as number;
  }

  results<T>(method: string): T[] {
    return this.notifications
      .filter((one) => one.method === method)
      .map((one) => one.params.result as T);
  }

  /** Waits until `isTrue` holds, looking again at every message. */
  until(isTrue: () => boolean): Promise<void> {
    return new Promise((resolve, reject) => {
      const look = () => {
        if (!isTrue()) return;
        clearTimeout(timer);
        this.#waiters.delete(look);
        resolve();
      };
      const timer = setTimeout(() => {
        this.#waiters.delete(look);
        reject(new Error(`not seen within ${WAIT_MS} ms`));
      }, WAIT_MS);
      this.#waiters.add(look);
      look();
    });
  }
}

/** Advances slots, one per turn of the event loop, until a promise of a client settles. */
export async function advanceUntil<T>(localnet: Localnet, promise: Promise<T>): Promise<T> {
  let isSettled = false;
  const settled = promise.finally(() => {
    isSettled = true;
  });
  settled.catch(() => {});
  const deadline = performance.now() + WAIT_MS;
  while (!isSettled && performance.now() < deadline) {
    await new Promise((resolve) => setTimeout(resolve, 5));
    if (!isSettled) localnet.advanceSlot();
  }
  return settled;
}
