// Cuts the byte stream of one connection into frames. A frame that lies whole in one received chunk
// is handed on in place; only one that spans chunks is copied. Invariant: a length is checked before
// a byte of its frame is kept, and memory stays within twice what was received of one frame.
import { invariant } from '@streamsync/domain';
import { FRAME_HEADER_BYTES, readFrameLength } from './sp-wire.ts';

/** A spanning frame starts with this much room and doubles as its bytes come: a header alone costs no more. */
const SPANNING_BYTES_FIRST = 64 * 1024;

/** One frame's payload: `buffer[start, end)`. It may keep a whole received chunk alive: copy what is kept. */
export type FrameSink = (buffer: Uint8Array, start: number, end: number) => void;

/** `oversize`: a header announced more than the limit, and nothing may be read any more. */
export type ReadOutcome = 'ok' | 'oversize';

export class FrameReader {
  readonly #frameBytesMax: number;
  readonly #sink: FrameSink;
  readonly #header = new Uint8Array(FRAME_HEADER_BYTES);
  #headerFilled = 0;
  #body: Uint8Array | null = null;
  #bodyLength = 0;
  #bodyFilled = 0;
  #rest: Uint8Array | null = null;
  #halted = false;
  #reading = false;

  constructor(frameBytesMax: number, sink: FrameSink) {
    this.#frameBytesMax = frameBytesMax;
    this.#sink = sink;
  }

  /** True while a frame has begun and not ended. */
  get midFrame(): boolean {
    return this.#body !== null || this.#headerFilled > 0;
  }

  get halted(): boolean {
    return this.#halted;
  }

  /** Takes the next chunk. While halted, at most one chunk is kept: the caller pauses its socket. */
  push(chunk: Uint8Array): ReadOutcome {
    if (this.#halted) {
      const rest = this.#rest;
      this.#rest = rest === null ? chunk : Buffer.concat([rest, chunk]);
      return 'ok';
    }
    return this.#read(chunk);
  }

  /** No frame is handed on after the current one until `resume`. */
  halt(): void {
    this.#halted = true;
  }

  /** Goes on with what was kept. Inside the sink it only takes the halt back. */
  resume(): ReadOutcome {
    this.#halted = false;
    const rest = this.#rest;
    if (this.#reading || rest === null) return 'ok';
    this.#rest = null;
    return this.#read(rest);
  }

  #read(chunk: Uint8Array): ReadOutcome {
    invariant(!this.#reading, 'a frame sink must not feed its own reader');
    this.#reading = true;
    try {
      return this.#cut(chunk);
    } finally {
      this.#reading = false;
    }
  }

  #cut(chunk: Uint8Array): ReadOutcome {
    const end = chunk.length;
    let at = 0;
    while (at < end) {
      if (this.#halted) {
        this.#rest = chunk.subarray(at);
        return 'ok';
      }
      if (this.#body !== null) {
        at = this.#fillBody(this.#body, chunk, at);
        continue;
      }
      let length: number;
      if (this.#headerFilled > 0 || end - at < FRAME_HEADER_BYTES) {
        at = this.#fillHeader(chunk, at);
        if (this.#headerFilled < FRAME_HEADER_BYTES) return 'ok';
        this.#headerFilled = 0;
        length = readFrameLength(this.#header, 0);
      } else {
        length = readFrameLength(chunk, at);
        at += FRAME_HEADER_BYTES;
      }
      if (length > this.#frameBytesMax) return 'oversize';
      if (end - at >= length) {
        at += length;
        this.#sink(chunk, at - length, at);
      } else {
        this.#body = new Uint8Array(Math.min(length, SPANNING_BYTES_FIRST));
        this.#bodyLength = length;
        this.#bodyFilled = 0;
      }
    }
    return 'ok';
  }

  #fillHeader(chunk: Uint8Array, at: number): number {
    const taken = Math.min(FRAME_HEADER_BYTES - this.#headerFilled, chunk.length - at);
    this.#header.set(chunk.subarray(at, at + taken), this.#headerFilled);
    this.#headerFilled += taken;
    return at + taken;
  }

  #fillBody(body: Uint8Array, chunk: Uint8Array, at: number): number {
    const taken = Math.min(this.#bodyLength - this.#bodyFilled, chunk.length - at);
    const filled = this.#bodyFilled + taken;
    let room = body;
    if (filled > room.length) {
      room = new Uint8Array(Math.min(this.#bodyLength, Math.max(filled, room.length * 2)));
      room.set(body.subarray(0, this.#bodyFilled));
      this.#body = room;
    }
    room.set(chunk.subarray(at, at + taken), this.#bodyFilled);
    this.#bodyFilled = filled;
    if (filled === this.#bodyLength) {
      this.#body = null;
      this.#sink(room, 0, filled);
    }
    return at + taken;
  }
}
