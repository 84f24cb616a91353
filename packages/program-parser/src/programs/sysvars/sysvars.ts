// Sysvars: what the runtime publishes about itself, told apart by address. Source: solana-sdk
// `sysvar::*`, bincode. Accounts are sized for the longest lists; what follows the fields is zero.
import type { Address } from '@streamsync/domain';
import { ByteReader } from '../../bytes/byte-reader.ts';
import { ByteWriter } from '../../bytes/byte-writer.ts';
import {
  address,
  bool,
  type Codec,
  f64,
  i64,
  list64,
  struct,
  u8,
  u64,
  u128,
  type ValueOf,
} from '../../bytes/codec.ts';
import { type ParsedHeader, type ProgramParser, programAccount } from '../../program-parser.ts';
import { slotBits } from './slot-bits.ts';

export const SYSVAR_OWNER = 'Sysvar1111111111111111111111111111111111111' as Address;

/** 32 bytes that are a hash; they read as base58 like an address. */
const hash = address;

/** Address and fields of each kind. A new sysvar is one entry. */
const SYSVARS = {
  sysvarClock: {
    at: 'SysvarC1ock11111111111111111111111111111111',
    fields: struct({
      currentSlot: u64,
      epochStartTimestamp: i64,
      epoch: u64,
      leaderScheduleEpoch: u64,
      unixTimestamp: i64,
    }),
  },
  sysvarEpochSchedule: {
    at: 'SysvarEpochSchedu1e111111111111111111111111',
    fields: struct({
      slotsPerEpoch: u64,
      leaderScheduleSlotOffset: u64,
      /** Whether epochs start short and double. */
      warmup: bool,
      firstNormalEpoch: u64,
      firstNormalSlot: u64,
    }),
  },
  sysvarEpochRewards: {
    at: 'SysvarEpochRewards1111111111111111111111111',
    fields: struct({
      distributionStartingBlockHeight: u64,
      numPartitions: u64,
      parentBlockhash: hash,
      totalPoints: u128,
      totalRewardsLamports: u64,
      distributedRewardsLamports: u64,
      active: bool,
    }),
  },
  sysvarRent: {
    at: 'SysvarRent111111111111111111111111111111111',
    fields: struct({
      lamportsPerByteYear: u64,
      /** Years of rent that free an account of it. */
      exemptionThreshold: f64,
      burnPercent: u8,
    }),
  },
  sysvarFees: {
    at: 'SysvarFees111111111111111111111111111111111',
    fields: struct({ lamportsPerSignature: u64 }),
  },
  sysvarRecentBlockhashes: {
    at: 'SysvarRecentB1ockHashes11111111111111111111',
    fields: struct({
      /** Newest first. */
      entries: list64(struct({ blockhash: hash, lamportsPerSignature: u64 }), { itemBytesMin: 40 }),
    }),
  },
  sysvarRewards: {
    at: 'SysvarRewards111111111111111111111111111111',
    fields: struct({ validatorPointValue: f64, unused: f64 }),
  },
  sysvarSlotHashes: {
    at: 'SysvarS1otHashes111111111111111111111111111',
    fields: struct({
      /** Newest first. */
      entries: list64(struct({ slot: u64, hash }), { itemBytesMin: 40 }),
    }),
  },
  sysvarSlotHistory: {
    at: 'SysvarS1otHistory11111111111111111111111111',
    fields: struct({
      /** Bit `slot mod bits` is set where the slot has a block. */
      bits: slotBits,
      nextSlot: u64,
    }),
  },
  sysvarStakeHistory: {
    at: 'SysvarStakeHistory1111111111111111111111111',
    fields: struct({
      /** Newest first. */
      entries: list64(
        struct({
          epoch: u64,
          effectiveLamports: u64,
          activatingLamports: u64,
          deactivatingLamports: u64,
        }),
        { itemBytesMin: 32 },
      ),
    }),
  },
  sysvarLastRestartSlot: {
    at: 'SysvarLastRestartS1ot1111111111111111111111',
    fields: struct({ lastRestartSlot: u64 }),
  },
} as const;

type Sysvars = typeof SYSVARS;
export type SysvarKind = keyof Sysvars;

/** One sysvar's kind and fields. */
export type SysvarOf<Kind extends SysvarKind> = ParsedHeader & {
  readonly kind: Kind;
} & ValueOf<Sysvars[Kind]['fields']>;

export type Sysvar = { readonly [Kind in SysvarKind]: SysvarOf<Kind> }[SysvarKind];

const BY_ADDRESS: ReadonlyMap<string, readonly [SysvarKind, Codec<unknown>]> = new Map(
  Object.entries(SYSVARS).map(([kind, { at, fields }]) => [
    at,
    [kind as SysvarKind, fields as Codec<unknown>],
  ]),
);

export const sysvarProgram: ProgramParser<Sysvar> = {
  program: SYSVAR_OWNER,

  parse(data, header) {
    const known = BY_ADDRESS.get(header.address);
    if (known === undefined) return programAccount(header, data, 'UNKNOWN_KIND');
    const [kind, codec] = known;
    // One of nothing but zeros is none of these: the last restart slot is 0 on most clusters.
    if (data.length === 0) return programAccount(header, data, 'UNINITIALIZED');
    const reader = new ByteReader(data);
    const fields = codec.read(reader) as object;
    reader.leftover(reader.remaining);
    // The table gives each kind its own fields, by Sysvar's definition.
    return { ...header, residue: reader.residue, kind, ...fields } as Sysvar;
  },

  encode(entity) {
    const writer = new ByteWriter();
    (SYSVARS[entity.kind].fields as Codec<unknown>).write(writer, entity);
    return writer.finish(entity.sizeBytes, entity.residue);
  },
};
