// Where Metaplex Token Metadata keeps what it knows of a mint: the program-derived addresses of
// ["metadata", program, mint] and ["metadata", program, mint, "edition"]. Source: Solana's
// `Pubkey::find_program_address`.
import { ed25519 } from '@noble/curves/ed25519.js';
import { sha256 } from '@noble/hashes/sha2.js';
import { type Address, addressBytes, addressFromBytes, invariant } from '@streamsync/domain';
import { TOKEN_METADATA_PROGRAM } from '@streamsync/program-parser';
import { LRUCache } from 'lru-cache';

const utf8 = new TextEncoder();
const METADATA_SEED = utf8.encode('metadata');
const EDITION_SEED = utf8.encode('edition');
const MARKER = utf8.encode('ProgramDerivedAddress');
const BUMP_MAX = 255;
/** A derivation takes tens of microseconds, mostly for the curve; mints that are asked for come back. */
const KNOWN_MAX = 10_000;

const PROGRAM = addressBytes(TOKEN_METADATA_PROGRAM);

function isOnCurve(bytes: Uint8Array): boolean {
  try {
    ed25519.Point.fromBytes(bytes);
    return true;
  } catch {
    return false;
  }
}

function derive(seeds: readonly Uint8Array[]): Address {
  for (let bump = BUMP_MAX; bump >= 0; bump -= 1) {
    const hash = sha256.create();
    for (const seed of seeds) hash.update(seed);
    const bytes = hash.update(Uint8Array.of(bump)).update(PROGRAM).update(MARKER).digest();
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
