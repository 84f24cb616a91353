// A parsed account back to its data, byte for byte.
import { invariant } from '@streamsync/domain';
import { type ParsedAccount, parserOf } from './programs/programs.ts';

/** The account's data, `sizeBytes` long, with residue and padding where they were. */
export function encodeAccount(account: ParsedAccount): Uint8Array {
  // A copy; `slice` would alias where the data is a Buffer.
  if (account.kind === 'programAccount') return new Uint8Array(account.data);
  const parser = parserOf(account.program);
  invariant(parser !== null, 'a typed account belongs to a program of the registry');
  return parser.encode(account);
}
