// The canonical bodies of history. Items of accounts and transactions are carried as the canonical
// bytes that stores keep, so that a node copies and never encodes anew.
//
//   block              = null (skipped) | [slot, parent | null, blockhash bstr32,
//                        previous blockhash bstr32 | null, time | null, height | null, transactions]
//   blocks             = [[block …], more]
//   transactions       = [[transaction bstr …], more]
//   account at         = [slot of its last write | null, account bstr]
//   account versions   = [[[slot, account bstr] …], more]
//   balances           = [[[slot, index, signature bstr64, address bstr32, pre | null, post | null] …],
//                        more]
//   account changes    = [[[slot, address bstr32, account bstr] …], slot up to which they are whole]
//   count              = unsigned
import {
  ADDRESS_BYTES,
  type Address,
  addressBytes,
  addressFromBytes,
  type BalanceEntry,
  type BlockRecord,
  blockhashFromBytes,
  parseSlot,
  SIGNATURE_BYTES,
  type Slot,
  signatureBytes,
  signatureFromBytes,
} from '@streamsync/domain';
import { CborReader } from '../cbor/reader.ts';
import { CborWriter } from '../cbor/writer.ts';

export interface Page<Entry> {
  readonly entries: readonly Entry[];
  /** Whether the list goes on after the last entry. */
  readonly more: boolean;
}

/** An account as one slot left it: the encoded account, canonical null where it was closed. */
export interface AccountVersionItem {
  readonly slot: Slot;
  readonly item: Uint8Array;
}

export interface AccountAtSlotItem {
  /** The slot that wrote it last; null where it never existed. */
  readonly slot: Slot | null;
  readonly item: Uint8Array;
}

export interface AccountChangeItem extends AccountVersionItem {
  readonly address: Address;
}

export interface AccountChangesBody {
  /** By slot, then bytewise by address. */
  readonly changes: readonly AccountChangeItem[];
  /** Every change up to this slot is among them; below the pin where there were too many. */
  readonly slotLast: Slot;
}

const slotOf = (reader: CborReader): Slot => parseSlot(reader.u64());
const addressOf = (reader: CborReader): Address => addressFromBytes(reader.bytes(ADDRESS_BYTES));

function writeNullableInteger(writer: CborWriter, value: bigint | null): CborWriter {
  return value === null ? writer.null() : writer.integer(value);
}

function writeBlock(writer: CborWriter, block: BlockRecord): void {
  writeNullableInteger(writer.array(7).integer(block.slot), block.parentSlot).bytes(
    addressBytes(block.blockhash),
  );
  if (block.previousBlockhash === null) writer.null();
  else writer.bytes(addressBytes(block.previousBlockhash));
  writeNullableInteger(writer, block.blockTimeSeconds);
  writeNullableInteger(writer, block.blockHeight).unsigned(block.transactionCount);
}

function readBlock(reader: CborReader): BlockRecord {
  reader.array(7);
  return {
    slot: slotOf(reader),
    parentSlot: reader.nullable(() => slotOf(reader)),
    blockhash: blockhashFromBytes(reader.bytes(ADDRESS_BYTES)),
    previousBlockhash: reader.nullable(() => blockhashFromBytes(reader.bytes(ADDRESS_BYTES))),
    blockTimeSeconds: reader.nullable(() => reader.integer()),
    blockHeight: reader.nullable(() => reader.u64()),
    transactionCount: reader.unsigned(),
  };
}

/** A list of entries and whether it goes on: the form of every page of history. */
function encodePage<Entry>(page: Page<Entry>, write: (writer: CborWriter, entry: Entry) => void) {
  const writer = new CborWriter(64 + page.entries.length * 128).array(2).array(page.entries.length);
  for (const entry of page.entries) write(writer, entry);
  return writer.boolean(page.more).finish();
}

function decodePage<Entry>(item: Uint8Array, read: (reader: CborReader) => Entry): Page<Entry> {
  const reader = new CborReader(item);
  reader.array(2);
  const entries: Entry[] = [];
  for (let left = reader.array(); left > 0; left -= 1) entries.push(read(reader));
  const more = reader.boolean();
  reader.end();
  return { entries, more };
}

export function encodeBlockItem(block: BlockRecord | null): Uint8Array {
  const writer = new CborWriter(128);
  if (block === null) writer.null();
  else writeBlock(writer, block);
  return writer.finish();
}

