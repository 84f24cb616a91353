// Vote accounts, whichever version their bytes are.
import type { LandedVote, VoteState } from '@streamsync/program-parser';
import { accountType } from './account-type.ts';
import { builder } from './builder.ts';

const LandedVoteRef = builder.objectRef<LandedVote>('LandedVote').implement({
  description: 'A vote that still counts towards a lockout.',
  fields: (t) => ({
    slot: t.expose('slot', { type: 'Slot', nullable: false }),
    confirmationCount: t.exposeInt('confirmationCount', { nullable: false }),
    latencySlots: t.exposeInt('latencySlots', {
      description: 'From the slot voted on to the slot that the vote landed in.',
    }),
  }),
});

const EpochCreditsRef = builder
  .objectRef<VoteState['epochCredits'][number]>('EpochCredits')
  .implement({
    fields: (t) => ({
      epoch: t.expose('epoch', { type: 'U64', nullable: false }),
      credits: t.expose('credits', { type: 'U64', nullable: false, description: 'At its end.' }),
      previousCredits: t.expose('previousCredits', {
        type: 'U64',
        nullable: false,
        description: 'At its start.',
      }),
    }),
  });

interface AuthorizedVoter {
  readonly epoch: bigint;
  readonly voter: string;
}

const AuthorizedVoterRef = builder.objectRef<AuthorizedVoter>('AuthorizedVoter').implement({
  fields: (t) => ({
    epoch: t.expose('epoch', { type: 'U64', nullable: false, description: 'From this one on.' }),
    voter: t.expose('voter', { type: 'Address', nullable: false }),
  }),
});

interface PriorVoter {
  readonly voter: string;
  readonly epochFirst: bigint;
  readonly epochEnd: bigint;
}

const PriorVoterRef = builder.objectRef<PriorVoter>('PriorVoter').implement({
  fields: (t) => ({
    voter: t.expose('voter', { type: 'Address', nullable: false }),
    epochFirst: t.expose('epochFirst', { type: 'U64', nullable: false }),
    epochEnd: t.expose('epochEnd', {
      type: 'U64',
      nullable: false,
      description: 'The first epoch that is no longer its own.',
    }),
  }),
});

const VoteTimestampRef = builder.objectRef<VoteState['lastTimestamp']>('VoteTimestamp').implement({
  fields: (t) => ({
    slot: t.expose('slot', { type: 'Slot', nullable: false }),
    unixTimestamp: t.expose('unixTimestamp', { type: 'I64', nullable: false }),
  }),
});

function votersOf(state: VoteState): readonly AuthorizedVoter[] {
  if (state.version !== 'v0.23.5') return state.authorizedVoters;
  const { authorizedVoter, authorizedVoterEpoch } = state;
  return authorizedVoter === null ? [] : [{ voter: authorizedVoter, epoch: authorizedVoterEpoch }];
}

/** Oldest first: the ring starts behind the newest. */
function priorVotersOf(state: VoteState): readonly PriorVoter[] {
  if (state.version === 'v4') return [];
  const { ring, index } = state.priorVoters;
  const newest = Number(index % BigInt(ring.length));
  const ordered = [...ring.slice(newest + 1), ...ring.slice(0, newest + 1)];
  return ordered.flatMap(({ voter, epochFirst, epochEnd }) =>
    voter === null ? [] : [{ voter, epochFirst, epochEnd }],
  );
}

/** Of inflation rewards, in basis points; older versions have whole percent. */
const commissionOf = (state: VoteState): number =>
  state.version === 'v4'
    ? state.inflationRewardsCommissionBasisPoints
    : state.commissionPercent * 100;

accountType('voteAccount', 'A vote account.', (is) => ({
  version: is.value('String', (vote) => vote.version, 'v0.23.5, v1.14.11, v3 or v4.'),
  node: is.value('Address', (vote) => vote.node, 'The identity of the validator that votes.'),
  nodeAccount: is.link((vote) => vote.node),
  authorizedWithdrawer: is.value('Address', (vote) => vote.authorizedWithdrawer),
  authorizedVoters: is.objects(AuthorizedVoterRef, votersOf),
  priorVoters: is.objects(PriorVoterRef, priorVotersOf, 'Oldest first; none are kept from v4 on.'),
  commissionBasisPoints: is.value('Int', commissionOf, 'What the validator keeps of the rewards.'),
  blockRevenueCommissionBasisPoints: is.maybe(
    'Int',
    (vote) => (vote.version === 'v4' ? vote.blockRevenueCommissionBasisPoints : null),
    'From v4 on.',
  ),
  inflationRewardsCollector: is.maybe(
    'Address',
    (vote) => (vote.version === 'v4' ? vote.inflationRewardsCollector : null),
    'From v4 on.',
  ),
  blockRevenueCollector: is.maybe(
    'Address',
    (vote) => (vote.version === 'v4' ? vote.blockRevenueCollector : null),
    'From v4 on.',
  ),
  pendingDelegatorRewardsLamports: is.maybe(
    'U64',
    (vote) => (vote.version === 'v4' ? vote.pendingDelegatorRewardsLamports : null),
    'From v4 on.',
  ),
  blsPublicKey: is.bytes(
    (vote) => (vote.version === 'v4' ? vote.blsPublicKey : null),
    'Compressed.',
  ),
  votes: is.objects(LandedVoteRef, (vote) => vote.votes, 'Oldest first.'),
  rootSlot: is.maybe('Slot', (vote) => vote.rootSlot),
  epochCredits: is.objects(EpochCreditsRef, (vote) => vote.epochCredits, 'Oldest first.'),
  lastTimestamp: is.object(VoteTimestampRef, (vote) => vote.lastTimestamp),
}));
