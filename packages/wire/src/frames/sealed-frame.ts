// The authenticated frame: `[version, kind, sessionId, sequence, payload, mac]`. The MAC covers
// every byte before its own item, so nothing of the frame can be changed, and the two directions
// of a session have keys of their own, so that no frame can be reflected.
import { CborReader, equalBytes } from '../cbor/reader.ts';
import { CborWriter } from '../cbor/writer.ts';
import { type CryptoPort, MAC_BYTES } from '../crypto/port.ts';
import { SESSION_ID_BYTES, WIRE_VERSION } from './kinds.ts';

/** Head, kind, session, sequence, payload length and MAC, at their longest. */
const FRAME_OVERHEAD_BYTES = 64;

export interface FrameContent {
  readonly kind: number;
  readonly sessionId: Uint8Array;
  readonly sequence: number;
  readonly payload: Uint8Array;
}

export interface SealedFrame extends FrameContent {
  /** What the MAC covers: a view of the frame. */
  readonly covered: Uint8Array;
  readonly mac: Uint8Array;
}

export function sealFrame(
  crypto: Pick<CryptoPort, 'mac'>,
  key: Uint8Array,
  content: FrameContent,
): Uint8Array {
  const writer = new CborWriter(content.payload.length + FRAME_OVERHEAD_BYTES)
    .array(6)
    .unsigned(WIRE_VERSION)
    .unsigned(content.kind)
    .bytes(content.sessionId)
    .unsigned(content.sequence)
    .bytes(content.payload);
  return writer.bytes(crypto.mac(key, writer.view())).finish();
}

/** @throws StreamSyncError MALFORMED_MESSAGE */
export function openFrame(bytes: Uint8Array): SealedFrame {
  const reader = new CborReader(bytes);
  reader.array(6);
  if (reader.unsigned() !== WIRE_VERSION) throw reader.fail('another version');
  const kind = reader.unsigned();
  const sessionId = reader.bytes(SESSION_ID_BYTES);
  const sequence = reader.unsigned();
  const payload = reader.bytes();
  const covered = bytes.subarray(0, reader.offset);
  const mac = reader.bytes(MAC_BYTES);
  reader.end();
  return { kind, sessionId, sequence, payload, covered, mac };
}

export function verifyFrame(
  crypto: Pick<CryptoPort, 'mac'>,
  key: Uint8Array,
  frame: SealedFrame,
): boolean {
  return equalBytes(crypto.mac(key, frame.covered), frame.mac);
}

/** The kind of any message of this protocol, or -1 where the bytes are none. */
export function messageKind(bytes: Uint8Array): number {
  // array head, version 1, kind below 24: the first three bytes of each message.
  const head = bytes[0];
  const kind = bytes[2];
  if (head === undefined || kind === undefined) return -1;
  if (head >> 5 !== 4 || bytes[1] !== WIRE_VERSION || kind > 23) return -1;
  return kind;
}
