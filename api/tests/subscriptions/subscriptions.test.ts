// Subscriptions through the front door over a chain that grows and forks: each slot once, in order,
// raced once and rendered once whoever listens; resumed, rolled back, refused, cut and drained.
import { type AccountState, type Address, addressFromBytes, type Slot } from '@streamsync/domain';
import { afterEach, describe, expect, it } from 'vitest';
import type { GatewaySettings } from '../../src/app.ts';
import { type FrontDoor, openFrontDoor } from '../support/front-door.ts';
import { createStandInChain, type StandInChain } from '../support/stand-in-chain.ts';
import { mintState, tokenAccountState } from '../support/stand-in-network.ts';
import {
  type EventStream,
  openEventStream,
  openSocket,
  type Socket,
} from '../support/subscribers.ts';
import { transactionAt } from '../support/transactions.ts';

const WALLET = addressFromBytes(new Uint8Array(32).fill(5));
const OTHER = addressFromBytes(new Uint8Array(32).fill(6));
const MINT = addressFromBytes(new Uint8Array(32).fill(2));
const SYSTEM = addressFromBytes(new Uint8Array(32));

const lamports = (amount: bigint, owner: Address = SYSTEM): AccountState => ({
  lamports: amount,
  owner,
  executable: false,
  data: new Uint8Array(),
});

const ACCOUNT = `subscription($a: Address!, $from: Slot) {
  accountChanged(address: $a, fromSlot: $from) { slot rolledBackTo account { lamports slot } }
}`;

const closers: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

async function open(
  settings: Partial<GatewaySettings> = {},
): Promise<{ door: FrontDoor; chain: StandInChain }> {
  const chain = createStandInChain();
  const door = await openFrontDoor(settings, chain);
  closers.push(door.stop);
  return { door, chain };
}

async function stream(
  door: FrontDoor,
  query: string,
  variables: Record<string, unknown> = {},
  headers: Record<string, string> = {},
): Promise<EventStream> {
  const opened = await openEventStream(door.url, { query, variables }, headers);
  closers.push(opened.close);
  return opened;
}

async function socket(door: FrontDoor, options = {}): Promise<Socket> {
  const opened = await openSocket(door.url, options);
  closers.push(opened.close);
  return opened;
}

/** What was told, field by field of the subscription. */
const told = (from: EventStream) =>
  from.events.filter(({ event }) => event === 'next').map(({ data }) => data?.data);

const write = (amount: bigint, address = WALLET) => ({
  writes: [{ address, state: lamports(amount) }],
});

