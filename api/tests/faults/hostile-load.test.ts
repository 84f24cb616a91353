// Hostile nodes for a long while, through the front door: what the gateway keeps stays bounded, a
// node that only fails is left alone and comes back, and the gateway as it is started holds as well.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { addressFromBytes } from '@streamsync/domain';
import { sharedWheel } from '@streamsync/networking-core';
import { createLifecycle, silentLog } from '@streamsync/runtime';
import type { Fault } from '@streamsync/testkit';
import { afterEach, describe, expect, it } from 'vitest';
import { startApp } from '../../src/app.ts';
import { readConfig } from '../../src/config.ts';
import { GENESIS_HASH, until } from '../support/race-network.ts';
import {
  clientOf,
  type FaultyGateway,
  isHonest,
  keepHeartbeats,
  startFaultyGateway,
  startOperators,
} from './faulty-gateway.ts';

let gateway: FaultyGateway | null = null;

afterEach(async () => {
  await gateway?.stop();
  gateway = null;
});

async function start(...args: Parameters<typeof startFaultyGateway>): Promise<FaultyGateway> {
  gateway = await startFaultyGateway(...args);
  return gateway;
}

const MB = 1024 * 1024;

/** Far above what 200 receipts and the connections take, far below what 1,000 leaks of a frame would. */
const GROWTH_BYTES_MAX = 48 * MB;

/** Five times what the ring of receipts keeps here. */
const QUERIES = 1_000;
const IN_FLIGHT = 16;

setFlagsFromString('--expose-gc');
// As api/src/main.ts does: V8 would keep the code of every document that was compiled.
setFlagsFromString('--no-compilation-cache');
const collectGarbage = runInNewContext('gc') as () => void;

function memoryInUse(): { readonly heapBytes: number; readonly outsideBytes: number } {
  collectGarbage();
  const { heapUsed, external } = process.memoryUsage();
  return { heapBytes: heapUsed, outsideBytes: external };
}

/** Asks for accounts, some at a time; returns the replies that were not what honest nodes hold. */
async function askMany(front: FaultyGateway, queries: number): Promise<string[]> {
  const wrong: string[] = [];
  let next = 0;
  async function askInTurn(): Promise<void> {
    while (next < queries) {
      next += 1;
      const byte = next % 256;
      const reply = await front.account(byte);
      if (!isHonest(reply, byte)) wrong.push(reply.text);
    }
  }
  await Promise.all(Array.from({ length: IN_FLIGHT }, askInTurn));
  return wrong;
}

describe('memory', () => {
  it.each([
    // The one that stays in the pool answers every query with its fault.
    ['garbage', 'unsigned-answer', QUERIES],
    // Each such frame costs its sender the connection, and the wait before the next.
    ['oversized-frame', 'silent', 10],
  ] satisfies [Fault, Fault, number][])(
    'stays bounded, and every query is answered: %s, %s',
    async (one, other, requestsMin) => {
      const front = await start([one, 'none', other, 'none', one]);
      const hostile = front.nodes.filter(({ fault }) => fault !== 'none');
      expect(await askMany(front, 300)).toEqual([]);
      const before = memoryInUse();
      expect(await askMany(front, QUERIES)).toEqual([]);
      // Silence and answers after a race's deadline are waited for no longer than 2 s beyond it.
      await until(() => sharedWheel.waiting <= 1, 'no request waits any more');
      const waiting = () =>
        front.directory.marketNodes().reduce((sum, node) => sum + node.answersWaiting, 0);
      await until(() => waiting() === 0, 'no answer waits for its root');
      for (const { requests } of hostile) expect(requests).toBeGreaterThan(0);
      expect(hostile.reduce((sum, { requests }) => sum + requests, 0)).toBeGreaterThanOrEqual(
        requestsMin,
      );
      const after = memoryInUse();
      expect(after.heapBytes - before.heapBytes).toBeLessThan(GROWTH_BYTES_MAX);
      expect(after.outsideBytes - before.outsideBytes).toBeLessThan(GROWTH_BYTES_MAX);
    },
  );
});

