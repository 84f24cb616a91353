// The tables against instructions that @solana/web3.js, @solana/spl-token and their companions build:
// the extensions of Token-2022, votes, lookup tables, and stake with the sysvars of its older form.
// Long, because it is a table itself: one case for each instruction that a client can build.
import * as spl from '@solana/spl-token';
import {
  createInitializeGroupInstruction,
  createInitializeMemberInstruction,
  createUpdateGroupAuthorityInstruction,
  createUpdateGroupMaxSizeInstruction,
} from '@solana/spl-token-group';
import {
  createEmitInstruction,
  createInitializeInstruction,
  createRemoveKeyInstruction,
  createUpdateAuthorityInstruction,
  createUpdateFieldInstruction,
} from '@solana/spl-token-metadata';
import {
  AddressLookupTableProgram,
  Authorized,
  Lockup,
  PublicKey,
  StakeAuthorizationLayout,
  StakeProgram,
  type Transaction,
  type TransactionInstruction,
  VoteAuthorizationLayout,
  VoteInit,
  VoteProgram,
} from '@solana/web3.js';
import { describe, expect, it } from 'vitest';
import { readBuilt } from './support/read-built.ts';

const k = (byte: number) => new PublicKey(new Uint8Array(32).fill(byte));
const a = (byte: number) => k(byte).toBase58();
const programId = spl.TOKEN_2022_PROGRAM_ID;

const SYSTEM = '11111111111111111111111111111111';
const RENT = 'SysvarRent111111111111111111111111111111111';
const CLOCK = 'SysvarC1ock11111111111111111111111111111111';
const STAKE_HISTORY = 'SysvarStakeHistory1111111111111111111111111';
const STAKE_CONFIG = 'StakeConfig11111111111111111111111111111111';

/** The instruction at `index` of what a builder made. */
function only({ instructions }: Transaction, index = 0): TransactionInstruction {
  const instruction = instructions[index];
  if (instruction === undefined) throw new Error('the client built no such instruction');
  return instruction;
}

type Case = readonly [
  name: string,
  built: TransactionInstruction,
  accounts: Record<string, unknown>,
  args: Record<string, unknown>,
];

const MINT = { mint: a(1) };
const BY_AUTHORITY = { mint: a(1), authority: a(2) };
const OF_OWNER = { account: a(1), authority: a(2) };

