import { txErrDecode } from '@triton-one/yellowstone-grpc';
import { describe, expect, it } from 'vitest';
import { INSTRUCTION_ERROR_NAMES, TRANSACTION_ERROR_NAMES } from '../chain/transaction-error.ts';
import type { TransactionErrorJson } from '../chain/types.ts';
import { encodeTransactionError } from './transaction-error.ts';

const read = (error: TransactionErrorJson) =>
  JSON.parse(txErrDecode.decode_raw([...encodeTransactionError(error)]));

describe('a transaction error in bincode', () => {
  it.each([...TRANSACTION_ERROR_NAMES])('is %s to the real client', (name) => {
    expect(read(name)).toEqual(name);
  });

  it.each([...INSTRUCTION_ERROR_NAMES])('is instruction error %s to the real client', (name) => {
    expect(read({ InstructionError: [3, name] })).toEqual({ InstructionError: [3, name] });
  });

  it.each([
    { InstructionError: [255, { Custom: 0xffff_fffe }] },
    { InstructionError: [0, { Custom: 0 }] },
    { DuplicateInstruction: 7 },
    { InsufficientFundsForRent: { account_index: 9 } },
    { ProgramExecutionTemporarilyRestricted: { account_index: 1 } },
  ])('keeps the fields of %j', (error) => {
    expect(read(error)).toEqual(error);
  });
});
