// Subscriptions over real nodes: what localnet does to an account is told by event stream and by
// WebSocket, raced and verified, with nothing of it missing and nothing twice.
import { addressFromBytes } from '@streamsync/domain';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type RealNetwork, startRealNetwork } from '../support/real-network.ts';
import { openEventStream, openSocket } from '../support/subscribers.ts';

const WALLET = addressFromBytes(new Uint8Array(32).fill(77));
const AIRDROPS = 5;
const LAMPORTS = 1_000_000;
const TOLD = { timeout: 20_000 };

let network: RealNetwork;
beforeAll(async () => {
  network = await startRealNetwork(null);
}, 120_000);
afterAll(() => network.stop());

async function airdrop(): Promise<void> {
  const response = await fetch(network.localnet?.httpUrl ?? '', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      jsonrpc: '2.0',
      id: 1,
      method: 'requestAirdrop',
      params: [WALLET, LAMPORTS],
    }),
  });
  expect((await response.json()).error).toBeUndefined();
}

describe('over real nodes', () => {
  it('an account, its transactions and the slots are told as they happen', async () => {
    const slots = await openEventStream(network.url, {
      query: 'subscription { slotAdvanced { slot } }',
    });
    const account = await openEventStream(network.url, {
      query: `subscription { accountChanged(address: "${WALLET}") { slot account { lamports } } }`,
    });
    const socket = await openSocket(network.url);
    socket.subscribe(
      't',
      `subscription { transactions(mentions: "${WALLET}") { slot transactions { signature succeeded } } }`,
    );
    const lamportsTold = () =>
      account.events.map(({ data }) => Number(data?.data?.accountChanged.account.lamports));
    for (let count = 1; count <= AIRDROPS; count += 1) {
      await airdrop();
      await expect.poll(() => lamportsTold().at(-1), TOLD).toBe(count * LAMPORTS);
    }
    expect(lamportsTold()).toEqual([1, 2, 3, 4, 5].map((count) => count * LAMPORTS));
    const transactions = () =>
      socket.messages
        .filter(({ type }) => type === 'next')
        .flatMap(({ payload }) => payload.data.transactions.transactions);
    await expect.poll(() => transactions().length, TOLD).toBe(AIRDROPS);
    expect(new Set(transactions().map(({ signature }) => signature)).size).toBe(AIRDROPS);
    // The race that verified it is in its receipt.
    const [race] = account.events[0]?.data?.extensions?.streamsync.races ?? [];
    expect(race).toMatchObject({ operation: 'accountChanges.byAddress' });
    expect(race.verifiers.length).toBeGreaterThan(0);

    const told = slots.events.map(({ data }) => BigInt(data?.data?.slotAdvanced.slot));
    expect(told.length).toBeGreaterThan(1);
    expect(told).toEqual([...new Set(told)].sort((a, b) => (a < b ? -1 : 1)));

    const [first] = account.events;
    const again = await openEventStream(network.url, {
      query: `subscription { accountChanged(address: "${WALLET}", fromSlot: "${first?.id}") { slot account { lamports } } }`,
    });
    await expect.poll(() => again.events.length, TOLD).toBe(AIRDROPS);
    expect(again.events.map(({ id }) => id)).toEqual(account.events.map(({ id }) => id));
    for (const stream of [slots, account, again]) stream.close();
    socket.close();
  }, 120_000);
});
