// HKDF-SHA256 (RFC 5869), over the port's SHA-256.
import { invariant } from '@streamsync/domain';
import { type CryptoPort, SHA256_BYTES } from './port.ts';

const BLOCK_BYTES = 64;

function hmacSha256(
  crypto: Pick<CryptoPort, 'sha256'>,
  key: Uint8Array,
  message: Uint8Array,
): Uint8Array {
  const block = new Uint8Array(BLOCK_BYTES);
  block.set(key.length > BLOCK_BYTES ? crypto.sha256(key) : key);
  const inner = new Uint8Array(BLOCK_BYTES + message.length);
  inner.set(block.map((byte) => byte ^ 0x36));
  inner.set(message, BLOCK_BYTES);
  const outer = new Uint8Array(BLOCK_BYTES + SHA256_BYTES);
  outer.set(block.map((byte) => byte ^ 0x5c));
  outer.set(crypto.sha256(inner), BLOCK_BYTES);
  return crypto.sha256(outer);
}

export interface HkdfInput {
  readonly secret: Uint8Array;
  readonly salt: Uint8Array;
  readonly info: Uint8Array;
  readonly sizeBytes: number;
}

export function hkdfSha256(crypto: Pick<CryptoPort, 'sha256'>, input: HkdfInput): Uint8Array {
  invariant(input.sizeBytes <= 255 * SHA256_BYTES, 'HKDF gives at most 255 blocks');
  const pseudoRandomKey = hmacSha256(crypto, input.salt, input.secret);
  const output = new Uint8Array(input.sizeBytes);
  let previous = new Uint8Array(0);
  for (let offset = 0, counter = 1; offset < input.sizeBytes; counter += 1) {
    const message = new Uint8Array(previous.length + input.info.length + 1);
    message.set(previous);
    message.set(input.info, previous.length);
    message[message.length - 1] = counter;
    previous = new Uint8Array(hmacSha256(crypto, pseudoRandomKey, message));
    output.set(previous.subarray(0, input.sizeBytes - offset), offset);
    offset += previous.length;
  }
  return output;
}
