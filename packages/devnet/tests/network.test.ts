// The whole network through its front door: what npm start promises, on real processes.
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import {
  askGraphql,
  type Description,
  type DevnetProcess,
  isAlive,
  READY_MS_MAX,
  runDevnet,
} from './devnet-process.ts';

const OPERATORS = ['alpha', 'bravo', 'charlie', 'delta', 'echo'];
const WAIT = { timeout: 30_000, interval: 50 };

describe('two networks side by side', () => {
  let first: DevnetProcess;
  let second: DevnetProcess;
  let network: Description;

  beforeAll(async () => {
    first = runDevnet('--ports', '0');
    second = runDevnet('--ports', '0', '--slow', 'alpha=400', '--slow', 'bravo=400');
    network = await first.ready;
  }, READY_MS_MAX);
  afterAll(async () => {
    await first.dispose();
    await second.dispose();
  });

  it('tell in network.json what is where', () => {
    const file = join(first.folder, 'network.json');
    expect(JSON.parse(readFileSync(file, 'utf8'))).toEqual({
      ...network,
      ready: undefined,
      version: 1,
      startedAtMs: expect.any(Number),
      genesisHash: expect.any(String),
      graphql: expect.objectContaining(network.graphql),
      operators: network.operators.map((operator) => expect.objectContaining(operator)),
      nodes: network.nodes.map((node) => expect.objectContaining(node)),
    });
    expect(network.operators.map((operator) => operator.name)).toEqual(OPERATORS);
    const seats = network.nodes.map((node) => `${node.operator} ${node.specialisation}`);
    expect(new Set(seats).size).toBe(15);
    expect(new Set(network.nodes.map((node) => node.id)).size).toBe(15);
    expect(network.processes.every((each) => isAlive(each.pid))).toBe(true);
  });

  it('answer the printed query with a receipt that a majority stands behind', async () => {
    const { data, errors, extensions } = await askGraphql(
      network.graphql.url,
      network.example.query,
    );
    expect(errors).toBeUndefined();
    expect(data).toMatchObject({
      account: { __typename: 'TokenAccount', address: network.demo?.tokenAccount },
    });
    const receipt = extensions?.streamsync;
    expect(receipt?.trust).toBe('MAJORITY');
    const race = receipt?.races[0];
    expect(race?.verifiers.length).toBeGreaterThan(0);
    expect(race?.verifiers).not.toContain(race?.winner);
    const operators = race?.racers.map((racer) => racer.operator) ?? [];
    expect(operators.length).toBe(3);
    expect(new Set(operators).size).toBe(3);
  });

  it('answer by curl, as the README says', async () => {
    const body = JSON.stringify({ query: network.example.query });
    const printed = execFileSync(
      'curl',
      ['-s', network.graphql.url, '-H', 'content-type: application/json', '-d', body],
      { encoding: 'utf8' },
    );
    expect(JSON.parse(printed)).toMatchObject({
      data: { account: { __typename: 'TokenAccount' } },
    });
  });

  it('list their nodes, and the chain goes on', async () => {
    const query = '{ nodes { operator specialisation state appliedSlot } }';
    const slots = async (): Promise<bigint[]> => {
      const { data } = await askGraphql(network.graphql.url, query);
      const nodes = data?.nodes as { operator: string; appliedSlot: string | null }[];
      expect(new Set(nodes.map((node) => node.operator))).toEqual(new Set(OPERATORS));
      return nodes.map((node) => BigInt(node.appliedSlot ?? 0));
    };
    const before = await slots();
    expect(before.length).toBe(15);
    await vi.waitFor(
      async () =>
        expect((await slots()).every((now) => before.every((then) => now > then))).toBe(true),
      WAIT,
    );
  });

  it('serve metrics of every process', async () => {
    const urls = [
      network.graphql.metricsUrl,
      ...network.operators.map((operator) => operator.metricsUrl),
    ];
    for (const url of urls) {
      const text = await (await fetch(url)).text();
      expect(text, url).toContain('# TYPE');
    }
  });

  it('let others win where an operator is slow', async () => {
    const slowed = await second.ready;
    const keys = new Map(slowed.nodes.map((node) => [node.id, node.operator]));
    const winners = new Set<string>();
    for (let index = 0; index < 20; index += 1) {
      const { extensions } = await askGraphql(slowed.graphql.url, slowed.example.query);
      for (const race of extensions?.streamsync.races ?? []) {
        winners.add(keys.get(race.winner ?? '') ?? String(race.winner));
      }
    }
    expect(winners.size).toBeGreaterThan(0);
    expect([...winners].filter((name) => name === 'alpha' || name === 'bravo')).toEqual([]);
  });

  it('refuse a third in the same folder', async () => {
    const third = runDevnet('--dir', first.folder, '--ports', '0');
    const { code, stderr } = await third.exited;
    await third.dispose();
    expect(code).toBe(1);
    expect(stderr).toContain(`A network runs in ${first.folder} already`);
    expect(existsSync(join(first.folder, 'network.json'))).toBe(true);
  });

  it('go on without an operator that dies', async () => {
    const { pid } = network.operators[0] ?? { pid: 0 };
    process.kill(pid, 'SIGKILL');
    await vi.waitFor(() => expect(first.stderr()).toContain('alpha ended (SIGKILL)'), WAIT);
    await vi.waitFor(async () => {
      const { data, extensions } = await askGraphql(network.graphql.url, network.example.query);
      expect(data?.account).toMatchObject({ __typename: 'TokenAccount' });
      expect(extensions?.streamsync.races[0]?.verifiers.length).toBeGreaterThan(0);
    }, WAIT);
  });

  it('stop every process and take network.json away', async () => {
    const { code } = await first.stop();
    expect(code).toBe(0);
    expect(network.processes.filter((each) => isAlive(each.pid))).toEqual([]);
    expect(existsSync(join(first.folder, 'network.json'))).toBe(false);
  });

  it('leave no process behind when they are killed', async () => {
    const { processes } = await second.ready;
    second.child.kill('SIGKILL');
    await vi.waitFor(() => expect(processes.filter((each) => isAlive(each.pid))).toEqual([]), WAIT);
  });
});
