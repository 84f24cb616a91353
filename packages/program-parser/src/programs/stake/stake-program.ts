// The stake program: stake accounts (200 bytes) and the rewards pools of old. Source: solana-sdk
// `stake::state::StakeStateV2`, bincode. An account that was emptied says so by its tag and keeps the
// rest of its bytes.
import type { Address } from '@streamsync/domain';
import { ByteReader } from '../../bytes/byte-reader.ts';
import { ByteWriter } from '../../bytes/byte-writer.ts';
import { address, f64, i64, struct, u8, u64, type ValueOf } from '../../bytes/codec.ts';
import {
  isAllZero,
  type ParsedHeader,
  type ProgramParser,
  programAccount,
} from '../../program-parser.ts';

export const STAKE_PROGRAM = 'Stake11111111111111111111111111111111111111' as Address;

const UNINITIALIZED = 0;
const INITIALIZED = 1;
const DELEGATED = 2;
const REWARDS_POOL = 3;

const meta = struct({
  /** What the account must hold beside its stake. */
  rentExemptReserveLamports: u64,
  staker: address,
  withdrawer: address,
  /** Until both have passed, withdrawing needs the custodian. */
  lockup: struct({ unixTimestamp: i64, epoch: u64, custodian: address }),
});

const delegation = struct({
  voter: address,
  stakeLamports: u64,
  /** 2^64 - 1: active since the first epoch of the chain. */
  activationEpoch: u64,
  /** 2^64 - 1: not being deactivated. */
  deactivationEpoch: u64,
  /** Of the past: the runtime takes its own rate. */
  warmupCooldownRate: f64,
  /** Of the vote account, when rewards were last paid. */
  creditsObserved: u64,
  /** Bit 0: fully activated before it was redelegated, so that it must fully activate again. */
  flags: u8,
});

type StakeMeta = ValueOf<typeof meta>;
export type StakeDelegation = ValueOf<typeof delegation>;

export interface StakeAccount extends ParsedHeader, StakeMeta {
  readonly kind: 'stakeAccount';
  /** Null: initialised, and never delegated. */
  readonly delegation: StakeDelegation | null;
}

export interface StakeRewardsPool extends ParsedHeader {
  readonly kind: 'stakeRewardsPool';
}

export const stakeProgram: ProgramParser<StakeAccount | StakeRewardsPool> = {
  program: STAKE_PROGRAM,

  parse(data, header) {
    if (isAllZero(data)) return programAccount(header, data, 'UNINITIALIZED');
    const reader = new ByteReader(data);
    const state = reader.u32();
    if (state === UNINITIALIZED) return programAccount(header, data, 'UNINITIALIZED');
    if (state === REWARDS_POOL) {
      reader.leftover(reader.remaining);
      return { ...header, residue: reader.residue, kind: 'stakeRewardsPool' };
    }
    if (state !== INITIALIZED && state !== DELEGATED) return reader.fail('BAD_ENUM', 0);
    const fields = meta.read(reader);
    const delegated = state === DELEGATED ? delegation.read(reader) : null;
    reader.leftover(reader.remaining);
    return {
      ...header,
      residue: reader.residue,
      kind: 'stakeAccount',
      ...fields,
      delegation: delegated,
    };
  },

  encode(entity) {
    const writer = new ByteWriter();
    if (entity.kind === 'stakeRewardsPool') {
      writer.u32(REWARDS_POOL);
    } else {
      writer.u32(entity.delegation === null ? INITIALIZED : DELEGATED);
      meta.write(writer, entity);
      if (entity.delegation !== null) delegation.write(writer, entity.delegation);
    }
    return writer.finish(entity.sizeBytes, entity.residue);
  },
};
