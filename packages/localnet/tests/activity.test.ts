// The activity generator: real transactions, the same ones for the same seed, and demo accounts
// that stay.
import { describe, expect, it } from 'vitest';
import type { Log } from '../src/index.ts';
import { advance, call, startTestLocalnet, temporaryFolder } from './support.ts';

const TOKEN = 'TokenkegQfeZyiNwAJbNbGKPFXCWuBvf9Ss623VQ5DA';
const TOKEN_2022 = 'TokenzQdBNbLqP5VEhdkAS6EPFLC1PHnBqCXEpPxuEb';
const SYSTEM = '11111111111111111111111111111111';
const MINUTE_SLOTS = 150;
const confirmed = { encoding: 'base64', commitment: 'confirmed' };

interface Keyed {
  readonly pubkey: string;
  readonly account: { readonly data: [string, string]; readonly lamports: number };
}

function warnings(): { readonly log: Log; readonly lines: string[] } {
  const lines: string[] = [];
  const note = (fields: object, message: string) => {
    lines.push(`${message} ${JSON.stringify(fields)}`);
  };
  return { lines, log: { info: () => {}, warn: note, error: note } };
}

async function accountsOf(localnet: Parameters<typeof call>[0], program: string) {
  const list = await call<Keyed[]>(localnet, 'getProgramAccounts', [program, confirmed]);
  return list.sort((a, b) => (a.pubkey < b.pubkey ? -1 : 1));
}

describe('activity', () => {
  it('makes several hundred accounts within a minute of slots, without a failure', async () => {
    const { log, lines } = warnings();
    const localnet = await startTestLocalnet({
      activity: { seed: 1, transactionsPerSlot: 4 },
      log,
    });
    advance(localnet, MINUTE_SLOTS);
    const counts = await Promise.all(
      [TOKEN, TOKEN_2022, SYSTEM].map(async (one) => (await accountsOf(localnet, one)).length),
    );
    expect(counts.reduce((sum, count) => sum + count)).toBeGreaterThan(300);
    expect(Math.min(...counts)).toBeGreaterThan(60);
    expect(lines).toEqual([]);
    expect(await call(localnet, 'getTransactionCount')).toBeGreaterThan(MINUTE_SLOTS * 4);
  });

  it('is the same for the same seed, and another for another', async () => {
    const tokensAfter = async (seed: number) => {
      const localnet = await startTestLocalnet({ activity: { seed, transactionsPerSlot: 3 } });
      advance(localnet, 20);
      return accountsOf(localnet, TOKEN);
    };
    const first = await tokensAfter(11);
    expect(await tokensAfter(11)).toEqual(first);
    expect(await tokensAfter(12)).not.toEqual(first);
  });

  it('has demo accounts of every kind, which survive slots and restarts', async () => {
    const dir = temporaryFolder();
    const options = { dir, activity: { seed: 1, transactionsPerSlot: 4 } };
    const first = await startTestLocalnet(options);
    const demo = first.demo;
    if (demo === null) throw new Error('there is a demo with activity');
    advance(first, 100);
    await first.stop();
    const second = await startTestLocalnet(options);
    second.advanceSlot();
    const { signature, ...addresses } = demo;
    const { signature: latest, ...again } = second.demo ?? demo;
    expect(again).toEqual(addresses);
    for (const key of Object.values(addresses)) {
      const { value } = await call<{ value: object | null }>(second, 'getAccountInfo', [
        key,
        confirmed,
      ]);
      expect(value).not.toBeNull();
    }
    for (const one of [signature, latest]) {
      expect(
        await call(second, 'getTransaction', [one, { commitment: 'confirmed' }]),
      ).toMatchObject({ meta: { err: null } });
    }
    const { value } = await call<{ value: { data: [string] } }>(second, 'getAccountInfo', [
      demo.mint2022,
      confirmed,
    ]);
    expect(Buffer.from(value.data[0], 'base64').toString('latin1')).toContain('Localnet Token 1');
    const balance = await call<{ value: { amount: string } }>(second, 'getTokenAccountBalance', [
      demo.tokenAccount,
    ]);
    expect(BigInt(balance.value.amount)).toBeGreaterThanOrEqual(1_000_000_000n);
  });
});