describe('an account that changes', () => {
  it('is told slot by slot, once and in order, with what each slot left', async () => {
    const { door, chain } = await open();
    const subscriber = await stream(door, ACCOUNT, { a: WALLET });
    expect(subscriber.contentType).toMatch('text/event-stream');
    const first = chain.grow(write(1n));
    await expect.poll(() => told(subscriber)).toHaveLength(1);
    chain.grow(write(7n, OTHER));
    chain.grow({ ...write(2n), quiet: true });
    const last = chain.grow({ ...write(3n), skipped: 3 });
    await expect.poll(() => told(subscriber)).toHaveLength(3);
    expect(told(subscriber)).toEqual(
      [
        [first, 1],
        [first + 2n, 2],
        [last, 3],
      ].map(([slot, amount]) => ({
        accountChanged: {
          slot: String(slot),
          rolledBackTo: null,
          account: { lamports: String(amount), slot: String(slot) },
        },
      })),
    );
    expect(subscriber.events.map(({ id }) => id)).toEqual([
      String(first),
      String(first + 2n),
      String(last),
    ]);
  });

  it('is null where the slot closed it', async () => {
    const { door, chain } = await open();
    const subscriber = await stream(door, ACCOUNT, { a: WALLET });
    chain.grow({ writes: [{ address: WALLET, state: null }] });
    await expect.poll(() => told(subscriber)).toHaveLength(1);
    expect(told(subscriber)[0].accountChanged.account).toBeNull();
  });

  it('comes with the receipt of the race that verified it', async () => {
    const { door, chain } = await open();
    const subscriber = await stream(door, ACCOUNT, { a: WALLET });
    const slot = chain.grow(write(1n));
    await expect.poll(() => subscriber.events).toHaveLength(1);
    expect(subscriber.events[0]?.data?.extensions?.streamsync).toMatchObject({
      slot: String(slot),
      races: [{ operation: 'accountChanges.byAddress', winner: expect.any(String) }],
    });
  });

  it('is raced once a pin and rendered once, whoever listens', async () => {
    const { door, chain } = await open();
    const subscribers = await Promise.all(
      Array.from({ length: 20 }, () => stream(door, ACCOUNT, { a: WALLET })),
    );
    const over = await socket(door);
    for (let id = 0; id < 20; id += 1) over.subscribe(`s${id}`, ACCOUNT, { a: WALLET });
    await expect.poll(() => metric(door, 'streamsync_subscriptions')).toBe(40);
    expect(await metric(door, 'streamsync_subscription_topics')).toBe(1);
    expect(await metric(door, 'streamsync_subscription_streams')).toBe(1);
    const racesBefore = chain.raced.length;
    chain.grow(write(1n));
    for (const each of subscribers) await expect.poll(() => told(each)).toHaveLength(1);
    await expect.poll(() => over.messages.filter(({ type }) => type === 'next')).toHaveLength(20);
    expect(chain.raced.length - racesBefore).toBe(1);
    const ids = subscribers.map(({ events }) => events[0]?.data?.extensions?.streamsync.queryId);
    expect(new Set(ids).size).toBe(1);
  });

  it('is told from the slot that is asked for, and goes on with the others', async () => {
    const { door, chain } = await open();
    const early = chain.grow(write(1n));
    chain.grow(write(2n));
    const live = await stream(door, ACCOUNT, { a: WALLET });
    const late = await stream(door, ACCOUNT, { a: WALLET, from: String(early) });
    await expect.poll(() => told(late)).toHaveLength(2);
    chain.grow(write(3n));
    await expect.poll(() => told(late)).toHaveLength(3);
    expect(told(live)).toHaveLength(1);
    expect(await metric(door, 'streamsync_subscription_streams')).toBe(1);
  });

  it('goes on after the last event of a client that comes back', async () => {
    const { door, chain } = await open();
    const first = chain.grow(write(1n));
    const second = chain.grow(write(2n));
    const back = await stream(door, ACCOUNT, { a: WALLET }, { 'last-event-id': String(first) });
    await expect.poll(() => told(back)).toHaveLength(1);
    expect(back.events[0]?.id).toBe(String(second));
  });

  it('waits for slots that this gateway has yet to see', async () => {
    const { door, chain } = await open();
    const ahead = chain.tip + 2n;
    const subscriber = await stream(door, ACCOUNT, { a: WALLET, from: String(ahead) });
    chain.grow(write(1n));
    chain.grow(write(2n));
    await expect.poll(() => told(subscriber)).toHaveLength(1);
    expect(told(subscriber)[0].accountChanged.slot).toBe(String(ahead));
  });

  it('reads what else is selected at the slot of the event', async () => {
    const { door, chain } = await open();
    chain.accounts.set(MINT, mintState(9n, 6));
    const subscriber = await stream(
      door,
      `subscription { accountChanged(address: "${WALLET}") { account { ... on TokenAccount { amount mintAccount { slot ... on Mint { decimals } } } } } }`,
    );
    const slot = chain.grow({
      writes: [{ address: WALLET, state: tokenAccountState(MINT, OTHER, 4n) }],
    });
    await expect.poll(() => told(subscriber)).toHaveLength(1);
    expect(told(subscriber)[0].accountChanged.account).toEqual({
      amount: '4',
      mintAccount: { slot: String(slot), decimals: 6 },
    });
  });
});

