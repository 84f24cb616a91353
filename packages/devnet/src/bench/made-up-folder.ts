// A folder of made-up accounts for the bench: one owner with an account of each of many mints, and the
// Metaplex metadata of each mint, in the form of `solana account --output json`. Layouts: SPL Token's
// Account (165 bytes) and Mint (82), Token Metadata's Metadata as Borsh has it.
import { createHash } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  type Address,
  getAddressDecoder,
  getAddressEncoder,
  getProgramDerivedAddress,
} from '@solana/kit';

const TOKEN_PROGRAM = 'TokenkegQfeZyiNwAJbNbGKPFXCWuBvf9Ss623VQ5DA';
const METADATA_PROGRAM = 'metaqbxxUerdq28cj1RbAWkYQm3ybzjb6a8bt518x1s' as Address;
const METADATA_KEY = 4;
const INITIALIZED = 1;
const RENT_LAMPORTS = 2_039_280;

const keyOf = (name: string): Uint8Array => createHash('sha256').update(name).digest();
const addressOf = (bytes: Uint8Array): Address => getAddressDecoder().decode(bytes);

function u64(value: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(BigInt(value));
  return bytes;
}

function text(value: string): Buffer {
  const length = Buffer.alloc(4);
  length.writeUInt32LE(Buffer.byteLength(value));
  return Buffer.concat([length, Buffer.from(value)]);
}

function tokenAccountData(mint: Uint8Array, owner: Uint8Array, amount: number): Buffer {
  const data = Buffer.alloc(165);
  Buffer.concat([mint, owner, u64(amount)]).copy(data);
  data[108] = INITIALIZED;
  return data;
}

function mintData(authority: Uint8Array): Buffer {
  const data = Buffer.alloc(82);
  data.writeUInt32LE(1, 0);
  data.set(authority, 4);
  u64(1_000_000_000).copy(data, 36);
  data[44] = 6;
  data[45] = INITIALIZED;
  return data;
}

function metadataData(mint: Uint8Array, authority: Uint8Array, index: number): Buffer {
  const noneOf = Buffer.alloc(1);
  return Buffer.concat([
    Buffer.of(METADATA_KEY),
    authority,
    mint,
    text(`Token ${index}`),
    text(`T${index}`),
    text(`https://example.org/${index}.json`),
    Buffer.alloc(2),
    noneOf,
    Buffer.of(0, 1),
    // Edition nonce, token standard, collection, uses, collection details, programmable config.
    ...Array.from({ length: 6 }, () => noneOf),
  ]);
}

export interface MadeUpFolder {
  /** Owns a token account of every mint. */
  readonly owner: string;
}

export async function writeMadeUpFolder(folder: string, mints: number): Promise<MadeUpFolder> {
  mkdirSync(folder, { recursive: true });
  const write = (address: string, owner: string, data: Buffer): void => {
    const account = {
      lamports: RENT_LAMPORTS,
      data: [data.toString('base64'), 'base64'],
      owner,
      executable: false,
      rentEpoch: 0,
      space: data.length,
    };
    writeFileSync(join(folder, `${address}.json`), JSON.stringify({ pubkey: address, account }));
  };
  const owner = keyOf('owner');
  for (let index = 0; index < mints; index += 1) {
    const mint = keyOf(`mint ${index}`);
    write(addressOf(mint), TOKEN_PROGRAM, mintData(owner));
    const account = addressOf(keyOf(`account ${index}`));
    write(account, TOKEN_PROGRAM, tokenAccountData(mint, owner, index));
    const [metadata] = await getProgramDerivedAddress({
      programAddress: METADATA_PROGRAM,
      seeds: ['metadata', getAddressEncoder().encode(METADATA_PROGRAM), mint],
    });
    write(metadata, METADATA_PROGRAM, metadataData(mint, owner, index));
  }
  return { owner: addressOf(owner) };
}
