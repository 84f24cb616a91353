// A node's signature over the tree of its recent answers in one session. The signed message is
// short, because two of them with their proofs must fit a Solana transaction:
//
//   "streamsync/root1" (16) || SHA-256(context) (32) || root (32)
//   context = genesisHash 32 || nodeKey 32 || sessionId 16 || gatewayKey 32 ||
//             sequenceFirst 8 || sequenceLast 8 || signedAtMs 8, integers big-endian
import { CborReader } from '../cbor/reader.ts';
import { CborWriter } from '../cbor/writer.ts';
import {
  type CryptoPort,
  ED25519_PUBLIC_KEY_BYTES,
  ED25519_SIGNATURE_BYTES,
  SHA256_BYTES,
} from '../crypto/port.ts';
import { MESSAGE_KIND, SESSION_ID_BYTES, WIRE_VERSION } from '../frames/kinds.ts';
import { writeSafeU64 } from './leaf.ts';

/** A tree closes at this many leaves … */
export const TREE_LEAVES_MAX = 256;
/** … or this long after its first. */
export const TREE_AGE_MS_MAX = 100;
/** An answer without a valid root after this is not paid. */
export const ROOT_DUE_MS = 2_000;
/** A root whose `signedAtMs` is off by more is refused. */
export const ROOT_CLOCK_SKEW_MS_MAX = 2_000;

export interface AttestedRoot {
  readonly genesisHash: Uint8Array;
  readonly nodeKey: Uint8Array;
  readonly sessionId: Uint8Array;
  readonly gatewayKey: Uint8Array;
  /** Sequence numbers of the session's leaves, both inclusive. */
  readonly sequenceFirst: number;
  readonly sequenceLast: number;
  readonly signedAtMs: number;
  readonly root: Uint8Array;
}

export interface SignedRoot extends AttestedRoot {
  readonly signature: Uint8Array;
}

const DOMAIN = new TextEncoder().encode('streamsync/root1');
const CONTEXT_BYTES = 136;

export function rootMessage(crypto: Pick<CryptoPort, 'sha256'>, root: AttestedRoot): Uint8Array {
  const context = new Uint8Array(CONTEXT_BYTES);
  context.set(root.genesisHash, 0);
  context.set(root.nodeKey, 32);
  context.set(root.sessionId, 64);
  context.set(root.gatewayKey, 80);
  writeSafeU64(context, 112, root.sequenceFirst);
  writeSafeU64(context, 120, root.sequenceLast);
  writeSafeU64(context, 128, root.signedAtMs);
  const message = new Uint8Array(DOMAIN.length + 2 * SHA256_BYTES);
  message.set(DOMAIN, 0);
  message.set(crypto.sha256(context), DOMAIN.length);
  message.set(root.root, DOMAIN.length + SHA256_BYTES);
  return message;
}

export function signRoot(crypto: CryptoPort, seed: Uint8Array, root: AttestedRoot): SignedRoot {
  return { ...root, signature: crypto.sign(seed, rootMessage(crypto, root)) };
}

export function verifyRoot(crypto: CryptoPort, root: SignedRoot): boolean {
  return crypto.verify(root.nodeKey, root.signature, rootMessage(crypto, root));
}

/** `[version, kind, sessionId, …]`: a subscriber filters by these first bytes. */
export function encodeSignedRoot(root: SignedRoot): Uint8Array {
  return new CborWriter(320)
    .array(10)
    .unsigned(WIRE_VERSION)
    .unsigned(MESSAGE_KIND.root)
    .bytes(root.sessionId)
    .bytes(root.genesisHash)
    .bytes(root.nodeKey)
    .bytes(root.gatewayKey)
    .array(2)
    .unsigned(root.sequenceFirst)
    .unsigned(root.sequenceLast)
    .unsigned(root.signedAtMs)
    .bytes(root.root)
    .bytes(root.signature)
    .finish();
}

/** @throws StreamSyncError MALFORMED_MESSAGE; the signature is not checked here */
export function decodeSignedRoot(bytes: Uint8Array): SignedRoot {
  const reader = new CborReader(bytes);
  reader.array(10);
  if (reader.unsigned() !== WIRE_VERSION) throw reader.fail('another version');
  if (reader.unsigned() !== MESSAGE_KIND.root) throw reader.fail('not a signed root');
  const sessionId = reader.bytes(SESSION_ID_BYTES);
  const genesisHash = reader.bytes(SHA256_BYTES);
  const nodeKey = reader.bytes(ED25519_PUBLIC_KEY_BYTES);
  const gatewayKey = reader.bytes(ED25519_PUBLIC_KEY_BYTES);
  reader.array(2);
  const sequenceFirst = reader.unsigned();
  const sequenceLast = reader.unsigned();
  const signedAtMs = reader.unsigned();
  const root = reader.bytes(SHA256_BYTES);
  const signature = reader.bytes(ED25519_SIGNATURE_BYTES);
  reader.end();
  if (sequenceLast < sequenceFirst || sequenceLast - sequenceFirst >= TREE_LEAVES_MAX) {
    throw reader.fail('a range of leaves that no tree has');
  }
  return {
    sessionId,
    genesisHash,
    nodeKey,
    gatewayKey,
    sequenceFirst,
    sequenceLast,
    signedAtMs,
    root,
    signature,
  };
}
