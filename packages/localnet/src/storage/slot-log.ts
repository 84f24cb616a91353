// Closed slots on disk, one record each, in segments of a fixed number of slots. A record is
// u32 length, u32 CRC-32, and the slot by node:v8. It is written as the slot closes and before
// anyone hears of the slot, so that a killed process comes back with every slot it announced.
import { closeSync, fsyncSync, ftruncateSync, openSync, readdirSync, unlinkSync } from 'node:fs';
import { join } from 'node:path';
import { deserialize, serialize } from 'node:v8';
import { crc32 } from 'node:zlib';
import type { AccountState, Address } from '@streamsync/domain';
import { SLOT_SYSVARS } from '../chain/addresses.ts';
import type { Block, ClosedSlot } from '../chain/types.ts';
import { readIfThere, writeAll } from './files.ts';

/** About 7 minutes of slots of 400 ms: what a start has to run through after a kill. */
export const SEGMENT_SLOTS = 1_000;
const HEADER_BYTES = 8;
const NAME = /^slots-(\d+)\.log$/;

export interface SavedSlot {
  readonly block: Block;
  readonly writes: readonly (readonly [Address, AccountState | null])[];
}

export class SlotLog {
  readonly #dir: string;
  #file: number | null = null;
  #segment = -1;

  constructor(dir: string) {
    this.#dir = dir;
  }

  /** Every whole record, oldest first. A torn one at the very end, of a crash, is cut off. */
  *read(): Generator<SavedSlot> {
    const segments = this.#segments();
    for (const [index, first] of segments.entries()) {
      const path = this.#path(first);
      const bytes = readIfThere(path) ?? Buffer.alloc(0);
      let offset = 0;
      for (let record = recordAt(bytes, 0); record; record = recordAt(bytes, offset)) {
        yield deserialize(record) as SavedSlot;
        offset += HEADER_BYTES + record.length;
      }
      if (offset === bytes.length) continue;
      if (index < segments.length - 1) throw new Error(`${path} is damaged at byte ${offset}`);
      cut(path, offset);
    }
  }

  append({ block, writes }: ClosedSlot): void {
    // The slot's sysvars follow from the block and are set anew at every start.
    const kept = writes.filter(({ address }) => !SLOT_SYSVARS.includes(address));
    const saved: SavedSlot = { block, writes: kept.map(({ address, after }) => [address, after]) };
    const payload = serialize(saved);
    const header = Buffer.alloc(HEADER_BYTES);
    header.writeUInt32LE(payload.length, 0);
    header.writeUInt32LE(crc32(payload), 4);
    writeAll(this.#open(block.slot), Buffer.concat([header, payload]));
  }

  /** Makes everything written so far survive a power cut. */
  sync(): void {
    if (this.#file !== null) fsyncSync(this.#file);
  }

  /** Removes the segments that hold nothing from `slotFirst` on. */
  dropBefore(slotFirst: number): void {
    for (const first of this.#segments()) {
      if (first + SEGMENT_SLOTS <= slotFirst) unlinkSync(this.#path(first));
    }
  }

  close(): void {
    if (this.#file !== null) closeSync(this.#file);
    this.#file = null;
    this.#segment = -1;
  }

  #open(slot: number): number {
    const first = slot - (slot % SEGMENT_SLOTS);
    if (this.#file === null || this.#segment !== first) {
      this.close();
      this.#file = openSync(this.#path(first), 'a');
      this.#segment = first;
    }
    return this.#file;
  }

  #path(first: number): string {
    return join(this.#dir, `slots-${first}.log`);
  }

  #segments(): number[] {
    return readdirSync(this.#dir)
      .flatMap((name) => {
        const first = NAME.exec(name)?.[1];
        return first === undefined ? [] : [Number(first)];
      })
      .sort((a, b) => a - b);
  }
}

/** The payload of the record at an offset; null when no whole, undamaged record stands there. */
function recordAt(bytes: Buffer, offset: number): Buffer | null {
  if (offset + HEADER_BYTES > bytes.length) return null;
  const end = offset + HEADER_BYTES + bytes.readUInt32LE(offset);
  if (end > bytes.length) return null;
  const payload = bytes.subarray(offset + HEADER_BYTES, end);
  return crc32(payload) === bytes.readUInt32LE(offset + 4) ? payload : null;
}

function cut(path: string, sizeBytes: number): void {
  const file = openSync(path, 'r+');
  try {
    ftruncateSync(file, sizeBytes);
  } finally {
    closeSync(file);
  }
}
