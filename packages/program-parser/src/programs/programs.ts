// The programs that are parsed. A new one is a new folder and one line here.
import type { Address } from '@streamsync/domain';
import type { ParsedHeader, ProgramAccount, ProgramParser } from '../program-parser.ts';
import { addressLookupTableProgram } from './address-lookup-table/address-lookup-table-program.ts';
import { configProgram } from './config/config-program.ts';
import { coreProgram } from './core/core-program.ts';
import { loaderV1, loaderV2, loaderV4 } from './loader/static-loaders.ts';
import { upgradeableLoader } from './loader/upgradeable-loader.ts';
import { stakeProgram } from './stake/stake-program.ts';
import { systemProgram } from './system/system-program.ts';
import { sysvarProgram } from './sysvars/sysvars.ts';
import { splTokenProgram, token2022Program } from './token/token-programs.ts';
import { tokenMetadataProgram } from './token-metadata/token-metadata-program.ts';
import { voteProgram } from './vote/vote-program.ts';

const PROGRAMS = [
  systemProgram,
  splTokenProgram,
  token2022Program,
  tokenMetadataProgram,
  coreProgram,
  stakeProgram,
  voteProgram,
  addressLookupTableProgram,
  upgradeableLoader,
  loaderV1,
  loaderV2,
  loaderV4,
  configProgram,
  sysvarProgram,
] as const;

type EntityOf<Parser> = Parser extends ProgramParser<infer Entity> ? Entity : never;

/** Every kind that parseAccount returns, told apart by `kind`. */
export type ParsedAccount = EntityOf<(typeof PROGRAMS)[number]> | ProgramAccount;

const BY_PROGRAM: ReadonlyMap<Address, ProgramParser<ParsedHeader>> = new Map(
  PROGRAMS.map((parser): [Address, ProgramParser<ParsedHeader>] => [parser.program, parser]),
);

export function parserOf(program: Address): ProgramParser<ParsedHeader> | null {
  return BY_PROGRAM.get(program) ?? null;
}