describe('other topics', () => {
  it("tell every change among a program's accounts, a slot at a time", async () => {
    const { door, chain } = await open();
    const subscriber = await stream(
      door,
      `subscription { programAccountsChanged(program: "${MINT}") { slot accounts { address account { lamports } } } }`,
    );
    chain.grow({
      writes: [
        { address: OTHER, state: lamports(2n, MINT) },
        { address: WALLET, state: lamports(1n, MINT) },
      ],
    });
    await expect.poll(() => told(subscriber)).toHaveLength(1);
    expect(told(subscriber)[0].programAccountsChanged.accounts).toEqual([
      { address: WALLET, account: { lamports: '1' } },
      { address: OTHER, account: { lamports: '2' } },
    ]);
  });

  it('tell the transactions that mention an address, in the order of the block, over many pages', async () => {
    const { door, chain } = await open();
    const subscriber = await stream(
      door,
      `subscription { transactions(mentions: "${WALLET}") { slot transactions { signature slot } } }`,
    );
    const of = (address: Address, count: number) =>
      Array.from({ length: count }, (_, blockIndex) =>
        transactionAt({ slot: (chain.tip + 1n) as Slot, blockIndex }, [[address, 2n, 1n]]),
      );
    chain.grow({ transactions: of(OTHER, 3) });
    const many = of(WALLET, 230);
    const first = chain.grow({ transactions: many, quiet: true });
    const few = of(WALLET, 2);
    const second = chain.grow({ transactions: few });
    await expect.poll(() => told(subscriber)).toHaveLength(2);
    expect(told(subscriber).map(({ transactions }) => transactions)).toEqual(
      [[first, many] as const, [second, few] as const].map(([slot, records]) => ({
        slot: String(slot),
        transactions: records.map(({ signature }) => ({ signature, slot: String(slot) })),
      })),
    );
    expect(subscriber.events.map(({ id }) => id)).toEqual([String(first), String(second)]);
  });

  it('tell the slots that queries are answered at, each once', async () => {
    const { door, chain } = await open();
    const from = chain.tip;
    const subscriber = await stream(
      door,
      `subscription { slotAdvanced(fromSlot: "${from}") { slot blockhash } }`,
    );
    chain.grow({ quiet: true });
    chain.grow();
    await expect.poll(() => told(subscriber)).toHaveLength(3);
    expect(told(subscriber).map(({ slotAdvanced }) => slotAdvanced.slot)).toEqual(
      [from, from + 1n, from + 2n].map(String),
    );
  });
});

describe('a fork', () => {
  it('is told as the slot that still stands, and what the chain has instead follows', async () => {
    const { door, chain } = await open();
    const subscriber = await stream(door, ACCOUNT, { a: WALLET });
    const stands = chain.grow(write(1n));
    chain.grow(write(2n));
    chain.grow(write(3n));
    await expect.poll(() => told(subscriber)).toHaveLength(3);
    chain.fork(2);
    // Until the fork has grown as far, nothing can be said of it.
    chain.grow(write(20n));
    chain.grow({ quiet: true });
    const last = chain.grow(write(30n));
    await expect.poll(() => told(subscriber)).toHaveLength(6);
    expect(told(subscriber).slice(3)).toEqual([
      {
        accountChanged: {
          slot: String(stands),
          rolledBackTo: String(stands),
          account: expect.anything(),
        },
      },
      {
        accountChanged: {
          slot: String(stands + 1n),
          rolledBackTo: null,
          account: { lamports: '20', slot: String(stands + 1n) },
        },
      },
      {
        accountChanged: {
          slot: String(last),
          rolledBackTo: null,
          account: { lamports: '30', slot: String(last) },
        },
      },
    ]);
  });

  it('is told to those who follow slots', async () => {
    const { door, chain } = await open();
    const subscriber = await stream(door, 'subscription { slotAdvanced { slot rolledBackTo } }');
    const stands = chain.tip;
    chain.grow();
    await expect.poll(() => told(subscriber)).toHaveLength(1);
    chain.fork(1);
    chain.grow({ quiet: true });
    chain.grow();
    await expect.poll(() => told(subscriber)).toHaveLength(4);
    expect(told(subscriber)[1].slotAdvanced).toEqual({
      slot: String(stands),
      rolledBackTo: String(stands),
    });
  });

  it('that went on unseen ends the subscription with where to go on', async () => {
    const { door, chain } = await open();
    const subscriber = await stream(door, ACCOUNT, { a: WALLET });
    const seen = chain.tip;
    for (let slots = 0; slots < 40; slots += 1) chain.grow({ quiet: true });
    chain.tell();
    await expect.poll(() => subscriber.ended).toBe(true);
    expect(endOf(subscriber)).toEqual({
      code: 'SUBSCRIPTION_INTERRUPTED',
      resumeFromSlot: String(seen + 1n),
    });
  });
});

/** The code and slot with which a stream ended. */
function endOf({ events }: EventStream) {
  expect(events.at(-1)?.event).toBe('complete');
  const error = events.at(-2)?.data?.errors?.[0];
  const { resumeFromSlot } = (error?.extensions.context ?? {}) as Record<string, string>;
  expect(error?.extensions.docs).toMatch(/^http/);
  return { code: error?.extensions.code, resumeFromSlot };
}

async function metric(door: FrontDoor, name: string): Promise<number> {
  const text = await (await door.fetch('/metrics')).text();
  return Number(new RegExp(`^${name}(?:\\{[^}]*\\})? (\\d+)$`, 'm').exec(text)?.[1] ?? -1);
}

