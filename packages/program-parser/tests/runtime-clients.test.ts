// What the parser makes of stake, vote, lookup table and sysvar accounts against @solana/kit's clients
// and @solana/web3.js.
import * as sysvars from '@solana/sysvars';
import { AddressLookupTableAccount, type PublicKey, VoteAccount } from '@solana/web3.js';
import { getStakeStateAccountDecoder } from '@solana-program/stake';
import { parseAddress } from '@streamsync/domain';
import { describe, expect, it } from 'vitest';
import { encodeAccount, hasSlotBit, type ParsedAccount, parseAccount } from '../src/index.ts';
import { ADDRESS, f64, fill, join, key, le, pad, state, u32, u64 } from './golden-accounts.ts';
import * as golden from './golden-programs.ts';
import { corpusAccounts, hasCorpus } from './support/corpus-accounts.ts';
import { leaves, withoutHeader } from './support/leaves.ts';

function parsed(owner: typeof ADDRESS, data: Uint8Array, at = ADDRESS): ParsedAccount {
  const result = parseAccount(at, state(owner, data));
  if (result.kind === 'malformed') return expect.fail(`${result.why} at ${result.offset}`);
  expect(Buffer.compare(encodeAccount(result.account), data)).toBe(0);
  return result.account;
}

function expectSameStake(account: ParsedAccount, data: Uint8Array): void {
  if (account.kind !== 'stakeAccount') expect.fail(account.kind);
  const { state: client } = getStakeStateAccountDecoder().decode(data);
  if (client.__kind !== 'Stake') {
    expect(account.delegation).toBeNull();
    return;
  }
  const [meta, stake, flags] = client.fields;
  const { delegation, ...own } = account;
  expect(leaves(withoutHeader(own))).toEqual(leaves(meta));
  expect(delegation).toMatchObject({
    voter: stake.delegation.voterPubkey,
    stakeLamports: stake.delegation.stake,
    activationEpoch: stake.delegation.activationEpoch,
    deactivationEpoch: stake.delegation.deactivationEpoch,
    creditsObserved: stake.creditsObserved,
    flags: flags.bits,
  });
}

describe('stake accounts beside the client of kit', () => {
  it('are read alike', () => {
    expectSameStake(parsed(golden.STAKE, golden.STAKE_DELEGATED), golden.STAKE_DELEGATED);
    expectSameStake(parsed(golden.STAKE, golden.STAKE_INITIALIZED), golden.STAKE_INITIALIZED);
    expect(parsed(golden.STAKE, golden.REWARDS_POOL).kind).toBe('stakeRewardsPool');
  });

  it.skipIf(!hasCorpus)('of the corpus are read alike', () => {
    const accounts = corpusAccounts('stake');
    expect(accounts.length).toBe(2);
    for (const { state: real } of accounts) {
      expectSameStake(parsed(real.owner, real.data), real.data);
    }
  });

  it('that were emptied are uninitialised, whatever bytes are left', () => {
    expect(parsed(golden.STAKE, join(u32(0), golden.STAKE_DELEGATED.subarray(4)))).toMatchObject({
      kind: 'programAccount',
      raw: 'UNINITIALIZED',
    });
  });
});

function expectSameVote(account: ParsedAccount, data: Uint8Array): void {
  if (account.kind !== 'voteAccount' || account.version === 'v0.23.5') expect.fail('no vote');
  if (account.version === 'v4') expect.fail('web3.js does not know it');
  const client = VoteAccount.fromAccountData(data);
  expect(account.node).toBe(client.nodePubkey.toBase58());
  expect(account.authorizedWithdrawer).toBe(client.authorizedWithdrawer.toBase58());
  expect(account.commissionPercent).toBe(client.commission);
  expect(account.votes.length).toBe(client.votes.length);
  expect(account.rootSlot).toBe(client.rootSlot === null ? null : BigInt(client.rootSlot));
}

