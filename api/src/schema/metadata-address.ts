// Where Metaplex Token Metadata keeps what it knows of a mint: the program-derived address of
// ["metadata", program, mint]. Source: Solana's `Pubkey::find_program_address`.
import { ed25519 } from '@noble/curves/ed25519.js';
import { sha256 } from '@noble/hashes/sha2.js';
import { type Address, addressBytes, addressFromBytes, invariant } from '@streamsync/domain';
import { TOKEN_METADATA_PROGRAM } from '@streamsync/program-parser';
import { LRUCache } from 'lru-cache';

const SEED = new TextEncoder().encode('metadata');
const MARKER = new TextEncoder().encode('ProgramDerivedAddress');
const BUMP_MAX = 255;
/** A derivation takes tens of microseconds, mostly for the curve; mints that are asked for come back. */
const known = new LRUCache<Address, Address>({ max: 10_000 });

function isOnCurve(bytes: Uint8Array): boolean {
  try {
    ed25519.Point.fromBytes(bytes);
    return true;
  } catch {
    return false;
  }
}

export function metadataAddress(mint: Address): Address {
  const cached = known.get(mint);
  if (cached !== undefined) return cached;
  const program = addressBytes(TOKEN_METADATA_PROGRAM);
  for (let bump = BUMP_MAX; bump >= 0; bump -= 1) {
    const hash = sha256.create().update(SEED).update(program).update(addressBytes(mint));
    const bytes = hash.update(Uint8Array.of(bump)).update(program).update(MARKER).digest();
    if (isOnCurve(bytes)) continue;
    const address = addressFromBytes(bytes);
    known.set(mint, address);
    return address;
  }
  invariant(false, 'one of 256 hashes lies off the curve');
}
