// A scalar per unit, written by hand: others print small 64-bit numbers as numbers and large ones
// as text. Input is parsed into its brand here, once, and throws the catalogue's coded errors.
import {
  parseAddress,
  parseSignature,
  parseSlot,
  StreamSyncError,
  U64_MAX,
} from '@streamsync/domain';
import { Kind, type ValueNode } from 'graphql/index.js';
import { builder } from './builder.ts';

const I64_MIN = -(2n ** 63n);
const I64_MAX = 2n ** 63n - 1n;

const textOf = (value: unknown): string => String(value);

/** The text of a literal; an integer keeps all of its digits. */
function literalText(node: ValueNode): string | null {
  return node.kind === Kind.STRING || node.kind === Kind.INT ? node.value : null;
}

function parseText<Value>(
  value: unknown,
  code: 'INVALID_ADDRESS' | 'INVALID_SIGNATURE',
  parse: (text: string) => Value,
): Value {
  if (typeof value !== 'string') throw new StreamSyncError(code);
  return parse(value);
}

/** @throws StreamSyncError INVALID_ARGUMENT unless `value` is a whole number from `min` to `max` */
export function parseInteger(value: unknown, min: bigint, max: bigint): bigint {
  const whole =
    (typeof value === 'string' && /^-?\d{1,20}$/.test(value)) ||
    (typeof value === 'number' && Number.isSafeInteger(value));
  if (whole) {
    const integer = BigInt(value as string | number);
    if (integer >= min && integer <= max) return integer;
  }
  throw new StreamSyncError(
    'INVALID_ARGUMENT',
    {},
    { message: `A whole number from ${min} to ${max} is expected, as text or as a number.` },
  );
}

const parseSlotInput = (value: unknown) => {
  if (typeof value !== 'string' && typeof value !== 'number') {
    throw new StreamSyncError('INVALID_SLOT');
  }
  return parseSlot(value);
};

builder.scalarType('Address', {
  description: 'A Solana address: base58 of 32 bytes.',
  serialize: textOf,
  parseValue: (value) => parseText(value, 'INVALID_ADDRESS', parseAddress),
});

builder.scalarType('Signature', {
  description: 'A transaction signature: base58 of 64 bytes.',
  serialize: textOf,
  parseValue: (value) => parseText(value, 'INVALID_SIGNATURE', parseSignature),
});

builder.scalarType('Slot', {
  description: 'A slot, u64, as decimal text; input may be a number too.',
  serialize: textOf,
  parseValue: parseSlotInput,
  parseLiteral: (node) => parseSlotInput(literalText(node)),
});

builder.scalarType('U64', {
  description: 'An unsigned 64-bit number as decimal text.',
  serialize: textOf,
  parseValue: (value) => parseInteger(value, 0n, U64_MAX),
  parseLiteral: (node) => parseInteger(literalText(node), 0n, U64_MAX),
});

builder.scalarType('I64', {
  description: 'A signed 64-bit number as decimal text.',
  serialize: textOf,
  parseValue: (value) => parseInteger(value, I64_MIN, I64_MAX),
  parseLiteral: (node) => parseInteger(literalText(node), I64_MIN, I64_MAX),
});

builder.scalarType('Bytes', {
  description: 'Bytes as text, in the encoding that the field was asked for.',
  serialize: textOf,
  parseValue: textOf,
});

builder.scalarType('JSON', {
  description: 'Any JSON value; 64-bit numbers are decimal text, bytes are base64.',
  serialize: (value) => value,
  parseValue: (value) => value,
});
