// Every kind of account through the front door: each has its own type, and every field of it answers.
import { type Address, addressBytes, addressFromBytes, parseAddress } from '@streamsync/domain';
import { isInterfaceType } from 'graphql/index.js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  f64,
  GOLDEN,
  join,
  key,
  MINT,
  pad,
  state,
  TOKEN_METADATA,
  u32,
  u64,
} from '../../packages/program-parser/tests/golden-accounts.ts';
import * as golden from '../../packages/program-parser/tests/golden-programs.ts';
import { schema } from '../src/schema/index.ts';
import { editionAddress, metadataAddress } from '../src/schema/metadata-address.ts';
import { type FrontDoor, openFrontDoor } from './support/front-door.ts';
import { ownFields } from './support/select-fields.ts';
import { metadataState, mintState, tokenAccountState } from './support/stand-in-network.ts';

const SYSVAR = parseAddress('Sysvar1111111111111111111111111111111111111');
const LOADER_V2 = parseAddress('BPFLoader2111111111111111111111111111111111');

/** Sysvars are told by their addresses, so they stand where they do on the chain. */
const SYSVARS: readonly (readonly [type: string, address: string, data: Uint8Array])[] = [
  ['SysvarClock', 'SysvarC1ock11111111111111111111111111111111', new Uint8Array(40)],
  ['SysvarEpochSchedule', 'SysvarEpochSchedu1e111111111111111111111111', new Uint8Array(33)],
  ['SysvarEpochRewards', 'SysvarEpochRewards1111111111111111111111111', new Uint8Array(81)],
  ['SysvarRent', 'SysvarRent111111111111111111111111111111111', new Uint8Array(17)],
  ['SysvarFees', 'SysvarFees111111111111111111111111111111111', u64(5_000)],
  [
    'SysvarRecentBlockhashes',
    'SysvarRecentB1ockHashes11111111111111111111',
    join(u64(1), key(5), u64(5_000)),
  ],
  ['SysvarRewards', 'SysvarRewards111111111111111111111111111111', new Uint8Array(16)],
  ['SysvarSlotHashes', 'SysvarS1otHashes111111111111111111111111111', join(u64(1), u64(9), key(5))],
  [
    'SysvarSlotHistory',
    'SysvarS1otHistory11111111111111111111111111',
    join([1], u64(1), [0b0000_0110], new Uint8Array(7), u64(64), u64(3)),
  ],
  [
    'SysvarStakeHistory',
    'SysvarStakeHistory1111111111111111111111111',
    join(u64(1), u64(300), u64(1), u64(2), u64(3)),
  ],
  ['SysvarLastRestartSlot', 'SysvarLastRestartS1ot1111111111111111111111', u64(7)],
];
const STAKE_CONFIG = parseAddress('StakeConfig11111111111111111111111111111111');

let door: FrontDoor;
const addresses: Address[] = [];
const at = (index: number) =>
  addressFromBytes(Uint8Array.from({ length: 32 }, (_, place) => (place === 0 ? index : 77)));

beforeAll(async () => {
  door = await openFrontDoor();
  const { accounts } = door.network;
  const put = (address: Address, ...[owner, data]: Parameters<typeof state>) => {
    accounts.set(address, state(owner, data));
    addresses.push(address);
  };
  [...GOLDEN, ...golden.MORE_GOLDEN].forEach(({ owner, data }, index) => {
    put(at(index), owner, data);
  });
  for (const [, address, data] of SYSVARS) put(parseAddress(address), SYSVAR, data);
  put(STAKE_CONFIG, golden.CONFIG, join([0], f64(0.25), [12]));
  accounts.set(at(250), { ...state(LOADER_V2, u32(1)), executable: true });
  put(at(251), parseAddress('11111111111111111111111111111112'), u32(1));
  addresses.push(at(250));
});
afterAll(() => door.stop());

async function typesServed(): Promise<Map<string, Address>> {
  const { data, errors } = await door.ask(
    'query($list: [Address!]!) { accounts(addresses: $list) { __typename address } }',
    { list: addresses },
  );
  expect(errors).toBeUndefined();
  return new Map(
    data.accounts.map((account: { __typename: string; address: Address }) => [
      account.__typename,
      account.address,
    ]),
  );
}

