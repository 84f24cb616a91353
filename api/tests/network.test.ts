// The network, races and receipts through the front door.
import { addressFromBytes, OPERATIONS } from '@streamsync/domain';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type FrontDoor, openFrontDoor } from './support/front-door.ts';

const WALLET = addressFromBytes(new Uint8Array(32).fill(1));
let door: FrontDoor;

beforeAll(async () => {
  door = await openFrontDoor();
});
afterAll(() => door.stop());

describe('network', () => {
  it('shows tip, pools, nodes and the operations table, without a race or a receipt', async () => {
    const { data, extensions } = await door.ask(
      '{ network { tip genesisHash readyPools nodes { id } operations { name pool guaranteeMs itemsMax } } }',
    );
    expect(data.network.tip).toBe('1000');
    expect(data.network.readyPools).toEqual(['speed', 'cache', 'archive']);
    expect(data.network.nodes).toHaveLength(15);
    expect(data.network.operations.map((each: { name: string }) => each.name)).toEqual(
      Object.keys(OPERATIONS),
    );
    expect(extensions).toBeUndefined();
  });

  it('lists the nodes of a specialisation and finds one by its key', async () => {
    const { data } = await door.ask('{ nodes(specialisation: archive) { id specialisation } }');
    expect(data.nodes).toHaveLength(5);
    const [{ id }] = data.nodes;
    const found = await door.ask('query($id: ID!) { node(id: $id) { id state bidNanoUsd } }', {
      id,
    });
    expect(found.data.node).toEqual({ id, state: 'READY', bidNanoUsd: '1000' });
    const none = await door.ask('{ node(id: "ff") { id } }');
    expect(none.data).toEqual({ node: null });
  });
});

describe('race and receipt', () => {
  it('can be asked for by the ids that a response names', async () => {
    const { extensions } = await door.ask(`{ account(address: "${WALLET}") { slot } }`);
    const { queryId, races } = extensions?.streamsync ?? {};
    const { data } = await door.ask(
      'query($q: ID!, $r: ID!) { receipt(queryId: $q) { queryId slot guaranteeMs races { id } } race(id: $r) { id winner verifiers racers { node operator outcome latencyMs } steps { servedMs } } }',
      { q: queryId, r: races[0].id },
    );
    expect(data.receipt).toEqual({
      queryId,
      slot: '1000',
      guaranteeMs: 10,
      races: [{ id: races[0].id }],
    });
    expect(data.race.winner).toBe(races[0].winner);
    expect(data.race.racers.map((racer: { outcome: string }) => racer.outcome)).toEqual([
      'WINNER',
      'VERIFIER',
      'VERIFIER',
    ]);
  });

  it('gives null for ids that are not kept', async () => {
    const { data, errors } = await door.ask(
      '{ race(id: "00-0") { id } receipt(queryId: "00") { slot } }',
    );
    expect(errors).toBeUndefined();
    expect(data).toEqual({ race: null, receipt: null });
  });
});
