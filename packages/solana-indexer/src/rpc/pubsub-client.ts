// One PubSub WebSocket: subscribes, and hands out notifications in the order of the socket. What
// waits to be read is bounded: a full queue pauses the socket, so that the server sees a slow reader
// instead of this process running out of memory.
import { StreamSyncError } from '@streamsync/domain';
import { WebSocket } from 'ws';
import { objectOf, wholeOf } from '../parse/guards.ts';
import { parseExactJson } from '../parse/json.ts';

export interface Notification {
  readonly subscription: number;
  readonly method: string;
  readonly result: unknown;
}

const CONNECT_MS_MAX = 10_000;
const SUBSCRIBE_MS_MAX = 10_000;
/** A ping that is not answered until the next one means that the connection is dead. */
const PING_MS = 10_000;
/** The largest notification is an account of 10 MiB in base64. */
const MESSAGE_BYTES_MAX = 64 * 1024 * 1024;
const QUEUE_PAUSE = 10_000;
const QUEUE_RESUME = 1_000;

interface Waiting {
  resolve(subscription: number): void;
  reject(error: unknown): void;
}

export class PubSubClient {
  readonly #socket: WebSocket;
  readonly #waiting = new Map<number, Waiting>();
  #queue: Notification[] = [];
  #taken = 0;
  #wake: (() => void) | null = null;
  #failure: StreamSyncError | null = null;
  #id = 0;
  #isAlive = true;
  readonly #pings: NodeJS.Timeout;

  private constructor(socket: WebSocket, shownUrl: string) {
    this.#socket = socket;
    socket.on('message', (data: Buffer) => this.#onMessage(data));
    socket.on('pong', () => {
      this.#isAlive = true;
    });
    socket.on('error', () => {});
    socket.on('close', (code, reason) =>
      this.#fail(
        new StreamSyncError(
          'SOURCE_FAILED',
          { url: shownUrl, code },
          { message: `${shownUrl} closed the stream (${code} ${reason.toString()}).` },
        ),
      ),
    );
    this.#pings = setInterval(() => {
      if (!this.#isAlive && !socket.isPaused) socket.terminate();
      this.#isAlive = false;
      socket.ping();
    }, PING_MS);
    this.#pings.unref();
  }

  /** @throws StreamSyncError SOURCE_FAILED */
  static async connect(url: string, signal: AbortSignal): Promise<PubSubClient> {
    const { protocol, host } = new URL(url);
    const shownUrl = `${protocol}//${host}`;
    const socket = new WebSocket(url, {
      handshakeTimeout: CONNECT_MS_MAX,
      maxPayload: MESSAGE_BYTES_MAX,
      perMessageDeflate: false,
    });
    const client = new PubSubClient(socket, shownUrl);
    const abort = () => socket.terminate();
    signal.addEventListener('abort', abort, { once: true });
    socket.once('close', () => signal.removeEventListener('abort', abort));
    if (signal.aborted) abort();
    await new Promise<void>((resolve, reject) => {
      socket.once('open', resolve);
      socket.once('error', (error) => {
        client.close();
        reject(
          new StreamSyncError(
            'SOURCE_FAILED',
            { url: shownUrl },
            { message: `${shownUrl} cannot be reached: ${error.message}`, cause: error },
          ),
        );
      });
    });
    return client;
  }

  /** Subscribes and returns the id that its notifications carry. @throws SOURCE_FAILED */
  subscribe(method: string, params: readonly unknown[]): Promise<number> {
    if (this.#failure !== null) return Promise.reject(this.#failure);
    this.#id += 1;
    const id = this.#id;
    return new Promise<number>((resolve, reject) => {
      const deadline = setTimeout(() => {
        this.#waiting.delete(id);
        reject(refused(method, 'no answer in time'));
      }, SUBSCRIBE_MS_MAX);
      const settle = () => clearTimeout(deadline);
      this.#waiting.set(id, {
        resolve: (subscription) => {
          settle();
          resolve(subscription);
        },
        reject: (error) => {
          settle();
          reject(error instanceof StreamSyncError ? error : refused(method, String(error)));
        },
      });
      this.#socket.send(JSON.stringify({ jsonrpc: '2.0', id, method, params }));
    });
  }

  /** Whether a notification waits to be read. */
  get hasWaiting(): boolean {
    return this.#taken < this.#queue.length;
  }

  /**
   * The next notification; null when none came for `msMax`.
   * @throws StreamSyncError SOURCE_FAILED when the socket is gone
   */
  async next(msMax: number): Promise<Notification | null> {
    let isLate = false;
    for (;;) {
      const notification = this.#queue[this.#taken];
      if (notification !== undefined) {
        this.#taken += 1;
        this.#trim();
        return notification;
      }
      if (this.#failure !== null) throw this.#failure;
      if (isLate) return null;
      await new Promise<void>((resolve) => {
        const deadline = setTimeout(() => {
          isLate = true;
          this.#wakeUp();
        }, msMax);
        this.#wake = () => {
          clearTimeout(deadline);
          resolve();
        };
      });
    }
  }

  close(): void {
    clearInterval(this.#pings);
    this.#socket.terminate();
  }

  /** Drops what was read, from time to time, and lets the socket go on. */
  #trim(): void {
    if (this.#taken < 1_024 && this.#taken < this.#queue.length) return;
    this.#queue = this.#queue.slice(this.#taken);
    this.#taken = 0;
    if (this.#socket.isPaused && this.#queue.length < QUEUE_RESUME) this.#socket.resume();
  }

  #onMessage(data: Buffer): void {
    try {
      const message = objectOf(parseExactJson(data.toString('utf8')), 'message');
      if (typeof message.method === 'string') {
        const params = objectOf(message.params, 'params');
        this.#queue.push({
          subscription: wholeOf(params.subscription, 'subscription'),
          method: message.method,
          result: params.result,
        });
        if (this.#queue.length - this.#taken > QUEUE_PAUSE) this.#socket.pause();
        this.#wakeUp();
        return;
      }
      const waiting = this.#waiting.get(wholeOf(message.id, 'id'));
      if (waiting === undefined) return;
      this.#waiting.delete(message.id as number);
      if (message.error !== undefined) {
        waiting.reject(objectOf(message.error, 'error').message);
      } else waiting.resolve(wholeOf(message.result, 'subscription'));
    } catch (error) {
      this.#fail(
        error instanceof StreamSyncError
          ? error
          : new StreamSyncError(
              'SOURCE_FAILED',
              {},
              { message: 'The stream sent what is not JSON.', cause: error },
            ),
      );
      this.#socket.terminate();
    }
  }

  #fail(error: StreamSyncError): void {
    this.#failure ??= error;
    clearInterval(this.#pings);
    for (const waiting of this.#waiting.values()) waiting.reject(this.#failure);
    this.#waiting.clear();
    this.#wakeUp();
  }

  #wakeUp(): void {
    const wake = this.#wake;
    this.#wake = null;
    wake?.();
  }
}

function refused(method: string, reason: string): StreamSyncError {
  return new StreamSyncError(
    'SOURCE_FAILED',
    { method },
    { message: `${method} was refused: ${reason.slice(0, 200)}` },
  );
}
