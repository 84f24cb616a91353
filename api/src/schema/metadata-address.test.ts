import { ed25519 } from '@noble/curves/ed25519.js';
import { PublicKey } from '@solana/web3.js';
import { addressFromBytes } from '@streamsync/domain';
import { TOKEN_METADATA_PROGRAM } from '@streamsync/program-parser';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { editionAddress, isOnCurve, metadataAddress } from './metadata-address.ts';

const any32 = fc.uint8Array({ minLength: 32, maxLength: 32 });

function isPointByNoble(bytes: Uint8Array): boolean {
  try {
    ed25519.Point.fromBytes(bytes, true);
    return true;
  } catch {
    return false;
  }
}

describe('addresses of metadata', () => {
  it('are those that web3.js derives, for any mint', () => {
    const program = new PublicKey(TOKEN_METADATA_PROGRAM);
    const derive = (...seeds: Uint8Array[]) =>
      PublicKey.findProgramAddressSync(
        [Buffer.from('metadata'), program.toBytes(), ...seeds],
        program,
      )[0].toBase58();
    fc.assert(
      fc.property(any32, (mint) => {
        const address = addressFromBytes(mint);
        expect(metadataAddress(address)).toBe(derive(mint));
        expect(editionAddress(address)).toBe(derive(mint, Buffer.from('edition')));
      }),
      { numRuns: 50 },
    );
  });

  it('tell points of the curve as another library does, those outside of the subgroup too', () => {
    fc.assert(
      fc.property(any32, (bytes) => {
        expect(isOnCurve(bytes)).toBe(isPointByNoble(bytes));
      }),
      { numRuns: 300 },
    );
    const torsion = ed25519.Point.fromHex(
      'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa',
    );
    expect(torsion.isTorsionFree()).toBe(false);
    expect(isOnCurve(torsion.toBytes())).toBe(true);
  });
});
