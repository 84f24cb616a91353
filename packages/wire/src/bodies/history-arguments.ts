// The canonical arguments of history. They name their range of slots themselves, so that nodes with
// more or less history give the same bytes or an error, never two different lists.
//
//   account.at                    [address bstr32, slot]
//   block.get                     [slot]
//   blocks.range                  [slotFirst, slotLast, ascending, after slot | null, limit]
//   transactions.bySlot           [slot, after index | null, limit]
//   transactions.byAddress,
//   accountHistory.byAddress,
//   balanceHistory.byAddress      [address bstr32, mint bstr32 | null, slotFirst, slotLast, ascending,
//                                  after [slot, index] | null, limit]
//   transactions.count            [address bstr32, slotFirst, slotLast]
import { ADDRESS_BYTES, PAGE_ENTRIES_MAX, parseSlot, type Slot } from '@streamsync/domain';
import { CborReader } from '../cbor/reader.ts';
import { CborWriter } from '../cbor/writer.ts';

export interface SlotSpan {
  readonly slotFirst: Slot;
  readonly slotLast: Slot;
}

export interface AddressAtSlot {
  readonly address: Uint8Array;
  readonly slot: Slot;
}

/** The place of a transaction in the chain's history. */
export interface HistoryPosition {
  readonly slot: Slot;
  /** In the block; 0 in lists whose entries are whole slots. */
  readonly index: number;
}

export interface HistoryArguments extends SlotSpan {
  readonly address: Uint8Array;
  /** Of balances: the mint whose token balances are meant; null: lamports. Null in other lists. */
  readonly mint: Uint8Array | null;
  readonly ascending: boolean;
  /** The entry before the page, in the list's order. */
  readonly after: HistoryPosition | null;
  readonly limit: number;
}

export interface BlocksArguments extends SlotSpan {
  readonly ascending: boolean;
  readonly after: Slot | null;
  readonly limit: number;
}

export interface SlotTransactionsArguments {
  readonly slot: Slot;
  readonly afterIndex: number | null;
  readonly limit: number;
}

export interface CountArguments extends SlotSpan {
  readonly address: Uint8Array;
}

function readSlot(reader: CborReader): Slot {
  return parseSlot(reader.u64());
}

function readLimit(reader: CborReader): number {
  const limit = reader.unsigned();
  if (limit < 1 || limit > PAGE_ENTRIES_MAX) throw reader.fail('a page limit out of range');
  return limit;
}

function readSpan(reader: CborReader): SlotSpan {
  const span = { slotFirst: readSlot(reader), slotLast: readSlot(reader) };
  if (span.slotFirst > span.slotLast) throw reader.fail('a range that ends before it begins');
  return span;
}

export function encodeAddressAtSlot({ address, slot }: AddressAtSlot): Uint8Array {
  return new CborWriter(48).array(2).bytes(address).integer(slot).finish();
}

/** @throws StreamSyncError MALFORMED_MESSAGE */
export function decodeAddressAtSlot(item: Uint8Array): AddressAtSlot {
  const reader = new CborReader(item);
  reader.array(2);
  const decoded = { address: reader.bytes(ADDRESS_BYTES), slot: readSlot(reader) };
  reader.end();
  return decoded;
}

export function encodeSlotArguments(slot: Slot): Uint8Array {
  return new CborWriter(12).array(1).integer(slot).finish();
}

/** @throws StreamSyncError MALFORMED_MESSAGE */
export function decodeSlotArguments(item: Uint8Array): Slot {
  const reader = new CborReader(item);
  reader.array(1);
  const slot = readSlot(reader);
  reader.end();
  return slot;
}

export function encodeHistoryArguments(history: HistoryArguments): Uint8Array {
  const writer = new CborWriter(128).array(7).bytes(history.address);
  if (history.mint === null) writer.null();
  else writer.bytes(history.mint);
  writer.integer(history.slotFirst).integer(history.slotLast).boolean(history.ascending);
  if (history.after === null) writer.null();
  else writer.array(2).integer(history.after.slot).unsigned(history.after.index);
  return writer.unsigned(history.limit).finish();
}

/** @throws StreamSyncError MALFORMED_MESSAGE, also for a limit outside 1 to PAGE_ENTRIES_MAX */
export function decodeHistoryArguments(item: Uint8Array): HistoryArguments {
  const reader = new CborReader(item);
  reader.array(7);
  const decoded: HistoryArguments = {
    address: reader.bytes(ADDRESS_BYTES),
    mint: reader.nullable(() => reader.bytes(ADDRESS_BYTES)),
    ...readSpan(reader),
    ascending: reader.boolean(),
    after: reader.nullable(() => {
      reader.array(2);
      return { slot: readSlot(reader), index: reader.unsigned() };
    }),
    limit: readLimit(reader),
  };
  reader.end();
  return decoded;
}

export function encodeBlocksArguments(blocks: BlocksArguments): Uint8Array {
  const writer = new CborWriter(40)
    .array(5)
    .integer(blocks.slotFirst)
    .integer(blocks.slotLast)
    .boolean(blocks.ascending);
  if (blocks.after === null) writer.null();
  else writer.integer(blocks.after);
  return writer.unsigned(blocks.limit).finish();
}

/** @throws StreamSyncError MALFORMED_MESSAGE, also for a limit outside 1 to PAGE_ENTRIES_MAX */
export function decodeBlocksArguments(item: Uint8Array): BlocksArguments {
  const reader = new CborReader(item);
  reader.array(5);
  const decoded: BlocksArguments = {
    ...readSpan(reader),
    ascending: reader.boolean(),
    after: reader.nullable(() => readSlot(reader)),
    limit: readLimit(reader),
  };
  reader.end();
  return decoded;
}

export function encodeSlotTransactionsArguments(page: SlotTransactionsArguments): Uint8Array {
  const writer = new CborWriter(24).array(3).integer(page.slot);
  if (page.afterIndex === null) writer.null();
  else writer.unsigned(page.afterIndex);
  return writer.unsigned(page.limit).finish();
}

/** @throws StreamSyncError MALFORMED_MESSAGE, also for a limit outside 1 to PAGE_ENTRIES_MAX */
export function decodeSlotTransactionsArguments(item: Uint8Array): SlotTransactionsArguments {
  const reader = new CborReader(item);
  reader.array(3);
  const decoded: SlotTransactionsArguments = {
    slot: readSlot(reader),
    afterIndex: reader.nullable(() => reader.unsigned()),
    limit: readLimit(reader),
  };
  reader.end();
  return decoded;
}

export function encodeCountArguments(count: CountArguments): Uint8Array {
  return new CborWriter(64)
    .array(3)
    .bytes(count.address)
    .integer(count.slotFirst)
    .integer(count.slotLast)
    .finish();
}

/** @throws StreamSyncError MALFORMED_MESSAGE */
export function decodeCountArguments(item: Uint8Array): CountArguments {
  const reader = new CborReader(item);
  reader.array(3);
  const decoded: CountArguments = { address: reader.bytes(ADDRESS_BYTES), ...readSpan(reader) };
  reader.end();
  return decoded;
}
