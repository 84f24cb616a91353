// A multisignature authority of SPL Token and Token-2022, 355 bytes. Source: spl-token
// `state::Multisig::pack_into_slice`.
import type { Address } from '@streamsync/domain';
import type { ByteReader } from '../../bytes/byte-reader.ts';
import type { ByteWriter } from '../../bytes/byte-writer.ts';

export const MULTISIG_BYTES = 355;
/** `MAX_SIGNERS` of the program. */
const SIGNERS_MAX = 11;
const INITIALIZED_AT = 2;

export interface MultisigFields {
  /** How many of the signers must sign. The program allows more than there are: such a one is locked. */
  readonly signersRequired: number;
  readonly signers: readonly Address[];
}

export function isMultisigInitialized(data: Uint8Array): boolean {
  return data[INITIALIZED_AT] !== 0;
}

export function readMultisig(reader: ByteReader): MultisigFields {
  const signersRequired = readSignerCount(reader);
  const signerCount = readSignerCount(reader);
  if (!reader.bool()) reader.fail('NOT_INITIALIZED', INITIALIZED_AT);
  const signers: Address[] = [];
  for (let index = 0; index < signerCount; index += 1) signers.push(reader.address());
  reader.leftover(32 * (SIGNERS_MAX - signerCount));
  return { signersRequired, signers };
}

function readSignerCount(reader: ByteReader): number {
  const count = reader.u8();
  if (count < 1 || count > SIGNERS_MAX) reader.fail('OUT_OF_RANGE', reader.offset - 1);
  return count;
}

export function writeMultisig(writer: ByteWriter, multisig: MultisigFields): void {
  writer.u8(multisig.signersRequired);
  writer.u8(multisig.signers.length);
  writer.bool(true);
  for (const signer of multisig.signers) writer.address(signer);
}
