// The real Yellowstone client of the tests: a stream that keeps what it received in order.

import type {
  ClientDuplexStream,
  SubscribeRequest,
  SubscribeUpdate,
} from '@triton-one/yellowstone-grpc';
import * as yellowstone from '@triton-one/yellowstone-grpc';
import { onTestFinished } from 'vitest';
import type { Localnet } from '../src/index.ts';

/** The package's types are of its CommonJS form, where the class stands one `default` deeper. */
const Client = yellowstone.default as unknown as typeof yellowstone.default.default;
export type GeyserClient = InstanceType<typeof Client>;

const WAIT_MS = 10_000;

export async function connectGeyser({ grpcUrl }: Localnet): Promise<GeyserClient> {
  const client = new Client(grpcUrl, undefined, { grpcMaxDecodingMessageSize: 64 * 1024 * 1024 });
  await client.connect();
  return client;
}

export const NOTHING: SubscribeRequest = {
  accounts: {},
  slots: {},
  transactions: {},
  transactionsStatus: {},
  blocks: {},
  blocksMeta: {},
  entry: {},
  accountsDataSlice: [],
  blockFooter: {},
} as SubscribeRequest;

export const ALL_ACCOUNTS = { all: { account: [], owner: [], filters: [] } };
export const ALL_TRANSACTIONS = {
  all: { accountInclude: [], accountExclude: [], accountRequired: [] },
};

export class GeyserStream {
  readonly updates: SubscribeUpdate[] = [];
  readonly stream: ClientDuplexStream;
  failure: Error | null = null;
  #waiters = new Set<() => void>();

  private constructor(stream: ClientDuplexStream) {
    this.stream = stream;
    stream.on('data', (update: SubscribeUpdate) => {
      this.updates.push(update);
      this.#look();
    });
    stream.on('error', (error: Error) => {
      this.failure = error;
      this.#look();
    });
  }

  /** Opens a stream and waits until the server has taken its filters: an answered ping says so. */
  static async open(localnet: Localnet, request: Partial<SubscribeRequest>): Promise<GeyserStream> {
    const client = await connectGeyser(localnet);
    const opened = new GeyserStream(await client.subscribe({ ...NOTHING, ...request }));
    onTestFinished(() => {
      opened.stream.destroy();
    });
    await opened.ping(1_000_000);
    return opened;
  }

  /** The failure's sentence with those of its causes: the status stands in one of them. */
  get why(): string {
    const sentences: string[] = [];
    for (let at: unknown = this.failure; at instanceof Error; at = at.cause) {
      sentences.push(at.message);
    }
    return sentences.join(': ');
  }

  async ping(id: number): Promise<void> {
    this.write({ ping: { id } });
    await this.until(
      () => this.failure !== null || this.updates.some(({ pong }) => pong?.id === id),
    );
  }

  write(request: Partial<SubscribeRequest>): void {
    this.stream.write({ ...NOTHING, ...request });
  }

  of<K extends keyof SubscribeUpdate>(kind: K): NonNullable<SubscribeUpdate[K]>[] {
    return this.updates.flatMap((update) => {
      const found = update[kind];
      return found === undefined || found === null
        ? []
        : [found as NonNullable<SubscribeUpdate[K]>];
    });
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

  #look(): void {
    for (const waiter of this.#waiters) waiter();
  }
}
