// An instruction table says what a program's documentation says: the number of each instruction, the
// roles of its accounts in their order, and the fields of its data.
//
// Roles: 'source' is required; 'payer?' may be missing at the end; '=clockSysvar' stands only where the
// account is that well-known address (programs dropped sysvars from their lists over time);
// '...signers' takes the accounts that are left.
import type { Address } from '@streamsync/domain';
import type { ArgumentFields, ArgumentsOf } from './argument-codecs.ts';

type RoleName<Role> = Role extends `...${infer Name}`
  ? Name
  : Role extends `=${infer Name}`
    ? Name
    : Role extends `${infer Name}?`
      ? Name
      : Role;

/** The accounts by the names of their roles; null: not given. */
export type AccountsOf<Roles extends readonly string[]> = {
  readonly [Role in Roles[number] as RoleName<Role>]: Role extends `...${string}`
    ? readonly Address[]
    : Role extends `=${string}` | `${string}?`
      ? Address | null
      : Address;
};

export interface InstructionOptions {
  /** The roles that stand for no account when the arguments are these. */
  readonly absent?: (args: never) => readonly string[];
  /** How many accounts the last of two '...' roles takes. */
  readonly lastCount?: (args: never) => number;
}

export interface InstructionLayout<
  Roles extends readonly string[] = readonly string[],
  Fields extends ArgumentFields = ArgumentFields,
> extends InstructionOptions {
  /** The bytes that the data starts with; null: any data, or none, is this instruction's. */
  readonly tag: Tag | null;
  readonly roles: Roles;
  readonly fields: Fields;
}

/** One number (of the table's width), or several: bytes each. */
export type Tag = number | readonly number[];

/** One row of a table. */
export function instruction<
  const Roles extends readonly string[],
  Fields extends ArgumentFields = Record<never, never>,
>(
  tag: Tag | null,
  roles: Roles,
  fields?: Fields,
  options: InstructionOptions = {},
): InstructionLayout<Roles, Fields> {
  return { tag, roles, fields: fields ?? ({} as Fields), ...options };
}

export type InstructionLayouts = Readonly<Record<string, InstructionLayout>>;

export interface InstructionTable<
  Program extends string = string,
  Layouts extends InstructionLayouts = InstructionLayouts,
> {
  /** The program's short name, as in `program` of a parsed instruction. */
  readonly program: Program;
  readonly programIds: readonly Address[];
  /** How wide a tag of one number is. */
  readonly tagWidth: 'u8' | 'u32';
  readonly instructions: Layouts;
}

export function instructionTable<
  const Program extends string,
  const Layouts extends InstructionLayouts,
>(table: InstructionTable<Program, Layouts>): InstructionTable<Program, Layouts> {
  return table;
}

/** Each row of a table as the parsed instruction's own fields. */
export type InstructionsOf<Table> =
  Table extends InstructionTable<infer Program, infer Layouts>
    ? {
        [Name in keyof Layouts & string]: {
          readonly program: Program;
          readonly name: Name;
          readonly accounts: AccountsOf<Layouts[Name]['roles']>;
          readonly arguments: ArgumentsOf<Layouts[Name]['fields']>;
        };
      }[keyof Layouts & string]
    : never;

export type RoleKind = 'required' | 'optional' | 'wellKnown' | 'rest';

/** A role as its name and how it takes accounts. */
export function roleOf(role: string): { readonly name: string; readonly kind: RoleKind } {
  if (role.startsWith('...')) return { name: role.slice(3), kind: 'rest' };
  if (role.startsWith('=')) return { name: role.slice(1), kind: 'wellKnown' };
  if (role.endsWith('?')) return { name: role.slice(0, -1), kind: 'optional' };
  return { name: role, kind: 'required' };
}

/** The addresses that '=' roles stand for. */
export const WELL_KNOWN: Readonly<Record<string, Address>> = {
  clockSysvar: 'SysvarC1ock11111111111111111111111111111111' as Address,
  rentSysvar: 'SysvarRent111111111111111111111111111111111' as Address,
  stakeHistorySysvar: 'SysvarStakeHistory1111111111111111111111111' as Address,
  instructionsSysvar: 'Sysvar1nstructions1111111111111111111111111' as Address,
  stakeConfig: 'StakeConfig11111111111111111111111111111111' as Address,
};

/** The bytes of a tag. */
export function tagBytes(tag: Tag, width: 'u8' | 'u32'): readonly number[] {
  if (typeof tag !== 'number') return tag;
  return width === 'u8' ? [tag] : [tag & 0xff, (tag >> 8) & 0xff, 0, 0];
}
