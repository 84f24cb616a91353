// The limits of one SP connection, whichever side dialed, and their defaults.

export interface ConnectionLimits {
  /** A frame's payload at most, in and out, with its REQ/REP header; checked at the frame's header. */
  readonly frameBytesMax: number;
  /** From the connected socket to the peer's SP handshake. */
  readonly handshakeTimeoutMs: number;
  /** A frame that has begun ends, or at least another one does, within one to two of these. */
  readonly frameTimeoutMs: number;
  /** Closes a connection that brings no frame for this long, rounded up to `frameTimeoutMs`; 0: never. */
  readonly idleTimeoutMs: number;
}

/** Requests and answers are far below; a page of a list fits. */
export const FRAME_BYTES_MAX_DEFAULT = 1024 * 1024;

/** Two round trips around the world, TLS included, several times over. */
const HANDSHAKE_TIMEOUT_MS_DEFAULT = 5_000;

/** The largest default frame at 1 Mbit/s needs 8 s. */
const FRAME_TIMEOUT_MS_DEFAULT = 10_000;

export function limitsOf(options: Partial<ConnectionLimits>): ConnectionLimits {
  return {
    frameBytesMax: options.frameBytesMax ?? FRAME_BYTES_MAX_DEFAULT,
    handshakeTimeoutMs: options.handshakeTimeoutMs ?? HANDSHAKE_TIMEOUT_MS_DEFAULT,
    frameTimeoutMs: options.frameTimeoutMs ?? FRAME_TIMEOUT_MS_DEFAULT,
    idleTimeoutMs: options.idleTimeoutMs ?? 0,
  };
}