describe('a subscription that cannot be', () => {
  it.each([
    [
      'an address that is none',
      `subscription { accountChanged(address: "x") { slot } }`,
      'INVALID_ADDRESS',
      400,
    ],
    ['a field that is none', 'subscription { nothing { slot } }', 'GRAPHQL_VALIDATION_FAILED', 400],
    [
      'two fields',
      'subscription { a: slotAdvanced { slot } b: slotAdvanced { slot } }',
      'GRAPHQL_VALIDATION_FAILED',
      400,
    ],
    [
      'a slot long past',
      `subscription { slotAdvanced(fromSlot: 1) { slot } }`,
      'HISTORY_NOT_COVERED',
      200,
    ],
    [
      'a slot far ahead',
      `subscription { slotAdvanced(fromSlot: 99999) { slot } }`,
      'FUTURE_SLOT',
      400,
    ],
    [
      'events that cost too much',
      `subscription { programAccountsChanged(program: "${MINT}") { accounts { account { ${Array.from({ length: 30 }, (_, i) => `a${i}: ownerAccount { slot }`).join(' ')} } } } }`,
      'QUERY_TOO_COMPLEX',
      400,
    ],
  ])('is refused with its code: %s', async (_name, query, code, status) => {
    const { door } = await open();
    const refused = await stream(door, query);
    if (refused.contentType.startsWith('text/event-stream')) {
      await expect.poll(() => refused.events.length).toBeGreaterThan(0);
      expect(refused.events[0]?.data?.errors?.[0]?.extensions.code).toBe(code);
    } else {
      expect(refused.status).toBe(status);
      const text = await new Response(refused.response as never).text().catch(() => '');
      expect(text === '' || text.includes(code)).toBe(true);
    }
    const over = await socket(door);
    over.subscribe('1', query);
    await expect.poll(() => over.messages.at(-1)?.type).toBe('error');
    expect(over.messages.at(-1)?.payload[0].extensions.code).toBe(code);
    expect(over.closed).toBeNull();
  });

  it('is not answered as a query', async () => {
    const { door } = await open();
    for (const shortWay of [true, false]) {
      const accept = shortWay ? 'application/json' : 'application/graphql-response+json';
      const response = await door.post(
        { query: 'subscription { slotAdvanced { slot } }' },
        { accept },
      );
      expect(response.status).toBe(406);
      expect((await response.json()).errors[0].extensions.code).toBe('NOT_ACCEPTABLE');
    }
  });

  it('is refused past the bounds, and let in again when others have left', async () => {
    const { door } = await open({ subscriptionsMax: 2, topicsMax: 1 });
    const first = await stream(door, ACCOUNT, { a: WALLET });
    const others = await stream(door, ACCOUNT, { a: OTHER });
    expect(others.status).toBe(429);
    const second = await stream(door, ACCOUNT, { a: WALLET });
    expect(second.status).toBe(200);
    const third = await stream(door, ACCOUNT, { a: WALLET });
    expect(third.status).toBe(429);
    first.close();
    await expect.poll(() => metric(door, 'streamsync_subscriptions')).toBe(1);
    expect((await stream(door, ACCOUNT, { a: WALLET })).status).toBe(200);
  });
});

describe('a WebSocket', () => {
  it('follows, stops following, asks queries, and is told when it is wrong', async () => {
    const { door, chain } = await open();
    const over = await socket(door);
    await expect.poll(() => over.messages[0]?.type).toBe('connection_ack');
    over.subscribe('q', '{ __typename }');
    await expect.poll(() => over.messages.at(-1)).toEqual({ id: 'q', type: 'complete' });
    expect(over.messages.at(-2)).toMatchObject({
      id: 'q',
      type: 'next',
      payload: { data: { __typename: 'Query' } },
    });
    over.subscribe('1', ACCOUNT, { a: WALLET });
    await expect.poll(() => metric(door, 'streamsync_subscriptions')).toBe(1);
    chain.grow(write(1n));
    await expect
      .poll(() => over.messages.at(-1)?.payload?.data?.accountChanged.account.lamports)
      .toBe('1');
    over.send({ id: '1', type: 'complete' });
    await expect.poll(() => metric(door, 'streamsync_subscriptions')).toBe(0);
    over.send({ type: 'ping' });
    await expect.poll(() => over.messages.at(-1)?.type).toBe('pong');
    over.send('nonsense');
    await expect.poll(() => over.closed?.code).toBe(4_400);
  });

  it('is bounded in what it follows', async () => {
    const { door } = await open();
    const over = await socket(door);
    for (let id = 0; id < 101; id += 1) over.subscribe(String(id), ACCOUNT, { a: WALLET });
    await expect
      .poll(() => over.messages.at(-1)?.payload?.[0]?.extensions.code)
      .toBe('SUBSCRIPTION_LIMIT');
    expect(over.messages.at(-1)?.id).toBe('100');
    expect(await metric(door, 'streamsync_subscriptions')).toBe(100);
  });

  it('is closed where it speaks another protocol, or subscribes before it says hello', async () => {
    const { door } = await open();
    const silent = await socket(door, { init: false });
    silent.subscribe('1', ACCOUNT, { a: WALLET });
    await expect.poll(() => silent.closed?.code).toBe(4_401);
    await expect(openSocket(door.url, { protocol: 'nonsense' })).rejects.toThrow();
  });
});

