// The instructions of the stake program. Source: solana-stake-interface `StakeInstruction`, bincode. The
// sysvars stood in the lists of accounts until the program read them itself: both forms are in use.
import type { Address } from '@streamsync/domain';
import * as arg from '../../transactions/argument-codecs.ts';
import { instruction, instructionTable } from '../../transactions/instruction-table.ts';

const { address, enumeration, i64, option, text64, u64 } = arg;

const stakeAuthorityType = enumeration('u32', 'StakeAuthorityType', ['staker', 'withdrawer']);

export const STAKE_INSTRUCTIONS = instructionTable({
  program: 'stake',
  programIds: ['Stake11111111111111111111111111111111111111' as Address],
  tagWidth: 'u32',
  instructions: {
    initialize: instruction(0, ['stake', '=rentSysvar'], {
      staker: address,
      withdrawer: address,
      lockupUnixTimestamp: i64,
      lockupEpoch: u64,
      custodian: address,
    }),
    authorize: instruction(1, ['stake', '=clockSysvar', 'authority', 'lockupAuthority?'], {
      newAuthority: address,
      stakeAuthorityType,
    }),
    delegate: instruction(2, [
      'stake',
      'vote',
      '=clockSysvar',
      '=stakeHistorySysvar',
      '=stakeConfig',
      'stakeAuthority',
    ]),
    split: instruction(3, ['stake', 'splitStake', 'stakeAuthority'], { lamports: u64 }),
    withdraw: instruction(
      4,
      [
        'stake',
        'destination',
        '=clockSysvar',
        '=stakeHistorySysvar',
        'withdrawAuthority',
        'lockupAuthority?',
      ],
      { lamports: u64 },
    ),
    deactivate: instruction(5, ['stake', '=clockSysvar', 'stakeAuthority']),
    setLockup: instruction(6, ['stake', 'authority'], {
      newUnixTimestamp: option(i64),
      newEpoch: option(u64),
      newCustodian: option(address),
    }),
    merge: instruction(7, [
      'destination',
      'source',
      '=clockSysvar',
      '=stakeHistorySysvar',
      'stakeAuthority',
    ]),
    authorizeWithSeed: instruction(8, ['stake', 'base', '=clockSysvar', 'lockupAuthority?'], {
      newAuthority: address,
      stakeAuthorityType,
      authoritySeed: text64,
      authorityOwner: address,
    }),
    initializeChecked: instruction(9, ['stake', '=rentSysvar', 'staker', 'withdrawer']),
    authorizeChecked: instruction(
      10,
      ['stake', '=clockSysvar', 'authority', 'newAuthority', 'lockupAuthority?'],
      { stakeAuthorityType },
    ),
    authorizeCheckedWithSeed: instruction(
      11,
      ['stake', 'base', '=clockSysvar', 'newAuthority', 'lockupAuthority?'],
      { stakeAuthorityType, authoritySeed: text64, authorityOwner: address },
    ),
    setLockupChecked: instruction(12, ['stake', 'authority', 'newCustodian?'], {
      newUnixTimestamp: option(i64),
      newEpoch: option(u64),
    }),
    getMinimumDelegation: instruction(13, []),
    deactivateDelinquent: instruction(14, ['stake', 'delinquentVote', 'referenceVote']),
    redelegate: instruction(15, [
      'stake',
      'uninitializedStake',
      'vote',
      '=stakeConfig',
      'stakeAuthority',
    ]),
    moveStake: instruction(16, ['source', 'destination', 'stakeAuthority'], { lamports: u64 }),
    moveLamports: instruction(17, ['source', 'destination', 'stakeAuthority'], { lamports: u64 }),
  },
});
