// The mint of SPL Token and Token-2022, 82 bytes. Source: spl-token `state::Mint::pack_into_slice`.
import type { Address } from '@streamsync/domain';
import type { ByteReader } from '../../bytes/byte-reader.ts';
import type { ByteWriter } from '../../bytes/byte-writer.ts';
import type { ParsedHeader } from '../../program-parser.ts';
import { readOptionalAddress, writeOptionalAddress } from './c-option.ts';

export const MINT_BYTES = 82;
const INITIALIZED_AT = 45;

export interface MintFields {
  /** Null: the supply is fixed. */
  readonly mintAuthority: Address | null;
  /** In base units: divide by 10^decimals. */
  readonly supply: bigint;
  readonly decimals: number;
  readonly freezeAuthority: Address | null;
}

export function isMintInitialized(data: Uint8Array): boolean {
  return data[INITIALIZED_AT] !== 0;
}

export function readMint(reader: ByteReader): MintFields {
  const mintAuthority = readOptionalAddress(reader);
  const supply = reader.u64();
  const decimals = reader.u8();
  if (!reader.bool()) reader.fail('NOT_INITIALIZED', INITIALIZED_AT);
  const freezeAuthority = readOptionalAddress(reader);
  return { mintAuthority, supply, decimals, freezeAuthority };
}

export function writeMint(writer: ByteWriter, mint: MintFields & ParsedHeader): void {
  writeOptionalAddress(writer, mint.mintAuthority);
  writer.u64(mint.supply);
  writer.u8(mint.decimals);
  writer.bool(true);
  writeOptionalAddress(writer, mint.freezeAuthority);
}
