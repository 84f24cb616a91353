// The bytes of the SP protocols as NNG and nanomsg speak them over TCP and TLS: handshake, frame
// header, protocol numbers. Invariant: nothing here keeps state or touches a socket.
// Sources: nanomsg RFCs sp-tcp-mapping-01 and sp-request-reply-01; NNG's `tcp` transport.

/** Protocol numbers of the SP handshake. */
export const SP_PROTOCOLS = { pub: 0x20, sub: 0x21, req: 0x30, rep: 0x31 } as const;

export type SpProtocolName = keyof typeof SP_PROTOCOLS;

/** Who may be at the other end of a connection. */
export const SP_PEERS: Readonly<Record<SpProtocolName, SpProtocolName>> = {
  pub: 'sub',
  sub: 'pub',
  req: 'rep',
  rep: 'req',
};

/** `0x00 'S' 'P' 0x00`, the protocol number (u16 BE), two zero bytes. */
export const HANDSHAKE_BYTES = 8;

/** A frame is a u64 BE length, then as many bytes. */
export const FRAME_HEADER_BYTES = 8;

/** A word of the REQ/REP header: a hop's id, or the request id, which alone has the high bit set. */
export const HEADER_WORD_BYTES = 4;

/** Marks the last word of a REQ/REP header. */
export const REQUEST_ID_FLAG = 0x8000_0000;

/** The handshake that this protocol's end sends. */
export function encodeHandshake(name: SpProtocolName): Uint8Array {
  const number = SP_PROTOCOLS[name];
  return Uint8Array.of(0x00, 0x53, 0x50, 0x00, number >>> 8, number & 0xff, 0x00, 0x00);
}

/** The protocol number in a handshake, or null when these are not the bytes of one. */
export function parseHandshake(bytes: Uint8Array): number | null {
  if (bytes.length !== HANDSHAKE_BYTES) return null;
  const magic = bytes[0] === 0x00 && bytes[1] === 0x53 && bytes[2] === 0x50 && bytes[3] === 0x00;
  if (!magic || bytes[6] !== 0x00 || bytes[7] !== 0x00) return null;
  return ((bytes[4] as number) << 8) | (bytes[5] as number);
}

/** u32 BE. The caller has checked that four bytes are there. */
export function readUint32(bytes: Uint8Array, at: number): number {
  return (
    (((bytes[at] as number) << 24) |
      ((bytes[at + 1] as number) << 16) |
      ((bytes[at + 2] as number) << 8) |
      (bytes[at + 3] as number)) >>>
    0
  );
}

/** u32 BE. The caller has made room for four bytes. */
export function writeUint32(bytes: Uint8Array, at: number, value: number): void {
  bytes[at] = value >>> 24;
  bytes[at + 1] = (value >>> 16) & 0xff;
  bytes[at + 2] = (value >>> 8) & 0xff;
  bytes[at + 3] = value & 0xff;
}

/** The length in a frame header; Infinity when it needs more than 32 bits, which no limit allows. */
export function readFrameLength(bytes: Uint8Array, at: number): number {
  return readUint32(bytes, at) === 0 ? readUint32(bytes, at + 4) : Number.POSITIVE_INFINITY;
}

/** Writes a frame header. `length` is below 2^32. */
export function writeFrameLength(bytes: Uint8Array, at: number, length: number): void {
  writeUint32(bytes, at, 0);
  writeUint32(bytes, at + 4, length);
}
