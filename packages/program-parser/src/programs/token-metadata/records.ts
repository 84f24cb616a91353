// The accounts of Metaplex Token Metadata beside the metadata: editions, their markers, and records of
// who may do what. A layout for each key. Source: mpl-token-metadata `state::*`, Borsh. Accounts may be
// larger than their fields (master editions have 282 bytes in all versions).
import type { ByteReader } from '../../bytes/byte-reader.ts';
import {
  address,
  blob,
  bytes32,
  type Codec,
  enumU8,
  list,
  option,
  struct,
  u8,
  u64,
  type ValueOf,
  variant,
} from '../../bytes/codec.ts';

/** `MAX_RESERVATIONS` of the program. */
const RESERVATIONS_MAX = 200;

const delegateRecord = struct({
  bump: u8,
  mint: address,
  delegate: address,
  updateAuthority: address,
});

const masterEditionStart = { supply: u64, maxSupply: option(u64) };

/** `TOKEN_RECORD_SIZE` less `LOCKED_TRANSFER_SIZE`: records from before that field. */
const TOKEN_RECORD_BYTES_OLD = 47;

const tokenRecordStart = struct({
  bump: u8,
  state: enumU8(['unlocked', 'locked', 'listed']),
  /** Of the rule set, when the delegate was approved. */
  ruleSetRevision: option(u64),
  delegate: option(address),
  delegateRole: option(
    enumU8([
      'sale',
      'transfer',
      'utility',
      'staking',
      'standard',
      'lockedTransfer',
      'migration',
    ] as const),
  ),
});
const lockedTransfer = option(address);

type TokenRecordFields = ValueOf<typeof tokenRecordStart> & {
  /** The only destination while the delegate's role is lockedTransfer. */
  readonly lockedTransfer: ValueOf<typeof lockedTransfer>;
};

const tokenRecord: Codec<TokenRecordFields> = {
  read(reader) {
    const fields = tokenRecordStart.read(reader);
    const isOld = reader.data.length === TOKEN_RECORD_BYTES_OLD;
    return { ...fields, lockedTransfer: isOld ? null : lockedTransfer.read(reader) };
  },
  write(writer, value) {
    tokenRecordStart.write(writer, value);
    // In an old record the tag of "none" falls behind its end, where it is cut off.
    lockedTransfer.write(writer, value.lockedTransfer);
  },
};

const layout = <Kind extends string, Version extends string | null, Fields>(
  kind: Kind,
  version: Version,
  fields: Codec<Fields>,
) => ({ kind, version, fields });

/** By key, the first byte of an account. Kinds that were replaced have a version. */
export const RECORD_LAYOUTS = {
  1: layout('edition', null, struct({ parent: address, edition: u64 })),
  2: layout(
    'masterEdition',
    'v1',
    struct({
      ...masterEditionStart,
      printingMint: address,
      oneTimePrintingAuthorizationMint: address,
    }),
  ),
  3: layout(
    'reservationList',
    'v1',
    struct({
      masterEdition: address,
      supplySnapshot: option(u64),
      reservations: list(struct({ address, spotsRemaining: u8, totalSpots: u8 }), {
        itemBytesMin: 34,
        itemsMax: RESERVATIONS_MAX,
      }),
    }),
  ),
  5: layout(
    'reservationList',
    'v2',
    struct({
      masterEdition: address,
      supplySnapshot: option(u64),
      reservations: list(struct({ address, spotsRemaining: u64, totalSpots: u64 }), {
        itemBytesMin: 48,
        itemsMax: RESERVATIONS_MAX,
      }),
      totalReservationSpots: u64,
      currentReservationSpots: u64,
    }),
  ),
  6: layout('masterEdition', 'v2', struct(masterEditionStart)),
  // Bit 7 of the first byte stands for the first edition of the marker.
  7: layout('editionMarker', 'v1', struct({ ledger: blob(31) })),
  8: layout('useAuthorityRecord', null, struct({ allowedUses: u64, bump: u8 })),
  9: layout(
    'collectionAuthorityRecord',
    null,
    struct({ bump: u8, updateAuthority: option(address) }),
  ),
  10: layout(
    'tokenOwnedEscrow',
    null,
    struct({
      baseToken: address,
      authority: variant({ tokenOwner: struct({}), creator: struct({ creator: address }) }),
      bump: u8,
    }),
  ),
  11: layout('tokenRecord', null, tokenRecord),
  12: layout('metadataDelegate', null, delegateRecord),
  13: layout('editionMarker', 'v2', struct({ ledger: bytes32 })),
  14: layout('holderDelegate', null, delegateRecord),
} as const;

type Layouts = typeof RECORD_LAYOUTS;
export type RecordKey = keyof Layouts;

/** The fields of every record, told apart by `kind`, and by `version` where there are several. */
export type RecordFields = {
  readonly [Key in RecordKey]: {
    readonly kind: Layouts[Key]['kind'];
    readonly version: Layouts[Key]['version'];
  } & ValueOf<Layouts[Key]['fields']>;
}[RecordKey];

/** The fields behind the key, or null where no kind has it. */
export function readRecord(reader: ByteReader, key: number): RecordFields | null {
  const found = (RECORD_LAYOUTS as Readonly<Record<number, Layouts[RecordKey]>>)[key];
  if (found === undefined) return null;
  const { kind, version, fields } = found;
  // The table gives each kind its own fields, by RecordFields' definition.
  const record = { kind, version, ...fields.read(reader) } as RecordFields;
  reader.leftover(reader.remaining);
  return record;
}

/** The key of an account with these fields, and how they are written. */
export function layoutOf({ kind, version }: Pick<RecordFields, 'kind' | 'version'>): {
  readonly key: number;
  readonly fields: Codec<unknown>;
} {
  for (const [key, found] of Object.entries(RECORD_LAYOUTS)) {
    if (found.kind === kind && found.version === version) {
      return { key: Number(key), fields: found.fields as Codec<unknown> };
    }
  }
  throw new TypeError(`no record is a ${kind} of version ${version}`);
}

/** The editions that a marker says are printed, as places within the marker, from 0. */
export function printedPlaces(ledger: Uint8Array): number[] {
  const places: number[] = [];
  for (let index = 0; index < ledger.length * 8; index += 1) {
    if (((ledger[index >> 3] ?? 0) & (0x80 >> (index & 7))) !== 0) places.push(index);
  }
  return places;
}
