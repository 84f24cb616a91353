// A process's ed25519 identity: a seed in a file that only its owner can read, made at first use.
import { readFileSync } from 'node:fs';
import { type NodeKey, StreamSyncError } from '@streamsync/domain';
import { ED25519_SECRET_SEED_BYTES } from '@streamsync/wire';
import { writeFileAtomic } from './folder.ts';
import { nativeCrypto } from './native-crypto.ts';

export interface Identity {
  readonly seed: Uint8Array;
  readonly publicKey: Uint8Array;
  /** Lowercase hex of the public key. */
  readonly nodeKey: NodeKey;
}

export function identityFromSeed(seed: Uint8Array): Identity {
  const publicKey = nativeCrypto.publicKeyOf(seed);
  return { seed, publicKey, nodeKey: Buffer.from(publicKey).toString('hex') as NodeKey };
}

/** Reads the seed (64 hex digits) from `file`, or makes one. @throws CONFIG_INVALID for a damaged file */
export function loadOrCreateIdentity(file: string): Identity {
  let text: string;
  try {
    text = readFileSync(file, 'utf8').trim();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    const seed = nativeCrypto.randomBytes(ED25519_SECRET_SEED_BYTES);
    writeFileAtomic(file, `${Buffer.from(seed).toString('hex')}\n`, { mode: 0o600 });
    return identityFromSeed(seed);
  }
  if (!/^[0-9a-f]{64}$/.test(text)) {
    throw new StreamSyncError(
      'CONFIG_INVALID',
      { file },
      {
        message: `${file} is not an identity: it should hold 64 hex digits. Move it away to make a new one.`,
      },
    );
  }
  return identityFromSeed(Buffer.from(text, 'hex'));
}
