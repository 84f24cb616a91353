// A gateway over HTTP with its real rooms, whose peers are five operators' speed nodes on real
// sockets, some of them faulty. Invariant: `stop` leaves nothing running; the draw is seeded.
import { addressFromBytes } from '@streamsync/domain';
import {
  createMetrics,
  identityFromSeed,
  nativeCrypto,
  silentLog,
  systemClock,
} from '@streamsync/runtime';
import { type Fault, type FaultyNode, startFaultyNode } from '@streamsync/testkit';
import { type Call, decodeAddressArguments, encodeAccountItem } from '@streamsync/wire';
import { startGateway } from '../../src/app.ts';
import { createNodeDirectory, type NodeDirectory } from '../../src/clients/nodes/node-directory.ts';
import { createPinStream } from '../../src/market/pin-stream.ts';
import { createPools } from '../../src/market/pools.ts';
import { createRacer } from '../../src/racing/racer.ts';
import { createReceipts } from '../../src/receipts/receipts.ts';
import { startAgreement } from '../../src/verify/agreement.ts';
import { createEvidenceKeeper, type EvidenceKeeper } from '../../src/verify/evidence.ts';
import { type GraphqlBody, SETTINGS } from '../support/front-door.ts';
import { accountAt, GENESIS_HASH, pinsUpTo, until } from '../support/race-network.ts';

/** A machine that is busy with other tests stands still now and then; that is not what is tested. */
const RACE_DEADLINE_MS = 1_000;

const NEWEST_SLOT = 500n;

/** Small, so that a test sees them full. */
const RECEIPTS_MAX = 200;
const EVIDENCE_MAX = 20;

export interface Reply {
  readonly status: number;
  readonly text: string;
  readonly body: GraphqlBody;
}

export interface FrontDoorClient {
  readonly ask: (query: string) => Promise<Reply>;
  /** The account whose address is 32 times that byte; honest nodes answer the byte in all of it. */
  readonly account: (byte: number, directives?: string) => Promise<Reply>;
}

export interface FaultyGateway extends FrontDoorClient {
  readonly nodes: readonly FaultyNode[];
  readonly directory: NodeDirectory;
  readonly evidence: EvidenceKeeper;
  stop(): Promise<void>;
}

export interface FaultyGatewayOptions {
  readonly seed?: number;
  readonly raceDeadlineMs?: number;
}

/** One speed node of an operator of its own for each fault; each liar has its own lie. */
export async function startOperators(faults: readonly Fault[]): Promise<FaultyNode[]> {
  return Promise.all(
    faults.map((fault, index) =>
      startFaultyNode({
        fault,
        operator: `operator-${index}`,
        specialisation: 'speed',
        genesisHash: GENESIS_HASH,
        lieBit: index,
        answer: (call: Call) => ({
          kind: 'items',
          items: call.items.map((item) =>
            encodeAccountItem(accountAt(decodeAddressArguments(item))),
          ),
        }),
        pins: () => pinsUpTo(NEWEST_SLOT),
      }),
    ),
  );
}

/** Resolves with a function that ends the heartbeats. */
export function keepHeartbeats(nodes: readonly FaultyNode[]): () => void {
  const timer = setInterval(() => {
    for (const node of nodes) node.slotApplied();
  }, 100);
  return () => clearInterval(timer);
}

export async function startFaultyGateway(
  faults: readonly Fault[],
  { seed = 1, raceDeadlineMs = RACE_DEADLINE_MS }: FaultyGatewayOptions = {},
): Promise<FaultyGateway> {
  const nodes = await startOperators(faults);
  const evidence = createEvidenceKeeper({ entriesMax: EVIDENCE_MAX });
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
  const pools = createPools({ source: directory, random: seededRandom(seed) });
  const racing = createRacer({
    select: pools,
    startAgreement,
    observer: evidence,
    crypto: nativeCrypto,
    clock: systemClock,
  });
  const receipts = createReceipts({
    folder: null,
    nowMs: systemClock.monotonicMs,
    onFailure: () => {},
    entriesMax: RECEIPTS_MAX,
  });
  const server = await startGateway(
    { ...SETTINGS, raceDeadlineMs },
    {
      pins: pools,
      pinStream: createPinStream(() => pools),
      history: pools,
      racing,
      receipts,
      network: directory,
    },
    { log: silentLog, metrics: createMetrics({ service: 'gateway' }) },
  );
  const endHeartbeats = keepHeartbeats(nodes);
  await until(
    () => pools.snapshot().speed.nodes.length === nodes.length,
    'all nodes are in the pool',
  );
  return {
    nodes,
    directory,
    evidence,
    ...clientOf(server.url),
    stop: async () => {
      endHeartbeats();
      await server.stop();
      pools.stop();
      directory.stop();
      await Promise.all(nodes.map((node) => node.stop()));
    },
  };
}

/** Posts queries to a gateway. */
export function clientOf(url: string): FrontDoorClient {
  async function ask(query: string): Promise<Reply> {
    const response = await fetch(`${url}/graphql`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        accept: 'application/graphql-response+json',
      },
      body: JSON.stringify({ query }),
    });
    const text = await response.text();
    return { status: response.status, text, body: JSON.parse(text) as GraphqlBody };
  }
  return {
    ask,
    account: (byte, directives = '') => {
      const address = addressFromBytes(new Uint8Array(32).fill(byte));
      const fields = 'lamports space data(encoding: HEX)';
      return ask(`query ${directives} { account(address: "${address}") { ${fields} } }`);
    },
  };
}

/** Whether it is exactly what honest nodes hold. */
export function isHonest(reply: Reply, byte: number): boolean {
  const account = reply.body.data?.account;
  const hex = byte.toString(16).padStart(2, '0').repeat(165);
  return account?.lamports === String(byte) && account.space === '165' && account.data === hex;
}

/** Mulberry32. */
function seededRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
