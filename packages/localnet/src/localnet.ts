// Starts a localnet: the chain, its three faces, the slot clock and the activity; and stops them all.
import type { Blockhash } from '@streamsync/domain';
import { startActivity } from './activity/activity.ts';
import type { Demo } from './activity/demo.ts';
import { DEFAULT_SLOT_MS, startSlotClock } from './chain/slot-clock.ts';
import type { ClosedSlot } from './chain/types.ts';
import { deriveKeypair, Faucet } from './faucet.ts';
import { urlHost } from './listen.ts';
import type { Log } from './log.ts';
import { startPubSubServer } from './pubsub/server.ts';
import { startRpcServer } from './rpc/server.ts';
import { openChain } from './storage/open-chain.ts';
import { startYellowstoneServer } from './yellowstone/server.ts';
import { SlotRecorder } from './yellowstone/updates.ts';

export interface LocalnetOptions {
  /** Default 127.0.0.1. */
  readonly host?: string;
  /** 0 takes a free port. Defaults 8899 and 8900, which clients assume. */
  readonly httpPort?: number;
  readonly wsPort?: number;
  /** Of the Yellowstone gRPC face, which clients assume nowhere. Default 0. */
  readonly grpcPort?: number;
  /** Milliseconds of a slot; null: slots advance only by `advanceSlot()`. Default 400. */
  readonly slotMs?: number | null;
  /** Where the state is kept; null keeps it in memory alone. */
  readonly dir: string | null;
  /** Transactions that localnet makes by itself; null for none. */
  readonly activity: { readonly seed: number; readonly transactionsPerSlot: number } | null;
  readonly log: Log;
  /** Milliseconds since 1970; tests pass their own clock. */
  readonly nowMs?: () => number;
  /** Called when localnet stops by itself because a slot could not be closed, e.g. on a full disk. */
  readonly onFailed?: (cause: unknown) => void;
  /** Bytes that may wait for one slow reader, of PubSub or gRPC. */
  readonly queuedBytesMax?: number;
  /** Slots that a gRPC stream may ask for anew. */
  readonly replaySlotsMax?: number;
}

export interface Localnet {
  readonly httpUrl: string;
  readonly wsUrl: string;
  readonly grpcUrl: string;
  readonly genesisHash: Blockhash;
  /** Accounts of the activity that never go away; null without activity. */
  readonly demo: Demo | null;
  /** Closes the open slot now. */
  advanceSlot(): ClosedSlot;
  /** Closes the faces and saves the state. Safe to call twice. */
  stop(): Promise<void>;
}

/** @throws StreamSyncError PORT_BUSY, FOLDER_NOT_WRITABLE, STORE_FAILED */
export async function startLocalnet(options: LocalnetOptions): Promise<Localnet> {
  const { log } = options;
  const host = options.host ?? '127.0.0.1';
  const stops: (() => Promise<void> | void)[] = [];
  let stopping: Promise<void> | null = null;
  const stop = () => {
    stopping ??= (async () => {
      // Every part is stopped even when one fails; the first failure is told at the end.
      const failures: unknown[] = [];
      for (const step of stops.reverse()) {
        try {
          await step();
        } catch (cause) {
          failures.push(cause);
        }
      }
      if (failures.length > 0) throw failures[0];
    })();
    return stopping;
  };

  try {
    const { chain, close } = openChain({ dir: options.dir, nowMs: options.nowMs ?? Date.now, log });
    stops.push(close);
    // Before anything can send a transaction: no slot is recorded in part.
    const recorder = new SlotRecorder(
      chain,
      options.replaySlotsMax === undefined ? {} : { slotsMax: options.replaySlotsMax },
    );
    stops.push(recorder.stop);
    const faucet = new Faucet(chain);
    const identity = deriveKeypair(chain.genesisHash, 'identity').publicKey.toBase58();

    const activity = options.activity && startActivity({ chain, faucet, log, ...options.activity });

    const pubsub = await startPubSubServer({
      chain,
      log,
      host,
      port: options.wsPort ?? 8900,
      ...(options.queuedBytesMax === undefined ? {} : { queuedBytesMax: options.queuedBytesMax }),
    });
    stops.push(pubsub.stop);
    const rpc = await startRpcServer(
      { chain, faucet, identity, log },
      { host, port: options.httpPort ?? 8899 },
    );
    stops.push(rpc.stop);

    const grpc = await startYellowstoneServer({
      chain,
      recorder,
      log,
      nowMs: options.nowMs ?? Date.now,
      host,
      port: options.grpcPort ?? 0,
      ...(options.queuedBytesMax === undefined ? {} : { queuedBytesMax: options.queuedBytesMax }),
    });
    stops.push(grpc.stop);

    // Last of the listeners: a slot is announced before the next one's transactions run.
    const stopActivity =
      activity && chain.onEvents({ executed: () => {}, slotClosed: () => activity.runSlot() });
    stops.push(() => {
      stopActivity?.();
      // What ran in the open slot was answered for, so it is closed, announced and saved.
      chain.advanceSlot();
    });

    const slotMs = options.slotMs === undefined ? DEFAULT_SLOT_MS : options.slotMs;
    if (slotMs !== null) {
      const onFailed = (cause: unknown) => {
        log.error({ cause: String(cause) }, 'a slot could not be closed: localnet stops');
        stop().catch(() => {});
        options.onFailed?.(cause);
      };
      stops.push(startSlotClock({ chain, slotMs, onFailed }));
    }

    return {
      httpUrl: `http://${urlHost(host)}:${rpc.port}`,
      wsUrl: `ws://${urlHost(host)}:${pubsub.port}`,
      grpcUrl: `http://${urlHost(host)}:${grpc.port}`,
      genesisHash: chain.genesisHash,
      demo: activity?.demo ?? null,
      advanceSlot: () => chain.advanceSlot(),
      stop,
    };
  } catch (cause) {
    await stop();
    throw cause;
  }
}
