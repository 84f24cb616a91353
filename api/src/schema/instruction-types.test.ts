import { INSTRUCTION_TABLES, type InstructionTable } from '@streamsync/program-parser';
import { isObjectType, isUnionType } from 'graphql/index.js';
import { describe, expect, it } from 'vitest';
import { schema } from './index.ts';
import { instructionTypeName } from './instruction-type-names.ts';

const union = schema.getType('ParsedInstruction');
const members = isUnionType(union) ? union.getTypes() : [];

describe('the types of instructions', () => {
  it('are one for each row of the tables, those of both token programs once', () => {
    const tables: readonly InstructionTable[] = INSTRUCTION_TABLES;
    const names = tables.flatMap(({ program, instructions }) =>
      Object.keys(instructions).map((name) => instructionTypeName(program, name)),
    );
    expect(members.map(({ name }) => name).sort()).toEqual([...new Set(names)].sort());
    expect(members.length).toBeGreaterThan(150);
  });

  it('give a field name one type, so that fragments on several of them merge', () => {
    const types = new Map<string, Set<string>>();
    for (const member of members) {
      for (const { name, type } of Object.values(member.getFields())) {
        types.set(name, (types.get(name) ?? new Set()).add(type.toString()));
      }
    }
    expect([...types].filter(([, seen]) => seen.size > 1)).toEqual([]);
  });

  it('stand below an object, since nested interfaces multiply compiled code', () => {
    expect(isObjectType(schema.getType('Instruction'))).toBe(true);
  });
});
