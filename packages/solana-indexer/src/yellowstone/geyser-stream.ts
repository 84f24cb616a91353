// One subscription: hands its updates on as they come, keeps it alive by pings, and ends it where it
// is stuck. A reader that falls behind pauses it, so that the server sees a slow reader instead of
// this process running out of memory.
import type { StreamSyncError } from '@streamsync/domain';
import type {
  ClientDuplexStream,
  SubscribeRequest,
  SubscribeUpdate,
} from '@triton-one/yellowstone-grpc';
import { malformed } from '../parse/guards.ts';
import { type GeyserClient, geyserError } from './geyser-client.ts';

/** Pings of our own: balancers end what is silent, and an answer shows that the server lives. */
const PING_MS = 5_000;
/** Three pings without any message: the connection is dead. */
const DEAD_MS = 15_000;

const PING_ONLY: SubscribeRequest = {
  accounts: {},
  slots: {},
  transactions: {},
  transactionsStatus: {},
  blocks: {},
  blocksMeta: {},
  entry: {},
  accountsDataSlice: [],
  ping: { id: 1 },
};

export interface GeyserStreamOptions {
  readonly client: GeyserClient;
  readonly request: SubscribeRequest;
  readonly endpoint: { readonly url: string; readonly xToken: string | undefined };
  readonly onUpdate: (update: SubscribeUpdate) => void;
  /** Called once; nothing is handed on after it. */
  readonly onFailed: (error: StreamSyncError) => void;
}

export class GeyserStream {
  readonly #stream: ClientDuplexStream;
  readonly #options: GeyserStreamOptions;
  readonly #pings: NodeJS.Timeout;
  #heardAtMs = performance.now();
  #isOver = false;

  private constructor(stream: ClientDuplexStream, options: GeyserStreamOptions) {
    this.#stream = stream;
    this.#options = options;
    stream.on('data', (update: SubscribeUpdate) => this.#onData(update));
    stream.on('error', (cause: unknown) => this.#fail('broke the stream off', cause));
    stream.on('close', () => this.#fail('ended the stream', null));
    this.#pings = setInterval(() => this.#ping(), PING_MS);
    this.#pings.unref();
  }

  /** @throws StreamSyncError SOURCE_FAILED */
  static async open(options: GeyserStreamOptions): Promise<GeyserStream> {
    return new GeyserStream(await options.client.subscribe(options.request), options);
  }

  /** Stops and goes on reading. */
  set isPaused(isPaused: boolean) {
    if (this.#isOver || isPaused === this.#stream.isPaused()) return;
    if (isPaused) this.#stream.pause();
    else this.#stream.resume();
  }

  close(): void {
    this.#isOver = true;
    clearInterval(this.#pings);
    this.#stream.destroy();
  }

  #onData(update: SubscribeUpdate): void {
    if (this.#isOver) return;
    this.#heardAtMs = performance.now();
    try {
      // The server's own ping asks for a sign of life.
      if (update.ping !== undefined) this.#stream.write(PING_ONLY);
      this.#options.onUpdate(update);
    } catch (error) {
      this.#fail('sent what cannot be read', error);
    }
  }

  #ping(): void {
    // While nothing is read, nothing can be heard.
    if (this.#stream.isPaused()) this.#heardAtMs = performance.now();
    if (performance.now() - this.#heardAtMs > DEAD_MS) {
      this.#fail('is dead', malformed('stream', `heard of within ${DEAD_MS} ms`));
      return;
    }
    this.#stream.write(PING_ONLY);
  }

  #fail(what: string, cause: unknown): void {
    if (this.#isOver) return;
    this.close();
    this.#options.onFailed(geyserError(this.#options.endpoint, what, cause));
  }
}
