// The tables against instructions that the programs' own clients for @solana/kit build.
// Long, because it is a table itself: one case for each instruction that a client can build.
import { createNoopSigner, address as kitAddress } from '@solana/kit';
import * as budget from '@solana-program/compute-budget';
import * as memo from '@solana-program/memo';
import * as stake from '@solana-program/stake';
import * as system from '@solana-program/system';
import * as token from '@solana-program/token';
import { addressFromBytes } from '@streamsync/domain';
import { describe, expect, it } from 'vitest';
import { type KitInstruction, readBuilt } from './support/read-built.ts';

const a = (byte: number) => kitAddress(addressFromBytes(new Uint8Array(32).fill(byte)));
const s = (byte: number) => createNoopSigner(a(byte));

const SYSTEM = '11111111111111111111111111111111';
const RENT = 'SysvarRent111111111111111111111111111111111';
const BLOCKHASHES = 'SysvarRecentB1ockHashes11111111111111111111';
const TOKEN = 'TokenkegQfeZyiNwAJbNbGKPFXCWuBvf9Ss623VQ5DA';

type Case = readonly [
  name: string,
  built: KitInstruction,
  accounts: Record<string, unknown>,
  args: Record<string, unknown>,
];

const CASES: Readonly<Record<string, readonly Case[]>> = {
  system: [
    [
      'createAccount',
      system.getCreateAccountInstruction({
        payer: s(1),
        newAccount: s(2),
        lamports: 2n ** 63n,
        space: 165,
        programAddress: a(3),
      }),
      { source: a(1), newAccount: a(2) },
      { lamports: 2n ** 63n, space: 165n, ownerProgram: a(3) },
    ],
    [
      'assign',
      system.getAssignInstruction({ account: s(1), programAddress: a(3) }),
      { account: a(1) },
      { ownerProgram: a(3) },
    ],
    [
      'transfer',
      system.getTransferSolInstruction({ source: s(1), destination: a(2), amount: 7 }),
      { source: a(1), destination: a(2) },
      { lamports: 7n },
    ],
    [
      'createAccountWithSeed',
      system.getCreateAccountWithSeedInstruction({
        payer: s(1),
        newAccount: a(2),
        baseAccount: s(4),
        base: a(4),
        seed: 'sée',
        amount: 8,
        space: 9,
        programAddress: a(3),
      }),
      { source: a(1), newAccount: a(2), baseAccount: a(4) },
      { base: a(4), seed: 'sée', lamports: 8n, space: 9n, ownerProgram: a(3) },
    ],
    [
      'advanceNonceAccount',
      system.getAdvanceNonceAccountInstruction({ nonceAccount: a(1), nonceAuthority: s(2) }),
      { nonceAccount: a(1), recentBlockhashesSysvar: BLOCKHASHES, nonceAuthority: a(2) },
      {},
    ],
    [
      'withdrawNonceAccount',
      system.getWithdrawNonceAccountInstruction({
        nonceAccount: a(1),
        recipientAccount: a(2),
        nonceAuthority: s(3),
        withdrawAmount: 5,
      }),
      {
        nonceAccount: a(1),
        destination: a(2),
        recentBlockhashesSysvar: BLOCKHASHES,
        rentSysvar: RENT,
        nonceAuthority: a(3),
      },
      { lamports: 5n },
    ],
    [
      'initializeNonceAccount',
      system.getInitializeNonceAccountInstruction({ nonceAccount: a(1), nonceAuthority: a(2) }),
      { nonceAccount: a(1), recentBlockhashesSysvar: BLOCKHASHES, rentSysvar: RENT },
      { nonceAuthority: a(2) },
    ],
    [
      'authorizeNonceAccount',
      system.getAuthorizeNonceAccountInstruction({
        nonceAccount: a(1),
        nonceAuthority: s(2),
        newNonceAuthority: a(3),
      }),
      { nonceAccount: a(1), nonceAuthority: a(2) },
      { newAuthority: a(3) },
    ],
    [
      'allocate',
      system.getAllocateInstruction({ newAccount: s(1), space: 10 }),
      { account: a(1) },
      { space: 10n },
    ],
    [
      'allocateWithSeed',
      system.getAllocateWithSeedInstruction({
        newAccount: a(1),
        baseAccount: s(2),
        base: a(2),
        seed: '',
        space: 3,
        programAddress: a(4),
      }),
      { account: a(1), baseAccount: a(2) },
      { base: a(2), seed: '', space: 3n, ownerProgram: a(4) },
    ],
    [
      'assignWithSeed',
      system.getAssignWithSeedInstruction({
        account: a(1),
        baseAccount: s(2),
        base: a(2),
        seed: 'x',
        programAddress: a(4),
      }),
      { account: a(1), baseAccount: a(2) },
      { base: a(2), seed: 'x', ownerProgram: a(4) },
    ],
    [
      'transferWithSeed',
      system.getTransferSolWithSeedInstruction({
        source: a(1),
        baseAccount: s(2),
        destination: a(3),
        amount: 4,
        fromSeed: 'seed',
        fromOwner: a(5),
      }),
      { source: a(1), baseAccount: a(2), destination: a(3) },
      { lamports: 4n, seed: 'seed', sourceOwnerProgram: a(5) },
    ],
    [
      'upgradeNonceAccount',
      system.getUpgradeNonceAccountInstruction({ nonceAccount: a(1) }),
      { nonceAccount: a(1) },
      {},
    ],
    [
      'createAccountAllowPrefund',
      system.getCreateAccountAllowPrefundInstruction({
        newAccount: s(1),
        payer: s(2),
        lamports: 3,
        space: 4,
        programAddress: a(5),
      }),
      { newAccount: a(1), source: a(2) },
      { lamports: 3n, space: 4n, ownerProgram: a(5) },
    ],
  ],
  computeBudget: [
    [
      'requestUnits',
      budget.getRequestUnitsInstruction({ units: 4_000_000_000, additionalFee: 2 }),
      {},
      { units: 4_000_000_000n, additionalFee: 2n },
    ],
    [
      'requestHeapFrame',
      budget.getRequestHeapFrameInstruction({ bytes: 1_024 }),
      {},
      { sizeBytes: 1_024n },
    ],
    [
      'setComputeUnitLimit',
      budget.getSetComputeUnitLimitInstruction({ units: 200_000 }),
      {},
      { units: 200_000n },
    ],
    [
      'setComputeUnitPrice',
      budget.getSetComputeUnitPriceInstruction({ microLamports: 2n ** 60n }),
      {},
      { microLamports: 2n ** 60n },
    ],
    [
      'setLoadedAccountsDataSizeLimit',
      budget.getSetLoadedAccountsDataSizeLimitInstruction({ accountDataSizeLimit: 65_536 }),
      {},
      { sizeBytes: 65_536n },
    ],
  ],
  memo: [
    [
      'addMemo',
      memo.getAddMemoInstruction({ memo: 'grüezi 🐙', signers: [s(1), s(2)] }),
      { signers: [a(1), a(2)] },
      { memo: 'grüezi 🐙' },
    ],
  ],
  token: [
    [
      'initializeMint',
      token.getInitializeMintInstruction({
        mint: a(1),
        decimals: 9,
        mintAuthority: a(2),
        freezeAuthority: null,
      }),
      { mint: a(1), rentSysvar: RENT },
      { decimals: 9, mintAuthority: a(2), freezeAuthority: null },
    ],
    [
      'initializeMint2',
      token.getInitializeMint2Instruction({
        mint: a(1),
        decimals: 0,
        mintAuthority: a(2),
        freezeAuthority: a(3),
      }),
      { mint: a(1) },
      { decimals: 0, mintAuthority: a(2), freezeAuthority: a(3) },
    ],
    [
      'initializeAccount',
      token.getInitializeAccountInstruction({ account: a(1), mint: a(2), owner: a(3) }),
      { account: a(1), mint: a(2), owner: a(3), rentSysvar: RENT },
      {},
    ],
    [
      'initializeAccount2',
      token.getInitializeAccount2Instruction({ account: a(1), mint: a(2), owner: a(3) }),
      { account: a(1), mint: a(2), rentSysvar: RENT },
      { owner: a(3) },
    ],
    [
      'initializeAccount3',
      token.getInitializeAccount3Instruction({ account: a(1), mint: a(2), owner: a(3) }),
      { account: a(1), mint: a(2) },
      { owner: a(3) },
    ],
    [
      'initializeMultisig',
      token.getInitializeMultisigInstruction({ multisig: a(1), m: 2, signers: [a(2), a(3)] }),
      { multisig: a(1), rentSysvar: RENT, signers: [a(2), a(3)] },
      { signersRequired: 2 },
    ],
    [
      'initializeMultisig2',
      token.getInitializeMultisig2Instruction({ multisig: a(1), m: 1, signers: [a(2)] }),
      { multisig: a(1), signers: [a(2)] },
      { signersRequired: 1 },
    ],
    [
      'transfer',
      token.getTransferInstruction({
        source: a(1),
        destination: a(2),
        authority: a(3),
        amount: 2n ** 64n - 1n,
        multiSigners: [s(4), s(5)],
      }),
      { source: a(1), destination: a(2), authority: a(3), signers: [a(4), a(5)] },
      { amount: 2n ** 64n - 1n },
    ],
    [
      'transferChecked',
      token.getTransferCheckedInstruction({
        source: a(1),
        mint: a(2),
        destination: a(3),
        authority: s(4),
        amount: 1,
        decimals: 6,
      }),
      { source: a(1), mint: a(2), destination: a(3), authority: a(4) },
      { amount: 1n, decimals: 6 },
    ],
    [
      'approve',
      token.getApproveInstruction({ source: a(1), delegate: a(2), owner: s(3), amount: 1 }),
      { source: a(1), delegate: a(2), authority: a(3) },
      { amount: 1n },
    ],
    [
      'approveChecked',
      token.getApproveCheckedInstruction({
        source: a(1),
        mint: a(2),
        delegate: a(3),
        owner: s(4),
        amount: 1,
        decimals: 2,
      }),
      { source: a(1), mint: a(2), delegate: a(3), authority: a(4) },
      { amount: 1n, decimals: 2 },
    ],
    [
      'revoke',
      token.getRevokeInstruction({ source: a(1), owner: s(2) }),
      { source: a(1), authority: a(2) },
      {},
    ],
    [
      'setAuthority',
      token.getSetAuthorityInstruction({
        owned: a(1),
        owner: s(2),
        authorityType: token.AuthorityType.CloseAccount,
        newAuthority: a(3),
      }),
      { account: a(1), authority: a(2) },
      { authorityType: 'closeAccount', newAuthority: a(3) },
    ],
    [
      'mintTo',
      token.getMintToInstruction({ mint: a(1), token: a(2), mintAuthority: s(3), amount: 1 }),
      { mint: a(1), account: a(2), authority: a(3) },
      { amount: 1n },
    ],
    [
      'mintToChecked',
      token.getMintToCheckedInstruction({
        mint: a(1),
        token: a(2),
        mintAuthority: s(3),
        amount: 1,
        decimals: 3,
      }),
      { mint: a(1), account: a(2), authority: a(3) },
      { amount: 1n, decimals: 3 },
    ],
    [
      'burn',
      token.getBurnInstruction({ account: a(1), mint: a(2), authority: s(3), amount: 1 }),
      { account: a(1), mint: a(2), authority: a(3) },
      { amount: 1n },
    ],
    [
      'burnChecked',
      token.getBurnCheckedInstruction({
        account: a(1),
        mint: a(2),
        authority: s(3),
        amount: 1,
        decimals: 4,
      }),
      { account: a(1), mint: a(2), authority: a(3) },
      { amount: 1n, decimals: 4 },
    ],
    [
      'closeAccount',
      token.getCloseAccountInstruction({ account: a(1), destination: a(2), owner: s(3) }),
      { account: a(1), destination: a(2), authority: a(3) },
      {},
    ],
    [
      'freezeAccount',
      token.getFreezeAccountInstruction({ account: a(1), mint: a(2), owner: s(3) }),
      { account: a(1), mint: a(2), authority: a(3) },
      {},
    ],
    [
      'thawAccount',
      token.getThawAccountInstruction({ account: a(1), mint: a(2), owner: s(3) }),
      { account: a(1), mint: a(2), authority: a(3) },
      {},
    ],
    [
      'syncNative',
      token.getSyncNativeInstruction({ account: a(1) }),
      { account: a(1), rentSysvar: RENT },
      {},
    ],
    [
      'getAccountDataSize',
      token.getGetAccountDataSizeInstruction({ mint: a(1) }),
      { mint: a(1) },
      { extensionTypes: [] },
    ],
    [
      'initializeImmutableOwner',
      token.getInitializeImmutableOwnerInstruction({ account: a(1) }),
      { account: a(1) },
      {},
    ],
    [
      'amountToUiAmount',
      token.getAmountToUiAmountInstruction({ mint: a(1), amount: 5 }),
      { mint: a(1) },
      { amount: 5n },
    ],
    [
      'uiAmountToAmount',
      token.getUiAmountToAmountInstruction({ mint: a(1), uiAmount: '1.50' }),
      { mint: a(1) },
      { uiAmount: '1.50' },
    ],
    [
      'withdrawExcessLamports',
      token.getWithdrawExcessLamportsInstruction({
        source: a(1),
        destination: a(2),
        authority: s(3),
      }),
      { account: a(1), destination: a(2), authority: a(3) },
      {},
    ],
    [
      'unwrapLamports',
      token.getUnwrapLamportsInstruction({
        source: a(1),
        destination: a(2),
        authority: s(3),
        amount: 6,
      }),
      { account: a(1), destination: a(2), authority: a(3) },
      { unwrapAmount: 6n },
    ],
  ],
  associatedToken: [
    [
      'create',
      token.getCreateAssociatedTokenInstruction({
        payer: s(1),
        ata: a(2),
        owner: a(3),
        mint: a(4),
      }),
      {
        payer: a(1),
        associatedAccount: a(2),
        wallet: a(3),
        mint: a(4),
        systemProgram: SYSTEM,
        tokenProgram: TOKEN,
      },
      {},
    ],
    [
      'createIdempotent',
      token.getCreateAssociatedTokenIdempotentInstruction({
        payer: s(1),
        ata: a(2),
        owner: a(3),
        mint: a(4),
      }),
      {
        payer: a(1),
        associatedAccount: a(2),
        wallet: a(3),
        mint: a(4),
        systemProgram: SYSTEM,
        tokenProgram: TOKEN,
      },
      {},
    ],
    [
      'recoverNested',
      token.getRecoverNestedAssociatedTokenInstruction({
        nestedAssociatedAccountAddress: a(1),
        nestedTokenMintAddress: a(2),
        destinationAssociatedAccountAddress: a(3),
        ownerAssociatedAccountAddress: a(4),
        ownerTokenMintAddress: a(5),
        walletAddress: s(6),
      }),
      {
        nestedAccount: a(1),
        nestedMint: a(2),
        destination: a(3),
        ownerAssociatedAccount: a(4),
        ownerMint: a(5),
        wallet: a(6),
        tokenProgram: TOKEN,
      },
      {},
    ],
  ],
  stake: [
    [
      'initialize',
      stake.getInitializeInstruction({
        stake: a(1),
        arg0: { staker: a(2), withdrawer: a(3) },
        arg1: { unixTimestamp: -5n, epoch: 6n, custodian: a(4) },
      }),
      { stake: a(1) },
      {
        staker: a(2),
        withdrawer: a(3),
        lockupUnixTimestamp: -5n,
        lockupEpoch: 6n,
        custodian: a(4),
      },
    ],
    [
      'authorize',
      stake.getAuthorizeInstruction({
        stake: a(1),
        authority: s(2),
        lockupAuthority: s(3),
        arg0: a(4),
        arg1: stake.StakeAuthorize.Withdrawer,
      }),
      { stake: a(1), authority: a(2), lockupAuthority: a(3) },
      { newAuthority: a(4), stakeAuthorityType: 'withdrawer' },
    ],
    [
      'delegate',
      stake.getDelegateStakeInstruction({ stake: a(1), vote: a(2), stakeAuthority: s(3) }),
      { stake: a(1), vote: a(2), stakeAuthority: a(3) },
      {},
    ],
    [
      'split',
      stake.getSplitInstruction({ stake: a(1), splitStake: a(2), stakeAuthority: s(3), args: 9 }),
      { stake: a(1), splitStake: a(2), stakeAuthority: a(3) },
      { lamports: 9n },
    ],
    [
      'withdraw',
      stake.getWithdrawInstruction({
        stake: a(1),
        recipient: a(2),
        withdrawAuthority: s(3),
        lockupAuthority: s(4),
        args: 9,
      }),
      { stake: a(1), destination: a(2), withdrawAuthority: a(3), lockupAuthority: a(4) },
      { lamports: 9n },
    ],
    [
      'deactivate',
      stake.getDeactivateInstruction({ stake: a(1), stakeAuthority: s(2) }),
      { stake: a(1), stakeAuthority: a(2) },
      {},
    ],
    [
      'setLockup',
      stake.getSetLockupInstruction({
        stake: a(1),
        authority: s(2),
        unixTimestamp: 1n,
        epoch: null,
        custodian: a(3),
      }),
      { stake: a(1), authority: a(2) },
      { newUnixTimestamp: 1n, newEpoch: null, newCustodian: a(3) },
    ],
    [
      'merge',
      stake.getMergeInstruction({
        destinationStake: a(1),
        sourceStake: a(2),
        stakeAuthority: s(3),
      }),
      { destination: a(1), source: a(2), stakeAuthority: a(3) },
      {},
    ],
    [
      'authorizeWithSeed',
      stake.getAuthorizeWithSeedInstruction({
        stake: a(1),
        base: s(2),
        newAuthorizedPubkey: a(3),
        stakeAuthorize: stake.StakeAuthorize.Staker,
        authoritySeed: 'abc',
        authorityOwner: a(4),
      }),
      { stake: a(1), base: a(2) },
      {
        newAuthority: a(3),
        stakeAuthorityType: 'staker',
        authoritySeed: 'abc',
        authorityOwner: a(4),
      },
    ],
    [
      'initializeChecked',
      stake.getInitializeCheckedInstruction({
        stake: a(1),
        stakeAuthority: a(2),
        withdrawAuthority: s(3),
      }),
      { stake: a(1), staker: a(2), withdrawer: a(3) },
      {},
    ],
    [
      'authorizeChecked',
      stake.getAuthorizeCheckedInstruction({
        stake: a(1),
        authority: s(2),
        newAuthority: s(3),
        stakeAuthorize: stake.StakeAuthorize.Staker,
      }),
      { stake: a(1), authority: a(2), newAuthority: a(3) },
      { stakeAuthorityType: 'staker' },
    ],
    [
      'authorizeCheckedWithSeed',
      stake.getAuthorizeCheckedWithSeedInstruction({
        stake: a(1),
        base: s(2),
        newAuthority: s(3),
        stakeAuthorize: stake.StakeAuthorize.Withdrawer,
        authoritySeed: '',
        authorityOwner: a(4),
      }),
      { stake: a(1), base: a(2), newAuthority: a(3) },
      { stakeAuthorityType: 'withdrawer', authoritySeed: '', authorityOwner: a(4) },
    ],
    [
      'setLockupChecked',
      stake.getSetLockupCheckedInstruction({
        stake: a(1),
        authority: s(2),
        newAuthority: s(3),
        unixTimestamp: null,
        epoch: 7n,
      }),
      { stake: a(1), authority: a(2), newCustodian: a(3) },
      { newUnixTimestamp: null, newEpoch: 7n },
    ],
    ['getMinimumDelegation', stake.getGetMinimumDelegationInstruction(), {}, {}],
    [
      'deactivateDelinquent',
      stake.getDeactivateDelinquentInstruction({
        stake: a(1),
        delinquentVote: a(2),
        referenceVote: a(3),
      }),
      { stake: a(1), delinquentVote: a(2), referenceVote: a(3) },
      {},
    ],
    [
      'moveStake',
      stake.getMoveStakeInstruction({
        sourceStake: a(1),
        destinationStake: a(2),
        stakeAuthority: s(3),
        args: 1,
      }),
      { source: a(1), destination: a(2), stakeAuthority: a(3) },
      { lamports: 1n },
    ],
    [
      'moveLamports',
      stake.getMoveLamportsInstruction({
        sourceStake: a(1),
        destinationStake: a(2),
        stakeAuthority: s(3),
        args: 1,
      }),
      { source: a(1), destination: a(2), stakeAuthority: a(3) },
      { lamports: 1n },
    ],
  ],
};

describe.each(Object.entries(CASES))('the %s table', (program, cases) => {
  it.each(cases)('reads %s as the client wrote it', (name, built, accounts, args) => {
    expect(readBuilt(built)).toEqual({ program, name, accounts, arguments: args });
  });
});

describe('a batch of the token programs', () => {
  it('is opened into the instructions that it holds', () => {
    const first = token.getTransferInstruction({
      source: a(1),
      destination: a(2),
      authority: s(3),
      amount: 4,
    });
    const second = token.getSyncNativeInstruction({ account: a(5) });
    const inner = readBuilt(token.getBatchInstruction([first, second])).inner;
    expect(inner).toEqual([
      {
        program: 'token',
        name: 'transfer',
        accounts: { source: a(1), destination: a(2), authority: a(3) },
        arguments: { amount: 4n },
      },
      {
        program: 'token',
        name: 'syncNative',
        accounts: { account: a(5), rentSysvar: RENT },
        arguments: {},
      },
    ]);
  });
});
