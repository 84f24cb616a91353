// Stake accounts and the rewards pools of old.
import { U64_MAX } from '@streamsync/domain';
import type { StakeAccount, StakeDelegation } from '@streamsync/program-parser';
import { AccountRef, POINT_READ } from './account.ts';
import { readAccount } from './account-entity.ts';
import { accountType } from './account-type.ts';
import { builder } from './builder.ts';

const StakeLockupRef = builder.objectRef<StakeAccount['lockup']>('StakeLockup').implement({
  description: 'Until both have passed, withdrawing needs the custodian.',
  fields: (t) => ({
    unixTimestamp: t.expose('unixTimestamp', { type: 'I64', nullable: false }),
    epoch: t.expose('epoch', { type: 'U64', nullable: false }),
    custodian: t.expose('custodian', { type: 'Address', nullable: false }),
  }),
});

/** The runtime's word for "never" and for "since the first epoch". */
const epochOrNull = (epoch: bigint): bigint | null => (epoch === U64_MAX ? null : epoch);

const StakeDelegationRef = builder.objectRef<StakeDelegation>('StakeDelegation').implement({
  description: 'A stake that counts for a vote account.',
  fields: (t) => ({
    voter: t.expose('voter', { type: 'Address', nullable: false }),
    stakeLamports: t.expose('stakeLamports', { type: 'U64', nullable: false }),
    activationEpoch: t.field({
      type: 'U64',
      description: 'Null: active since the first epoch of the chain.',
      resolve: (delegation) => epochOrNull(delegation.activationEpoch),
    }),
    deactivationEpoch: t.field({
      type: 'U64',
      description: 'Null: not being deactivated.',
      resolve: (delegation) => epochOrNull(delegation.deactivationEpoch),
    }),
    creditsObserved: t.expose('creditsObserved', { type: 'U64', nullable: false }),
    warmupCooldownRate: t.exposeFloat('warmupCooldownRate', {
      nullable: false,
      description: 'Of the past: the runtime takes its own rate.',
    }),
    mustFullyActivate: t.boolean({
      nullable: false,
      description: 'It was redelegated, and must be fully active before it can be deactivated.',
      resolve: (delegation) => (delegation.flags & 1) === 1,
    }),
  }),
});

accountType('stakeAccount', 'A stake account.', (is) => ({
  isDelegated: is.value('Boolean', (stake) => stake.delegation !== null),
  rentExemptReserveLamports: is.value('U64', (stake) => stake.rentExemptReserveLamports),
  staker: is.value('Address', (stake) => stake.staker, 'Who may delegate and split.'),
  withdrawer: is.value('Address', (stake) => stake.withdrawer),
  lockup: is.object(StakeLockupRef, (stake) => stake.lockup),
  delegation: is.maybeObject(
    StakeDelegationRef,
    (stake) => stake.delegation,
    'Null: never delegated.',
  ),
  voteAccount: is.t.field({
    type: AccountRef,
    description: 'The vote account that it is delegated to.',
    extensions: POINT_READ,
    resolve: (account) => {
      const { delegation } = account.as('stakeAccount');
      return delegation === null ? null : readAccount(account.reader, delegation.voter);
    },
  }),
}));

accountType('stakeRewardsPool', 'A pool that stake rewards once came from.', () => ({}));
