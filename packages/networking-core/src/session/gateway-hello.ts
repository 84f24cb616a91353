// The gateway's half of the hello: what it says, and what it makes of the reply. Invariant: a session
// is opened only with the key that was expected, over the certificate that was pinned.
import { type ErrorCode, isErrorCode, StreamSyncError } from '@streamsync/domain';
import type { Clock, Identity } from '@streamsync/runtime';
import {
  type CryptoPort,
  decodeRefusal,
  deriveSessionKeys,
  encodeHello,
  equalBytes,
  HELLO_NONCE_BYTES,
  MESSAGE_KIND,
  messageKind,
  openHelloReply,
  type SessionKeys,
  X25519_KEY_BYTES,
} from '@streamsync/wire';

export interface HelloContext {
  readonly crypto: CryptoPort;
  readonly clock: Clock;
  readonly identity: Identity;
  readonly genesisHash: Uint8Array;
}

export interface SentHello {
  readonly bytes: Uint8Array;
  readonly ephemeralSecret: Uint8Array;
}

export interface ExpectedNode {
  readonly nodeKey: Uint8Array;
  /** SHA-256 of its certificate, or null on plain TCP. */
  readonly tlsFingerprint: Uint8Array | null;
}

export type HelloOutcome =
  | { readonly kind: 'opened'; readonly sessionId: Uint8Array; readonly keys: SessionKeys }
  | { readonly kind: 'refused'; readonly code: ErrorCode };

export function composeHello({ crypto, clock, identity, genesisHash }: HelloContext): SentHello {
  const ephemeralSecret = crypto.randomBytes(X25519_KEY_BYTES);
  const bytes = encodeHello(crypto, identity.seed, {
    genesisHash,
    gatewayKey: identity.publicKey,
    gatewayEphemeral: crypto.x25519PublicKeyOf(ephemeralSecret),
    nonce: crypto.randomBytes(HELLO_NONCE_BYTES),
    sentAtMs: clock.unixMs(),
  });
  return { bytes, ephemeralSecret };
}

export function readHelloReply(
  crypto: CryptoPort,
  hello: SentHello,
  expected: ExpectedNode,
  bytes: Uint8Array,
): HelloOutcome {
  try {
    if (messageKind(bytes) === MESSAGE_KIND.refusal) {
      const { code } = decodeRefusal(bytes);
      return refused(isErrorCode(code) ? code : 'MALFORMED_MESSAGE');
    }
    const reply = openHelloReply(crypto, hello.bytes, bytes);
    if (reply === null || !equalBytes(reply.nodeKey, expected.nodeKey)) {
      return refused('BAD_SIGNATURE');
    }
    if (expected.tlsFingerprint !== null) {
      const shown = reply.tlsFingerprint;
      if (shown === null || !equalBytes(shown, expected.tlsFingerprint)) {
        return refused('BAD_SIGNATURE');
      }
    }
    const transcript = { hello: hello.bytes, reply: bytes };
    const keys = deriveSessionKeys(crypto, hello.ephemeralSecret, reply.nodeEphemeral, transcript);
    if (keys === null) return refused('BAD_SIGNATURE');
    // Copies of their own, as Buffers: native code takes those as they are, for each frame.
    return {
      kind: 'opened',
      sessionId: Buffer.from(reply.sessionId),
      keys: {
        gatewayToNode: Buffer.from(keys.gatewayToNode),
        nodeToGateway: Buffer.from(keys.nodeToGateway),
      },
    };
  } catch (error) {
    if (!(error instanceof StreamSyncError)) throw error;
    return refused('MALFORMED_MESSAGE');
  }
}

function refused(code: ErrorCode): HelloOutcome {
  return { kind: 'refused', code };
}
