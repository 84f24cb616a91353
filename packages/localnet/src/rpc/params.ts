// Reads the positional parameters of a call. Everything that does not fit throws -32602 with a
// sentence that names the parameter; nothing is coerced.
import { base58, base64 } from '@scure/base';
import { type Address, parseAddress, parseSignature, type Signature } from '@streamsync/domain';
import { COMMITMENTS, type Commitment } from '../chain/types.ts';
import { invalidParams, type RpcError } from './errors.ts';

export type Params = readonly unknown[];
export type Fields = Readonly<Record<string, unknown>>;

export function address(value: unknown, name: string): Address {
  try {
    return parseAddress(text(value, name));
  } catch {
    throw invalidParams(`${name} is not an address (base58 of 32 bytes)`);
  }
}

export function signature(value: unknown, name: string): Signature {
  try {
    return parseSignature(text(value, name));
  } catch {
    throw invalidParams(`${name} is not a signature (base58 of 64 bytes)`);
  }
}

export function text(value: unknown, name: string): string {
  if (typeof value !== 'string') throw invalidParams(`${name} must be a string`);
  return value;
}

/** A whole number from 0 to 2^53 - 1. */
export function whole(value: unknown, name: string): number {
  if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 0) {
    throw invalidParams(`${name} must be a whole number`);
  }
  return value;
}

export function optional<T>(
  value: unknown,
  name: string,
  read: (value: unknown, name: string) => T,
): T | undefined {
  return value === undefined || value === null ? undefined : read(value, name);
}

export function boolean(value: unknown, name: string): boolean {
  if (typeof value !== 'boolean') throw invalidParams(`${name} must be true or false`);
  return value;
}

export function list(value: unknown, name: string, lengthMax: number): readonly unknown[] {
  if (!Array.isArray(value)) throw invalidParams(`${name} must be a list`);
  if (value.length > lengthMax) {
    throw invalidParams(`Too many inputs provided in ${name}; max ${lengthMax}`);
  }
  return value;
}

export function fields(value: unknown, name: string): Fields {
  if (value === undefined || value === null) return {};
  if (typeof value !== 'object' || Array.isArray(value)) {
    throw invalidParams(`${name} must be an object`);
  }
  return value as Fields;
}

export function oneOf<T extends string>(value: unknown, name: string, choices: readonly T[]): T {
  if (!(choices as readonly unknown[]).includes(value)) {
    throw invalidParams(`${name} must be one of ${choices.join(', ')}`);
  }
  return value as T;
}

/** RPC's default is 'finalized'; the names of old clusters are still understood. */
export function commitment(config: Fields): Commitment {
  const value = config.commitment;
  if (value === undefined || value === null) return 'finalized';
  if (value === 'recent') return 'processed';
  if (value === 'single' || value === 'singleGossip') return 'confirmed';
  if (value === 'root' || value === 'max') return 'finalized';
  return oneOf(value, 'commitment', COMMITMENTS);
}

/** Bytes of base58 or base64 text. */
export function bytes(value: string, encoding: 'base58' | 'base64', name: string): Uint8Array {
  try {
    return encoding === 'base58' ? base58.decode(value) : base64.decode(value);
  } catch {
    throw invalidParams(`${name} is not valid ${encoding}`);
  }
}

export function invalidRange(slotsMax: number): RpcError {
  return invalidParams(`Slot range too large; max ${slotsMax}`);
}
