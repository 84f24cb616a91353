// Account bytes to a typed entity. Bytes that are not what their owner and size promise give a typed
// failure: never a throw, never a wrong entity. Whatever is parsed re-encodes to the same bytes.
import type { AccountState, Address } from '@streamsync/domain';
import { MalformedBytes, type MalformedReason } from './bytes/malformed-bytes.ts';
import { type AccountHeader, programAccount } from './program-parser.ts';
import { type ParsedAccount, parserOf } from './programs/programs.ts';

/** The account is real and its bytes stand in the state, but they are no entity of their owner. */
export interface MalformedAccount {
  readonly kind: 'malformed';
  readonly address: Address;
  /** The owner, whose layouts the bytes do not fit. */
  readonly program: Address;
  readonly why: MalformedReason;
  /** Where in the data the bytes stop making sense. */
  readonly offset: number;
}

export type ParseResult =
  | { readonly kind: 'parsed'; readonly account: ParsedAccount }
  | MalformedAccount;

/**
 * Parses an account by its owner. Owners without a parser, kinds that are not parsed and accounts
 * that their owner has not initialised yet come back as ProgramAccount, with the reason in `raw`.
 */
export function parseAccount(address: Address, state: AccountState): ParseResult {
  const { data, owner: program } = state;
  const header: AccountHeader = {
    address,
    program,
    lamports: state.lamports,
    executable: state.executable,
    sizeBytes: data.length,
  };
  const parser = parserOf(program);
  if (parser === null) {
    return { kind: 'parsed', account: programAccount(header, data, 'UNKNOWN_PROGRAM') };
  }
  try {
    // The registry's parsers return the members of ParsedAccount, by that type's definition.
    return { kind: 'parsed', account: parser.parse(data, header) as ParsedAccount };
  } catch (error) {
    if (!(error instanceof MalformedBytes)) throw error;
    return { kind: 'malformed', address, program, why: error.why, offset: error.offset };
  }
}
