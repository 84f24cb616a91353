// Where Metaplex Token Metadata keeps what it knows of a mint: the program-derived addresses of
// ["metadata", program, mint] and ["metadata", program, mint, "edition"]. Source: Solana's
// `Pubkey::find_program_address`: the first hash, from bump 255 down, that is no point of the curve.
import { hash } from 'node:crypto';
import { type Address, addressBytes, addressFromBytes, invariant } from '@streamsync/domain';
import { TOKEN_METADATA_PROGRAM } from '@streamsync/program-parser';
import { LRUCache } from 'lru-cache';
import sodium from 'sodium-native';

const utf8 = new TextEncoder();
const METADATA_SEED = utf8.encode('metadata');
const EDITION_SEED = utf8.encode('edition');
const MARKER = utf8.encode('ProgramDerivedAddress');
const BUMP_MAX = 255;
/** Mints that are asked for come back; a derivation takes some 50 us, and a page may have 100. */
const KNOWN_MAX = 10_000;

const PROGRAM = addressBytes(TOKEN_METADATA_PROGRAM);

/** The neutral point: adding it to what is no point of the curve is refused, and to a point is not. */
const NEUTRAL = Uint8Array.from({ length: 32 }, (_, index) => (index === 0 ? 1 : 0));
const sum = new Uint8Array(32);
/** The package has no types of its own; runtime's name only what it uses. */
const curve = sodium as unknown as {
  /** @throws Error where `left` or `right` is no point */
  crypto_core_ed25519_add(sum: Uint8Array, left: Uint8Array, right: Uint8Array): void;
};

/** libsodium's addition checks the curve and, unlike its own test of points, not the subgroup. */
export function isOnCurve(bytes: Uint8Array): boolean {
  try {
    curve.crypto_core_ed25519_add(sum, bytes, NEUTRAL);
    return true;
  } catch {
    return false;
  }
}

function derive(seeds: readonly Uint8Array[]): Address {
  const preimage = Buffer.concat([...seeds, Uint8Array.of(0), PROGRAM, MARKER]);
  const bumpAt = preimage.length - 1 - PROGRAM.length - MARKER.length;
  for (let bump = BUMP_MAX; bump >= 0; bump -= 1) {
    preimage[bumpAt] = bump;
    const bytes = hash('sha256', preimage, 'buffer');
    if (!isOnCurve(bytes)) return addressFromBytes(bytes);
  }
  invariant(false, 'one of 256 hashes lies off the curve');
}

function remembered(seedsOf: (mint: Uint8Array) => readonly Uint8Array[]) {
  const known = new LRUCache<Address, Address>({ max: KNOWN_MAX });
  return (mint: Address): Address => {
    const cached = known.get(mint);
    if (cached !== undefined) return cached;
    const address = derive(seedsOf(addressBytes(mint)));
    known.set(mint, address);
    return address;
  };
}

/** Of the TokenMetadata of a mint. */
export const metadataAddress = remembered((mint) => [METADATA_SEED, PROGRAM, mint]);

/** Of the MasterEdition or the Edition of a mint. */
export const editionAddress = remembered((mint) => [METADATA_SEED, PROGRAM, mint, EDITION_SEED]);