describe('vote accounts beside web3.js', () => {
  it('of version 1.14.11 are read alike', () => {
    // Its layout has no vote latency, which is this version's.
    const account = parsed(golden.VOTE, golden.VOTE_V1);
    expectSameVote(account, golden.VOTE_V1);
    expect(account).toMatchObject({
      votes: [{ slot: 500n, confirmationCount: 3, latencySlots: null }],
      epochCredits: [
        { epoch: 10n, credits: 100n, previousCredits: 90n },
        { epoch: 11n, credits: 150n, previousCredits: 100n },
      ],
      lastTimestamp: { slot: 999n, unixTimestamp: 1_700_000_000n },
    });
  });

  it('of the oldest and newest versions give every field of their own', () => {
    expect(parsed(golden.VOTE, golden.VOTE_V0)).toMatchObject({
      version: 'v0.23.5',
      authorizedVoterEpoch: 12n,
      commissionPercent: 8,
      rootSlot: null,
      lastTimestamp: { slot: 999n, unixTimestamp: 1_700_000_000n },
    });
    expect(parsed(golden.VOTE, golden.VOTE_V3)).toMatchObject({
      version: 'v3',
      votes: [
        { slot: 500n, latencySlots: 1 },
        { slot: 501n, latencySlots: 2 },
      ],
    });
    expect(parsed(golden.VOTE, golden.VOTE_V4)).toMatchObject({
      version: 'v4',
      inflationRewardsCommissionBasisPoints: 800,
      blockRevenueCommissionBasisPoints: 10_000,
      pendingDelegatorRewardsLamports: 6n,
      blsPublicKey: fill(48, 3),
      lastTimestamp: { slot: 999n, unixTimestamp: 1_700_000_000n },
    });
  });

  it.skipIf(!hasCorpus)('of the corpus are read to their end', () => {
    const accounts = corpusAccounts('vote').map(({ state: real }) => {
      const account = parsed(real.owner, real.data);
      if (account.kind !== 'voteAccount') return expect.fail(account.kind);
      expect(account.residue).toEqual([]);
      if (account.version === 'v1.14.11') expectSameVote(account, real.data);
      return account;
    });
    expect(accounts.length).toBe(2);
    for (const account of accounts) expect(account.epochCredits.length).toBeGreaterThan(0);
  });

  it('without an authorised voter are uninitialised', () => {
    const closed = golden.VOTE_V3.slice();
    const votersAt = 4 + 65 + 8 + 2 * 13 + 9;
    expect(closed[votersAt]).toBe(1);
    const cut = join(closed.subarray(0, votersAt), u64(0), closed.subarray(votersAt + 48));
    expect(parsed(golden.VOTE, cut)).toMatchObject({ raw: 'UNINITIALIZED' });
  });
});

describe('lookup tables beside web3.js', () => {
  const tables: readonly (readonly [string, Uint8Array])[] = [
    ['one in use', golden.TABLE],
    ['a frozen one', golden.FROZEN_TABLE],
    ...corpusAccounts('address-lookup-table').map(
      ({ file, state: real }) => [file, real.data] as const,
    ),
  ];
  it.each(tables)('reads %s alike', (_name, data) => {
    const account = parsed(golden.LOOKUP_TABLE, data);
    if (account.kind !== 'addressLookupTable') expect.fail(account.kind);
    const client = AddressLookupTableAccount.deserialize(data);
    expect(account.addresses).toEqual(client.addresses.map((each: PublicKey) => each.toBase58()));
    expect(account.authority).toBe(client.authority?.toBase58() ?? null);
    expect(account.deactivationSlot ?? 2n ** 64n - 1n).toBe(client.deactivationSlot);
    expect(account.lastExtendedSlot).toBe(BigInt(client.lastExtendedSlot));
    expect(account.lastExtendedStartIndex).toBe(client.lastExtendedSlotStartIndex);
  });

  it('refuses half an address', () => {
    const result = parseAccount(ADDRESS, state(golden.LOOKUP_TABLE, golden.TABLE.subarray(0, 100)));
    expect(result).toMatchObject({ kind: 'malformed', why: 'WRONG_SIZE' });
  });
});

const OWNER = parseAddress('Sysvar1111111111111111111111111111111111111');
const bits = pad(join([0b0000_0110]), 131_072);
const hash = key(5);

/**
 * kit 8.4 reads a u32 count in these two where bincode writes a u64: the sizes of the accounts say which
 * it is (20,488 bytes for 512 slot hashes of 40, 6,008 for 150 blockhashes of 40).
 */
const COUNT_OF_KIT = null;

