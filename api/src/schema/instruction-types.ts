// The union ParsedInstruction: a type for each instruction of the parser's tables, with its accounts by
// role and its arguments as fields.
// Made from the tables when the schema is built, so that a new row is a new type; schema.graphql shows
// the result. A field name has one type in all of them, so that fragments on several merge.
import { invariant } from '@streamsync/domain';
import {
  type ArgumentShape,
  INSTRUCTION_TABLES,
  type InstructionTable,
  type ParsedInstruction,
  roleOf,
} from '@streamsync/program-parser';
import { DataEncodingRef } from './account.ts';
import { builder } from './builder.ts';
import { type DataEncoding, encodeData } from './encode-data.ts';
import { instructionTypeName } from './instruction-type-names.ts';

type SchemaTypes = (typeof builder)['$inferSchemaTypes'];
type ObjectFields<Shape> = PothosSchemaTypes.ObjectFieldBuilder<SchemaTypes, Shape>;
type Values = Readonly<Record<string, unknown>>;

interface TypedField {
  readonly name: string;
  readonly shape: ArgumentShape;
  /** Roles are accounts, the others arguments. */
  readonly from: 'accounts' | 'arguments';
}

const TABLES: readonly InstructionTable[] = INSTRUCTION_TABLES;
const ADDRESS: ArgumentShape = { kind: 'address' };

function shapeOfRole(role: string): TypedField {
  const { name, kind } = roleOf(role);
  const shape: ArgumentShape =
    kind === 'rest'
      ? { kind: 'list', of: ADDRESS }
      : kind === 'required'
        ? ADDRESS
        : { kind: 'optional', of: ADDRESS };
  return { name, shape, from: 'accounts' };
}

const fieldsOf = (layout: InstructionTable['instructions'][string]): readonly TypedField[] => [
  ...layout.roles.map(shapeOfRole),
  ...Object.entries(layout.fields).map(
    ([name, { shape }]): TypedField => ({ name, shape, from: 'arguments' }),
  ),
];

/** Each type once: the token programs share some. */
const TYPES = new Map(
  TABLES.flatMap(({ program, instructions }) =>
    Object.entries(instructions).map(
      ([name, layout]) => [instructionTypeName(program, name), { name, layout }] as const,
    ),
  ),
);

/** Fields that are null in one instruction are nullable in all that have them. */
const NULLABLE = new Set(
  [...TYPES.values()].flatMap(({ layout }) =>
    fieldsOf(layout).flatMap(({ name, shape }) => (shape.kind === 'optional' ? [name] : [])),
  ),
);

const upperSnake = (name: string) => name.replace(/[A-Z]/g, '_$&').toUpperCase();

const made = new Map<string, unknown>();

/** Enumerations and structs are shared by name. */
function once<Ref>(name: string, make: () => Ref): Ref {
  const known = made.get(name) ?? make();
  made.set(name, known);
  return known as Ref;
}

/** What the graph calls the shape, and how its values are shown. */
interface Shown {
  readonly type: unknown;
  readonly show: (value: unknown) => unknown;
}

const asIs = (value: unknown) => value;
const SCALARS: Readonly<Record<string, string>> = {
  integer: 'Int',
  u64: 'U64',
  i64: 'I64',
  float: 'Float',
  boolean: 'Boolean',
  address: 'Address',
  hash: 'String',
  text: 'String',
};

function shown(shape: Exclude<ArgumentShape, { kind: 'bytes' }>): Shown {
  switch (shape.kind) {
    case 'enum': {
      const values = shape.values.map(upperSnake);
      const type = once(shape.name, () => builder.enumType(shape.name, { values }));
      return { type, show: (value) => upperSnake(value as string) };
    }
    case 'struct':
      return { type: once(shape.name, () => structType(shape)), show: asIs };
    case 'optional':
    case 'list':
      throw new Error('a list of lists or of optional values has no type in the graph');
    default:
      return { type: SCALARS[shape.kind], show: asIs };
  }
}

function structType({ name, fields }: Extract<ArgumentShape, { kind: 'struct' }>) {
  return builder.objectType(builder.objectRef<Values>(name), {
    description: 'Part of the arguments of an instruction.',
    fields: (t) =>
      Object.fromEntries(
        Object.entries(fields).map(([field, shape]) => [
          field,
          typedField(t, shape, {
            isNullable: shape.kind === 'optional',
            pick: (value) => value[field],
          }),
        ]),
      ),
  });
}

interface FieldOptions<Parent> {
  readonly isNullable: boolean;
  readonly pick: (parent: Parent) => unknown;
}

function typedField<Parent>(
  t: ObjectFields<Parent>,
  shape: ArgumentShape,
  { isNullable, pick }: FieldOptions<Parent>,
) {
  const body = shape.kind === 'optional' ? shape.of : shape;
  if (body.kind === 'bytes') {
    return t.field({
      type: 'Bytes',
      nullable: isNullable,
      args: {
        encoding: t.arg({ type: DataEncodingRef, required: true, defaultValue: 'BASE64' }),
      },
      resolve: (parent: Parent, { encoding }: { readonly encoding: DataEncoding }) => {
        const value = pick(parent) as Uint8Array | null;
        return value === null ? null : encodeData(value, encoding);
      },
    } as never);
  }
  if (body.kind === 'list') {
    invariant(body.of.kind !== 'bytes', 'a list of bytes has no field in the graph');
    const { type, show } = shown(body.of);
    return t.field({
      type: [type],
      nullable: { list: isNullable, items: false },
      resolve: (parent: Parent) => (pick(parent) as readonly unknown[]).map(show),
    } as never);
  }
  const { type, show } = shown(body);
  return t.field({
    type,
    nullable: isNullable,
    resolve: (parent: Parent) => {
      const value = pick(parent);
      return value === null ? null : show(value);
    },
  } as never);
}

/** Types without accounts and arguments must have a field too: all say which program it was. */
const refs = [...TYPES].map(([typeName, { name, layout }]) =>
  builder.objectType(builder.objectRef<ParsedInstruction>(typeName), {
    description: `What the instruction ${name} asks for.`,
    fields: (t) =>
      Object.fromEntries([
        ...fieldsOf(layout).map(({ name: field, shape, from }) => [
          field,
          typedField(t, shape, {
            isNullable: NULLABLE.has(field),
            pick: (instruction) => (instruction[from] as Values)[field],
          }),
        ]),
        ['programName', t.exposeString('program', { nullable: false })],
      ]),
  }),
);

export const ParsedInstructionRef = builder.unionType('ParsedInstruction', {
  description: 'What an instruction means, by the documentation of its program.',
  types: refs,
  resolveType: ({ program, name }) => instructionTypeName(program, name),
});