describe('a node that only fails', () => {
  async function stateOf({ ask }: FaultyGateway, nodeKey: string): Promise<string | undefined> {
    const { body } = await ask('{ nodes { id state } }');
    const nodes = body.data?.nodes as readonly { id: string; state: string }[];
    return nodes.find(({ id }) => id === nodeKey)?.state;
  }

  it.each(['silent', 'unsigned-answer'] as const)(
    'is left alone although its heartbeats go on, tried later, and comes back: %s',
    async (fault) => {
      const front = await start(['none', 'none', fault, 'none', 'none']);
      const faulty = front.nodes[2];
      if (faulty === undefined) throw new Error('there are five nodes');
      const { nodeKey } = faulty.peer;
      const ready = () => front.directory.marketNodes().filter((node) => node.ready).length;
      let byte = 0;
      const askOnce = async (): Promise<void> => {
        byte = (byte + 1) % 256;
        expect(isHonest(await front.account(byte), byte)).toBe(true);
      };
      const endAtMs = performance.now() + 5_000;
      while (ready() === 5) {
        if (performance.now() > endAtMs) throw new Error('the node stays in its pool');
        await askOnce();
      }
      expect(await stateOf(front, nodeKey)).toBe('TRIPPED');
      await until(() => ready() === 4, 'the pools have heard of it');
      // One rebuild of the pools lies between leaving and not being drawn.
      await askOnce();
      await askOnce();
      const requests = faulty.requests;
      for (let query = 0; query < 40; query += 1) await askOnce();
      expect(faulty.requests).toBe(requests);
      // It is let in to be tried, fails, and is out again for longer.
      await until(() => ready() === 5, 'it may be tried');
      const tryEndAtMs = performance.now() + 5_000;
      while (faulty.requests === requests) {
        if (performance.now() > tryEndAtMs) throw new Error('the node is not tried');
        await askOnce();
      }
      await until(() => ready() === 4, 'it is out while it is tried, and after');
      faulty.fault = 'none';
      const backEndAtMs = performance.now() + 12_000;
      while (front.directory.nodes().find((node) => node.nodeKey === nodeKey)?.racesWon === 0) {
        if (performance.now() > backEndAtMs) throw new Error('the node does not come back');
        await askOnce();
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
      expect(await stateOf(front, nodeKey)).toBe('READY');
    },
  );

  it('stays where its pool would be left with fewer operators than a race', async () => {
    const front = await start(['none', 'none', 'silent', 'silent', 'silent']);
    expect(await askMany(front, 200)).toEqual([]);
    await until(
      () => front.directory.marketNodes().filter((node) => node.ready).length === 3,
      'two of the three have left',
    );
    const requests = () => front.nodes.reduce((sum, node) => sum + node.requests, 0);
    const before = requests();
    expect(await askMany(front, 200)).toEqual([]);
    // Two honest ones answer each query; the third seat went to a node that is kept for that.
    expect(requests() - before).toBeGreaterThan(2 * 200 + 100);
    expect(front.directory.readyPools()).toEqual(['speed']);
  });
});

describe('the gateway as it is started', () => {
  it('answers beside a liar, garbage and silence, and writes the disagreement down', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'streamsync-faults-'));
    const lifecycle = createLifecycle(silentLog);
    const nodes = await startOperators(['lies', 'none', 'garbage', 'none', 'silent']);
    const endHeartbeats = keepHeartbeats(nodes);
    try {
      const peers = nodes.map(({ peer: { publishAddress, ...peer } }) => ({
        ...peer,
        publish: publishAddress,
      }));
      const file = join(folder, 'peers.json');
      writeFileSync(file, JSON.stringify(peers));
      const config = readConfig({
        PEERS: file,
        DATA_DIR: join(folder, 'data'),
        PORT: '0',
        GENESIS_HASH: addressFromBytes(GENESIS_HASH),
        RACE_DEADLINE_MS: '300',
      });
      const server = await startApp(config, silentLog, lifecycle);
      const front = clientOf(server.url);
      let state = (await front.ask('{ nodes { state } }')).body;
      const endAtMs = performance.now() + 5_000;
      while (state.data?.nodes.some((node: { state: string }) => node.state !== 'READY')) {
        if (performance.now() > endAtMs) throw new Error('the nodes are not ready');
        await new Promise((resolve) => setTimeout(resolve, 20));
        state = (await front.ask('{ nodes { state } }')).body;
      }
      for (let byte = 1; byte <= 40; byte += 1) {
        const reply = await front.account(byte);
        expect(isHonest(reply, byte), reply.text).toBe(true);
      }
      for (const node of nodes) expect(node.requests).toBeGreaterThan(0);
      await lifecycle.stop();
      const receipts = readFileSync(join(folder, 'data', 'receipts.jsonl'), 'utf8')
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line));
      expect(receipts).toHaveLength(40);
      const liar = nodes[0]?.peer.nodeKey;
      const said = receipts.flatMap(({ races }) =>
        races[0].racers.filter((racer: { nodeKey: string }) => racer.nodeKey === liar),
      );
      expect(said.length).toBeGreaterThan(0);
      for (const { outcome, resultHash } of said) {
        expect([outcome, resultHash]).toEqual([
          'disagreed',
          expect.stringMatching(/^[0-9a-f]{64}$/),
        ]);
      }
    } finally {
      endHeartbeats();
      await lifecycle.stop();
      await Promise.all(nodes.map((node) => node.stop()));
      rmSync(folder, { recursive: true, force: true });
    }
  });
});
