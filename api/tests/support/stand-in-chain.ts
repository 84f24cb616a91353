// A stand-in network whose chain grows, forks and is told of: what subscriptions follow. Each slot has
// the writes and transactions that the test gives it; races answer from them as nodes would.
import {
  type AccountWrite,
  type Address,
  addressBytes,
  addressFromBytes,
  type Blockhash,
  blockhashFromBytes,
  type Pin,
  type Slot,
  StreamSyncError,
  type TransactionRecord,
} from '@streamsync/domain';
import {
  decodeChangesArguments,
  decodeHistoryArguments,
  encodeAccountChanges,
  encodeAccountItem,
  encodeTransactionItem,
  encodeTransactionsPage,
} from '@streamsync/wire';
import type { DecidedRace, RaceRequest } from '../../src/pipeline/ports.ts';
import { createStandInNetwork, type StandInNetwork } from './stand-in-network.ts';

interface Block extends Pin {
  readonly writes: readonly AccountWrite[];
  readonly transactions: readonly TransactionRecord[];
}

export interface StandInChain extends StandInNetwork {
  /** Appends a slot, after `skipped` empty ones, and tells the gateway unless `quiet`. */
  grow(block?: {
    readonly writes?: readonly AccountWrite[];
    readonly transactions?: readonly TransactionRecord[];
    readonly skipped?: number;
    readonly quiet?: boolean;
  }): Slot;
  /** Undoes the newest `slots` blocks; the next ones are of another fork. */
  fork(slots: number): void;
  /** Tells the gateway that the pools have changed. */
  tell(): void;
  readonly listeners: number;
}

/** As many as heartbeats name. */
const PINS_NAMED = 32;

const CHAIN_OPERATIONS: ReadonlySet<string> = new Set([
  'accountChanges.byAddress',
  'accountChanges.byProgram',
  'transactions.byAddress',
]);

export function createStandInChain(): StandInChain {
  const network = createStandInNetwork();
  const listeners = new Set<() => void>();
  let forks = 0;
  const blocks: Block[] = [];

  function blockAt(slot: bigint): Block {
    const hash = new Uint8Array(32).fill(9);
    new DataView(hash.buffer).setBigUint64(0, slot);
    new DataView(hash.buffer).setUint32(8, forks);
    return {
      slot: slot as Slot,
      blockhash: blockhashFromBytes(hash),
      writes: [],
      transactions: [],
    };
  }
  for (let slot = network.tip - 40n; slot <= network.tip; slot += 1n) blocks.push(blockAt(slot));

  const tip = (): Block => blocks.at(-1) as Block;
  const upTo = ({ slot, blockhash }: Pin): readonly Block[] | null => {
    const at = blocks.findIndex((block) => block.slot === slot && block.blockhash === blockhash);
    return at < 0 ? null : blocks.slice(0, at + 1);
  };
  const tell = (): void => {
    for (const listener of [...listeners]) listener();
  };

  function answer({ batch, pin }: RaceRequest, item: Uint8Array): Uint8Array {
    const chain = upTo(pin);
    if (chain === null) throw new StreamSyncError('SLOT_NOT_AVAILABLE', { slot: pin.slot });
    const oldest = chain[0]?.slot ?? pin.slot;
    switch (batch.operation) {
      case 'accountChanges.byAddress':
      case 'accountChanges.byProgram': {
        const { key, slotAfter } = decodeChangesArguments(item);
        if (slotAfter + 1n < oldest) throw new StreamSyncError('HISTORY_NOT_COVERED');
        const wanted = addressFromBytes(key);
        const isWanted = ({ address, state }: AccountWrite) =>
          batch.operation === 'accountChanges.byAddress'
            ? address === wanted
            : state?.owner === wanted;
        const changes = chain
          .filter(({ slot }) => slot > slotAfter)
          .flatMap(({ slot, writes }) =>
            writes
              .filter(isWanted)
              .sort((a, b) => Buffer.compare(addressBytes(a.address), addressBytes(b.address)))
              .map(({ address, state }) => ({ slot, address, item: encodeAccountItem(state) })),
          );
        return encodeAccountChanges({ changes, slotLast: pin.slot });
      }
      case 'transactions.byAddress': {
        const asked = decodeHistoryArguments(item);
        if (asked.slotFirst < oldest) throw new StreamSyncError('HISTORY_NOT_COVERED');
        const mentioned: Address = addressFromBytes(asked.address);
        const found = chain
          .filter(({ slot }) => slot >= asked.slotFirst && slot <= asked.slotLast)
          .flatMap(({ transactions }) => transactions)
          .filter(({ accountKeys }) => accountKeys.includes(mentioned))
          .filter(
            ({ slot, blockIndex }) =>
              asked.after === null ||
              slot > asked.after.slot ||
              (slot === asked.after.slot && (blockIndex ?? 0) > asked.after.index),
          );
        return encodeTransactionsPage({
          entries: found.slice(0, asked.limit).map(encodeTransactionItem),
          more: found.length > asked.limit,
        });
      }
      default:
        throw new StreamSyncError('UNKNOWN_OPERATION');
    }
  }

  const { race } = network.racing;
  const chain = Object.assign(network, {
    pins: {
      choosePin: ({ slot }: { slot: Slot | null }) => {
        const block = slot === null ? tip() : blocks.find((each) => each.slot === slot);
        return block === undefined
          ? {
              kind: 'refused' as const,
              error: new StreamSyncError('SLOT_NOT_AVAILABLE', { slot }),
            }
          : {
              kind: 'pinned' as const,
              pin: { slot: block.slot, blockhash: block.blockhash },
              tip: tip().slot,
              provenance: 'STREAMED' as const,
            };
      },
    },
    pinStream: {
      view: () => ({
        pinned: {
          kind: 'pinned' as const,
          pin: { slot: tip().slot, blockhash: tip().blockhash as Blockhash },
          tip: tip().slot,
          provenance: 'STREAMED' as const,
        },
        recent: blocks.slice(-PINS_NAMED).reverse(),
      }),
      onChange: (listener: () => void) => {
        listeners.add(listener);
        return () => listeners.delete(listener);
      },
    },
    racing: {
      async race(request: RaceRequest): Promise<DecidedRace> {
        const { operation } = request.batch;
        if (!CHAIN_OPERATIONS.has(operation)) return race(request);
        // What is told of a race is the same whatever it asked for.
        const decided = await race({ ...request, batch: { operation, items: [] } });
        if (decided.outcome.kind === 'failed') return decided;
        try {
          const items = request.batch.items.map((item) => answer(request, item));
          return { ...decided, outcome: { kind: 'served', items } };
        } catch (error) {
          return { ...decided, outcome: { kind: 'failed', error: error as StreamSyncError } };
        }
      },
    },
    grow({
      writes = [],
      transactions = [],
      skipped = 0,
      quiet = false,
    }: Partial<Block> & {
      skipped?: number;
      quiet?: boolean;
    } = {}): Slot {
      const block = blockAt(tip().slot + 1n + BigInt(skipped));
      const placed = transactions.map((record, blockIndex) => ({
        ...record,
        slot: block.slot,
        blockIndex,
      }));
      blocks.push({ ...block, writes, transactions: placed });
      network.tip = block.slot;
      for (const { address, state } of writes) {
        if (state === null) network.accounts.delete(address);
        else network.accounts.set(address, state);
      }
      if (!quiet) tell();
      return block.slot;
    },
    fork(slots: number) {
      forks += 1;
      blocks.splice(-slots);
    },
    tell,
  });
  return Object.defineProperty(chain, 'listeners', {
    get: () => listeners.size,
  }) as unknown as StandInChain;
}