const CASES: Readonly<Record<string, readonly Case[]>> = {
  token2022: [
    [
      'initializeMintCloseAuthority',
      spl.createInitializeMintCloseAuthorityInstruction(k(1), k(2), programId),
      MINT,
      { closeAuthority: a(2) },
    ],
    [
      'initializeTransferFeeConfig',
      spl.createInitializeTransferFeeConfigInstruction(k(1), k(2), null, 50, 5_000n, programId),
      MINT,
      {
        transferFeeConfigAuthority: a(2),
        withdrawWithheldAuthority: null,
        feeBasisPoints: 50,
        maximumFee: 5_000n,
      },
    ],
    [
      'transferCheckedWithFee',
      spl.createTransferCheckedWithFeeInstruction(k(1), k(2), k(3), k(4), 100n, 2, 3n, [k(5)]),
      { source: a(1), mint: a(2), destination: a(3), authority: a(4), signers: [a(5)] },
      { amount: 100n, decimals: 2, fee: 3n },
    ],
    [
      'withdrawWithheldTokensFromMint',
      spl.createWithdrawWithheldTokensFromMintInstruction(k(1), k(2), k(3), [], programId),
      { mint: a(1), feeReceiver: a(2), authority: a(3) },
      {},
    ],
    [
      'withdrawWithheldTokensFromAccounts',
      spl.createWithdrawWithheldTokensFromAccountsInstruction(
        k(1),
        k(2),
        k(3),
        [k(4)],
        [k(5), k(6)],
        programId,
      ),
      {
        mint: a(1),
        feeReceiver: a(2),
        authority: a(3),
        signers: [a(4)],
        sources: [a(5), a(6)],
      },
      { accountCount: 2 },
    ],
    [
      'harvestWithheldTokensToMint',
      spl.createHarvestWithheldTokensToMintInstruction(k(1), [k(2), k(3)], programId),
      { mint: a(1), sources: [a(2), a(3)] },
      {},
    ],
    [
      'setTransferFee',
      spl.createSetTransferFeeInstruction(k(1), k(2), [], 7, 8n, programId),
      BY_AUTHORITY,
      { feeBasisPoints: 7, maximumFee: 8n },
    ],
    [
      'initializeDefaultAccountState',
      spl.createInitializeDefaultAccountStateInstruction(k(1), spl.AccountState.Frozen, programId),
      MINT,
      { accountState: 'frozen' },
    ],
    [
      'updateDefaultAccountState',
      spl.createUpdateDefaultAccountStateInstruction(
        k(1),
        spl.AccountState.Initialized,
        k(2),
        [],
        programId,
      ),
      BY_AUTHORITY,
      { accountState: 'initialized' },
    ],
    [
      'reallocate',
      spl.createReallocateInstruction(
        k(1),
        k(2),
        [spl.ExtensionType.MemoTransfer, spl.ExtensionType.CpiGuard],
        k(3),
        [],
        programId,
      ),
      { account: a(1), payer: a(2), systemProgram: SYSTEM, authority: a(3) },
      { extensionTypes: [8, 11] },
    ],
    [
      'enableMemoTransfers',
      spl.createEnableRequiredMemoTransfersInstruction(k(1), k(2), [], programId),
      OF_OWNER,
      {},
    ],
    [
      'disableMemoTransfers',
      spl.createDisableRequiredMemoTransfersInstruction(k(1), k(2), [], programId),
      OF_OWNER,
      {},
    ],
    [
      'createNativeMint',
      spl.createCreateNativeMintInstruction(k(1), k(2), programId),
      { payer: a(1), nativeMint: a(2), systemProgram: SYSTEM },
      {},
    ],
    [
      'initializeNonTransferableMint',
      spl.createInitializeNonTransferableMintInstruction(k(1), programId),
      MINT,
      {},
    ],
    [
      'initializeInterestBearingMint',
      spl.createInitializeInterestBearingMintInstruction(k(1), k(2), -30, programId),
      MINT,
      { rateAuthority: a(2), rateBasisPoints: -30 },
    ],
    // This client gives a single authority a second time, as a signer.
    [
      'updateInterestRate',
      spl.createUpdateRateInterestBearingMintInstruction(k(1), k(2), 99, [], programId),
      { ...BY_AUTHORITY, signers: [a(2)] },
      { rateBasisPoints: 99 },
    ],
    [
      'enableCpiGuard',
      spl.createEnableCpiGuardInstruction(k(1), k(2), [], programId),
      OF_OWNER,
      {},
    ],
    [
      'disableCpiGuard',
      spl.createDisableCpiGuardInstruction(k(1), k(2), [], programId),
      OF_OWNER,
      {},
    ],
    [
      'initializePermanentDelegate',
      spl.createInitializePermanentDelegateInstruction(k(1), k(2), programId),
      MINT,
      { delegate: a(2) },
    ],
    [
      'initializeTransferHook',
      spl.createInitializeTransferHookInstruction(k(1), k(2), k(3), programId),
      MINT,
      { authority: a(2), hookProgram: a(3) },
    ],
    [
      'updateTransferHook',
      spl.createUpdateTransferHookInstruction(k(1), k(2), PublicKey.default, [], programId),
      BY_AUTHORITY,
      { hookProgram: null },
    ],
    [
      'initializeMetadataPointer',
      spl.createInitializeMetadataPointerInstruction(k(1), null, k(3), programId),
      MINT,
      { authority: null, metadataAddress: a(3) },
    ],
    [
      'updateMetadataPointer',
      spl.createUpdateMetadataPointerInstruction(k(1), k(2), k(3), [], programId),
      BY_AUTHORITY,
      { metadataAddress: a(3) },
    ],
    [
      'initializeGroupPointer',
      spl.createInitializeGroupPointerInstruction(k(1), k(2), k(3), programId),
      MINT,
      { authority: a(2), groupAddress: a(3) },
    ],
    [
      'updateGroupPointer',
      spl.createUpdateGroupPointerInstruction(k(1), k(2), null, [], programId),
      BY_AUTHORITY,
      { groupAddress: null },
    ],
    [
      'initializeGroupMemberPointer',
      spl.createInitializeGroupMemberPointerInstruction(k(1), k(2), k(3), programId),
      MINT,
      { authority: a(2), memberAddress: a(3) },
    ],
    [
      'updateGroupMemberPointer',
      spl.createUpdateGroupMemberPointerInstruction(k(1), k(2), k(3), [], programId),
      BY_AUTHORITY,
      { memberAddress: a(3) },
    ],
    [
      'initializeScaledUiAmount',
      spl.createInitializeScaledUiAmountConfigInstruction(k(1), k(2), 1.5, programId),
      MINT,
      { authority: a(2), multiplier: 1.5 },
    ],
    [
      'updateScaledUiAmountMultiplier',
      spl.createUpdateMultiplierDataInstruction(k(1), k(2), 2.5, 1_700_000_000n, [], programId),
      BY_AUTHORITY,
      { multiplier: 2.5, effectiveUnixTimestamp: 1_700_000_000n },
    ],
    [
      'initializePausable',
      spl.createInitializePausableConfigInstruction(k(1), k(2), programId),
      MINT,
      { authority: a(2) },
    ],
    ['pause', spl.createPauseInstruction(k(1), k(2), [], programId), BY_AUTHORITY, {}],
    ['resume', spl.createResumeInstruction(k(1), k(2), [], programId), BY_AUTHORITY, {}],
    [
      'initializePermissionedBurn',
      spl.createInitializePermissionedBurnInstruction(k(1), k(2), programId),
      MINT,
      { authority: a(2) },
    ],
    [
      'permissionedBurn',
      spl.createPermissionedBurnInstruction(k(1), k(2), k(3), k(4), 5, [], programId),
      { account: a(1), mint: a(2), permissionedBurnAuthority: a(4), authority: a(3) },
      { amount: 5n },
    ],
    [
      'permissionedBurnChecked',
      spl.createPermissionedBurnCheckedInstruction(k(1), k(2), k(3), k(4), 5, 6, [], programId),
      { account: a(1), mint: a(2), permissionedBurnAuthority: a(4), authority: a(3) },
      { amount: 5n, decimals: 6 },
    ],
    [
      'setAuthority',
      spl.createSetAuthorityInstruction(
        k(1),
        k(2),
        spl.AuthorityType.PermissionedBurn,
        null,
        [],
        programId,
      ),
      OF_OWNER,
      { authorityType: 'permissionedBurn', newAuthority: null },
    ],
    [
      'initializeTokenMetadata',
      createInitializeInstruction({
        programId,
        metadata: k(1),
        updateAuthority: k(2),
        mint: k(3),
        mintAuthority: k(4),
        name: 'Näme',
        symbol: 'S',
        uri: 'u',
      }),
      { metadata: a(1), updateAuthority: a(2), mint: a(3), mintAuthority: a(4) },
      { tokenName: 'Näme', symbol: 'S', uri: 'u' },
    ],
    ...(['name', 'symbol', 'uri', 'key'] as const).map(
      (field, index): Case => [
        'updateTokenMetadataField',
        createUpdateFieldInstruction({
          programId,
          metadata: k(1),
          updateAuthority: k(2),
          field: [0, 1, 2, 'colour'][index] as never,
          value: 'v',
        }),
        { metadata: a(1), updateAuthority: a(2) },
        { field: { field, key: field === 'key' ? 'colour' : null }, value: 'v' },
      ],
    ),
    [
      'removeTokenMetadataKey',
      createRemoveKeyInstruction({
        programId,
        metadata: k(1),
        updateAuthority: k(2),
        key: 'colour',
        idempotent: true,
      }),
      { metadata: a(1), updateAuthority: a(2) },
      { idempotent: true, key: 'colour' },
    ],
    [
      'updateTokenMetadataAuthority',
      createUpdateAuthorityInstruction({
        programId,
        metadata: k(1),
        oldAuthority: k(2),
        newAuthority: null,
      }),
      { metadata: a(1), updateAuthority: a(2) },
      { newAuthority: null },
    ],
    [
      'emitTokenMetadata',
      createEmitInstruction({ programId, metadata: k(1), start: 0n, end: 10n }),
      { metadata: a(1) },
      { start: 0n, end: 10n },
    ],
    [
      'initializeTokenGroup',
      createInitializeGroupInstruction({
        programId,
        group: k(1),
        mint: k(2),
        mintAuthority: k(3),
        updateAuthority: k(4),
        maxSize: 9n,
      }),
      { group: a(1), mint: a(2), mintAuthority: a(3) },
      { groupUpdateAuthority: a(4), maxSize: 9n },
    ],
    [
      'updateTokenGroupMaxSize',
      createUpdateGroupMaxSizeInstruction({
        programId,
        group: k(1),
        updateAuthority: k(2),
        maxSize: 9n,
      }),
      { group: a(1), updateAuthority: a(2) },
      { maxSize: 9n },
    ],
    [
      'updateTokenGroupAuthority',
      createUpdateGroupAuthorityInstruction({
        programId,
        group: k(1),
        currentAuthority: k(2),
        newAuthority: k(3),
      }),
      { group: a(1), updateAuthority: a(2) },
      { newAuthority: a(3) },
    ],
    [
      'initializeTokenGroupMember',
      createInitializeMemberInstruction({
        programId,
        member: k(1),
        memberMint: k(2),
        memberMintAuthority: k(3),
        group: k(4),
        groupUpdateAuthority: k(5),
      }),
      {
        member: a(1),
        memberMint: a(2),
        memberMintAuthority: a(3),
        group: a(4),
        groupUpdateAuthority: a(5),
      },
      {},
    ],
  ],
  addressLookupTable: [
    [
      'freezeLookupTable',
      AddressLookupTableProgram.freezeLookupTable({ lookupTable: k(1), authority: k(2) }),
      { lookupTable: a(1), authority: a(2) },
      {},
    ],
    [
      'extendLookupTable',
      AddressLookupTableProgram.extendLookupTable({
        lookupTable: k(1),
        authority: k(2),
        payer: k(3),
        addresses: [k(4), k(5)],
      }),
      { lookupTable: a(1), authority: a(2), payer: a(3), systemProgram: SYSTEM },
      { newAddresses: [a(4), a(5)] },
    ],
    [
      'deactivateLookupTable',
      AddressLookupTableProgram.deactivateLookupTable({ lookupTable: k(1), authority: k(2) }),
      { lookupTable: a(1), authority: a(2) },
      {},
    ],
    [
      'closeLookupTable',
      AddressLookupTableProgram.closeLookupTable({
        lookupTable: k(1),
        authority: k(2),
        recipient: k(3),
      }),
      { lookupTable: a(1), authority: a(2), recipient: a(3) },
      {},
    ],
  ],
  vote: [
    [
      'initializeAccount',
      VoteProgram.initializeAccount({
        votePubkey: k(1),
        nodePubkey: k(2),
        voteInit: new VoteInit(k(2), k(3), k(4), 5),
      }),
      { vote: a(1), rentSysvar: RENT, clockSysvar: CLOCK, node: a(2) },
      {
        nodeKey: a(2),
        authorizedVoter: a(3),
        authorizedWithdrawer: a(4),
        commissionPercent: 5,
      },
    ],
    [
      'authorize',
      only(
        VoteProgram.authorize({
          votePubkey: k(1),
          authorizedPubkey: k(2),
          newAuthorizedPubkey: k(3),
          voteAuthorizationType: VoteAuthorizationLayout.Withdrawer,
        }),
      ),
      { vote: a(1), clockSysvar: CLOCK, authority: a(2) },
      { newAuthority: a(3), voteAuthorityType: 'withdrawer', blsKey: null, blsProof: null },
    ],
    [
      'authorizeWithSeed',
      only(
        VoteProgram.authorizeWithSeed({
          votePubkey: k(1),
          currentAuthorityDerivedKeyBasePubkey: k(2),
          currentAuthorityDerivedKeyOwnerPubkey: k(3),
          currentAuthorityDerivedKeySeed: 'seed',
          newAuthorizedPubkey: k(4),
          voteAuthorizationType: VoteAuthorizationLayout.Voter,
        }),
      ),
      { vote: a(1), clockSysvar: CLOCK, base: a(2) },
      {
        voteAuthorityType: 'voter',
        authorityOwner: a(3),
        authoritySeed: 'seed',
        newAuthority: a(4),
      },
    ],
    [
      'withdraw',
      only(
        VoteProgram.withdraw({
          votePubkey: k(1),
          authorizedWithdrawerPubkey: k(2),
          lamports: 3,
          toPubkey: k(4),
        }),
      ),
      { vote: a(1), destination: a(4), withdrawAuthority: a(2) },
      { lamports: 3n },
    ],
    [
      'updateValidatorIdentity',
      only(
        VoteProgram.updateValidatorIdentity({
          votePubkey: k(1),
          authorizedWithdrawerPubkey: k(2),
          nodePubkey: k(3),
        }),
      ),
      { vote: a(1), node: a(3), withdrawAuthority: a(2) },
      {},
    ],
  ],
  stake: [
    [
      'initialize',
      StakeProgram.initialize({
        stakePubkey: k(1),
        authorized: new Authorized(k(2), k(3)),
        lockup: new Lockup(4, 5, k(6)),
      }),
      { stake: a(1), rentSysvar: RENT },
      {
        staker: a(2),
        withdrawer: a(3),
        lockupUnixTimestamp: 4n,
        lockupEpoch: 5n,
        custodian: a(6),
      },
    ],
    [
      'delegate',
      only(StakeProgram.delegate({ stakePubkey: k(1), authorizedPubkey: k(2), votePubkey: k(3) })),
      {
        stake: a(1),
        vote: a(3),
        clockSysvar: CLOCK,
        stakeHistorySysvar: STAKE_HISTORY,
        stakeConfig: STAKE_CONFIG,
        stakeAuthority: a(2),
      },
      {},
    ],
    [
      'authorize',
      only(
        StakeProgram.authorize({
          stakePubkey: k(1),
          authorizedPubkey: k(2),
          newAuthorizedPubkey: k(3),
          stakeAuthorizationType: StakeAuthorizationLayout.Staker,
          custodianPubkey: k(4),
        }),
      ),
      { stake: a(1), clockSysvar: CLOCK, authority: a(2), lockupAuthority: a(4) },
      { newAuthority: a(3), stakeAuthorityType: 'staker' },
    ],
    [
      'authorizeWithSeed',
      only(
        StakeProgram.authorizeWithSeed({
          stakePubkey: k(1),
          authorityBase: k(2),
          authoritySeed: 'x',
          authorityOwner: k(3),
          newAuthorizedPubkey: k(4),
          stakeAuthorizationType: StakeAuthorizationLayout.Withdrawer,
          custodianPubkey: k(5),
        }),
      ),
      { stake: a(1), base: a(2), clockSysvar: CLOCK, lockupAuthority: a(5) },
      {
        newAuthority: a(4),
        stakeAuthorityType: 'withdrawer',
        authoritySeed: 'x',
        authorityOwner: a(3),
      },
    ],
    [
      'merge',
      only(
        StakeProgram.merge({
          stakePubkey: k(1),
          sourceStakePubKey: k(2),
          authorizedPubkey: k(3),
        }),
      ),
      {
        destination: a(1),
        source: a(2),
        clockSysvar: CLOCK,
        stakeHistorySysvar: STAKE_HISTORY,
        stakeAuthority: a(3),
      },
      {},
    ],
    [
      'withdraw',
      only(
        StakeProgram.withdraw({
          stakePubkey: k(1),
          authorizedPubkey: k(2),
          toPubkey: k(3),
          lamports: 4,
        }),
      ),
      {
        stake: a(1),
        destination: a(3),
        clockSysvar: CLOCK,
        stakeHistorySysvar: STAKE_HISTORY,
        withdrawAuthority: a(2),
      },
      { lamports: 4n },
    ],
    [
      'deactivate',
      only(StakeProgram.deactivate({ stakePubkey: k(1), authorizedPubkey: k(2) })),
      { stake: a(1), clockSysvar: CLOCK, stakeAuthority: a(2) },
      {},
    ],
  ],
};

describe.each(Object.entries(CASES))('the %s table', (program, cases) => {
  it.each(cases)('reads %s as the client wrote it', (name, built, accounts, args) => {
    expect(readBuilt(built)).toEqual({ program, name, accounts, arguments: args });
  });
});

describe('a lookup table', () => {
  it('is made at the address that the client derives', () => {
    const [built, table] = AddressLookupTableProgram.createLookupTable({
      authority: k(2),
      payer: k(3),
      recentSlot: 400_000_000n,
    });
    const read = readBuilt(built);
    expect(read.accounts).toEqual({
      lookupTable: table.toBase58(),
      authority: a(2),
      payer: a(3),
      systemProgram: SYSTEM,
    });
    expect(read.arguments).toMatchObject({ recentSlot: 400_000_000n });
  });
});
