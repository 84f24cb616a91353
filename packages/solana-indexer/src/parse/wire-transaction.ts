// A transaction's wire bytes (base64 in RPC), legacy and version 0:
// https://solana.com/docs/core/transactions#serialization. Read directly, because a node reads
// whole blocks and general codecs cost several times as much.
import {
  type Address,
  type Blockhash,
  type CompiledInstruction,
  OUTER_STACK_HEIGHT,
  type Signature,
  signatureFromBytes,
} from '@streamsync/domain';
import { addressAt, blockhashAt } from './base58.ts';
import { malformed } from './guards.ts';

export interface WireTransaction {
  readonly version: 'legacy' | number;
  readonly signatures: readonly Signature[];
  readonly header: {
    readonly requiredSignatures: number;
    readonly readonlySigned: number;
    readonly readonlyUnsigned: number;
  };
  readonly staticKeys: readonly Address[];
  readonly recentBlockhash: Blockhash;
  readonly instructions: readonly CompiledInstruction[];
  /** Addresses that lookup tables add. */
  readonly lookupCount: number;
}

const SIGNATURE_BYTES = 64;
const KEY_BYTES = 32;
const VERSION_FLAG = 0x80;

/** @throws StreamSyncError SOURCE_FAILED unless the bytes are exactly one transaction */
export function readWireTransaction(bytes: Buffer): WireTransaction {
  const cursor = new Cursor(bytes);
  const signatures: Signature[] = [];
  for (let left = cursor.count(SIGNATURE_BYTES); left > 0; left -= 1) {
    const start = cursor.take(SIGNATURE_BYTES);
    signatures.push(signatureFromBytes(bytes.subarray(start, start + SIGNATURE_BYTES)));
  }
  const first = cursor.byte();
  const version = (first & VERSION_FLAG) === 0 ? 'legacy' : first & ~VERSION_FLAG;
  if (version !== 'legacy' && version !== 0) throw malformed('transaction', 'of a known version');
  const header = {
    requiredSignatures: version === 'legacy' ? first : cursor.byte(),
    readonlySigned: cursor.byte(),
    readonlyUnsigned: cursor.byte(),
  };
  const staticKeys: Address[] = [];
  for (let left = cursor.count(KEY_BYTES); left > 0; left -= 1) {
    staticKeys.push(addressAt(bytes, cursor.take(KEY_BYTES)));
  }
  const recentBlockhash = blockhashAt(bytes, cursor.take(KEY_BYTES));
  const instructions: CompiledInstruction[] = [];
  for (let left = cursor.count(3); left > 0; left -= 1) {
    const programIdIndex = cursor.byte();
    const accountIndices = [...cursor.bytes(cursor.count(1))];
    const data = cursor.bytes(cursor.count(1));
    instructions.push({ programIdIndex, accountIndices, data, stackHeight: OUTER_STACK_HEIGHT });
  }
  const lookupCount = version === 'legacy' ? 0 : readLookups(cursor);
  cursor.end();
  return {
    version,
    signatures,
    header,
    staticKeys,
    recentBlockhash,
    instructions,
    lookupCount,
  };
}

function readLookups(cursor: Cursor): number {
  let addresses = 0;
  for (let left = cursor.count(KEY_BYTES + 2); left > 0; left -= 1) {
    cursor.take(KEY_BYTES);
    for (const _kind of ['writable', 'readonly']) {
      const count = cursor.count(1);
      cursor.take(count);
      addresses += count;
    }
  }
  return addresses;
}

class Cursor {
  readonly #bytes: Buffer;
  #offset = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  byte(): number {
    return this.#bytes[this.take(1)] ?? 0;
  }

  /** Passes over `length` bytes and returns where they begin. */
  take(length: number): number {
    const start = this.#offset;
    if (length > this.#bytes.length - start) throw malformed('transaction', 'whole');
    this.#offset = start + length;
    return start;
  }

  bytes(length: number): Uint8Array {
    const start = this.take(length);
    return new Uint8Array(this.#bytes.subarray(start, start + length));
  }

  /** A compact-u16 count of items of at least `itemBytes`, so bounded by what is left. */
  count(itemBytes: number): number {
    let value = 0;
    for (let shift = 0; shift <= 14; shift += 7) {
      const byte = this.byte();
      value |= (byte & 0x7f) << shift;
      if ((byte & 0x80) === 0) {
        if (value > 0xffff || value * itemBytes > this.#bytes.length - this.#offset) break;
        return value;
      }
    }
    throw malformed('transaction', 'whole');
  }

  end(): void {
    if (this.#offset !== this.#bytes.length) throw malformed('transaction', 'without a rest');
  }
}
