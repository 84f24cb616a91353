// The instructions of the compute budget program. Source: solana-compute-budget-interface, borsh.
import type { Address } from '@streamsync/domain';
import * as arg from '../../transactions/argument-codecs.ts';
import { instruction, instructionTable } from '../../transactions/instruction-table.ts';

const { trailing, u32, u64 } = arg;

export const COMPUTE_BUDGET_PROGRAM = 'ComputeBudget111111111111111111111111111111' as Address;

export const COMPUTE_BUDGET_INSTRUCTIONS = instructionTable({
  program: 'computeBudget',
  programIds: [COMPUTE_BUDGET_PROGRAM],
  tagWidth: 'u8',
  instructions: {
    /** Deprecated; the fee came after the first release. */
    requestUnits: instruction(0, [], { units: u32, additionalFee: trailing(u32) }),
    requestHeapFrame: instruction(1, [], { sizeBytes: u32 }),
    setComputeUnitLimit: instruction(2, [], { units: u32 }),
    /** The price of a compute unit in millionths of a lamport. */
    setComputeUnitPrice: instruction(3, [], { microLamports: u64 }),
    setLoadedAccountsDataSizeLimit: instruction(4, [], { sizeBytes: u32 }),
  },
});