describe('subscribers that leave', () => {
  it('leave nothing behind, however they leave', async () => {
    const { door, chain } = await open();
    for (let round = 0; round < 3; round += 1) {
      const streams = await Promise.all(
        Array.from({ length: 20 }, (_, index) =>
          stream(door, ACCOUNT, { a: index % 2 === 0 ? WALLET : OTHER }),
        ),
      );
      const over = await socket(door);
      for (let id = 0; id < 20; id += 1) over.subscribe(String(id), ACCOUNT, { a: WALLET });
      await expect.poll(() => metric(door, 'streamsync_subscriptions')).toBe(40);
      chain.grow(write(1n));
      for (const each of streams) each.close();
      over.close();
      await expect.poll(() => metric(door, 'streamsync_subscriptions')).toBe(0);
      await expect.poll(() => metric(door, 'streamsync_subscription_topics')).toBe(0);
      expect(chain.listeners).toBe(0);
    }
  });

  it('are told why when the gateway stops, and where to go on', async () => {
    const { door, chain } = await open();
    const subscriber = await stream(door, ACCOUNT, { a: WALLET });
    const over = await socket(door);
    over.subscribe('1', ACCOUNT, { a: WALLET });
    await expect.poll(() => metric(door, 'streamsync_subscriptions')).toBe(2);
    const stopped = door.stop();
    await expect.poll(() => subscriber.ended).toBe(true);
    expect(endOf(subscriber)).toEqual({
      code: 'SHUTTING_DOWN',
      resumeFromSlot: String(chain.tip + 1n),
    });
    await expect.poll(() => over.closed?.code).toBe(1_001);
    expect(over.messages.at(-1)).toMatchObject({
      type: 'error',
      payload: [{ extensions: { code: 'SHUTTING_DOWN' } }],
    });
    await stopped;
  });
});

describe('a slow reader', () => {
  it('is ended with the slot to go on from, and holds up nobody', async () => {
    const { door, chain } = await open();
    const big = (seed: bigint): AccountState => ({
      ...lamports(seed),
      data: new Uint8Array(200_000).fill(Number(seed)),
    });
    const query = `subscription { accountChanged(address: "${WALLET}") { slot account { lamports data } } }`;
    const slow = await stream(door, query);
    slow.response.pause();
    const fast = await stream(door, query);
    const overSlow = await socket(door);
    overSlow.subscribe('1', query);
    await expect.poll(() => metric(door, 'streamsync_subscriptions')).toBe(3);
    overSlow.raw.pause();
    let seed = 0n;
    await expect
      .poll(
        async () => {
          seed += 1n;
          chain.grow({ writes: [{ address: WALLET, state: big(seed) }] });
          return metric(door, 'streamsync_subscriptions');
        },
        { timeout: 15_000 },
      )
      .toBe(1);
    await expect.poll(() => told(fast).length, { timeout: 5_000 }).toBe(Number(seed));
    slow.response.resume();
    overSlow.raw.resume();
    await expect.poll(() => slow.ended, { timeout: 5_000 }).toBe(true);
    const { code, resumeFromSlot } = endOf(slow);
    expect(code).toBe('SLOW_READER');
    expect(BigInt(resumeFromSlot ?? 0) - 1n).toBe(BigInt(told(slow).at(-2).accountChanged.slot));
    await expect
      .poll(() => overSlow.messages.at(-1)?.payload?.[0]?.extensions.code)
      .toBe('SLOW_READER');
  });
});
