// The Yellowstone gRPC face. Of every slot, a stream gets all accounts and transactions, then the
// block's own message, then the slot's status: whoever has the status has the whole slot.
import {
  logVerbosity,
  Server,
  ServerCredentials,
  type ServerDuplexStream,
  type ServerUnaryCall,
  type sendUnaryData,
  setLogVerbosity,
  status,
  type UntypedServiceImplementation,
} from '@grpc/grpc-js';
import { type Blockhash, parseAddress, StreamSyncError } from '@streamsync/domain';
import type { Chain } from '../chain/chain.ts';
import { urlHost } from '../listen.ts';
import type { Log } from '../log.ts';
import { API_VERSION } from '../rpc/method.ts';
import { Bodies } from './encode-updates.ts';
import { commitmentOf } from './filters.ts';
import { type Outgoing, sendEagerly } from './outgoing.ts';
import { Refusal } from './refusal.ts';
import type { SubscribeRequest } from './requests.ts';
import { geyserService } from './service.ts';
import { QUEUED_BYTES_MAX, Subscriber } from './subscriber.ts';
import type { SlotRecorder } from './updates.ts';

/** Every node of a devnet has one; the rest is room for tools. */
const SUBSCRIBERS_MAX = 512;
/** A client whose machine went away is noticed within twice this. */
const KEEPALIVE_MS = 10_000;
/** Time for clients to receive the status. */
const STOP_WAIT_MS = 500;

export interface YellowstoneServer {
  readonly port: number;
  stop(): Promise<void>;
}

export interface YellowstoneOptions {
  readonly chain: Chain;
  readonly recorder: SlotRecorder;
  readonly log: Log;
  readonly nowMs: () => number;
  readonly host: string;
  readonly port: number;
  readonly queuedBytesMax?: number;
}

/** @throws StreamSyncError PORT_BUSY */
export async function startYellowstoneServer(
  options: YellowstoneOptions,
): Promise<YellowstoneServer> {
  const { chain, recorder, log, nowMs, host } = options;
  const subscribers = new Set<Subscriber>();
  const subscribe = (stream: ServerDuplexStream<SubscribeRequest, Outgoing>) => {
    if (subscribers.size >= SUBSCRIBERS_MAX) {
      stream.emit('error', new Refusal(status.RESOURCE_EXHAUSTED, 'too many subscribers'));
      return;
    }
    const subscriber: Subscriber = new Subscriber({
      stream,
      recorder,
      nowMs,
      queuedBytesMax: options.queuedBytesMax ?? QUEUED_BYTES_MAX,
      onSlow: (queuedBytes) => log.warn({ queuedBytes }, 'ended a gRPC reader that is too slow'),
      onEnd: () => subscribers.delete(subscriber),
    });
    subscribers.add(subscriber);
  };

  // What fails is told to the log and to callers; by itself gRPC would write to stderr too.
  setLogVerbosity(logVerbosity.NONE);
  const server = new Server({
    interceptors: [sendEagerly],
    'grpc.keepalive_time_ms': KEEPALIVE_MS,
    'grpc.keepalive_timeout_ms': KEEPALIVE_MS,
  });
  server.addService(geyserService, { Subscribe: subscribe, ...unaryMethods(chain, recorder) });
  const port = await bind(server, host, options.port);
  const stopListening = recorder.listen((commitment, updates) => {
    if (subscribers.size === 0) return;
    const bodies = new Bodies(nowMs());
    for (const subscriber of subscribers) subscriber.deliver(commitment, updates, bodies);
  });
  return {
    port,
    stop: () =>
      new Promise((resolve) => {
        stopListening();
        const refusal = new Refusal(status.UNAVAILABLE, 'localnet is stopping');
        for (const subscriber of subscribers) subscriber.end(refusal);
        const force = setTimeout(() => {
          server.forceShutdown();
          resolve();
        }, STOP_WAIT_MS);
        server.tryShutdown(() => {
          clearTimeout(force);
          resolve();
        });
      }),
  };
}

interface UnaryRequest {
  readonly commitment?: number;
  readonly count?: number;
  readonly blockhash?: string;
}

function unaryMethods(chain: Chain, recorder: SlotRecorder): UntypedServiceImplementation {
  const slotOf = ({ commitment }: UnaryRequest) => chain.slotAt(commitmentOf(commitment));
  const methods: Record<string, (request: UnaryRequest) => object> = {
    SubscribeReplayInfo: () => ({ firstAvailable: recorder.firstAvailable }),
    Ping: ({ count }) => ({ count: count ?? 0 }),
    GetLatestBlockhash: (request) => ({ slot: slotOf(request), ...chain.latestBlockhash() }),
    GetSlot: (request) => ({ slot: slotOf(request) }),
    // Every slot has a block, so heights are slots.
    GetBlockHeight: (request) => ({ blockHeight: slotOf(request) }),
    IsBlockhashValid: (request) => ({
      slot: slotOf(request),
      valid: chain.isBlockhashGood(blockhashOf(request.blockhash ?? '')),
    }),
    GetVersion: () => ({
      version: JSON.stringify({ version: { package: 'streamsync-localnet', solana: API_VERSION } }),
    }),
  };
  return Object.fromEntries(
    Object.entries(methods).map(([name, method]) => [
      name,
      (call: ServerUnaryCall<UnaryRequest, object>, callback: sendUnaryData<object>) => {
        try {
          callback(null, method(call.request));
        } catch (cause) {
          if (!(cause instanceof Refusal)) throw cause;
          callback(cause);
        }
      },
    ]),
  );
}

function blockhashOf(text: string): Blockhash {
  try {
    return parseAddress(text) as string as Blockhash;
  } catch {
    throw new Refusal(status.INVALID_ARGUMENT, 'the blockhash is not base58 of 32 bytes');
  }
}

function bind(server: Server, host: string, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.bindAsync(
      `${urlHost(host)}:${port}`,
      ServerCredentials.createInsecure(),
      (cause, bound) => {
        if (cause === null) resolve(bound);
        else {
          const message = cause.message.includes('EADDRINUSE')
            ? `Port ${port} on ${host} is in use by another process.`
            : `Port ${port} on ${host} cannot be listened on: ${cause.message}`;
          reject(new StreamSyncError('PORT_BUSY', { host, port }, { cause, message }));
        }
      },
    );
  });
}