const SYSVARS: readonly (readonly [
  kind: string,
  at: string,
  data: Uint8Array,
  client: { decode(data: Uint8Array): unknown } | null,
])[] = [
  [
    'sysvarClock',
    'SysvarC1ock11111111111111111111111111111111',
    join(u64(1), le(-2, 8), u64(3), u64(4), le(5, 8)),
    sysvars.getSysvarClockDecoder(),
  ],
  [
    'sysvarEpochSchedule',
    'SysvarEpochSchedu1e111111111111111111111111',
    join(u64(432_000), u64(432_000), [1], u64(14), u64(524_256)),
    sysvars.getSysvarEpochScheduleDecoder(),
  ],
  [
    'sysvarEpochRewards',
    'SysvarEpochRewards1111111111111111111111111',
    join(u64(1), u64(2), hash, le(2n ** 100n + 3n, 16), u64(5), u64(6), [1]),
    sysvars.getSysvarEpochRewardsDecoder(),
  ],
  [
    'sysvarRent',
    'SysvarRent111111111111111111111111111111111',
    join(u64(3_480), f64(2), [50]),
    sysvars.getSysvarRentDecoder(),
  ],
  [
    'sysvarLastRestartSlot',
    'SysvarLastRestartS1ot1111111111111111111111',
    u64(246_464_040),
    sysvars.getSysvarLastRestartSlotDecoder(),
  ],
  [
    'sysvarRecentBlockhashes',
    'SysvarRecentB1ockHashes11111111111111111111',
    join(u64(2), hash, u64(5_000), key(6), u64(5_000)),
    COUNT_OF_KIT,
  ],
  [
    'sysvarSlotHashes',
    'SysvarS1otHashes111111111111111111111111111',
    join(u64(2), u64(9), hash, u64(8), key(6)),
    COUNT_OF_KIT,
  ],
  [
    'sysvarStakeHistory',
    'SysvarStakeHistory1111111111111111111111111',
    join(u64(1), u64(300), u64(1), u64(2), u64(3)),
    sysvars.getSysvarStakeHistoryDecoder(),
  ],
  [
    'sysvarSlotHistory',
    'SysvarS1otHistory11111111111111111111111111',
    join([1], u64(16_384), bits, u64(1_048_576), u64(3)),
    null,
  ],
  ['sysvarFees', 'SysvarFees111111111111111111111111111111111', u64(5_000), null],
  ['sysvarRewards', 'SysvarRewards111111111111111111111111111111', join(f64(0.5), f64(0)), null],
];

describe('sysvars beside the codecs of kit', () => {
  it.each(SYSVARS)('reads %s alike', (kind, at, data, client) => {
    const account = parsed(OWNER, data, parseAddress(at));
    expect(account.kind).toBe(kind);
    if (client !== null) {
      expect(leaves(withoutHeader(account)).sort()).toEqual(leaves(client.decode(data)).sort());
    }
  });

  it.each(SYSVARS)(
    'reads a %s with room behind its fields, and refuses it cut short',
    (kind, at, data) => {
      expect(parsed(OWNER, pad(data, data.length + 8), parseAddress(at)).kind).toBe(kind);
      for (const size of [1, data.length >> 1, data.length - 1]) {
        const result = parseAccount(parseAddress(at), state(OWNER, data.subarray(0, size)));
        expect(result).toMatchObject({ kind: 'malformed' });
      }
    },
  );

  it.each([
    ['sysvarSlotHashes', 512, 20_488],
    ['sysvarRecentBlockhashes', 150, 6_008],
  ])('counts the entries of %s in 64 bits', (kind, count, sizeBytes) => {
    const at = SYSVARS.find(([each]) => each === kind)?.[1];
    if (at === undefined) expect.fail(kind);
    const data = join(u64(count), fill(sizeBytes - 8, 1));
    const account = parsed(OWNER, data, parseAddress(at));
    if (!('entries' in account)) expect.fail(account.kind);
    expect(account.entries.length).toBe(count);
    expect(account.residue).toEqual([]);
  });

  it('tells which slots have a block', () => {
    const found = SYSVARS.find(([kind]) => kind === 'sysvarSlotHistory');
    if (found === undefined) expect.fail('no slot history');
    const account = parsed(OWNER, found[2], parseAddress(found[1]));
    if (account.kind !== 'sysvarSlotHistory') expect.fail(account.kind);
    expect([0n, 1n, 2n, 3n].map((slot) => hasSlotBit(account.bits, slot))).toEqual([
      false,
      true,
      true,
      false,
    ]);
    expect(account.nextSlot).toBe(3n);
  });

  it('leaves an unknown sysvar as bytes', () => {
    expect(parsed(OWNER, u64(1))).toMatchObject({ raw: 'UNKNOWN_KIND' });
  });
});
