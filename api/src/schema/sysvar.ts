// Sysvars: what the runtime publishes about itself.
import { hasSlotBit, type SysvarOf } from '@streamsync/program-parser';
import { accountType } from './account-type.ts';
import { builder } from './builder.ts';

accountType('sysvarClock', 'Time as the chain has agreed on it.', (is) => ({
  currentSlot: is.value('Slot', (clock) => clock.currentSlot),
  epoch: is.value('U64', (clock) => clock.epoch),
  epochStartTimestamp: is.value('I64', (clock) => clock.epochStartTimestamp),
  leaderScheduleEpoch: is.value('U64', (clock) => clock.leaderScheduleEpoch),
  unixTimestamp: is.value('I64', (clock) => clock.unixTimestamp),
}));

accountType('sysvarEpochSchedule', 'How long epochs are.', (is) => ({
  slotsPerEpoch: is.value('U64', (schedule) => schedule.slotsPerEpoch),
  leaderScheduleSlotOffset: is.value('U64', (schedule) => schedule.leaderScheduleSlotOffset),
  warmup: is.value('Boolean', (schedule) => schedule.warmup, 'Epochs started short and doubled.'),
  firstNormalEpoch: is.value('U64', (schedule) => schedule.firstNormalEpoch),
  firstNormalSlot: is.value('Slot', (schedule) => schedule.firstNormalSlot),
}));

accountType('sysvarEpochRewards', 'How far the rewards of an epoch are paid out.', (is) => ({
  distributionStartingBlockHeight: is.value(
    'U64',
    (rewards) => rewards.distributionStartingBlockHeight,
  ),
  numPartitions: is.value('U64', (rewards) => rewards.numPartitions),
  parentBlockhash: is.value('String', (rewards) => rewards.parentBlockhash),
  totalPoints: is.value('String', (rewards) => rewards.totalPoints.toString(), 'Of 128 bits.'),
  totalRewardsLamports: is.value('U64', (rewards) => rewards.totalRewardsLamports),
  distributedRewardsLamports: is.value('U64', (rewards) => rewards.distributedRewardsLamports),
  active: is.value('Boolean', (rewards) => rewards.active),
}));

accountType('sysvarRent', 'What an account must hold to be kept.', (is) => ({
  lamportsPerByteYear: is.value('U64', (rent) => rent.lamportsPerByteYear),
  exemptionThreshold: is.value(
    'Float',
    (rent) => rent.exemptionThreshold,
    'Years of rent that free an account of it.',
  ),
  burnPercent: is.value('Int', (rent) => rent.burnPercent),
}));

accountType('sysvarFees', 'What a signature cost; no longer updated.', (is) => ({
  lamportsPerSignature: is.value('U64', (fees) => fees.lamportsPerSignature),
}));

type RecentBlockhash = SysvarOf<'sysvarRecentBlockhashes'>['entries'][number];
const RecentBlockhashRef = builder.objectRef<RecentBlockhash>('RecentBlockhash').implement({
  fields: (t) => ({
    blockhash: t.exposeString('blockhash', { nullable: false }),
    lamportsPerSignature: t.expose('lamportsPerSignature', { type: 'U64', nullable: false }),
  }),
});
accountType('sysvarRecentBlockhashes', 'Recent blockhashes; of the past.', (is) => ({
  entries: is.objects(RecentBlockhashRef, (sysvar) => sysvar.entries, 'Newest first.'),
}));

accountType('sysvarRewards', 'Points of old rewards.', (is) => ({
  validatorPointValue: is.value('Float', (rewards) => rewards.validatorPointValue),
}));

type SlotHash = SysvarOf<'sysvarSlotHashes'>['entries'][number];
const SlotHashRef = builder.objectRef<SlotHash>('SlotHash').implement({
  fields: (t) => ({
    slot: t.expose('slot', { type: 'Slot', nullable: false }),
    hash: t.exposeString('hash', { nullable: false }),
  }),
});
accountType('sysvarSlotHashes', 'The bank hashes of the newest slots.', (is) => ({
  entries: is.objects(SlotHashRef, (sysvar) => sysvar.entries, 'Newest first.'),
}));

accountType('sysvarSlotHistory', 'Which of the newest million slots have a block.', (is) => ({
  nextSlot: is.value('Slot', (history) => history.nextSlot, 'The first that it cannot tell of.'),
  slotFirst: is.value('Slot', firstSlotOf, 'The oldest that it can tell of.'),
  hasBlock: is.t.boolean({
    description: 'Whether the slot has a block; null where it is outside of the history.',
    args: { slot: is.t.arg({ type: 'Slot', required: true }) },
    resolve: (account, { slot }) => {
      const history = account.as('sysvarSlotHistory');
      if (slot >= history.nextSlot || slot < firstSlotOf(history)) return null;
      return hasSlotBit(history.bits, slot);
    },
  }),
}));

function firstSlotOf({ nextSlot, bits }: SysvarOf<'sysvarSlotHistory'>): bigint {
  return nextSlot > bits.bitCount ? nextSlot - bits.bitCount : 0n;
}

type StakeHistoryEntry = SysvarOf<'sysvarStakeHistory'>['entries'][number];
const StakeHistoryEntryRef = builder.objectRef<StakeHistoryEntry>('StakeHistoryEntry').implement({
  fields: (t) => ({
    epoch: t.expose('epoch', { type: 'U64', nullable: false }),
    effectiveLamports: t.expose('effectiveLamports', { type: 'U64', nullable: false }),
    activatingLamports: t.expose('activatingLamports', { type: 'U64', nullable: false }),
    deactivatingLamports: t.expose('deactivatingLamports', { type: 'U64', nullable: false }),
  }),
});
accountType('sysvarStakeHistory', 'How much was staked in each epoch.', (is) => ({
  entries: is.objects(StakeHistoryEntryRef, (sysvar) => sysvar.entries, 'Newest first.'),
}));

accountType('sysvarLastRestartSlot', 'Where the cluster was last restarted.', (is) => ({
  lastRestartSlot: is.value('Slot', (sysvar) => sysvar.lastRestartSlot, '0: never.'),
}));
