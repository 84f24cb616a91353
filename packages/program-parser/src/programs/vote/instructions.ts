// The instructions of the vote program. Source: solana-vote-interface `VoteInstruction`, bincode; the
// compact forms by `serde_compact_vote_state_update` and `serde_tower_sync`; 16 to 19 by SIMD-0185,
// -0232, -0291 and -0123.
import type { Address } from '@streamsync/domain';
import * as arg from '../../transactions/argument-codecs.ts';
import { instruction, instructionTable } from '../../transactions/instruction-table.ts';

const { address, bytes, hash, i64, list, option, text64, u16, u32, u64, u8, varint } = arg;
const { enumeration, struct, trailing } = arg;

const BLS_KEY_BYTES = 48;
const BLS_PROOF_BYTES = 96;

const voteAuthorityType = enumeration('u32', 'VoteAuthorityType', [
  'voter',
  'withdrawer',
  'voterWithBls',
]);

/** A BLS key would stand between the type and the fields behind it, and no program writes that. */
const seededAuthorityType: typeof voteAuthorityType = {
  ...voteAuthorityType,
  read(r) {
    const type = voteAuthorityType.read(r);
    return type === 'voterWithBls' ? r.fail('BAD_ENUM', r.offset - 4) : type;
  },
};

/** The key of a 'voterWithBls', and the proof that its owner has it. */
const blsArguments = {
  blsKey: trailing(bytes(BLS_KEY_BYTES)),
  blsProof: trailing(bytes(BLS_PROOF_BYTES)),
};
const commissionKind = enumeration('u32', 'VoteCommissionKind', [
  'inflationRewards',
  'blockRevenue',
]);

/** Slots voted on, the oldest first. */
const vote = {
  slots: list(u64, { count: 'u64', itemBytesMin: 8 }),
  hash,
  timestamp: option(i64),
};

const lockouts = list(struct('VoteLockout', { slot: u64, confirmationCount: u32 }), {
  count: 'u64',
  itemBytesMin: 12,
});
const stateUpdate = { lockouts, root: option(u64), hash, timestamp: option(i64) };

/** u64::MAX stands for no root. */
const NO_ROOT = 0xffff_ffff_ffff_ffffn;
const compactRoot: arg.Argument<bigint | null> = {
  shape: { kind: 'optional', of: { kind: 'u64' } },
  read(r) {
    const root = r.u64();
    return root === NO_ROOT ? null : root;
  },
  write: (w, value) => w.u64(value ?? NO_ROOT),
};

/** Each slot as its distance from the one before, the first from the root (or 0). */
const lockoutOffsets = list(
  struct('VoteLockoutOffset', { offset: varint, confirmationCount: u8 }),
  { count: 'compactU16', itemBytesMin: 2 },
);
const compactUpdate = { root: compactRoot, lockoutOffsets, hash, timestamp: option(i64) };
const towerSync = { ...compactUpdate, blockId: hash };

const VOTE = ['vote', 'slotHashesSysvar', 'clockSysvar', 'voteAuthority'] as const;
const UPDATE = ['vote', 'voteAuthority'] as const;

export const VOTE_INSTRUCTIONS = instructionTable({
  program: 'vote',
  programIds: ['Vote111111111111111111111111111111111111111' as Address],
  tagWidth: 'u32',
  instructions: {
    initializeAccount: instruction(0, ['vote', 'rentSysvar', 'clockSysvar', 'node'], {
      nodeKey: address,
      authorizedVoter: address,
      authorizedWithdrawer: address,
      commissionPercent: u8,
    }),
    authorize: instruction(1, ['vote', 'clockSysvar', 'authority'], {
      newAuthority: address,
      voteAuthorityType,
      ...blsArguments,
    }),
    vote: instruction(2, VOTE, vote),
    withdraw: instruction(3, ['vote', 'destination', 'withdrawAuthority'], { lamports: u64 }),
    updateValidatorIdentity: instruction(4, ['vote', 'node', 'withdrawAuthority']),
    updateCommission: instruction(5, ['vote', 'withdrawAuthority'], { commissionPercent: u8 }),
    voteSwitch: instruction(6, VOTE, { ...vote, switchProofHash: hash }),
    authorizeChecked: instruction(7, ['vote', 'clockSysvar', 'authority', 'newAuthority'], {
      voteAuthorityType,
      ...blsArguments,
    }),
    updateVoteState: instruction(8, UPDATE, stateUpdate),
    updateVoteStateSwitch: instruction(9, UPDATE, { ...stateUpdate, switchProofHash: hash }),
    authorizeWithSeed: instruction(10, ['vote', 'clockSysvar', 'base'], {
      voteAuthorityType: seededAuthorityType,
      authorityOwner: address,
      authoritySeed: text64,
      newAuthority: address,
    }),
    authorizeCheckedWithSeed: instruction(11, ['vote', 'clockSysvar', 'base', 'newAuthority'], {
      voteAuthorityType: seededAuthorityType,
      authorityOwner: address,
      authoritySeed: text64,
    }),
    compactUpdateVoteState: instruction(12, UPDATE, compactUpdate),
    compactUpdateVoteStateSwitch: instruction(13, UPDATE, {
      ...compactUpdate,
      switchProofHash: hash,
    }),
    towerSync: instruction(14, UPDATE, towerSync),
    towerSyncSwitch: instruction(15, UPDATE, { ...towerSync, switchProofHash: hash }),
    initializeAccountV2: instruction(16, ['vote', 'node'], {
      nodeKey: address,
      authorizedVoter: address,
      blsKey: bytes(BLS_KEY_BYTES),
      blsProof: bytes(BLS_PROOF_BYTES),
      authorizedWithdrawer: address,
      inflationCommissionBasisPoints: u16,
      inflationCollector: address,
      blockRevenueCommissionBasisPoints: u16,
      blockRevenueCollector: address,
    }),
    updateCommissionCollector: instruction(17, ['vote', 'newCollector', 'withdrawAuthority'], {
      commissionKind,
    }),
    updateCommissionBasisPoints: instruction(18, ['vote', 'withdrawAuthority'], {
      basisPoints: u16,
      commissionKind,
    }),
    depositDelegatorRewards: instruction(19, ['vote', 'source'], { lamports: u64 }),
  },
});
