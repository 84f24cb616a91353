// Point reads through the front door.
import { type AccountState, addressFromBytes } from '@streamsync/domain';
import { SPL_TOKEN_PROGRAM, SYSTEM_PROGRAM } from '@streamsync/program-parser';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { metadataAddress } from '../src/schema/metadata-address.ts';
import { type FrontDoor, openFrontDoor } from './support/front-door.ts';
import { metadataState, mintState, tokenAccountState } from './support/stand-in-network.ts';

const address = (byte: number) => addressFromBytes(new Uint8Array(32).fill(byte));
const WALLET = address(1);
const MINT = address(2);
const TOKENS = address(3);
const BROKEN = address(4);
const OTHER = address(5);

const raw = (owner: AccountState['owner'], data: Uint8Array): AccountState => ({
  lamports: 1n,
  owner,
  executable: false,
  data,
});

let door: FrontDoor;

beforeAll(async () => {
  door = await openFrontDoor();
  const { accounts } = door.network;
  accounts.set(WALLET, {
    ...raw(SYSTEM_PROGRAM, new Uint8Array()),
    lamports: 18_446_744_073_709_551_615n,
  });
  accounts.set(MINT, mintState(5_000_000n, 6));
  accounts.set(metadataAddress(MINT), metadataState(MINT, 'Example', 'EX'));
  accounts.set(TOKENS, tokenAccountState(MINT, WALLET, 42n));
  accounts.set(BROKEN, raw(SPL_TOKEN_PROGRAM, Uint8Array.of(1, 2, 3)));
  accounts.set(OTHER, raw(address(50), Uint8Array.of(0xde, 0xad)));
});
afterAll(() => door.stop());
beforeEach(() => {
  door.network.raced.length = 0;
});

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
      trust: 'MAJORITY',
      guaranteeMs: 10,
      costMilliUnits: 1_000,
      guaranteeMet: receipt.elapsedMs <= 10,
    });
    expect(receipt.queryId).toMatch(/^[0-9a-f]{32}$/);
    expect(receipt.races).toHaveLength(1);
    expect(receipt.races[0]).toMatchObject({ operation: 'account.get', items: 1, slot: '1000' });
    expect(receipt.races[0].racers).toHaveLength(3);
    expect(receipt.elapsedMs).toBeGreaterThan(0);
    expect(Object.keys(receipt.steps)).toEqual(['planMs', 'pinMs', 'executeMs']);
  });

  it('gives null for an account that does not exist', async () => {
    const { data, errors } = await door.ask(`{ account(address: "${address(99)}") { address } }`);
    expect(errors).toBeUndefined();
    expect(data).toEqual({ account: null });
  });

  it('gives data in each encoding', async () => {
    const { data } = await door.ask(
      `{ account(address: "${OTHER}") { data base58: data(encoding: BASE58) hex: data(encoding: HEX) } }`,
    );
    expect(data.account).toEqual({ data: '3q0=', base58: 'Hwr', hex: 'dead' });
  });

  it('names the kind of the bytes, and why bytes are none', async () => {
    const { data } = await door.ask(
      `query($list: [Address!]!) {
        accounts(addresses: $list) {
          __typename
          ... on TokenAccount { amount mint tokenOwner state }
          ... on Mint { supply decimals mintAuthority extensions { type } }
          ... on ProgramAccount { rawReason parseFailure { reason message } }
        }
      }`,
      { list: [TOKENS, MINT, BROKEN, OTHER, address(99)] },
    );
    expect(data.accounts).toEqual([
      {
        __typename: 'TokenAccount',
        amount: '42',
        mint: MINT,
        tokenOwner: WALLET,
        state: 'INITIALIZED',
      },
      {
        __typename: 'Mint',
        supply: '5000000',
        decimals: 6,
        mintAuthority: null,
        extensions: [],
      },
      {
        __typename: 'ProgramAccount',
        rawReason: null,
        parseFailure: { reason: 'WRONG_SIZE', message: expect.any(String) },
      },
      { __typename: 'ProgramAccount', rawReason: 'UNKNOWN_PROGRAM', parseFailure: null },
      null,
    ]);
  });

  it('reads siblings in one race and equal addresses once', async () => {
    const { extensions } = await door.ask(
      `{ a: account(address: "${WALLET}") { lamports } b: account(address: "${MINT}") { lamports } c: account(address: "${WALLET}") { slot } }`,
    );
    expect(extensions?.streamsync.races).toHaveLength(1);
    expect(door.network.raced[0]?.batch.items).toHaveLength(2);
  });

  it('reads nested accounts in one race a level', async () => {
    const { data, extensions } = await door.ask(
      `{ accounts(addresses: ["${TOKENS}"]) { ... on TokenAccount { mintAccount { ... on Mint { decimals } } tokenOwnerAccount { lamports } } } }`,
    );
    expect(data.accounts[0].mintAccount).toEqual({ decimals: 6 });
    expect(extensions?.streamsync.races.map((race: { items: number }) => race.items)).toEqual([
      1, 2,
    ]);
    expect(extensions?.streamsync.guaranteeMs).toBe(20);
  });

  it('pins at the slot that a field or the query names', async () => {
    const byField = await door.ask(`{ account(address: "${WALLET}", slot: 500) { slot } }`);
    expect(byField.data.account.slot).toBe('500');
    expect(byField.extensions?.streamsync.slot).toBe('500');
    const byQuery = await door.ask(
      `query @slot(at: "600") { account(address: "${WALLET}") { slot } }`,
    );
    expect(byQuery.data.account.slot).toBe('600');
    const both = await door.ask(
      `query($s: Slot!) @slot(at: $s) { a: account(address: "${WALLET}", slot: 500) { slot } b: account(address: "${WALLET}") { slot } }`,
      { s: '600' },
    );
    expect(both.data).toEqual({ a: { slot: '500' }, b: { slot: '600' } });
  });

  it('hands trust, racers and deadline to the race', async () => {
    await door.ask(
      `query @consistency(trust: UNANIMOUS, racers: 5) @deadline(ms: 80) { account(address: "${WALLET}") { slot } }`,
    );
    const [request] = door.network.raced;
    expect(request).toMatchObject({ trust: 'UNANIMOUS', racers: 5 });
    expect(request?.deadlineMs).toBeLessThanOrEqual(80);
    expect(request?.deadlineMs).toBeGreaterThan(0);
  });

  it('answers alike whether a document is new or compiled', async () => {
    const query = `query($a: Address!) { account(address: $a) { __typename lamports ... on TokenAccount { amount mintAccount { __typename address } } } }`;
    const answers = [];
    for (let time = 0; time < 6; time += 1)
      answers.push((await door.ask(query, { a: TOKENS })).data);
    expect(new Set(answers.map((answer) => JSON.stringify(answer))).size).toBe(1);
    expect(answers[5].account.mintAccount.address).toBe(MINT);
  });
});

describe('token', () => {
  it('serves a mint with what Metaplex says of it', async () => {
    const { data, errors, extensions } = await door.ask(
      `{ token(mint: "${MINT}") { address supply decimals program metadata { name symbol source { __typename } } } }`,
    );
    expect(errors).toBeUndefined();
    expect(data.token).toEqual({
      address: MINT,
      supply: '5000000',
      decimals: 6,
      program: SPL_TOKEN_PROGRAM,
      metadata: { name: 'Example', symbol: 'EX', source: { __typename: 'TokenMetadata' } },
    });
    expect(extensions?.streamsync.races).toHaveLength(2);
  });

  it('gives null for an address that is no mint', async () => {
    const { data } = await door.ask(`{ token(mint: "${WALLET}") { supply } }`);
    expect(data).toEqual({ token: null });
  });

  it('derives the metadata address that Metaplex derives', () => {
    // USDC and its Metadata account on mainnet.
    const usdc = 'EPjFWdd5AufqSSqeM2qN1xzybapC8G4wEGGkZwyTDt1v';
    expect(metadataAddress(usdc as never)).toBe('5x38Kp4hvdomTCnCrAny4UtMUt5rQBdB6px2K1Ui45Wq');
  });
});
