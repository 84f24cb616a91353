// The instructions of the associated token account program. Source: spl-associated-token-account-interface,
// borsh; its first version knew one instruction, without data.
import type { Address } from '@streamsync/domain';
import { instruction, instructionTable } from '../../transactions/instruction-table.ts';

export const ASSOCIATED_TOKEN_PROGRAM = 'ATokenGPvbdGVxr1b2hvZbsiqW5xWH25efTNsLJA8knL' as Address;

/** The rent sysvar is left from the first version. */
const CREATE = [
  'payer',
  'associatedAccount',
  'wallet',
  'mint',
  'systemProgram',
  'tokenProgram',
  'rentSysvar?',
] as const;

export const ASSOCIATED_TOKEN_INSTRUCTIONS = instructionTable({
  program: 'associatedToken',
  programIds: [ASSOCIATED_TOKEN_PROGRAM],
  tagWidth: 'u8',
  instructions: {
    create: instruction(0, CREATE),
    createIdempotent: instruction(1, CREATE),
    /** Moves tokens out of an associated account that another associated account owns by mistake. */
    recoverNested: instruction(2, [
      'nestedAccount',
      'nestedMint',
      'destination',
      'ownerAssociatedAccount',
      'ownerMint',
      'wallet',
      'tokenProgram',
    ]),
  },
});

/** Stands for instructions without data. */
export const ASSOCIATED_TOKEN_WITHOUT_DATA = 'create';
