// The programs whose instructions are parsed. A new one is a new table and one line here.
import { ADDRESS_LOOKUP_TABLE_INSTRUCTIONS } from '../programs/address-lookup-table/instructions.ts';
import { ASSOCIATED_TOKEN_INSTRUCTIONS } from '../programs/associated-token/instructions.ts';
import { COMPUTE_BUDGET_INSTRUCTIONS } from '../programs/compute-budget/instructions.ts';
import {
  LOADER_V2_INSTRUCTIONS,
  LOADER_V4_INSTRUCTIONS,
  UPGRADEABLE_LOADER_INSTRUCTIONS,
} from '../programs/loader/instructions.ts';
import { MEMO_INSTRUCTIONS } from '../programs/memo/instructions.ts';
import { STAKE_INSTRUCTIONS } from '../programs/stake/instructions.ts';
import { SYSTEM_INSTRUCTIONS } from '../programs/system/instructions.ts';
import { TOKEN_2022_INSTRUCTIONS, TOKEN_INSTRUCTIONS } from '../programs/token/instructions.ts';
import { VOTE_INSTRUCTIONS } from '../programs/vote/instructions.ts';
import type { InstructionsOf } from './instruction-table.ts';

export const INSTRUCTION_TABLES = [
  SYSTEM_INSTRUCTIONS,
  TOKEN_INSTRUCTIONS,
  TOKEN_2022_INSTRUCTIONS,
  ASSOCIATED_TOKEN_INSTRUCTIONS,
  MEMO_INSTRUCTIONS,
  COMPUTE_BUDGET_INSTRUCTIONS,
  STAKE_INSTRUCTIONS,
  VOTE_INSTRUCTIONS,
  ADDRESS_LOOKUP_TABLE_INSTRUCTIONS,
  LOADER_V2_INSTRUCTIONS,
  UPGRADEABLE_LOADER_INSTRUCTIONS,
  LOADER_V4_INSTRUCTIONS,
] as const;

/** Every instruction that is parsed, told apart by `program` and `name`. */
export type KnownInstruction = InstructionsOf<(typeof INSTRUCTION_TABLES)[number]>;
