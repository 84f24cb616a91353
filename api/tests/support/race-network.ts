// A network for tests of the race: real nodes with faults on real sockets, the real directory, pools,
// race and evidence. Invariant: `stop` leaves nothing running.
import {
  type AccountState,
  addressFromBytes,
  blockhashFromBytes,
  OPERATIONS,
  type OperationName,
  type Pin,
  parseSlot,
} from '@streamsync/domain';
import { identityFromSeed, nativeCrypto, silentLog, systemClock } from '@streamsync/runtime';
import { type Fault, type FaultyNode, startFaultyNode } from '@streamsync/testkit';
import {
  type Call,
  decodeAccountItem,
  decodeAddressArguments,
  encodeAccountItem,
  encodeKeyArguments,
  type HeartbeatPin,
} from '@streamsync/wire';
import { createNodeDirectory, type NodeDirectory } from '../../src/clients/nodes/node-directory.ts';
import { createPools, type Pools } from '../../src/market/pools.ts';
import type { DecidedRace, RaceRecord, RaceRequest } from '../../src/pipeline/ports.ts';
import { createRacer } from '../../src/racing/racer.ts';
import { startAgreement } from '../../src/verify/agreement.ts';
import { createEvidenceKeeper, type EvidenceKeeper } from '../../src/verify/evidence.ts';

export const GENESIS_HASH = new Uint8Array(32).fill(7);
const NEWEST_SLOT = 500n;
const OWNER = addressFromBytes(new Uint8Array(32).fill(9));

/** What honest nodes hold: any address has an account whose lamports are its first byte. */
export function accountAt(address: Uint8Array): AccountState {
  const data = new Uint8Array(165).fill(address[0] ?? 0);
  return { lamports: BigInt(address[0] ?? 0), owner: OWNER, executable: false, data };
}

function answerHonestly(call: Call) {
  const items = call.items.map((item) =>
    encodeAccountItem(accountAt(decodeAddressArguments(item))),
  );
  return { kind: 'items' as const, items };
}

export function pinsUpTo(newest: bigint, count = 8): HeartbeatPin[] {
  return Array.from({ length: count }, (_, index) => {
    const slot = newest - BigInt(count - 1 - index);
    return { slot, blockhash: new Uint8Array(32).fill(Number(slot % 251n)) };
  });
}

export interface RaceNetwork {
  readonly nodes: readonly FaultyNode[];
  readonly directory: NodeDirectory;
  readonly pools: Pools<ReturnType<NodeDirectory['marketNodes']>[number]>;
  readonly evidence: EvidenceKeeper;
  pin(): Pin;
  race(overrides?: Partial<RaceRequest>): Promise<DecidedRace>;
  /** Lamports of the one account that a race of `account.get` served. */
  lamportsOf(race: DecidedRace): bigint | null;
  /** The record once every racer has answered or is late, and attestations are known. */
  settled(race: DecidedRace): Promise<RaceRecord>;
  stop(): Promise<void>;
}

/** A condition with a deadline; no test sleeps. */
export async function until(condition: () => boolean, what: string, deadlineMs = 8_000) {
  const endAtMs = performance.now() + deadlineMs;
  while (!condition()) {
    if (performance.now() > endAtMs) throw new Error(`not in time: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

/** One node per fault, each of an operator of its own; READY where the fault allows it. */
export async function startRaceNetwork(
  faults: readonly Fault[],
  options: {
    readonly answer?: (call: Call) => ReturnType<typeof answerHonestly> | ErrorOutcome;
    readonly pins?: (index: number) => readonly HeartbeatPin[];
    readonly operators?: readonly string[];
    readonly claimedOperator?: string;
  } = {},
): Promise<RaceNetwork> {
  const nodes: FaultyNode[] = [];
  for (const [index, fault] of faults.entries()) {
    nodes.push(
      await startFaultyNode({
        fault,
        operator: options.operators?.[index] ?? `operator-${index}`,
        specialisation: 'speed',
        genesisHash: GENESIS_HASH,
        answer: options.answer ?? answerHonestly,
        pins: () => options.pins?.(index) ?? pinsUpTo(NEWEST_SLOT),
        ...(options.claimedOperator === undefined
          ? {}
          : { claimedOperator: options.claimedOperator }),
      }),
    );
  }
  const evidence = createEvidenceKeeper();
  const directory = createNodeDirectory({
    peers: nodes.map(({ peer }) => peer),
    identity: identityFromSeed(nativeCrypto.randomBytes(32)),
    genesisHash: GENESIS_HASH,
    crypto: nativeCrypto,
    clock: systemClock,
    log: silentLog,
    onChange: () => pools.changed(),
    onEvidence: evidence.keep,
  });
  const pools = createPools({ source: directory, random: Math.random });
  const racer = createRacer({
    select: pools,
    startAgreement,
    observer: evidence,
    crypto: nativeCrypto,
    clock: systemClock,
  });
  const heartbeats = setInterval(() => {
    for (const node of nodes) node.slotApplied();
  }, 20);
  await until(
    () => pools.snapshot().speed.nodes.length === nodes.length,
    'all nodes are in the pool',
  );
  clearInterval(heartbeats);

  let queries = 0;
  const pin = (): Pin => {
    const { slot, blockhash } = pinsUpTo(NEWEST_SLOT).at(-1) as HeartbeatPin;
    return { slot: parseSlot(slot), blockhash: blockhashFromBytes(blockhash) };
  };
  return {
    nodes,
    directory,
    pools,
    evidence,
    pin,
    race: (overrides = {}) => {
      queries += 1;
      const queryId = nativeCrypto.randomBytes(16);
      const address = new Uint8Array(32).fill(queries % 256);
      return racer.race({
        queryId,
        raceIndex: 0,
        batch: { operation: 'account.get', items: [encodeKeyArguments(address)] },
        pin: pin(),
        trust: 'MAJORITY',
        racers: 3,
        deadlineMs: 400,
        ...overrides,
      });
    },
    lamportsOf: (race) => {
      if (race.outcome.kind === 'failed') throw race.outcome.error;
      const [item] = race.outcome.items;
      return item === undefined ? null : (decodeAccountItem(item)?.lamports ?? null);
    },
    settled: async (race) => {
      const done = (): boolean =>
        race
          .record()
          .racers.every(
            ({ outcome, resultHash, attested }) =>
              outcome !== 'pending' && (resultHash === null || attested !== null),
          );
      await until(done, 'the race settles');
      return race.record();
    },
    stop: async () => {
      pools.stop();
      directory.stop();
      await Promise.all(nodes.map((node) => node.stop()));
    },
  };
}

export interface ErrorOutcome {
  readonly kind: 'error';
  readonly code: 'NOT_COVERED' | 'HISTORY_NOT_COVERED' | 'SLOT_NOT_AVAILABLE';
  readonly message: string;
}

/** Items of a call, for requests of more than one. */
export function batchOf(operation: OperationName, addresses: readonly number[]) {
  const items = addresses.map((byte) => encodeKeyArguments(new Uint8Array(32).fill(byte)));
  if (items.length > OPERATIONS[operation].itemsMax) throw new Error('too many items');
  return { operation, items };
}
