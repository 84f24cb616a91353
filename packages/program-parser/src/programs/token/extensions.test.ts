import { describe, expect, it } from 'vitest';
import {
  ACCOUNT_ENTRIES,
  ADDRESS,
  addressOf,
  entry,
  extendedAccount,
  extendedMint,
  f64,
  fill,
  join,
  key,
  MINT_ENTRIES,
  state,
  TOKEN_2022,
  text,
  u16,
  u32,
  u64,
  zeros,
} from '../../../tests/golden-accounts.ts';
import { encodeAccount } from '../../encode-account.ts';
import { parseAccount } from '../../parse-account.ts';
import { EXTENSION_LAYOUTS } from './extension-layouts.ts';
import type { Extension } from './extensions.ts';

const parse = (data: Uint8Array) => parseAccount(ADDRESS, state(TOKEN_2022, data));

function extensionsOf(data: Uint8Array): readonly Extension[] {
  const result = parse(data);
  if (result.kind === 'malformed') expect.fail(`${result.why} at ${result.offset}`);
  const { account } = result;
  if (account.kind !== 'mint' && account.kind !== 'tokenAccount') expect.fail(account.kind);
  expect(Buffer.compare(encodeAccount(account), data)).toBe(0);
  return account.extensions;
}

describe('extensions', () => {
  it('are all read on a mint, in the order of the data', () => {
    expect(extensionsOf(extendedMint(...MINT_ENTRIES))).toEqual([
      {
        type: 'transferFeeConfig',
        feeConfigAuthority: addressOf(1),
        withdrawWithheldAuthority: addressOf(2),
        withheldAmount: 3n,
        olderFee: { epoch: 4n, maximumFee: 5n, feeBasisPoints: 6 },
        newerFee: { epoch: 7n, maximumFee: 8n, feeBasisPoints: 9 },
      },
      { type: 'mintCloseAuthority', closeAuthority: addressOf(3) },
      {
        type: 'confidentialTransferMint',
        authority: addressOf(4),
        autoApproveNewAccounts: true,
        auditorElGamalKey: null,
      },
      { type: 'defaultAccountState', state: 'frozen' },
      { type: 'nonTransferable' },
      {
        type: 'interestBearingConfig',
        rateAuthority: addressOf(10),
        initializedAtSeconds: 1_700_000_000n,
        preUpdateAverageRateBasisPoints: -5,
        lastUpdatedAtSeconds: 1_700_000_001n,
        currentRateBasisPoints: 500,
      },
      { type: 'permanentDelegate', delegate: addressOf(12) },
      { type: 'transferHook', authority: addressOf(14), hookProgram: null },
      {
        type: 'confidentialTransferFeeConfig',
        authority: addressOf(16),
        withdrawWithheldElGamalKey: fill(32, 1),
        harvestToMintEnabled: true,
        withheldAmount: fill(64, 2),
      },
      { type: 'metadataPointer', authority: null, metadata: addressOf(18) },
      {
        type: 'tokenMetadata',
        updateAuthority: addressOf(19),
        mint: addressOf(1),
        name: 'Größe',
        symbol: 'GR',
        uri: 'https://x',
        additionalMetadata: [{ key: 'k', value: 'v' }],
      },
      { type: 'groupPointer', authority: addressOf(20), group: addressOf(21) },
      {
        type: 'tokenGroup',
        updateAuthority: addressOf(21),
        mint: addressOf(1),
        size: 3n,
        sizeMax: 10n,
      },
      { type: 'groupMemberPointer', authority: addressOf(22), member: addressOf(23) },
      { type: 'tokenGroupMember', mint: addressOf(1), group: addressOf(23), memberNumber: 7n },
      {
        type: 'confidentialMintBurn',
        confidentialSupply: fill(64, 1),
        decryptableSupply: fill(36, 2),
        supplyElGamalKey: fill(32, 3),
        pendingBurn: fill(64, 4),
      },
      {
        type: 'scaledUiAmountConfig',
        authority: addressOf(25),
        multiplier: 1.5,
        newMultiplierFromSeconds: -1n,
        newMultiplier: 2.25,
      },
      { type: 'pausable', authority: addressOf(26), paused: true },
      { type: 'permissionedBurn', authority: addressOf(28) },
    ]);
  });

  it('are all read on a token account', () => {
    expect(extensionsOf(extendedAccount(...ACCOUNT_ENTRIES))).toEqual([
      { type: 'transferFeeAmount', withheldAmount: 12n },
      {
        type: 'confidentialTransferAccount',
        approved: true,
        elGamalKey: fill(32, 1),
        pendingBalanceLow: fill(64, 2),
        pendingBalanceHigh: fill(64, 3),
        availableBalance: fill(64, 4),
        decryptableAvailableBalance: fill(36, 5),
        allowConfidentialCredits: true,
        allowNonConfidentialCredits: false,
        pendingBalanceCreditCounter: 6n,
        maximumPendingBalanceCreditCounter: 7n,
        expectedPendingBalanceCreditCounter: 8n,
        actualPendingBalanceCreditCounter: 9n,
      },
      { type: 'immutableOwner' },
      { type: 'memoTransfer', requireIncomingTransferMemos: true },
      { type: 'cpiGuard', lockCpi: false },
      { type: 'nonTransferableAccount' },
      { type: 'transferHookAccount', transferring: false },
      { type: 'confidentialTransferFeeAmount', withheldAmount: fill(64, 6) },
      { type: 'pausableAccount' },
    ]);
  });

  it('of the table are all in these tests', () => {
    const numbers = [...MINT_ENTRIES, ...ACCOUNT_ENTRIES].map(([low]) => low);
    const table = Object.values(EXTENSION_LAYOUTS).map(({ number }) => number);
    expect(numbers.toSorted()).toEqual(table.toSorted());
    // Types 1 to 28 without a gap.
    expect(new Set(table)).toEqual(new Set(Array.from({ length: 28 }, (_, index) => index + 1)));
  });

  it('of the future are kept as bytes', () => {
    const bytes = fill(11, 3);
    expect(extensionsOf(extendedMint(entry(900, bytes), entry(9)))).toEqual([
      { type: 'unknown', number: 900, bytes },
      { type: 'nonTransferable' },
    ]);
  });

  it('of a past layout are kept as bytes', () => {
    const group = join(key(1), key(2), u32(3), u32(4));
    expect(extensionsOf(extendedMint(entry(21, group)))).toEqual([
      { type: 'unknown', number: 21, bytes: group },
    ]);
  });

  it('end at type 0, at a last single byte, or at the end', () => {
    const one = [{ type: 'nonTransferable' }];
    expect(extensionsOf(extendedMint(entry(9)))).toEqual(one);
    expect(extensionsOf(extendedMint(entry(9), [5]))).toEqual(one);
    expect(extensionsOf(extendedMint(entry(9), zeros(2), [1, 2, 3]))).toEqual(one);
    expect(extensionsOf(extendedMint())).toEqual([]);
  });

  it.each([
    ['an entry without its length', join(u16(9)), 'TRUNCATED'],
    ['an entry that passes the end', join(u16(3), u16(32), zeros(31)), 'TRUNCATED'],
    ['an entry of the largest length', join(u16(900), u16(0xffff)), 'TRUNCATED'],
    ['an entry twice', join(entry(9), entry(9)), 'DUPLICATE_EXTENSION'],
    ["an account's extension", entry(7), 'WRONG_EXTENSION_HOLDER'],
    ['an entry that is too long', entry(12, key(1), [0]), 'WRONG_EXTENSION_SIZE'],
    ['an entry that is too short', entry(12, zeros(31)), 'TRUNCATED'],
    ['a boolean of 2', entry(26, key(1), [2]), 'BAD_BOOLEAN'],
    ['a state of 3', entry(6, [3]), 'BAD_ENUM'],
    ['a multiplier of NaN', entry(25, key(1), f64(Number.NaN), u64(0), f64(1)), 'OUT_OF_RANGE'],
    ['a multiplier of 0', entry(25, key(1), f64(0), u64(0), f64(1)), 'OUT_OF_RANGE'],
    ['a text that is not UTF-8', entry(19, key(1), key(1), u32(1), [255]), 'BAD_TEXT'],
    ['a text that passes its entry', entry(19, key(1), key(1), u32(2 ** 31), [65]), 'TRUNCATED'],
    [
      'a list that passes its entry',
      entry(19, key(1), key(1), text(''), text(''), text(''), u32(2 ** 32 - 1)),
      'TRUNCATED',
    ],
  ])('refuse %s on a mint', (_what, entries, why) => {
    expect(parse(extendedMint(entries))).toMatchObject({ kind: 'malformed', why });
  });
});