/** @throws StreamSyncError MALFORMED_MESSAGE */
export function decodeBlockItem(item: Uint8Array): BlockRecord | null {
  const reader = new CborReader(item);
  const block = reader.nullable(() => readBlock(reader));
  reader.end();
  return block;
}

export function encodeBlocksPage(page: Page<BlockRecord>): Uint8Array {
  return encodePage(page, writeBlock);
}

/** @throws StreamSyncError MALFORMED_MESSAGE */
export function decodeBlocksPage(item: Uint8Array): Page<BlockRecord> {
  return decodePage(item, readBlock);
}

/** Entries are encoded transactions. */
export function encodeTransactionsPage(page: Page<Uint8Array>): Uint8Array {
  return encodePage(page, (writer, entry) => writer.bytes(entry));
}

/** @throws StreamSyncError MALFORMED_MESSAGE */
export function decodeTransactionsPage(item: Uint8Array): Page<Uint8Array> {
  return decodePage(item, (reader) => reader.bytes());
}

export function encodeAccountAtSlot(version: AccountAtSlotItem): Uint8Array {
  const writer = new CborWriter(version.item.length + 24).array(2);
  return writeNullableInteger(writer, version.slot).bytes(version.item).finish();
}

/** @throws StreamSyncError MALFORMED_MESSAGE */
export function decodeAccountAtSlot(item: Uint8Array): AccountAtSlotItem {
  const reader = new CborReader(item);
  reader.array(2);
  const decoded = { slot: reader.nullable(() => slotOf(reader)), item: reader.bytes() };
  reader.end();
  return decoded;
}

export function encodeVersionsPage(page: Page<AccountVersionItem>): Uint8Array {
  return encodePage(page, (writer, { slot, item }) => writer.array(2).integer(slot).bytes(item));
}

/** @throws StreamSyncError MALFORMED_MESSAGE */
export function decodeVersionsPage(item: Uint8Array): Page<AccountVersionItem> {
  return decodePage(item, (reader) => {
    reader.array(2);
    return { slot: slotOf(reader), item: reader.bytes() };
  });
}

export function encodeBalancesPage(page: Page<BalanceEntry>): Uint8Array {
  return encodePage(page, (writer, entry) => {
    writer
      .array(6)
      .integer(entry.slot)
      .unsigned(entry.blockIndex)
      .bytes(signatureBytes(entry.signature))
      .bytes(addressBytes(entry.address));
    writeNullableInteger(writer, entry.preAmount);
    writeNullableInteger(writer, entry.postAmount);
  });
}

/** @throws StreamSyncError MALFORMED_MESSAGE */
export function decodeBalancesPage(item: Uint8Array): Page<BalanceEntry> {
  return decodePage(item, (reader) => {
    reader.array(6);
    return {
      slot: slotOf(reader),
      blockIndex: reader.unsigned(),
      signature: signatureFromBytes(reader.bytes(SIGNATURE_BYTES)),
      address: addressOf(reader),
      preAmount: reader.nullable(() => reader.u64()),
      postAmount: reader.nullable(() => reader.u64()),
    };
  });
}

export function encodeAccountChanges(body: AccountChangesBody): Uint8Array {
  const writer = new CborWriter(64 + body.changes.length * 260).array(2).array(body.changes.length);
  for (const { slot, address, item } of body.changes) {
    writer.array(3).integer(slot).bytes(addressBytes(address)).bytes(item);
  }
  return writer.integer(body.slotLast).finish();
}

/** @throws StreamSyncError MALFORMED_MESSAGE */
export function decodeAccountChanges(item: Uint8Array): AccountChangesBody {
  const reader = new CborReader(item);
  reader.array(2);
  const changes: AccountChangeItem[] = [];
  for (let left = reader.array(); left > 0; left -= 1) {
    reader.array(3);
    changes.push({ slot: slotOf(reader), address: addressOf(reader), item: reader.bytes() });
  }
  const slotLast = slotOf(reader);
  reader.end();
  return { changes, slotLast };
}

export function encodeCount(count: number): Uint8Array {
  return new CborWriter(9).unsigned(count).finish();
}

/** @throws StreamSyncError MALFORMED_MESSAGE */
export function decodeCount(item: Uint8Array): number {
  const reader = new CborReader(item);
  const count = reader.unsigned();
  reader.end();
  return count;
}
