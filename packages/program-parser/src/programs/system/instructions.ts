// The instructions of the system program. Source: solana-system-interface `SystemInstruction`, bincode.
import * as arg from '../../transactions/argument-codecs.ts';
import { instruction, instructionTable } from '../../transactions/instruction-table.ts';
import { SYSTEM_PROGRAM } from './system-program.ts';

const { address, text64, u64 } = arg;

export const SYSTEM_INSTRUCTIONS = instructionTable({
  program: 'system',
  programIds: [SYSTEM_PROGRAM],
  tagWidth: 'u32',
  instructions: {
    createAccount: instruction(0, ['source', 'newAccount'], {
      lamports: u64,
      space: u64,
      ownerProgram: address,
    }),
    assign: instruction(1, ['account'], { ownerProgram: address }),
    transfer: instruction(2, ['source', 'destination'], { lamports: u64 }),
    /** The account of the base is given only where it is not the source. */
    createAccountWithSeed: instruction(3, ['source', 'newAccount', 'baseAccount?'], {
      base: address,
      seed: text64,
      lamports: u64,
      space: u64,
      ownerProgram: address,
    }),
    advanceNonceAccount: instruction(4, [
      'nonceAccount',
      'recentBlockhashesSysvar',
      'nonceAuthority',
    ]),
    withdrawNonceAccount: instruction(
      5,
      ['nonceAccount', 'destination', 'recentBlockhashesSysvar', 'rentSysvar', 'nonceAuthority'],
      { lamports: u64 },
    ),
    initializeNonceAccount: instruction(
      6,
      ['nonceAccount', 'recentBlockhashesSysvar', 'rentSysvar'],
      { nonceAuthority: address },
    ),
    authorizeNonceAccount: instruction(7, ['nonceAccount', 'nonceAuthority'], {
      newAuthority: address,
    }),
    allocate: instruction(8, ['account'], { space: u64 }),
    allocateWithSeed: instruction(9, ['account', 'baseAccount'], {
      base: address,
      seed: text64,
      space: u64,
      ownerProgram: address,
    }),
    assignWithSeed: instruction(10, ['account', 'baseAccount'], {
      base: address,
      seed: text64,
      ownerProgram: address,
    }),
    transferWithSeed: instruction(11, ['source', 'baseAccount', 'destination'], {
      lamports: u64,
      seed: text64,
      sourceOwnerProgram: address,
    }),
    upgradeNonceAccount: instruction(12, ['nonceAccount']),
    /** For an address that has lamports already; the source is given only where it must add some. */
    createAccountAllowPrefund: instruction(13, ['newAccount', 'source?'], {
      lamports: u64,
      space: u64,
      ownerProgram: address,
    }),
  },
});
