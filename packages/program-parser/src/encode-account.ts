// A parsed account back to its data, byte for byte.
import { invariant } from '@streamsync/domain';
import { type ParsedAccount, parserOf } from './programs/programs.ts';

/** The account's data, `sizeBytes` long, with residue and padding where they were. */
export function encodeAccount(account: ParsedAccount): Uint8Array {
  if (account.kind === 'programAccount') return account.data.slice();
  const parser = parserOf(account.program);
  invariant(parser !== null, 'a typed account belongs to a program of the registry');
  return parser.encode(account);
}
