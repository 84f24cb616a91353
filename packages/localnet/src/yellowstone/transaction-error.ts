// Agave's TransactionError in its bincode form, as Yellowstone carries it: a u32 for the variant,
// then its fields. The lists of transaction-error.ts leave out the variants that have fields; here
// those stand at their places. A test decodes every variant with the real client.

import { INSTRUCTION_ERROR_NAMES, TRANSACTION_ERROR_NAMES } from '../chain/transaction-error.ts';
import type { TransactionErrorJson } from '../chain/types.ts';

const withPlaces = (names: readonly string[], places: readonly [number, string][]): string[] => {
  const all = [...names];
  for (const [place, name] of places) all.splice(place, 0, name);
  return all;
};

/** In Agave's order; the places are those of the variants with fields. */
const TRANSACTION_ERRORS = withPlaces(
  // litesvm numbers the last few otherwise than Agave does.
  TRANSACTION_ERROR_NAMES.slice(
    0,
    TRANSACTION_ERROR_NAMES.indexOf('MaxLoadedAccountsDataSizeExceeded'),
  ),
  [
    [8, 'InstructionError'],
    [30, 'DuplicateInstruction'],
    [31, 'InsufficientFundsForRent'],
  ],
).concat([
  'MaxLoadedAccountsDataSizeExceeded',
  'InvalidLoadedAccountsDataSizeLimit',
  'ResanitizationNeeded',
  'ProgramExecutionTemporarilyRestricted',
  'UnbalancedTransaction',
  'ProgramCacheHitMaxLimit',
  'CommitCancelled',
]);

const INSTRUCTION_ERRORS = withPlaces(INSTRUCTION_ERROR_NAMES.slice(0, -1), [
  [25, 'Custom'],
  [44, 'BorshIoError'],
]);

const u8 = (value: number) => Buffer.from([value]);
const u32 = (value: number) => {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
};

function variant(names: readonly string[], name: string): Buffer {
  const index = names.indexOf(name);
  if (index === -1) throw new Error(`Agave has no error ${name}`);
  return u32(index);
}

/** @throws Error for what is not an error of Agave's */
export function encodeTransactionError(error: TransactionErrorJson): Buffer {
  if (typeof error === 'string') return variant(TRANSACTION_ERRORS, error);
  const [name = '', detail] = Object.entries(error)[0] ?? [];
  const head = variant(TRANSACTION_ERRORS, name);
  if (name === 'InstructionError') {
    const [index, inner] = detail as [number, TransactionErrorJson];
    return Buffer.concat([head, u8(index), encodeInstructionError(inner)]);
  }
  if (name === 'DuplicateInstruction') return Buffer.concat([head, u8(detail as number)]);
  return Buffer.concat([head, u8((detail as { account_index: number }).account_index)]);
}

function encodeInstructionError(error: TransactionErrorJson): Buffer {
  if (typeof error === 'string') return variant(INSTRUCTION_ERRORS, error);
  if ('Custom' in error) {
    return Buffer.concat([variant(INSTRUCTION_ERRORS, 'Custom'), u32(Number(error.Custom))]);
  }
  // Agave 3 keeps no text with it.
  return variant(INSTRUCTION_ERRORS, 'BorshIoError');
}
