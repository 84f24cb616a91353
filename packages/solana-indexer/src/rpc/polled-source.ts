// Polling any provider of plain JSON-RPC: declared addresses and programs, read every few seconds,
// and a slot applied only where every read of one poll states that same slot. Slots are POLLED.
//
// What plain JSON-RPC cannot prove, and this source therefore does not claim:
// - nothing is known of the slots between two polls: an account that was opened and closed, or
//   changed twice, between them leaves no trace;
// - a list of a program's accounts proves neither that it is complete nor that its accounts are
//   right: the provider's word is all there is, which is why answers from polled slots are verified
//   by agreement between operators and are never slashable;
// - several reads are of one state only where they state one slot; a poll whose reads differ is
//   dropped, so a very large declared set may rarely or never apply a slot;
// - transactions are not delivered: blocks are asked for their hash and time only.
import { setTimeout as wait } from 'node:timers/promises';
import { type Address, addressBytes, StreamSyncError } from '@streamsync/domain';
import {
  type ChainSource,
  type FeedOptions,
  type Genesis,
  SourceCounters,
  type SourceCoverage,
  type SourceEvent,
  type SourceStats,
} from '../chain-source.ts';
import { AppliedPins } from './applied-pins.ts';
import { backoffMs } from './backoff.ts';
import { RpcHttpClient } from './http-client.ts';
import {
  type AccountsAtSlot,
  readAddresses,
  readBlockOf,
  readGenesis,
  readProgram,
} from './read-chain.ts';
import { POLL_MS_DEFAULT, type RpcSourceOptions } from './rpc-options.ts';
import { forkBelow } from './standing-pins.ts';

/** Reads of one poll that state different slots are repeated at once, this often. */
const POLL_TRIES = 6;

export class PolledRpcSource implements ChainSource {
  readonly #options: RpcSourceOptions;
  readonly #rpc: RpcHttpClient;
  readonly #addresses: readonly Address[];
  readonly #programs: readonly Address[];
  readonly #counters = new SourceCounters();
  readonly coverage: SourceCoverage;

  /** @throws StreamSyncError CONFIG_INVALID when nothing is declared */
  constructor(options: RpcSourceOptions) {
    this.#options = options;
    this.#rpc = new RpcHttpClient(options.rpcUrl);
    this.#addresses = [...new Set(options.addresses ?? [])];
    this.#programs = [...new Set(options.programs ?? [])];
    if (this.#addresses.length + this.#programs.length === 0) {
      throw new StreamSyncError(
        'CONFIG_INVALID',
        {},
        { message: 'A polled RPC source follows declared addresses and programs: declare some.' },
      );
    }
    const keysOf = (list: readonly Address[]) =>
      new Set(list.map((each) => Buffer.from(addressBytes(each)).toString('latin1')));
    const addresses = keysOf(this.#addresses);
    const programs = keysOf(this.#programs);
    const key = (bytes: Uint8Array) => Buffer.from(bytes).toString('latin1');
    this.coverage = {
      absentIsKnown: (address) => addresses.has(key(address)),
      followsProgram: (program) => programs.has(key(program)),
      isFed: false,
    };
  }

  describe(): string {
    return `polls of ${this.#rpc.shownUrl} (${this.#addresses.length} addresses, ${this.#programs.length} programs)`;
  }

  async genesis(signal: AbortSignal): Promise<Genesis> {
    return { ...(await readGenesis(this.#rpc, signal)), slotFirst: null };
  }

  stats(): SourceStats {
    return this.#counters.snapshot();
  }

  async *events({ signal, cursor, recentPins }: FeedOptions): AsyncGenerator<SourceEvent> {
    const pollMs = this.#options.pollMs ?? POLL_MS_DEFAULT;
    const chain = new AppliedPins(recentPins ?? [], cursor);
    let failures = 0;
    let isCaughtUp = false;
    while (!signal.aborted) {
      try {
        const standing = await forkBelow(this.#rpc, chain.newestFirst(), signal);
        if (standing !== null) {
          chain.rollback(standing);
          this.#counters.rolledBack(standing);
          yield { kind: 'rollback', slot: standing };
        }
        const poll = await this.#poll(signal);
        if (poll !== null && (chain.tip === null || poll.slot > chain.tip)) {
          const block = await readBlockOf(this.#rpc, poll.slot, { transactions: false, signal });
          yield { kind: 'snapshot', ...poll };
          yield {
            kind: 'snapshotEnd',
            update: { ...block, provenance: 'POLLED', accounts: [], transactions: [] },
          };
          chain.add(block);
          this.#counters.delivered(poll.slot);
          this.#counters.snapshots += 1;
          if (!isCaughtUp) yield { kind: 'caughtUp', slot: poll.slot };
          isCaughtUp = true;
        }
        failures = 0;
      } catch (error) {
        if (signal.aborted) return;
        // Anything but a failure of the source is a defect of ours, and passes on.
        if (!(error instanceof StreamSyncError)) throw error;
        failures += 1;
        this.#counters.failed(error);
        this.#options.log.warn({ failures, err: error }, 'a poll of the chain failed');
      }
      const pauseMs = Math.max(pollMs, failures === 0 ? 0 : backoffMs(failures));
      await wait(pauseMs, undefined, { signal }).catch(() => {});
    }
  }

  /** All declared accounts as of one slot; null when the reads never agreed on one. */
  async #poll(signal: AbortSignal): Promise<AccountsAtSlot | null> {
    for (let tries = 0; tries < POLL_TRIES; tries += 1) {
      const parts = (
        await Promise.all([
          readAddresses(this.#rpc, this.#addresses, signal),
          Promise.all(this.#programs.map((program) => readProgram(this.#rpc, program, signal))),
        ])
      ).flat();
      const [first] = parts;
      if (first !== undefined && parts.every(({ slot }) => slot === first.slot)) {
        return { slot: first.slot, accounts: parts.flatMap(({ accounts }) => accounts) };
      }
    }
    this.#counters.skipped('polls whose reads state different slots');
    return null;
  }
}
