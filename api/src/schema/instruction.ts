// Instruction: what any instruction has, and what it means as one of the types that instruction-types.ts
// makes from the parser's tables. It is no interface of those types: an instruction holds instructions,
// and compiled documents would grow by the number of types at each level.
import type { Address } from '@streamsync/domain';
import { RAW_INSTRUCTION_REASONS, type RawInstruction } from '@streamsync/program-parser';
import { AccountRef, DataEncodingRef, POINT_READ } from './account.ts';
import { readAccount } from './account-entity.ts';
import { builder } from './builder.ts';
import { type DataEncoding, encodeData } from './encode-data.ts';
import {
  accountsOf,
  type InstructionAccount,
  type InstructionEntity,
} from './instruction-entity.ts';
import { ParsedInstructionRef } from './instruction-types.ts';

const InstructionAccountRef = builder
  .objectRef<InstructionAccount>('InstructionAccount')
  .implement({
    description: 'One account of an instruction, in its place.',
    fields: (t) => ({
      address: t.expose('address', { type: 'Address', nullable: false }),
      role: t.exposeString('role', {
        description: 'What it is to the instruction, such as source; null where no table says.',
      }),
      signer: t.boolean({
        description: 'Null where the source does not state the header of the message.',
        resolve: ({ isSigner }) => isSigner,
      }),
      writable: t.boolean({
        description:
          'What the message asks for. Null where the source does not state it, as for keys that a lookup table may have loaded.',
        resolve: ({ isWritable }) => isWritable,
      }),
      account: t.field({
        type: AccountRef,
        description: 'The account at the slot of the query.',
        extensions: POINT_READ,
        resolve: ({ reader, address }) => readAccount(reader, address),
      }),
    }),
  });

const RawInstructionRef = builder.objectRef<RawInstruction>('RawInstruction').implement({
  description: 'Why an instruction is left as its bytes.',
  fields: (t) => ({
    reason: t.exposeString('reason', { nullable: false }),
    message: t.string({
      nullable: false,
      resolve: ({ reason }) => RAW_INSTRUCTION_REASONS[reason],
    }),
    offset: t.exposeInt('offset', {
      nullable: false,
      description: 'Where in the data it stops making sense.',
    }),
  }),
});

export const InstructionRef = builder.objectRef<InstructionEntity>('Instruction');

InstructionRef.implement({
  description: 'An instruction of a transaction, or one that a program invoked.',
  fields: (t) => ({
    index: t.int({
      nullable: false,
      description: 'Its place, from 0, among its siblings.',
      resolve: ({ instruction }) => instruction.index,
    }),
    stackHeight: t.int({
      description:
        '1 for an instruction of the message, 2 for one that it invoked, …; null where the source does not state it.',
      resolve: ({ instruction }) => instruction.stackHeight,
    }),
    programId: t.field({
      type: 'Address',
      description: 'Null: the transaction names a key that it does not have.',
      resolve: ({ instruction }): Address | null => instruction.programId,
    }),
    program: t.field({
      type: AccountRef,
      description: 'The account of the program, at the slot of the query.',
      extensions: POINT_READ,
      resolve: ({ instruction: { programId }, transaction: { reader } }) =>
        programId === null ? null : readAccount(reader, programId),
    }),
    programName: t.string({
      description: 'The short name of a program that is known here, such as system.',
      resolve: ({ instruction }) => (instruction.kind === 'parsed' ? instruction.program : null),
    }),
    name: t.string({
      description: 'What it does, such as transfer; null where it is left as its bytes.',
      resolve: ({ instruction }) => (instruction.kind === 'parsed' ? instruction.name : null),
    }),
    accounts: t.field({
      type: [InstructionAccountRef],
      nullable: { list: false, items: false },
      resolve: accountsOf,
    }),
    data: t.field({
      type: 'Bytes',
      nullable: false,
      args: {
        encoding: t.arg({ type: DataEncodingRef, required: true, defaultValue: 'BASE64' }),
      },
      resolve: ({ instruction }, { encoding }) =>
        encodeData(instruction.data, encoding as DataEncoding),
    }),
    parsed: t.field({
      type: ParsedInstructionRef,
      description: 'What it means: accounts by role, and arguments. Null where `raw` says why not.',
      resolve: ({ instruction }) => (instruction.kind === 'parsed' ? instruction : null),
    }),
    raw: t.field({
      type: RawInstructionRef,
      description: 'Why it is left as its bytes; null where it is parsed.',
      resolve: ({ instruction }) => (instruction.kind === 'raw' ? instruction : null),
    }),
    innerInstructions: t.field({
      type: [InstructionRef],
      nullable: { list: false, items: false },
      description: 'What it invoked, in their order; of a batch, the instructions that it holds.',
      resolve: ({ instruction, transaction }) =>
        instruction.inner.map((inner) => ({ instruction: inner, transaction })),
    }),
  }),
});