describe('every kind of account', () => {
  it('has a type of its own, and every type that implements Account is one', async () => {
    const account = schema.getType('Account');
    if (!isInterfaceType(account)) expect.fail('Account is no interface');
    const types = schema.getPossibleTypes(account).map(({ name }) => name);
    expect([...(await typesServed()).keys()].sort()).toEqual(types.sort());
    expect(types.length).toBeGreaterThan(40);
  });

  it('answers every field of its type, links among them', async () => {
    for (const [type, address] of await typesServed()) {
      const fields = ownFields(schema, type, { links: true });
      const query = `{ account(address: "${address}") { __typename ... on ${type} { ${fields.join(' ') || 'slot'} } } }`;
      const { data, errors } = await door.ask(query);
      expect(errors, type).toBeUndefined();
      expect(data.account.__typename).toBe(type);
    }
  });

  it('follows the keys of accounts to the accounts that they name', async () => {
    const { accounts } = door.network;
    const vote = addressFromBytes(key(4));
    const collection = addressFromBytes(key(2));
    const programData = addressFromBytes(key(1));
    accounts.set(vote, state(golden.VOTE, golden.VOTE_V4));
    accounts.set(collection, state(golden.CORE, golden.OLD_CORE_COLLECTION));
    accounts.set(programData, state(golden.LOADER_V3, golden.PROGRAM_DATA));
    const served = await typesServed();
    const { data, errors } = await door.ask(
      `query($stake: Address!, $asset: Address!, $program: Address!) {
        stake: account(address: $stake) { ... on StakeAccount { voteAccount { ... on VoteAccount { version commissionBasisPoints } } } }
        asset: account(address: $asset) { ... on NftMetadata { name collectionVerified collectionAccount { ... on CoreCollection { name mintedCount plugins { type } } } } }
        program: account(address: $program) { ... on UpgradeableProgram { programDataAccount { ... on ProgramData { deployedSlot codeSizeBytes } } } }
      }`,
      {
        stake: served.get('StakeAccount'),
        asset: served.get('CoreAsset'),
        program: served.get('UpgradeableProgram'),
      },
    );
    for (const address of [vote, collection, programData]) accounts.delete(address);
    expect(errors).toBeUndefined();
    expect(data.program.programDataAccount).toEqual({ deployedSlot: '77', codeSizeBytes: '41' });
    expect(data.stake.voteAccount).toEqual({ version: 'v4', commissionBasisPoints: 800 });
    expect(data.asset.name).toBe('Asset');
  });

  it('tells which slots have a block, and nothing of slots outside of the history', async () => {
    const { data } = await door.ask(
      `{ account(address: "SysvarS1otHistory11111111111111111111111111") { ... on SysvarSlotHistory { nextSlot slotFirst none: hasBlock(slot: 0) first: hasBlock(slot: 1) last: hasBlock(slot: 2) future: hasBlock(slot: 3) } } }`,
    );
    expect(data.account).toEqual({
      nextSlot: '3',
      slotFirst: '0',
      none: false,
      first: true,
      last: true,
      future: null,
    });
  });
});

describe('a page of 100 token accounts with their mints and metadata', () => {
  const WALLET = at(252);
  const mintAt = (index: number) =>
    addressFromBytes(Uint8Array.from({ length: 32 }, (_, place) => (place === 0 ? index : 3)));

  it('takes three races, and a fourth reads the editions', async () => {
    const { accounts } = door.network;
    for (let index = 0; index < 100; index += 1) {
      const mint = mintAt(index);
      const holder = addressBytes(mint).fill(9, 1);
      accounts.set(mint, mintState(1n, 0));
      accounts.set(addressFromBytes(holder), tokenAccountState(mint, WALLET, 1n));
      accounts.set(metadataAddress(mint), metadataState(mint, `NFT ${index}`, 'NFT'));
      accounts.set(editionAddress(mint), state(TOKEN_METADATA, golden.MASTER_EDITION_V2));
    }
    const page = (inner: string) =>
      `{ tokenAccounts(owner: "${WALLET}", first: 100) { nodes { amount mintAccount { ... on Mint { decimals metadata { name ${inner} } } } } } }`;
    const racesOf = (body: Awaited<ReturnType<FrontDoor['ask']>>) =>
      body.extensions?.streamsync.races.map((race: { operation: string; items: number }) => [
        race.operation,
        race.items,
      ]);

    const three = await door.ask(page(''));
    expect(three.errors).toBeUndefined();
    const { nodes } = three.data.tokenAccounts;
    expect(nodes).toHaveLength(100);
    const names = nodes.map(
      (node: { mintAccount: { metadata: { name: string } } }) => node.mintAccount.metadata.name,
    );
    expect(new Set(names).size).toBe(100);
    expect(racesOf(three)).toEqual([
      ['tokenAccounts.byOwner', 1],
      ['account.get', 100],
      ['account.get', 100],
    ]);

    const four = await door.ask(
      page(
        'source { ... on TokenMetadata { editionAccount { ... on MasterEdition { supply } } } }',
      ),
    );
    expect(four.errors).toBeUndefined();
    expect(four.data.tokenAccounts.nodes[0].mintAccount.metadata.source).toEqual({
      editionAccount: { supply: '3' },
    });
    expect(racesOf(four)).toHaveLength(4);
  });
});

describe('what is only a mint', () => {
  it('has the same facts as a Mint and as a Token', async () => {
    const mint = at(253);
    door.network.accounts.set(mint, state(GOLDEN[3]?.owner ?? SYSVAR, pad(MINT, 82)));
    const facts =
      'supply decimals mintAuthority freezeAuthority extensions { type } metadata { name }';
    const { data, errors } = await door.ask(
      `{ account(address: "${mint}") { ... on Mint { ${facts} } } token(mint: "${mint}") { ${facts} } }`,
    );
    expect(errors).toBeUndefined();
    expect(data.account).toEqual(data.token);
    expect(data.token).toMatchObject({ supply: '1000000', decimals: 6, metadata: null });
  });
});
