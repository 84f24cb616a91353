// A stand-in of a Yellowstone server beside a stand-in of its RPC: it sends the parts of blocks in
// whatever order, number and truth a test wants, which no real server does when it is asked to.
import {
  Server,
  ServerCredentials,
  type ServerDuplexStream,
  type sendUnaryData,
  status,
} from '@grpc/grpc-js';
import { addressBytes, parseAddress } from '@streamsync/domain';
import { geyserService } from '@streamsync/localnet';
import { blockhashOf, type StandInBlock, type StandInRpc } from './stand-in-rpc.ts';

const SYSTEM = addressBytes(parseAddress('11111111111111111111111111111111'));
const CONFIRMED = 1;

export interface Parts {
  readonly writes: readonly object[];
  readonly meta: object;
  readonly settled: object;
}

interface Request {
  readonly ping?: { readonly id?: number };
  readonly fromSlot?: string;
}

export class StandInGeyser {
  readonly #rpc: StandInRpc;
  readonly #server = new Server();
  readonly #streams = new Set<ServerDuplexStream<Request, object>>();
  readonly #parts = new Map<string, Parts>();
  #writeVersion = 0;
  #port = 0;
  /** Slots that streams were asked to begin with; null: with what is new. */
  readonly began: (string | null)[] = [];
  /** Whether a stream that names a slot is refused. */
  hasReplay = true;
  /** Slots that replays leave out. */
  readonly forgotten = new Set<number>();

  private constructor(rpc: StandInRpc) {
    this.#rpc = rpc;
    this.#server.addService(geyserService, {
      Subscribe: (stream: ServerDuplexStream<Request, object>) => this.#subscribe(stream),
      GetSlot: (_call: unknown, callback: sendUnaryData<object>) =>
        callback(null, { slot: this.#rpc.tip.slot }),
    });
  }

  static async start(rpc: StandInRpc): Promise<StandInGeyser> {
    const geyser = new StandInGeyser(rpc);
    geyser.#port = await new Promise((resolve, reject) => {
      geyser.#server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, port) =>
        error === null ? resolve(port) : reject(error),
      );
    });
    return geyser;
  }

  get url(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  get listeners(): number {
    return this.#streams.size;
  }

  /** The messages of a block; the same ones however often they are asked for. */
  partsOf(block: StandInBlock): Parts {
    const key = `${block.slot} ${blockhashOf(block.slot, block.branch)}`;
    const known = this.#parts.get(key);
    if (known !== undefined) return known;
    const writes = [...block.writes].map(([address, lamports]) => {
      this.#writeVersion += 1;
      const account = {
        pubkey: addressBytes(address),
        lamports,
        owner: SYSTEM,
        writeVersion: this.#writeVersion,
      };
      return { account: { account, slot: block.slot } };
    });
    const { slot, branch, parentSlot, parentBranch } = block;
    const parts: Parts = {
      writes,
      meta: {
        blockMeta: {
          slot,
          blockhash: blockhashOf(slot, branch),
          blockHeight: { blockHeight: slot },
          parentSlot,
          parentBlockhash: blockhashOf(parentSlot, parentBranch),
          executedTransactionCount: 0,
        },
      },
      settled: { slot: { slot, parent: parentSlot, status: CONFIRMED } },
    };
    this.#parts.set(key, parts);
    return parts;
  }

  announce(...blocks: readonly StandInBlock[]): void {
    for (const block of blocks) {
      const { writes, meta, settled } = this.partsOf(block);
      this.send(...writes, meta, settled);
    }
  }

  send(...updates: readonly object[]): void {
    for (const stream of this.#streams) for (const update of updates) stream.write(update);
  }

  /** Ends all streams without a word. */
  cut(): void {
    for (const stream of this.#streams) stream.end();
  }

  stop(): void {
    this.#server.forceShutdown();
  }

  #subscribe(stream: ServerDuplexStream<Request, object>): void {
    stream.on('close', () => this.#streams.delete(stream));
    stream.on('cancelled', () => this.#streams.delete(stream));
    stream.on('end', () => {
      this.#streams.delete(stream);
      stream.end();
    });
    stream.on('error', () => {});
    stream.on('data', (request: Request) => {
      if (request.ping !== undefined) stream.write({ pong: { id: request.ping.id ?? 0 } });
      else this.#begin(stream, request.fromSlot ?? null);
    });
  }

  #begin(stream: ServerDuplexStream<Request, object>, fromSlot: string | null): void {
    this.began.push(fromSlot);
    if (fromSlot !== null && !this.hasReplay) {
      const details = `broadcast from ${fromSlot} is not available, last available: 999`;
      stream.emit(
        'error',
        Object.assign(new Error(details), { code: status.OUT_OF_RANGE, details }),
      );
      return;
    }
    this.#streams.add(stream);
    // The first message makes the stream open to its client.
    stream.write({ ping: {} });
    if (fromSlot === null) return;
    for (const pin of this.#rpc.pins()) {
      const slot = Number(pin.split(' ')[0]);
      const parts = this.#parts.get(pin);
      if (slot < Number(fromSlot) || parts === undefined || this.forgotten.has(slot)) continue;
      for (const update of [...parts.writes, parts.meta, parts.settled]) stream.write(update);
    }
  }
}
