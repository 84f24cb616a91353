// Address lookup tables: 56 bytes of state, then 32 bytes an address. Source: solana-sdk
// `address_lookup_table::state::{ProgramState, LookupTableMeta}`, bincode.
import { type Address, U64_MAX } from '@streamsync/domain';
import { ByteReader } from '../../bytes/byte-reader.ts';
import { ByteWriter } from '../../bytes/byte-writer.ts';
import { address, option, struct, u8, u64, type ValueOf } from '../../bytes/codec.ts';
import {
  isAllZero,
  type ParsedHeader,
  type ProgramParser,
  programAccount,
} from '../../program-parser.ts';

export const ADDRESS_LOOKUP_TABLE_PROGRAM =
  'AddressLookupTab1e1111111111111111111111111' as Address;

const UNINITIALIZED = 0;
const LOOKUP_TABLE = 1;
/** `LOOKUP_TABLE_META_SIZE`: the addresses start here, whether or not there is an authority. */
const ADDRESSES_AT = 56;
const ADDRESS_BYTES = 32;

const meta = struct({
  deactivationSlot: u64,
  /** Addresses added in this slot serve from the next one on. */
  lastExtendedSlot: u64,
  /** Where the addresses that were added last begin. */
  lastExtendedStartIndex: u8,
  /** Null: the table is frozen. */
  authority: option(address),
});

type Meta = ValueOf<typeof meta>;

export interface AddressLookupTable extends ParsedHeader, Omit<Meta, 'deactivationSlot'> {
  readonly kind: 'addressLookupTable';
  /** Null: in use. */
  readonly deactivationSlot: bigint | null;
  readonly addresses: readonly Address[];
}

export const addressLookupTableProgram: ProgramParser<AddressLookupTable> = {
  program: ADDRESS_LOOKUP_TABLE_PROGRAM,

  parse(data, header) {
    if (isAllZero(data)) return programAccount(header, data, 'UNINITIALIZED');
    const reader = new ByteReader(data);
    const state = reader.u32();
    if (state === UNINITIALIZED) return programAccount(header, data, 'UNINITIALIZED');
    if (state !== LOOKUP_TABLE) return reader.fail('BAD_ENUM', 0);
    const { deactivationSlot, ...fields } = meta.read(reader);
    reader.leftover(ADDRESSES_AT - reader.offset);
    if (reader.remaining % ADDRESS_BYTES !== 0) return reader.fail('WRONG_SIZE', data.length);
    const addresses: Address[] = [];
    while (reader.remaining > 0) addresses.push(reader.address());
    return {
      ...header,
      residue: reader.residue,
      kind: 'addressLookupTable',
      ...fields,
      deactivationSlot: deactivationSlot === U64_MAX ? null : deactivationSlot,
      addresses,
    };
  },

  encode(entity) {
    const writer = new ByteWriter();
    writer.u32(LOOKUP_TABLE);
    meta.write(writer, { ...entity, deactivationSlot: entity.deactivationSlot ?? U64_MAX });
    writer.skip(ADDRESSES_AT - writer.offset);
    for (const one of entity.addresses) writer.address(one);
    return writer.finish(entity.sizeBytes, entity.residue);
  },
};
