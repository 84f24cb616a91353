// What a client library built, read by this package: both of its forms to a compiled instruction.

import type { TransactionInstruction as Web3Instruction } from '@solana/web3.js';
import type { Address } from '@streamsync/domain';
import {
  type ParsedInstruction,
  parseInstruction,
} from '../../src/transactions/parse-instruction.ts';

/** An instruction of @solana/kit. */
export interface KitInstruction {
  readonly programAddress: string;
  readonly accounts?: readonly { readonly address: string }[];
  readonly data?: { readonly length: number; readonly [index: number]: number };
}

export interface Read {
  readonly program: string;
  readonly name: string;
  /** Without roles that nobody plays. */
  readonly accounts: Readonly<Record<string, unknown>>;
  readonly arguments: Readonly<Record<string, unknown>>;
  /** What a batch holds; absent elsewhere. */
  readonly inner?: readonly Read[];
}

/** @throws Error where it does not parse, or leaves bytes unread */
export function readBuilt(built: KitInstruction | Web3Instruction): Read {
  const [programId, accounts, data] =
    'keys' in built
      ? [
          built.programId.toBase58(),
          built.keys.map(({ pubkey }) => pubkey.toBase58()),
          Uint8Array.from(built.data),
        ]
      : [
          built.programAddress,
          (built.accounts ?? []).map(({ address }) => address),
          Uint8Array.from((built.data ?? []) as ArrayLike<number>),
        ];
  const keys = [programId, ...accounts].map((key) => key as Address);
  const compiled = {
    programIdIndex: 0,
    accountIndices: accounts.map((_, index) => index + 1),
    data,
    stackHeight: 1,
  };
  const instruction = parseInstruction(compiled, keys, { index: 0, inner: [] });
  if (instruction.kind === 'raw') {
    throw new Error(`${instruction.reason} at ${instruction.offset} of ${data.length}`);
  }
  if (instruction.unreadBytes > 0) throw new Error(`${instruction.unreadBytes} bytes unread`);
  if (instruction.roles.includes(null)) throw new Error('an account without a role');
  return shown(instruction);
}

function shown(instruction: ParsedInstruction): Read {
  const played = Object.entries(instruction.accounts).filter(
    ([, address]) => address !== null && !(Array.isArray(address) && address.length === 0),
  );
  return {
    program: instruction.program,
    name: instruction.name,
    accounts: Object.fromEntries(played),
    arguments: instruction.arguments,
    ...(instruction.inner.length === 0
      ? {}
      : { inner: instruction.inner.map((each) => shown(each as ParsedInstruction)) }),
  };
}
