// The vote program: vote accounts of every version that the chain holds. An account that was closed or
// never set up has no authorised voter.
import type { Address } from '@streamsync/domain';
import { ByteReader } from '../../bytes/byte-reader.ts';
import { ByteWriter } from '../../bytes/byte-writer.ts';
import type { Codec } from '../../bytes/codec.ts';
import {
  isAllZero,
  type ParsedHeader,
  type ProgramParser,
  programAccount,
} from '../../program-parser.ts';
import { VOTE_LAYOUTS, type VoteState, type VoteVersion } from './vote-layouts.ts';

export const VOTE_PROGRAM = 'Vote111111111111111111111111111111111111111' as Address;

export type VoteAccount = ParsedHeader & { readonly kind: 'voteAccount' } & VoteState;

const VERSIONS = Object.keys(VOTE_LAYOUTS) as VoteVersion[];

export const voteProgram: ProgramParser<VoteAccount> = {
  program: VOTE_PROGRAM,

  parse(data, header) {
    if (isAllZero(data)) return programAccount(header, data, 'UNINITIALIZED');
    const reader = new ByteReader(data);
    const version = VERSIONS[reader.u32()];
    if (version === undefined) return reader.fail('BAD_ENUM', 0);
    const fields = VOTE_LAYOUTS[version].fields.read(reader);
    // The layout of a version has the fields of that version, by VoteState's definition.
    const state = { version, ...fields } as VoteState;
    if (!isInitialized(state)) return programAccount(header, data, 'UNINITIALIZED');
    reader.leftover(reader.remaining);
    return { ...header, residue: reader.residue, kind: 'voteAccount', ...state };
  },

  encode(entity) {
    const { number, fields } = VOTE_LAYOUTS[entity.version];
    const writer = new ByteWriter();
    writer.u32(number);
    (fields as Codec<unknown>).write(writer, entity);
    return writer.finish(entity.sizeBytes, entity.residue);
  },
};

/** `VoteStateVersions::is_uninitialized`; a version 4 always is. */
function isInitialized(state: VoteState): boolean {
  switch (state.version) {
    case 'v0.23.5':
      return state.authorizedVoter !== null;
    case 'v1.14.11':
    case 'v3':
      return state.authorizedVoters.length > 0;
    case 'v4':
      return true;
  }
}
