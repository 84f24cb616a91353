// The first exchange of a session: both sides show an ephemeral X25519 key signed by their ed25519
// identity, and HKDF-SHA256 (RFC 5869) of the shared secret, salted with the transcript, gives one
// MAC key for each direction.
//
//   hello = [1, 10, genesisHash, gatewayKey, gatewayEphemeral, nonce bstr16, sentAtMs, signature]
//   reply = [1, 11, nodeKey, nodeEphemeral, sessionId bstr16, tlsFingerprint bstr32 | null, signature]
//   gateway signs "streamsync/hello1" || the hello up to its signature
//   node signs    "streamsync/hello2" || SHA-256(the whole hello) || the reply up to its signature
import { CborReader } from '../cbor/reader.ts';
import { CborWriter } from '../cbor/writer.ts';
import { hkdfSha256 } from '../crypto/hkdf.ts';
import {
  type CryptoPort,
  ED25519_PUBLIC_KEY_BYTES,
  ED25519_SIGNATURE_BYTES,
  MAC_KEY_BYTES,
  SHA256_BYTES,
  X25519_KEY_BYTES,
} from '../crypto/port.ts';
import { MESSAGE_KIND, SESSION_ID_BYTES, WIRE_VERSION } from '../frames/kinds.ts';

export const HELLO_NONCE_BYTES = 16;
/** A hello that is older or newer than this is refused: a captured one cannot be kept. */
export const HELLO_CLOCK_SKEW_MS_MAX = 30_000;

const utf8 = new TextEncoder();
const HELLO_DOMAIN = utf8.encode('streamsync/hello1');
const REPLY_DOMAIN = utf8.encode('streamsync/hello2');
const KEY_INFO = utf8.encode('streamsync/session/1');

export interface Hello {
  readonly genesisHash: Uint8Array;
  readonly gatewayKey: Uint8Array;
  readonly gatewayEphemeral: Uint8Array;
  readonly nonce: Uint8Array;
  readonly sentAtMs: number;
}

export interface HelloReply {
  readonly nodeKey: Uint8Array;
  readonly nodeEphemeral: Uint8Array;
  readonly sessionId: Uint8Array;
  /** SHA-256 of the certificate that the node serves by TLS, or null on plain TCP. */
  readonly tlsFingerprint: Uint8Array | null;
}

export interface SessionKeys {
  readonly gatewayToNode: Uint8Array;
  readonly nodeToGateway: Uint8Array;
}

function concat(...parts: readonly Uint8Array[]): Uint8Array {
  let sizeBytes = 0;
  for (const part of parts) sizeBytes += part.length;
  const joined = new Uint8Array(sizeBytes);
  let offset = 0;
  for (const part of parts) {
    joined.set(part, offset);
    offset += part.length;
  }
  return joined;
}

export function encodeHello(crypto: CryptoPort, seed: Uint8Array, hello: Hello): Uint8Array {
  const writer = new CborWriter(320)
    .array(8)
    .unsigned(WIRE_VERSION)
    .unsigned(MESSAGE_KIND.hello)
    .bytes(hello.genesisHash)
    .bytes(hello.gatewayKey)
    .bytes(hello.gatewayEphemeral)
    .bytes(hello.nonce)
    .unsigned(hello.sentAtMs);
  return writer.bytes(crypto.sign(seed, concat(HELLO_DOMAIN, writer.view()))).finish();
}

/** @throws StreamSyncError MALFORMED_MESSAGE; @returns null where the signature does not verify */
export function openHello(crypto: CryptoPort, bytes: Uint8Array): Hello | null {
  const reader = new CborReader(bytes);
  reader.array(8);
  if (reader.unsigned() !== WIRE_VERSION) throw reader.fail('another version');
  if (reader.unsigned() !== MESSAGE_KIND.hello) throw reader.fail('not a hello');
  const genesisHash = reader.bytes(SHA256_BYTES);
  const gatewayKey = reader.bytes(ED25519_PUBLIC_KEY_BYTES);
  const gatewayEphemeral = reader.bytes(X25519_KEY_BYTES);
  const nonce = reader.bytes(HELLO_NONCE_BYTES);
  const sentAtMs = reader.unsigned();
  const signed = concat(HELLO_DOMAIN, bytes.subarray(0, reader.offset));
  const signature = reader.bytes(ED25519_SIGNATURE_BYTES);
  reader.end();
  if (!crypto.verify(gatewayKey, signature, signed)) return null;
  return { genesisHash, gatewayKey, gatewayEphemeral, nonce, sentAtMs };
}

export function encodeHelloReply(
  crypto: CryptoPort,
  seed: Uint8Array,
  helloBytes: Uint8Array,
  reply: HelloReply,
): Uint8Array {
  const writer = new CborWriter(320)
    .array(7)
    .unsigned(WIRE_VERSION)
    .unsigned(MESSAGE_KIND.helloReply)
    .bytes(reply.nodeKey)
    .bytes(reply.nodeEphemeral)
    .bytes(reply.sessionId);
  if (reply.tlsFingerprint === null) writer.null();
  else writer.bytes(reply.tlsFingerprint);
  const signed = concat(REPLY_DOMAIN, crypto.sha256(helloBytes), writer.view());
  return writer.bytes(crypto.sign(seed, signed)).finish();
}

/** @throws StreamSyncError MALFORMED_MESSAGE; @returns null where the signature does not verify */
export function openHelloReply(
  crypto: CryptoPort,
  helloBytes: Uint8Array,
  bytes: Uint8Array,
): HelloReply | null {
  const reader = new CborReader(bytes);
  reader.array(7);
  if (reader.unsigned() !== WIRE_VERSION) throw reader.fail('another version');
  if (reader.unsigned() !== MESSAGE_KIND.helloReply) throw reader.fail('not a hello reply');
  const nodeKey = reader.bytes(ED25519_PUBLIC_KEY_BYTES);
  const nodeEphemeral = reader.bytes(X25519_KEY_BYTES);
  const sessionId = reader.bytes(SESSION_ID_BYTES);
  const tlsFingerprint = reader.nullable(() => reader.bytes(SHA256_BYTES));
  const covered = bytes.subarray(0, reader.offset);
  const signature = reader.bytes(ED25519_SIGNATURE_BYTES);
  reader.end();
  const signed = concat(REPLY_DOMAIN, crypto.sha256(helloBytes), covered);
  if (!crypto.verify(nodeKey, signature, signed)) return null;
  return { nodeKey, nodeEphemeral, sessionId, tlsFingerprint };
}

/** @returns null where the peer's ephemeral key is of low order, which an honest peer never sends */
export function deriveSessionKeys(
  crypto: CryptoPort,
  ownEphemeralSecret: Uint8Array,
  peerEphemeral: Uint8Array,
  transcript: { readonly hello: Uint8Array; readonly reply: Uint8Array },
): SessionKeys | null {
  const shared = crypto.x25519Shared(ownEphemeralSecret, peerEphemeral);
  if (shared === null) return null;
  const salt = crypto.sha256(concat(transcript.hello, transcript.reply));
  const keys = hkdfSha256(crypto, { secret: shared, salt, info: KEY_INFO, sizeBytes: 64 });
  return {
    gatewayToNode: keys.slice(0, MAC_KEY_BYTES),
    nodeToGateway: keys.slice(MAC_KEY_BYTES),
  };
}
