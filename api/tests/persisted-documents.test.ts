// Documents that are named instead of sent, as Apollo's and urql's clients do it, on both ways in.
import { createHash } from 'node:crypto';
import { afterEach, describe, expect, it } from 'vitest';
import type { GatewaySettings } from '../src/app.ts';
import { type FrontDoor, openFrontDoor } from './support/front-door.ts';
import { openSocket } from './support/subscribers.ts';

const QUERY = 'query Tip($y: Boolean!) { network { tip @include(if: $y) } }';
const variables = { y: true };
const hashOf = (text: string): string => createHash('sha256').update(text).digest('hex');
const persistedQuery = { version: 1, sha256Hash: hashOf(QUERY) };
const TIP = { network: { tip: '1000' } };

const doors: FrontDoor[] = [];
afterEach(() => Promise.all(doors.splice(0).map((door) => door.stop())));

async function open(settings: Partial<GatewaySettings>): Promise<FrontDoor> {
  const door = await openFrontDoor(settings);
  doors.push(door);
  return door;
}

const answerTo = async (door: FrontDoor, body: unknown) => {
  const response = await door.post(body);
  return { status: response.status, body: await response.json() };
};

describe.each([
  ['the short way', true],
  ['Yoga', false],
])('by %s, a document', (_name, shortWay) => {
  it('is asked for by its hash, sent once, and named ever after', async () => {
    const door = await open({ shortWay });
    const unknown = await answerTo(door, { variables, extensions: { persistedQuery } });
    expect(unknown.status).toBe(200);
    // What Apollo's client looks for is the code, what urql's looks for is the message.
    expect(unknown.body.errors[0]).toMatchObject({
      message: 'PersistedQueryNotFound',
      extensions: { code: 'PERSISTED_QUERY_NOT_FOUND', docs: expect.stringMatching(/^http/) },
    });
    const sent = await answerTo(door, { query: QUERY, variables, extensions: { persistedQuery } });
    expect(sent.body.data).toEqual(TIP);
    const named = await answerTo(door, { variables, extensions: { persistedQuery } });
    expect(named.body.data).toEqual(TIP);
    const byId = await answerTo(door, { variables, documentId: `sha256:${hashOf(QUERY)}` });
    expect(byId.body.data).toEqual(TIP);
  });

  it('of another hash than it says is refused, and not kept', async () => {
    const door = await open({ shortWay });
    const query = '{ network { genesisHash } }';
    const lie = await answerTo(door, { query, variables, extensions: { persistedQuery } });
    expect(lie.status).toBe(400);
    expect(lie.body.errors[0].extensions.code).toBe('BAD_REQUEST');
    const named = await answerTo(door, { variables, extensions: { persistedQuery } });
    expect(named.body.errors[0].extensions.code).toBe('PERSISTED_QUERY_NOT_FOUND');
  });

  it.each([
    [{ version: 2, sha256Hash: hashOf(QUERY) }],
    [{ version: 1 }],
    [7],
    [{ sha256Hash: 'x' }],
  ])('whose name is none is refused: %j', async (wrong) => {
    const door = await open({ shortWay });
    const refused = await answerTo(door, { extensions: { persistedQuery: wrong } });
    expect(refused.status).toBe(400);
    expect(refused.body.errors[0].extensions.code).toBe('BAD_REQUEST');
  });

  it('of the list is had by its id, and by its hash', async () => {
    const door = await open({
      shortWay,
      persisted: { documents: new Map([['tip', QUERY]]), only: false },
    });
    for (const name of [{ documentId: 'tip' }, { extensions: { persistedQuery } }]) {
      expect((await answerTo(door, { variables, ...name })).body.data).toEqual(TIP);
    }
  });

  it('that is not of the list is refused where those alone are served', async () => {
    const door = await open({
      shortWay,
      persisted: { documents: new Map([['tip', QUERY]]), only: true },
    });
    expect((await answerTo(door, { variables, documentId: 'tip' })).body.data).toEqual(TIP);
    expect((await answerTo(door, { variables, query: QUERY })).body.data).toEqual(TIP);
    const query = '{ network { genesisHash } }';
    for (const extensions of [{}, { persistedQuery: { version: 1, sha256Hash: hashOf(query) } }]) {
      const refused = await answerTo(door, { query, extensions });
      expect(refused.body.errors[0].extensions.code).toBe('PERSISTED_QUERY_ONLY');
    }
  });
});

it('a document that is persisted is had by GET, and by WebSocket', async () => {
  const door = await open({ persisted: { documents: new Map([['tip', QUERY]]), only: true } });
  const asked = new URLSearchParams({ documentId: 'tip', variables: JSON.stringify(variables) });
  const response = await door.fetch(`/graphql?${asked}`, {
    headers: { accept: 'application/json' },
  });
  expect((await response.json()).data).toEqual(TIP);
  const socket = await openSocket(door.url);
  socket.send({ id: '1', type: 'subscribe', payload: { query: '', documentId: 'tip', variables } });
  await expect.poll(() => socket.messages.at(-1)?.type).toBe('complete');
  expect(socket.messages.at(-2)?.payload.data).toEqual(TIP);
  socket.close();
});

it('what clients register is bounded: the oldest is asked for again', async () => {
  const door = await open({});
  const padded = (index: number) => `# ${index} ${'x'.repeat(60_000)}\n{ __typename }`;
  const register = async (index: number) => {
    const query = padded(index);
    const sha256Hash = hashOf(query);
    return answerTo(door, { query, extensions: { persistedQuery: { version: 1, sha256Hash } } });
  };
  for (let index = 0; index < 140; index += 1) {
    expect((await register(index)).body.data).toEqual({ __typename: 'Query' });
  }
  const ask = (index: number) =>
    answerTo(door, {
      extensions: { persistedQuery: { version: 1, sha256Hash: hashOf(padded(index)) } },
    });
  expect((await ask(0)).body.errors[0].extensions.code).toBe('PERSISTED_QUERY_NOT_FOUND');
  expect((await ask(139)).body.data).toEqual({ __typename: 'Query' });
});
