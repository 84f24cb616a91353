// From a program and the first bytes of its data to the row of the table: built once, from the tables.
import type { Address } from '@streamsync/domain';
import { ASSOCIATED_TOKEN_WITHOUT_DATA } from '../programs/associated-token/instructions.ts';
import {
  type InstructionLayout,
  type InstructionTable,
  type RoleKind,
  roleOf,
  tagBytes,
} from './instruction-table.ts';
import { INSTRUCTION_TABLES } from './instruction-tables.ts';

/** A row with its roles taken apart. */
export interface InstructionRow {
  readonly program: string;
  readonly name: string;
  readonly tag: readonly number[];
  readonly layout: InstructionLayout;
  readonly roles: readonly { readonly name: string; readonly kind: RoleKind }[];
  readonly roleNames: readonly string[];
  /** How many roles at the start are required: the accounts that there must be. */
  readonly requiredCount: number;
  /** Whether each role is one required account, so that position alone decides. */
  readonly isPlain: boolean;
  readonly fields: readonly (readonly [string, InstructionLayout['fields'][string]])[];
}

interface ProgramRows {
  /** Rows by the first byte of their tag, the longest tags first. */
  readonly byFirstByte: ReadonlyMap<number, readonly InstructionRow[]>;
  /** The row of data that no tag starts. */
  readonly untagged: InstructionRow | null;
  readonly withoutData: InstructionRow | null;
}

function rowOf(table: InstructionTable, name: string, layout: InstructionLayout): InstructionRow {
  const roles = layout.roles.map(roleOf);
  return {
    program: table.program,
    name,
    tag: layout.tag === null ? [] : tagBytes(layout.tag, table.tagWidth),
    layout,
    roles,
    roleNames: roles.map((role) => role.name),
    requiredCount: roles.filter(({ kind }) => kind === 'required').length,
    isPlain: roles.every(({ kind }) => kind === 'required'),
    fields: Object.entries(layout.fields),
  };
}

function indexTable(table: InstructionTable): ProgramRows {
  const rows = Object.entries(table.instructions).map(([name, layout]) =>
    rowOf(table, name, layout),
  );
  const byFirstByte = new Map<number, InstructionRow[]>();
  for (const row of rows) {
    const first = row.tag[0];
    if (first === undefined) continue;
    const same = byFirstByte.get(first) ?? [];
    same.push(row);
    same.sort((one, other) => other.tag.length - one.tag.length);
    byFirstByte.set(first, same);
  }
  const untagged = rows.find(({ layout }) => layout.tag === null) ?? null;
  const withoutData =
    table.program === 'associatedToken'
      ? (rows.find(({ name }) => name === ASSOCIATED_TOKEN_WITHOUT_DATA) ?? null)
      : null;
  return { byFirstByte, untagged, withoutData };
}

const BY_PROGRAM: ReadonlyMap<string, ProgramRows> = new Map(
  INSTRUCTION_TABLES.flatMap((table: InstructionTable) => {
    const rows = indexTable(table);
    return table.programIds.map((programId): [string, ProgramRows] => [programId, rows]);
  }),
);

export type RowLookup = InstructionRow | 'UNKNOWN_PROGRAM' | 'UNKNOWN_INSTRUCTION';

export function findRow(programId: Address, data: Uint8Array): RowLookup {
  const rows = BY_PROGRAM.get(programId);
  if (rows === undefined) return 'UNKNOWN_PROGRAM';
  if (rows.untagged !== null) return rows.untagged;
  const first = data[0];
  if (first === undefined) return rows.withoutData ?? 'UNKNOWN_INSTRUCTION';
  const candidates = rows.byFirstByte.get(first) ?? [];
  return candidates.find(({ tag }) => startsWith(data, tag)) ?? 'UNKNOWN_INSTRUCTION';
}

function startsWith(data: Uint8Array, tag: readonly number[]): boolean {
  for (let index = 1; index < tag.length; index += 1) {
    if (data[index] !== tag[index]) return false;
  }
  return true;
}
