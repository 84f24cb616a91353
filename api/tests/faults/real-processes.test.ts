// Faults of networks and processes, on a real network of three operators over localnet with a proxy
// before every node and every source: what is served stays right, and what is ill comes back. The
// seed is printed; STREAMSYNC_FAULT_SEED repeats a run.
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import {
  type RealNetwork,
  type RealOperator,
  startRealNetwork,
  until,
} from '../support/real-network.ts';

const SEED = Number(process.env.STREAMSYNC_FAULT_SEED ?? Math.floor(Math.random() * 2 ** 31));
const QUERIES = 30;
/** Without an answer that a majority confirms, a query ends by this, whatever its racers do. */
const DEADLINE_MS = 2_000;

let network: RealNetwork;
let account: string;

beforeAll(async () => {
  process.stdout.write(`faults of real processes: seed ${SEED}\n`);
  network = await startRealNetwork(null, { seed: SEED });
  account = `query @deadline(ms: ${DEADLINE_MS}) { account(address: "${network.localnet?.demo.mint}") { address owner } }`;
}, 90_000);
afterAll(() => network?.stop());

afterEach(async () => {
  for (const { proxies, sourceProxies, process } of network.operators) {
    process.kill('SIGCONT');
    for (const proxy of [...proxies, ...sourceProxies]) {
      proxy.setFaults({
        latencyMs: 0,
        jitterMs: 0,
        lossPermille: 0,
        resetPermille: 0,
        isHalfOpen: false,
      });
    }
  }
  await healthy();
}, 60_000);

const operatorAt = (index: number): RealOperator => {
  const operator = network.operators[index];
  if (operator === undefined) throw new Error(`there is no operator ${index}`);
  return operator;
};

interface NodeSeen {
  readonly operator: string;
  readonly state: string;
  readonly appliedSlot: string;
}

const newestOf = (seen: readonly NodeSeen[]): number =>
  Math.max(...seen.map(({ appliedSlot }) => Number(appliedSlot)));

async function nodes(): Promise<NodeSeen[]> {
  return (await network.ask('{ nodes { operator state appliedSlot } }')).data.nodes;
}

/** Pools follow their nodes by a few milliseconds, so both are asked for. */
function allReady(): Promise<unknown> {
  const isReady = async () => {
    const { data } = await network.ask('{ nodes { state } network { readyPools } }');
    return (
      data.network.readyPools.length === 3 &&
      data.nodes.every(({ state }: Pick<NodeSeen, 'state'>) => state === 'READY')
    );
  };
  return until('every node is ready again', isReady, 45_000);
}

/** A node may owe a root of answers that a reset took, and leave once more: what counts is serving. */
async function healthy(): Promise<void> {
  await allReady();
  const serves = async () => (await askMany()).codes.length === 0;
  await until('every query is served again', serves, 45_000);
}

/** Asks in a row; every answer is the account or a code, and never another account. */
async function askMany(count = QUERIES): Promise<{ served: number; codes: string[] }> {
  const codes: string[] = [];
  let served = 0;
  for (let index = 0; index < count; index += 1) {
    const { data, errors } = await network.ask(account);
    if (errors === undefined) {
      expect(data.account.address).toBe(network.localnet?.demo.mint);
      served += 1;
    } else {
      codes.push(String(errors[0]?.extensions.code));
    }
  }
  return { served, codes };
}

describe('a network with faults', () => {
  it('serves every query while one of three operators is far away', async () => {
    for (const proxy of operatorAt(0).proxies) proxy.setFaults({ latencyMs: 150, jitterMs: 50 });
    expect(await askMany()).toEqual({ served: QUERIES, codes: [] });
  });

  it('serves every query over lines that lose segments', async () => {
    for (const { proxies } of network.operators) {
      for (const proxy of proxies) proxy.setFaults({ lossPermille: 60 });
    }
    const { served, codes } = await askMany();
    expect(codes).toEqual([]);
    expect(served).toBe(QUERIES);
    const lost = network.operators.flatMap(({ proxies }) =>
      proxies.map(({ counts }) => counts.lost),
    );
    expect(lost.reduce((sum, each) => sum + each, 0)).toBeGreaterThan(0);
  });

  it('answers with the account or a code while connections are reset, and recovers', async () => {
    const proxies = network.operators.flatMap((operator) => operator.proxies);
    for (const proxy of proxies) proxy.setFaults({ resetPermille: 20 });
    const { served, codes } = await askMany(QUERIES * 4);
    expect(served).toBeGreaterThan(0);
    expect(proxies.reduce((sum, proxy) => sum + proxy.counts.resets, 0)).toBeGreaterThan(0);
    const allowed = ['POOL_TOO_SMALL', 'RACE_DEADLINE_EXCEEDED', 'NODE_UNREACHABLE'];
    expect(codes.filter((code) => !allowed.includes(code))).toEqual([]);
    for (const proxy of proxies) proxy.setFaults({ resetPermille: 0 });
    await healthy();
  });

  it('serves on while an operator is gone without a word, leaves it out, and takes it back', async () => {
    const gone = operatorAt(1);
    for (const proxy of gone.proxies) proxy.setFaults({ isHalfOpen: true });
    expect((await askMany()).codes).toEqual([]);
    expect(gone.proxies.some(({ counts }) => counts.swallowed > 0)).toBe(true);
    // Bytes that were swallowed are gone for good: the connections have to be made anew.
    for (const proxy of gone.proxies) {
      proxy.setFaults({ isHalfOpen: false });
      proxy.resetAll();
    }
    await allReady();
  });

  it('serves on while an operator is paused in the race, and takes it back', async () => {
    const paused = operatorAt(2);
    const racing = askMany(QUERIES);
    paused.process.kill('SIGSTOP');
    expect((await racing).codes).toEqual([]);
    await until('its nodes are no longer ready', async () =>
      (await nodes())
        .filter(({ operator }) => operator === paused.name)
        .every(({ state }) => state !== 'READY'),
    );
    expect((await askMany()).codes).toEqual([]);
    paused.process.kill('SIGCONT');
    await allReady();
  });

  it('says that an operator lags whose source is stuck, serves from the others, and catches up', async () => {
    const stuck = operatorAt(0);
    for (const proxy of stuck.sourceProxies) proxy.setFaults({ isHalfOpen: true });
    const before = (await nodes()).find(({ operator }) => operator === stuck.name);
    await until('the others are twenty slots ahead', async () => {
      const all = await nodes();
      const newest = (isStuck: boolean) =>
        newestOf(all.filter(({ operator }) => (operator === stuck.name) === isStuck));
      return newest(false) - newest(true) >= 20;
    });
    expect((await askMany()).codes).toEqual([]);
    for (const proxy of stuck.sourceProxies) {
      proxy.setFaults({ isHalfOpen: false });
      proxy.resetAll();
    }
    const hasCaughtUp = async () => {
      const all = await nodes();
      const mine = all.filter(({ operator }) => operator === stuck.name);
      const isNear = (node: NodeSeen) => newestOf(all) - Number(node.appliedSlot) < 5;
      return newestOf(mine) > Number(before?.appliedSlot ?? 0) && mine.every(isNear);
    };
    await until('it has caught up', hasCaughtUp, 60_000);
  });
});
