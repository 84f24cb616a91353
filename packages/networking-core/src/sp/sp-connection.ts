// One SP connection over a connected socket: handshake, frames in, coalesced frames out. It knows
// no REQ or PUB; those are `SpProtocol`s. Invariant: `opened` and `closed` are told once each and in
// this order, frames only between them, and bytes given to `send` are copied before it returns.
import type { Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import type { ConnectionLimits } from './connection-limits.ts';
import { FrameReader } from './frame-reader.ts';
import { FrameWriter, type SpPayload } from './frame-writer.ts';
import type { SpCounters } from './sp-counters.ts';
import {
  encodeHandshake,
  HANDSHAKE_BYTES,
  parseHandshake,
  SP_PEERS,
  SP_PROTOCOLS,
  type SpProtocolName,
} from './sp-wire.ts';

/** Probes begin after this silence; the kernel then finds a dead peer within about ten more seconds. */
const KEEPALIVE_DELAY_MS = 10_000;

/** A peer that takes nothing of what waits for it during so many checks, one each `frameTimeoutMs`, is let go. */
const UNREAD_CHECKS_MAX = 3;

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
  | 'unread'
  | 'stopped';

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
  readonly #writer: FrameWriter;
  readonly #handshake = new Uint8Array(HANDSHAKE_BYTES);
  #handshakeFilled = 0;
  #state: 'handshaking' | 'open' | 'closed' = 'handshaking';
  #timer: NodeJS.Timeout;
  #finishing = false;
  #framesIn = 0;
  #framesAtCheck = 0;
  #silentChecks = 0;
  #midFrameAtCheck = false;
  #takenAtCheckBytes = 0;
  #unreadChecks = 0;

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
    this.#writer = new FrameWriter(socket);
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
    return this.#writer.queuedBytes;
  }

  /**
   * Queues a frame: a header (one word, several, or none) and a payload. All frames of one turn of the
   * event loop go out in one write. The caller bounds the queue by `queuedBytes`; nothing is sent once closed.
   */
  send(header: number | Uint8Array | null, payload: SpPayload): void {
    if (this.#state !== 'open') return;
    this.#counters.bytesOut += this.#writer.add(header, payload);
    this.#counters.framesOut += 1;
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
    this.#writer.writeGathered();
    this.#finishing = true;
    if (this.#state !== 'open') this.#end('stopped');
    else this.#socket.resume().end();
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

  /** A peer that holds a frame open, does not read, or is silent for too long, is let go. */
  #checkProgress(): void {
    const waitingBytes = this.#socket.writableLength;
    const takenBytes = this.#socket.bytesWritten - waitingBytes;
    const unread = waitingBytes > 0 && takenBytes === this.#takenAtCheckBytes;
    this.#takenAtCheckBytes = takenBytes;
    this.#unreadChecks = unread ? this.#unreadChecks + 1 : 0;
    if (this.#unreadChecks >= UNREAD_CHECKS_MAX) this.#end('unread');
    else this.#checkFrames();
  }

  #checkFrames(): void {
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
    this.#writer.drop();
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
