// One SP connection over a connected socket: handshake, frames in, coalesced frames out. It knows
// no REQ or PUB; those are `SpProtocol`s. Invariant: `opened` and `closed` are told once each and in
// this order, frames only between them, and bytes given to `send` are copied before it returns.
import type { Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import { scheduleFlush } from './flush-scheduler.ts';
import { FrameReader } from './frame-reader.ts';
import type { SpCounters } from './sp-counters.ts';
import {
  encodeHandshake,
  FRAME_HEADER_BYTES,
  HANDSHAKE_BYTES,
  HEADER_WORD_BYTES,
  parseHandshake,
  SP_PEERS,
  SP_PROTOCOLS,
  type SpProtocolName,
  writeFrameLength,
  writeUint32,
} from './sp-wire.ts';

/** Outgoing frames are gathered in blocks of this size: about 100 small messages, and 16 MiB for 1,000 idle peers. */
const BLOCK_BYTES = 16 * 1024;

const NO_BLOCK = new Uint8Array(0);

/** Probes begin after this silence; the kernel then finds a dead peer within about ten more seconds. */
const KEEPALIVE_DELAY_MS = 10_000;

/** A message, whole or in pieces that follow one another. */
export type SpPayload = Uint8Array | readonly Uint8Array[];

export type CloseReason =
  | 'peer-closed'
  | 'socket-failed'
  | 'handshake-late'
  | 'handshake-malformed'
  | 'peer-protocol-wrong'
  | 'frame-oversize'
  | 'frame-malformed'
  | 'frame-late'
  | 'idle'
  | 'stopped';

export interface ConnectionLimits {
  /** A frame's payload at most, checked at its header. */
  readonly frameBytesMax: number;
  /** From the connected socket to the peer's SP handshake. */
  readonly handshakeTimeoutMs: number;
  /** A frame that has begun ends, or at least another one does, within one to two of these. */
  readonly frameTimeoutMs: number;
  /** Closes a connection that brings no frame for this long, rounded up to `frameTimeoutMs`; 0: never. */
  readonly idleTimeoutMs: number;
}

/** Who is at the other end. */
export interface SpPeer {
  /** Unique within this process. */
  readonly id: number;
  /** `host:port` as the socket says. */
  readonly remote: string;
  close(): void;
}

/** What a protocol (REQ, REP, PUB, SUB) does with its connections. */
export interface SpProtocol {
  readonly name: SpProtocolName;
  readonly counters: SpCounters;
  opened(connection: SpConnection): void;
  /** `buffer[start, end)` is the frame's payload. False: the protocol does not allow it. */
  received(connection: SpConnection, buffer: Uint8Array, start: number, end: number): boolean;
  /** The socket has taken what was queued. */
  drained(connection: SpConnection): void;
  /** Only after `opened`. */
  closed(connection: SpConnection, reason: CloseReason): void;
}

let connectionIdNext = 1;

export class SpConnection implements SpPeer {
  readonly id = connectionIdNext++;
  readonly remote: string;
  readonly #socket: Socket | TLSSocket;
  readonly #protocol: SpProtocol;
  readonly #counters: SpCounters;
  readonly #limits: ConnectionLimits;
  readonly #onClosed: (reason: CloseReason) => void;
  readonly #reader: FrameReader;
  readonly #handshake = new Uint8Array(HANDSHAKE_BYTES);
  #handshakeFilled = 0;
  #state: 'handshaking' | 'open' | 'closed' = 'handshaking';
  #timer: NodeJS.Timeout;
  #block: Uint8Array = NO_BLOCK;
  #blockFrom = 0;
  #blockAt = 0;
  #flushScheduled = false;
  #finishing = false;
  #framesIn = 0;
  #framesAtCheck = 0;
  #silentChecks = 0;
  #midFrameAtCheck = false;

  constructor(
    socket: Socket | TLSSocket,
    protocol: SpProtocol,
    limits: ConnectionLimits,
    onClosed: (reason: CloseReason) => void,
  ) {
    this.#socket = socket;
    this.#protocol = protocol;
    this.#counters = protocol.counters;
    this.#limits = limits;
    this.#onClosed = onClosed;
    this.remote = `${socket.remoteAddress ?? '?'}:${socket.remotePort ?? 0}`;
    this.#reader = new FrameReader(limits.frameBytesMax, (buffer, start, end) =>
      this.#received(buffer, start, end),
    );
    this.#timer = setTimeout(() => this.#end('handshake-late'), limits.handshakeTimeoutMs);
    socket.setNoDelay(true);
    socket.setKeepAlive(true, KEEPALIVE_DELAY_MS);
    socket.on('data', (chunk: Uint8Array) => this.#bytesCame(chunk));
    socket.on('drain', () => this.#protocol.drained(this));
    socket.on('error', () => this.#end('socket-failed'));
    socket.on('close', () => this.#end('peer-closed'));
    socket.write(encodeHandshake(protocol.name));
  }

  get open(): boolean {
    return this.#state === 'open';
  }

  get framesIn(): number {
    return this.#framesIn;
  }

  get readingPaused(): boolean {
    return this.#reader.halted;
  }

  /** What waits to be written, here and in the socket. */
  get queuedBytes(): number {
    return this.#blockAt - this.#blockFrom + this.#socket.writableLength;
  }

  /**
   * Queues a frame: a header (one word, several, or none) and a payload. All frames of one turn of the
   * event loop go out in one write. The caller bounds the queue by `queuedBytes`; nothing is sent once closed.
   */
  send(header: number | Uint8Array | null, payload: SpPayload): void {
    if (this.#state !== 'open') return;
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
    if (payload instanceof Uint8Array) block.set(payload, at);
    else {
      for (const piece of payload) {
        block.set(piece, at);
        at += piece.length;
      }
    }
    this.#counters.framesOut += 1;
    this.#counters.bytesOut += length;
  }

  /** Writes what was gathered. The scheduler calls it; a full block does too. */
  flush(): void {
    this.#flushScheduled = false;
    if (this.#blockAt === this.#blockFrom || this.#state === 'closed') return;
    this.#socket.write(this.#block.subarray(this.#blockFrom, this.#blockAt));
    this.#blockFrom = this.#blockAt;
    if (this.#block.length > BLOCK_BYTES) this.#dropBlock();
  }

  /** Stops handing on frames, and lets TCP hold the peer back. */
  pauseReading(): void {
    if (this.#reader.halted || this.#state === 'closed') return;
    this.#reader.halt();
    this.#socket.pause();
  }

  /** Takes `pauseReading` back; kept frames are handed on in a microtask, not inside the caller. */
  resumeReading(): void {
    if (!this.#reader.halted || this.#state === 'closed') return;
    queueMicrotask(() => {
      if (!this.#reader.halted || this.#state === 'closed') return;
      if (this.#reader.resume() === 'oversize') this.#oversize();
      else if (!this.#reader.halted) this.#socket.resume();
    });
  }

  close(): void {
    this.#end('stopped');
  }

  /** Takes no more frames, writes what is queued and ends; the peer's end, or `close`, closes it. */
  finish(): void {
    this.flush();
    this.#finishing = true;
    if (this.#state !== 'open') this.#end('stopped');
    else this.#socket.resume().end();
  }

  #reserve(bytes: number): number {
    if (this.#block.length - this.#blockAt < bytes) {
      const scheduled = this.#flushScheduled;
      this.flush();
      this.#flushScheduled = scheduled;
      this.#block = Buffer.allocUnsafeSlow(Math.max(BLOCK_BYTES, bytes));
      this.#blockFrom = 0;
      this.#blockAt = 0;
    }
    if (!this.#flushScheduled) {
      this.#flushScheduled = true;
      scheduleFlush(this);
    }
    const at = this.#blockAt;
    this.#blockAt += bytes;
    return at;
  }

  #dropBlock(): void {
    this.#block = NO_BLOCK;
    this.#blockFrom = 0;
    this.#blockAt = 0;
  }

  #bytesCame(chunk: Uint8Array): void {
    if (this.#state === 'closed' || this.#finishing) return;
    let frames = chunk;
    if (this.#state === 'handshaking') {
      const taken = Math.min(HANDSHAKE_BYTES - this.#handshakeFilled, chunk.length);
      this.#handshake.set(chunk.subarray(0, taken), this.#handshakeFilled);
      this.#handshakeFilled += taken;
      if (this.#handshakeFilled < HANDSHAKE_BYTES || !this.#shakeHands()) return;
      frames = chunk.subarray(taken);
    }
    if (this.#reader.push(frames) === 'oversize') this.#oversize();
  }

  #shakeHands(): boolean {
    const number = parseHandshake(this.#handshake);
    if (number !== SP_PROTOCOLS[SP_PEERS[this.#protocol.name]]) {
      this.#end(number === null ? 'handshake-malformed' : 'peer-protocol-wrong');
      return false;
    }
    clearTimeout(this.#timer);
    this.#timer = setInterval(() => this.#checkProgress(), this.#limits.frameTimeoutMs);
    this.#timer.unref();
    this.#state = 'open';
    this.#counters.connectionsOpen += 1;
    this.#counters.connectionsOpened += 1;
    this.#protocol.opened(this);
    return this.open;
  }

  #received(buffer: Uint8Array, start: number, end: number): void {
    if (this.#state !== 'open') return;
    this.#framesIn += 1;
    this.#counters.framesIn += 1;
    this.#counters.bytesIn += end - start;
    if (this.#protocol.received(this, buffer, start, end)) return;
    this.#counters.framesMalformed += 1;
    this.#end('frame-malformed');
  }

  #oversize(): void {
    this.#counters.framesOversize += 1;
    this.#end('frame-oversize');
  }

  /** A peer that holds a frame open, or is silent for too long, is let go. */
  #checkProgress(): void {
    const progressed = this.#framesIn !== this.#framesAtCheck;
    this.#framesAtCheck = this.#framesIn;
    if (this.#reader.halted || progressed) {
      this.#silentChecks = 0;
      this.#midFrameAtCheck = this.#reader.midFrame;
      return;
    }
    if (this.#midFrameAtCheck && this.#reader.midFrame) {
      this.#end('frame-late');
      return;
    }
    this.#midFrameAtCheck = this.#reader.midFrame;
    this.#silentChecks += 1;
    const { idleTimeoutMs, frameTimeoutMs } = this.#limits;
    if (idleTimeoutMs > 0 && this.#silentChecks * frameTimeoutMs > idleTimeoutMs) this.#end('idle');
  }

  #end(reason: CloseReason): void {
    if (this.#state === 'closed') return;
    const opened = this.#state === 'open';
    this.#state = 'closed';
    clearTimeout(this.#timer);
    clearInterval(this.#timer);
    this.#reader.halt();
    this.#dropBlock();
    this.#socket.destroy();
    if (opened) {
      this.#counters.connectionsOpen -= 1;
      this.#protocol.closed(this, reason);
    } else if (reason !== 'stopped') {
      this.#counters.handshakesFailed += 1;
    }
    this.#onClosed(reason);
  }
}

export function payloadLength(payload: SpPayload): number {
  if (payload instanceof Uint8Array) return payload.length;
  let length = 0;
  for (const piece of payload) length += piece.length;
  return length;
}
