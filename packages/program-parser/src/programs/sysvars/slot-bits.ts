// The bits of the slot history: `bv::BitVec<u64>` in bincode, an option of a boxed slice of words and
// the number of bits. They stay bytes, as views: 128 KiB would be 16,384 bigints.
import type { ByteReader } from '../../bytes/byte-reader.ts';
import type { Codec } from '../../bytes/codec.ts';

const WORD_BYTES = 8;

export interface SlotBits {
  /** Little-endian words; a view into the data. Null: no words were ever made. */
  readonly words: Uint8Array | null;
  readonly bitCount: bigint;
}

export const slotBits: Codec<SlotBits> = {
  read(reader) {
    const hasWords = readTag(reader);
    const words = hasWords ? readWords(reader) : null;
    const bitCountAt = reader.offset;
    const bitCount = reader.u64();
    if (bitCount > BigInt(words?.length ?? 0) * 8n) reader.fail('OUT_OF_RANGE', bitCountAt);
    return { words, bitCount };
  },
  write(writer, { words, bitCount }) {
    writer.bool(words !== null);
    if (words !== null) {
      writer.u64(BigInt(words.length / WORD_BYTES));
      writer.bytes(words);
    }
    writer.u64(bitCount);
  },
};

function readTag(reader: ByteReader): boolean {
  const tag = reader.u8();
  if (tag > 1) reader.fail('BAD_OPTION_TAG', reader.offset - 1);
  return tag === 1;
}

function readWords(reader: ByteReader): Uint8Array {
  const countAt = reader.offset;
  const count = reader.u64();
  if (count * BigInt(WORD_BYTES) > BigInt(reader.remaining)) reader.fail('TRUNCATED', countAt);
  return reader.bytes(Number(count) * WORD_BYTES);
}

/** Whether the bit of `slot` is set; its place is the slot modulo the number of bits. */
export function hasSlotBit({ words, bitCount }: SlotBits, slot: bigint): boolean {
  if (words === null || bitCount === 0n) return false;
  const index = Number(slot % bitCount);
  return (((words[index >> 3] ?? 0) >> (index & 7)) & 1) === 1;
}
