// A subscription with its assembler: slots as they become whole, for one reader. What waits for the
// reader is bounded; a full feed pauses the stream until the reader has caught up.
import type { Slot, SlotUpdate, StreamSyncError } from '@streamsync/domain';
import type { CommitmentLevel } from '@triton-one/yellowstone-grpc';
import { connectGeyser, type GeyserClient, loadClient } from './geyser-client.ts';
import { GeyserStream } from './geyser-stream.ts';
import { SlotAssembler } from './slot-assembler.ts';
import { subscribeRequest } from './subscribe-request.ts';
import type { YellowstoneSourceOptions } from './yellowstone-options.ts';

/** Of slots that wait for their reader or for their parts: some seconds of a busy cluster. */
const HELD_BYTES_MAX = 256 * 1024 * 1024;
const WHOLE_SLOTS_MAX = 256;

export interface SlotFeedOptions {
  readonly source: YellowstoneSourceOptions;
  /** The stream begins behind this slot; null: with what is new. */
  readonly after: Slot | null;
  readonly signal: AbortSignal;
  readonly onRepeated: () => void;
  /** Told of each slot that was said to be settled. */
  readonly onSettled: (slot: Slot) => void;
}

export class SlotFeed {
  readonly assembler: SlotAssembler;
  readonly #client: GeyserClient;
  readonly #whole: SlotUpdate[] = [];
  #stream: GeyserStream | null = null;
  #failure: StreamSyncError | null = null;
  #settledAtMs = performance.now();
  #wake: (() => void) | null = null;

  private constructor(client: GeyserClient, assembler: SlotAssembler) {
    this.#client = client;
    this.assembler = assembler;
  }

  /** @throws StreamSyncError SOURCE_FAILED, CONFIG_INVALID */
  static async open(options: SlotFeedOptions): Promise<SlotFeed> {
    const { source, after } = options;
    const endpoint = { url: source.url, xToken: source.xToken };
    const { confirmed, decodeError } = await loadClient();
    const client = await connectGeyser(endpoint);
    const assembler = new SlotAssembler({
      after,
      // A slot's status and the commitment that it reaches have the same number.
      settledStatus: confirmed satisfies CommitmentLevel,
      everyAccount: source.everyAccount,
      decodeError,
      onRepeated: options.onRepeated,
    });
    const feed = new SlotFeed(client, assembler);
    const fromSlot = after === null ? null : ((after + 1n) as Slot);
    feed.#stream = await GeyserStream.open({
      client,
      endpoint,
      request: subscribeRequest(source, { commitment: confirmed, fromSlot }),
      onUpdate: (update) => {
        const settled = assembler.settled;
        assembler.take(update);
        if (assembler.settled !== null && assembler.settled !== settled) {
          feed.#settledAtMs = performance.now();
          options.onSettled(assembler.settled);
        }
        feed.#collect();
      },
      onFailed: (error) => feed.#fail(error),
    });
    options.signal.addEventListener('abort', () => feed.#wakeUp(), { once: true });
    return feed;
  }

  /** How long ago a new slot was settled. */
  get quietMs(): number {
    return performance.now() - this.#settledAtMs;
  }

  /** Whole slots that wait for the reader. */
  get waiting(): number {
    return this.#whole.length;
  }

  /** The newest slot at 'confirmed' as the server has it. @throws StreamSyncError SOURCE_FAILED */
  slot(): Promise<string> {
    return this.#client.slot();
  }

  /**
   * The next slot that is whole; null when none was within `msMax`, or something woke the feed.
   * @throws StreamSyncError SOURCE_FAILED when the stream is gone and everything it brought was taken
   */
  async next(msMax: number): Promise<SlotUpdate | null> {
    this.#collect();
    if (this.#whole.length === 0 && this.#failure === null) {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, msMax);
        this.#wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
      this.#wake = null;
    }
    const update = this.#whole.shift() ?? null;
    this.#balance();
    if (update === null && this.#failure !== null) throw this.#failure;
    return update;
  }

  close(): void {
    this.#stream?.close();
    this.#wakeUp();
  }

  #collect(): void {
    for (let update = this.assembler.next(); update !== null; update = this.assembler.next()) {
      this.#whole.push(update);
    }
    this.#balance();
    if (this.#whole.length > 0) this.#wakeUp();
  }

  #balance(): void {
    if (this.#stream === null) return;
    this.#stream.isPaused =
      this.#whole.length > WHOLE_SLOTS_MAX || this.assembler.sizeBytes > HELD_BYTES_MAX;
  }

  #fail(error: StreamSyncError): void {
    this.#failure ??= error;
    this.#wakeUp();
  }

  #wakeUp(): void {
    this.#wake?.();
  }
}
