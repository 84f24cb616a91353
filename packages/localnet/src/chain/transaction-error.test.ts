import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { describe, expect, it } from 'vitest';
import {
  describeTransactionError,
  INSTRUCTION_ERROR_NAMES,
  TRANSACTION_ERROR_NAMES,
} from './transaction-error.ts';

/** The names of an enumeration of litesvm's declarations, in the order of their numbers. */
function declared(name: string): string[] {
  const index = createRequire(import.meta.url).resolve('litesvm');
  const text = readFileSync(index.replace('index.js', 'internal.d.ts'), 'utf8');
  const body = new RegExp(`enum ${name} \\{([^}]*)\\}`).exec(text)?.[1] ?? '';
  const entries = [...body.matchAll(/(\w+) = (\d+)/g)];
  expect(entries.map((entry) => Number(entry[2]))).toEqual(entries.map((_, number) => number));
  return entries.map((entry) => entry[1] ?? '');
}

describe('transaction errors', () => {
  it('have the names and numbers that litesvm declares', () => {
    expect(declared('TransactionErrorFieldless')).toEqual([...TRANSACTION_ERROR_NAMES]);
    expect(declared('InstructionErrorFieldless')).toEqual([...INSTRUCTION_ERROR_NAMES]);
  });

  it.each([
    ['AlreadyProcessed', 'This transaction has already been processed'],
    [
      { InstructionError: [2, { Custom: 6000 }] },
      'Error processing Instruction 2: custom program error: 0x1770',
    ],
    [
      { InstructionError: [0, 'InvalidAccountData'] },
      'Error processing Instruction 0: invalid account data',
    ],
    [
      { InsufficientFundsForRent: { account_index: 1 } },
      'Transaction results in an account (1) with insufficient funds for rent',
    ],
    [{ DuplicateInstruction: 3 }, 'duplicate instruction'],
    ['CallChainTooDeep', 'CallChainTooDeep'],
  ])('%j reads as a sentence', (error, sentence) => {
    expect(describeTransactionError(error)).toBe(sentence);
  });
});
