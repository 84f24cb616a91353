// Point reads through the front door.
import { addressFromBytes } from '@streamsync/domain';
import { SPL_TOKEN_PROGRAM, SYSTEM_PROGRAM } from '@streamsync/program-parser';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type FrontDoor, openFrontDoor } from './support/front-door.ts';
import { mintState, tokenAccountState } from './support/stand-in-network.ts';

const address = (byte: number) => addressFromBytes(new Uint8Array(32).fill(byte));
const WALLET = address(1);
const MINT = address(2);
const TOKENS = address(3);
const BROKEN = address(4);

let door: FrontDoor;

beforeAll(async () => {
  door = await openFrontDoor();
  const { accounts } = door.network;
  accounts.set(WALLET, {
    lamports: 18_446_744_073_709_551_615n,
    owner: SYSTEM_PROGRAM,
    executable: false,
    data: new Uint8Array(),
  });
  accounts.set(MINT, mintState(5_000_000n, 6));
  accounts.set(TOKENS, tokenAccountState(MINT, WALLET, 42n));
  accounts.set(BROKEN, {
    lamports: 1n,
    owner: SPL_TOKEN_PROGRAM,
    executable: false,
    data: Uint8Array.of(1, 2, 3),
  });
});
afterAll(() => door.stop());

describe('account', () => {
  it('serves a wallet with its receipt', async () => {
    const { data, errors, extensions } = await door.ask(
      'query($a: Address!) { account(address: $a) { __typename address owner lamports slot executable space data } }',
      { a: WALLET },
    );
    expect(errors).toBeUndefined();
    expect(data.account).toEqual({
      __typename: 'SystemAccount',
      address: WALLET,
      owner: SYSTEM_PROGRAM,
      lamports: '18446744073709551615',
      slot: '1000',
      executable: false,
      space: '0',
      data: '',
    });
    const receipt = extensions?.streamsync;
    expect(receipt).toMatchObject({
      slot: '1000',
      tip: '1000',
      guaranteeMs: 10,
      trust: 'MAJORITY',
    });
    expect(receipt.queryId).toMatch(/^[0-9a-f]{32}$/);
    expect(receipt.races).toHaveLength(1);
    expect(receipt.races[0].verifiers).toHaveLength(2);
    expect(receipt.elapsedMs).toBeGreaterThan(0);
  });

  it('gives null for an account that does not exist', async () => {
    const { data, errors } = await door.ask(`{ account(address: "${address(99)}") { address } }`);
    expect(errors).toBeUndefined();
    expect(data).toEqual({ account: null });
  });
});
