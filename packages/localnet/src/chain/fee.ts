// What a message would cost, for getFeeForMessage. The fee of a transaction that ran is not taken
// from here: it is measured as the lamports that went missing, which is exact (execute.ts).
import {
  ComputeBudgetInstruction,
  getSetComputeUnitLimitInstructionDataDecoder,
  getSetComputeUnitPriceInstructionDataDecoder,
  identifyComputeBudgetInstruction,
} from '@solana-program/compute-budget';
import { COMPUTE_BUDGET_PROGRAM } from './addresses.ts';
import type { DecodedTransaction } from './decode-transaction.ts';

export const SIGNATURE_FEE_LAMPORTS = 5_000n;
/** Agave's defaults for a message that sets no limit: builtin programs, then all others. */
const BUILTIN_UNITS = 3_000n;
const PROGRAM_UNITS = 200_000n;
const UNITS_MAX = 1_400_000n;
const MICRO_LAMPORTS_PER_LAMPORT = 1_000_000n;

type Message = Pick<DecodedTransaction, 'header' | 'staticKeys' | 'instructions'>;

/** Lamports: signatures, and the compute unit price times the limit, rounded up. */
export function messageFeeLamports(
  message: Message,
  isBuiltin: (program: string) => boolean,
): bigint {
  let unitLimit: bigint | null = null;
  let priceMicroLamports = 0n;
  let defaultUnits = 0n;
  for (const instruction of message.instructions) {
    const program = message.staticKeys[instruction.programIdIndex] ?? '';
    defaultUnits += isBuiltin(program) ? BUILTIN_UNITS : PROGRAM_UNITS;
    if (program !== COMPUTE_BUDGET_PROGRAM) continue;
    const budget = readBudget(instruction.data);
    if (budget.unitLimit !== undefined) unitLimit = budget.unitLimit;
    if (budget.price !== undefined) priceMicroLamports = budget.price;
  }
  const units = unitLimit ?? defaultUnits;
  const micro = (units > UNITS_MAX ? UNITS_MAX : units) * priceMicroLamports;
  const priority = (micro + MICRO_LAMPORTS_PER_LAMPORT - 1n) / MICRO_LAMPORTS_PER_LAMPORT;
  return BigInt(message.header.requiredSignatures) * SIGNATURE_FEE_LAMPORTS + priority;
}

function readBudget(data: Uint8Array): { unitLimit?: bigint; price?: bigint } {
  try {
    const kind = identifyComputeBudgetInstruction(data);
    if (kind === ComputeBudgetInstruction.SetComputeUnitLimit) {
      return {
        unitLimit: BigInt(getSetComputeUnitLimitInstructionDataDecoder().decode(data).units),
      };
    }
    if (kind === ComputeBudgetInstruction.SetComputeUnitPrice) {
      return { price: getSetComputeUnitPriceInstructionDataDecoder().decode(data).microLamports };
    }
  } catch {
    // A malformed budget instruction fails when it runs; it adds nothing to the fee here.
  }
  return {};
}
