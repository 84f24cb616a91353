// The fields of a vote account, a layout for each version. Source: solana-sdk vote-interface
// `state::VoteStateVersions` with VoteState0_23_5, VoteState1_14_11, VoteStateV3 and VoteStateV4
// (SIMD-0185), bincode.
import {
  address,
  addressOrZero,
  array,
  blob,
  bool,
  type Codec,
  i64,
  list64,
  option,
  struct,
  u8,
  u16,
  u32,
  u64,
  type ValueOf,
} from '../../bytes/codec.ts';

/** A vote that still counts towards a lockout. */
export interface LandedVote {
  readonly slot: bigint;
  readonly confirmationCount: number;
  /** Slots between the one voted on and the one that the vote landed in; null: not recorded then. */
  readonly latencySlots: number | null;
}

const LOCKOUT_BYTES = 12;
const lockout = struct({ slot: u64, confirmationCount: u32 });

const oldVote: Codec<LandedVote> = {
  read: (reader) => ({ ...lockout.read(reader), latencySlots: null }),
  write: (writer, vote) => lockout.write(writer, vote),
};
const vote: Codec<LandedVote> = {
  read(reader) {
    const latencySlots = reader.u8();
    return { ...lockout.read(reader), latencySlots };
  },
  write(writer, value) {
    writer.u8(value.latencySlots ?? 0);
    lockout.write(writer, value);
  },
};
const oldVotes = list64(oldVote, { itemBytesMin: LOCKOUT_BYTES });
const votes = list64(vote, { itemBytesMin: LOCKOUT_BYTES + 1 });

const authorizedVoters = list64(struct({ epoch: u64, voter: address }), { itemBytesMin: 40 });
const epochCredits = list64(struct({ epoch: u64, credits: u64, previousCredits: u64 }), {
  itemBytesMin: 24,
});
const lastTimestamp = struct({ slot: u64, unixTimestamp: i64 });

/** The program keeps as many in a ring; one without a voter was never used. */
const PRIOR_VOTERS = 32;
const priorVoters = struct({
  ring: array(struct({ voter: addressOrZero, epochFirst: u64, epochEnd: u64 }), PRIOR_VOTERS),
  /** Of the newest. */
  index: u64,
  isEmpty: bool,
});
const priorVotersOld = struct({
  ring: array(
    struct({ voter: addressOrZero, epochFirst: u64, epochEnd: u64, setSlot: u64 }),
    PRIOR_VOTERS,
  ),
  index: u64,
});

const oldest = struct({
  node: address,
  authorizedVoter: addressOrZero,
  authorizedVoterEpoch: u64,
  priorVoters: priorVotersOld,
  authorizedWithdrawer: address,
  commissionPercent: u8,
  votes: oldVotes,
  rootSlot: option(u64),
  epochCredits,
  lastTimestamp,
});

const start = { node: address, authorizedWithdrawer: address, commissionPercent: u8 };
const end = {
  rootSlot: option(u64),
  authorizedVoters,
  priorVoters,
  epochCredits,
  lastTimestamp,
};

/** `BLS_PUBLIC_KEY_COMPRESSED_SIZE` */
const BLS_KEY_BYTES = 48;

const newest = struct({
  node: address,
  authorizedWithdrawer: address,
  inflationRewardsCollector: address,
  blockRevenueCollector: address,
  inflationRewardsCommissionBasisPoints: u16,
  blockRevenueCommissionBasisPoints: u16,
  /** Owed to the stake delegators, not yet paid. */
  pendingDelegatorRewardsLamports: u64,
  blsPublicKey: option(blob(BLS_KEY_BYTES)),
  votes,
  rootSlot: option(u64),
  authorizedVoters,
  epochCredits,
  lastTimestamp,
});

/** By the number that an account starts with; the names are those of the program. */
export const VOTE_LAYOUTS = {
  'v0.23.5': { number: 0, fields: oldest },
  'v1.14.11': { number: 1, fields: struct({ ...start, votes: oldVotes, ...end }) },
  v3: { number: 2, fields: struct({ ...start, votes, ...end }) },
  v4: { number: 3, fields: newest },
} as const;

export type VoteVersion = keyof typeof VOTE_LAYOUTS;

/** The fields of one version, with its name. */
export type VoteState = {
  readonly [Version in VoteVersion]: { readonly version: Version } & ValueOf<
    (typeof VOTE_LAYOUTS)[Version]['fields']
  >;
}[VoteVersion];
