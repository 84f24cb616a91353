// Gathers the frames of one connection and writes all of one turn of the event loop at once.
// Invariant: the bytes of a frame are copied before `add` returns, and written in the order of `add`.
import type { Socket } from 'node:net';
import { scheduleFlush } from './flush-scheduler.ts';
import { FRAME_HEADER_BYTES, HEADER_WORD_BYTES, writeFrameLength, writeUint32 } from './sp-wire.ts';

/** Frames are gathered in blocks of this size: about 50 small ones, and 16 MiB for 1,000 idle peers. */
const BLOCK_BYTES = 16 * 1024;

const NO_BLOCK = new Uint8Array(0);

/** A message, whole or in pieces that follow one another. */
export type SpPayload = Uint8Array | readonly Uint8Array[];

export function payloadLength(payload: SpPayload): number {
  if (payload instanceof Uint8Array) return payload.length;
  let length = 0;
  for (const piece of payload) length += piece.length;
  return length;
}

export class FrameWriter {
  readonly #socket: Socket;
  #block: Uint8Array = NO_BLOCK;
  /** Where the unwritten part of the block begins and ends. */
  #from = 0;
  #at = 0;
  #flushScheduled = false;

  constructor(socket: Socket) {
    this.#socket = socket;
  }

  /** What waits to be written, here and in the socket. */
  get queuedBytes(): number {
    return this.#at - this.#from + this.#socket.writableLength;
  }

  /** Adds a frame: a header (one word, several, or none) and a payload. Returns its length. */
  add(header: number | Uint8Array | null, payload: SpPayload): number {
    const headerBytes =
      header === null ? 0 : typeof header === 'number' ? HEADER_WORD_BYTES : header.length;
    const length = headerBytes + payloadLength(payload);
    let at = this.#reserve(FRAME_HEADER_BYTES + length);
    const block = this.#block;
    writeFrameLength(block, at, length);
    at += FRAME_HEADER_BYTES;
    if (typeof header === 'number') writeUint32(block, at, header);
    else if (header !== null) block.set(header, at);
    at += headerBytes;
    if (payload instanceof Uint8Array) {
      block.set(payload, at);
      return length;
    }
    for (const piece of payload) {
      block.set(piece, at);
      at += piece.length;
    }
    return length;
  }

  /** The scheduler's call. */
  flush(): void {
    this.#flushScheduled = false;
    this.writeGathered();
  }

  /** Writes what was gathered so far; the socket owns those bytes from then on. */
  writeGathered(): void {
    if (this.#at === this.#from) return;
    this.#socket.write(this.#block.subarray(this.#from, this.#at));
    this.#from = this.#at;
    if (this.#block.length > BLOCK_BYTES) this.drop();
  }

  /** Forgets what was gathered. */
  drop(): void {
    this.#block = NO_BLOCK;
    this.#from = 0;
    this.#at = 0;
  }

  #reserve(bytes: number): number {
    if (this.#block.length - this.#at < bytes) {
      this.writeGathered();
      this.#block = Buffer.allocUnsafeSlow(Math.max(BLOCK_BYTES, bytes));
      this.#from = 0;
      this.#at = 0;
    }
    if (!this.#flushScheduled) {
      this.#flushScheduled = true;
      scheduleFlush(this);
    }
    const at = this.#at;
    this.#at += bytes;
    return at;
  }
}
