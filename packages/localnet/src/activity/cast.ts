// Who takes part in the activity: keys that follow from the seed alone, so that the addresses are
// the same on every machine and after every restart.
import { createHash } from 'node:crypto';
import { TOKEN_2022_PROGRAM_ID, TOKEN_PROGRAM_ID } from '@solana/spl-token';
import { Keypair, type PublicKey } from '@solana/web3.js';
import type { Address } from '@streamsync/domain';

/** Wallets times mints bounds the accounts that the activity ever makes. */
export const WALLETS = 60;
export const MINTS_MAX = 24;

export interface MintPlan {
  readonly keypair: Keypair;
  readonly programId: PublicKey;
  readonly decimals: number;
  /** Set for Token-2022 mints that carry the metadata extension. */
  readonly metadata: {
    readonly name: string;
    readonly symbol: string;
    readonly uri: string;
  } | null;
}

export interface Cast {
  /** Holds the accounts that never go away; nothing is ever taken from it. */
  readonly demoOwner: Keypair;
  readonly demoNonce: Keypair;
  readonly demoMultisig: Keypair;
  /** The mint authority of every mint. */
  readonly issuer: Keypair;
  readonly wallets: readonly Keypair[];
  /** The first is the demo mint, the second the demo Token-2022 mint with metadata. */
  readonly mints: readonly MintPlan[];
}

export function makeCast(seed: number): Cast {
  const key = (name: string) =>
    Keypair.fromSeed(createHash('sha256').update(`streamsync-activity/${seed}/${name}`).digest());
  return {
    demoOwner: key('demo-owner'),
    demoNonce: key('demo-nonce'),
    demoMultisig: key('demo-multisig'),
    issuer: key('issuer'),
    wallets: Array.from({ length: WALLETS }, (_, index) => key(`wallet/${index}`)),
    mints: Array.from({ length: MINTS_MAX }, (_, index) => {
      const is2022 = index % 2 === 1;
      return {
        keypair: key(`mint/${index}`),
        programId: is2022 ? TOKEN_2022_PROGRAM_ID : TOKEN_PROGRAM_ID,
        decimals: [6, 9, 0][index % 3] ?? 6,
        metadata:
          index % 4 === 1
            ? {
                name: `Localnet Token ${index}`,
                symbol: `LOC${index}`,
                uri: `https://localnet.invalid/token/${index}.json`,
              }
            : null,
      };
    }),
  };
}

export function addressOf(key: PublicKey): Address {
  return key.toBase58() as Address;
}
