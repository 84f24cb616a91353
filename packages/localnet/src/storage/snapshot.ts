// All accounts as one closed slot left them, in one file that is replaced as a whole. litesvm's own
// `toBytes` is of no use: it fails on large states and forgets which transactions ran.
import { deserialize, serialize } from 'node:v8';
import { crc32 } from 'node:zlib';
import type { AccountState, Address } from '@streamsync/domain';
import { SLOT_SYSVARS } from '../chain/addresses.ts';
import { readIfThere, replaceFile } from './files.ts';

/** Raised when the form changes; other versions are refused. */
const VERSION = 1;
/** Accounts of one chunk, so that no single buffer grows with the whole state. */
const CHUNK_BYTES = 8 * 1024 * 1024;
const HEADER_BYTES = 8;

export interface Snapshot {
  readonly slot: number;
  readonly accounts: Iterable<readonly [Address, AccountState]>;
}

/** A sequence of chunks: u32 length, u32 CRC-32, payload by node:v8; the first states slot and count. */
export function writeSnapshot(path: string, { slot, accounts }: Snapshot): void {
  const chunks: Uint8Array[] = [];
  let entries: (readonly [Address, AccountState])[] = [];
  let sizeBytes = 0;
  let count = 0;
  const flush = () => {
    if (entries.length > 0) chunks.push(...frame(serialize(entries)));
    entries = [];
    sizeBytes = 0;
  };
  for (const entry of accounts) {
    if (SLOT_SYSVARS.includes(entry[0])) continue;
    entries.push(entry);
    count += 1;
    sizeBytes += entry[1].data.length;
    if (sizeBytes >= CHUNK_BYTES || entries.length >= 10_000) flush();
  }
  flush();
  replaceFile(path, [...frame(serialize({ version: VERSION, slot, count })), ...chunks]);
}

/** Null when there is no snapshot. @throws Error when it is damaged or of another version */
export function readSnapshot(path: string): Snapshot | null {
  const bytes = readIfThere(path);
  if (bytes === null) return null;
  const [first, ...rest] = [...frames(bytes)];
  if (first === undefined) throw new Error('the snapshot is empty');
  const { version, slot, count } = deserialize(first) as Record<string, number>;
  if (version !== VERSION || slot === undefined) {
    throw new Error(`the snapshot is of version ${version}, and this localnet reads ${VERSION}`);
  }
  const accounts = rest.flatMap((chunk) => deserialize(chunk) as [Address, AccountState][]);
  if (accounts.length !== count) throw new Error('the snapshot is cut short');
  return { slot, accounts };
}

function frame(payload: Buffer): [Buffer, Buffer] {
  const header = Buffer.alloc(HEADER_BYTES);
  header.writeUInt32LE(payload.length, 0);
  header.writeUInt32LE(crc32(payload), 4);
  return [header, payload];
}

function* frames(bytes: Buffer): Generator<Buffer> {
  for (let offset = 0; offset < bytes.length; ) {
    const start = offset + HEADER_BYTES;
    if (start > bytes.length) throw new Error('the snapshot is cut short');
    const end = start + bytes.readUInt32LE(offset);
    const payload = bytes.subarray(start, end);
    if (end > bytes.length || crc32(payload) !== bytes.readUInt32LE(offset + 4)) {
      throw new Error(`the snapshot is damaged at byte ${offset}`);
    }
    yield payload;
    offset = end;
  }
}
