// Documents that read memory alone, written straight to text: no result object, no second pass over it
// (a list of 100 takes a third of the time). Whatever is not plain, a promise, an error, a null where
// none may be, is left to the executor, which runs the document from its beginning: resolvers of such
// documents change nothing and race nothing, so that running one twice is only slower.
import {
  type DocumentNode,
  type FieldNode,
  type FragmentDefinitionNode,
  type GraphQLEnumType,
  type GraphQLField,
  type GraphQLLeafType,
  type GraphQLObjectType,
  type GraphQLOutputType,
  type GraphQLScalarType,
  type GraphQLSchema,
  getArgumentValues,
  getNullableType,
  getOperationAST,
  getVariableValues,
  isEnumType,
  isLeafType,
  isListType,
  isNonNullType,
  isObjectType,
  Kind,
  type OperationDefinitionNode,
  type SelectionSetNode,
} from 'graphql/index.js';
import type { QueryContext } from './ports.ts';

interface Run {
  readonly context: QueryContext;
  readonly variables: Readonly<Record<string, unknown>>;
}

/** Throws whatever, NOT_PLAIN for one, where the executor has to do it. */
type Write = (value: unknown, run: Run) => string;

/** The text of `data`, or null where the executor has to do it. */
export type WritePlain = (
  variables: Readonly<Record<string, unknown>>,
  context: QueryContext,
) => string | null;

/** One object for all: a stack would cost more than what it is thrown for. */
const NOT_PLAIN: unknown = Object.freeze({});

/** Null where the document is not plain: fragments on other types, directives, fields that repeat. */
export function compilePlain(
  schema: GraphQLSchema,
  prepared: { readonly document: DocumentNode; readonly operationName: string | null },
): WritePlain | null {
  const operation = getOperationAST(prepared.document, prepared.operationName);
  const root = schema.getQueryType();
  if (operation?.operation !== 'query' || !root) return null;
  const fragments = new Map<string, FragmentDefinitionNode>();
  for (const definition of prepared.document.definitions) {
    if (definition.kind === Kind.FRAGMENT_DEFINITION) {
      fragments.set(definition.name.value, definition);
    }
  }
  let write: Write;
  try {
    write = writeObject(root, operation.selectionSet, fragments);
  } catch (error) {
    if (error === NOT_PLAIN) return null;
    throw error;
  }
  return (given, context) => {
    try {
      return write(undefined, { context, variables: coerce(schema, operation, given) });
    } catch {
      // Its error, if it has one, is the executor's to describe: it has the path and the place.
      return null;
    }
  };
}

const NOTHING: Readonly<Record<string, unknown>> = Object.freeze({});

function coerce(
  schema: GraphQLSchema,
  { variableDefinitions = [] }: OperationDefinitionNode,
  given: Readonly<Record<string, unknown>>,
): Readonly<Record<string, unknown>> {
  if (variableDefinitions.length === 0) return NOTHING;
  const { coerced } = getVariableValues(schema, variableDefinitions, given, { maxErrors: 1 });
  if (coerced === undefined) throw NOT_PLAIN;
  return coerced;
}

function writeObject(
  type: GraphQLObjectType,
  selections: SelectionSetNode,
  fragments: ReadonlyMap<string, FragmentDefinitionNode>,
): Write {
  const pieces: Write[] = [];
  const fields = new Map<string, FieldNode>();
  collect(type, selections, fragments, fields);
  for (const [key, node] of fields) {
    const lead = `${pieces.length === 0 ? '{' : ','}${JSON.stringify(key)}:`;
    pieces.push(writeField(type, node, fragments, lead));
  }
  return (value, run) => {
    let text = '';
    for (let index = 0; index < pieces.length; index += 1) {
      text += (pieces[index] as Write)(value, run);
    }
    return `${text}}`;
  };
}

/** @throws NOT_PLAIN where a field repeats: its selections would have to be merged */
function collect(
  type: GraphQLObjectType,
  { selections }: SelectionSetNode,
  fragments: ReadonlyMap<string, FragmentDefinitionNode>,
  fields: Map<string, FieldNode>,
): void {
  for (const selection of selections) {
    if (selection.directives !== undefined && selection.directives.length > 0) throw NOT_PLAIN;
    if (selection.kind === Kind.FIELD) {
      const key = selection.alias?.value ?? selection.name.value;
      if (fields.has(key)) throw NOT_PLAIN;
      fields.set(key, selection);
      continue;
    }
    const fragment =
      selection.kind === Kind.INLINE_FRAGMENT ? selection : fragments.get(selection.name.value);
    const condition = fragment?.typeCondition?.name.value;
    if (!fragment || (condition !== undefined && condition !== type.name)) throw NOT_PLAIN;
    collect(type, fragment.selectionSet, fragments, fields);
  }
}

/** A field with what stands before its value. */
function writeField(
  parent: GraphQLObjectType,
  node: FieldNode,
  fragments: ReadonlyMap<string, FragmentDefinitionNode>,
  lead: string,
): Write {
  const name = node.name.value;
  if (name === '__typename') {
    const text = lead + JSON.stringify(parent.name);
    return () => text;
  }
  const field = parent.getFields()[name];
  if (field === undefined) throw NOT_PLAIN;
  const write = isLeafType(getNullableType(field.type))
    ? writeLeafField(field, lead, node.alias === undefined)
    : leadBy(lead, writeType(field.type, node, fragments));
  const read = readField(field, node);
  return (source, run) => write(read(source, run), run);
}

const leadBy =
  (lead: string, write: Write): Write =>
  (value, run) =>
    lead + write(value, run);

function readField(
  field: GraphQLField<unknown, unknown>,
  node: FieldNode,
): (source: unknown, run: Run) => unknown {
  const { name, resolve } = field;
  // A name of GraphQL is a name of JavaScript. Code of its own is what the engine reads a property
  // of always the same objects by in one step.
  if (resolve === undefined) return new Function('source', `return source.${name}`) as never;
  const argumentsOf = readArguments(field, node);
  return (source, run) =>
    // None of this schema's resolvers looks at the fourth argument; one that did would fail here and
    // be run by the executor, which has it.
    resolve(source, argumentsOf(run), run.context, undefined as never);
}

/** Arguments that are absent or variables are read without looking at the document again. */
function readArguments(
  field: GraphQLField<unknown, unknown>,
  node: FieldNode,
): (run: Run) => Record<string, unknown> {
  if (field.args.length === 0) return () => ({});
  const [argument, ...others] = field.args;
  const [given] = node.arguments ?? [];
  if (argument && others.length === 0 && given?.value.kind === Kind.VARIABLE) {
    const variable = given.value.name.value;
    return (run) => {
      const value = run.variables[variable];
      return value == null
        ? getArgumentValues(field, node, run.variables)
        : { [argument.name]: value };
    };
  }
  return ({ variables }) => getArgumentValues(field, node, variables);
}

function writeType(
  type: GraphQLOutputType,
  node: FieldNode,
  fragments: ReadonlyMap<string, FragmentDefinitionNode>,
): Write {
  if (isNonNullType(type)) {
    const write = writeValue(type.ofType, node, fragments);
    return (value, run) => {
      if (value == null) throw NOT_PLAIN;
      return write(value, run);
    };
  }
  const write = writeValue(type, node, fragments);
  return (value, run) => (value == null ? 'null' : write(value, run));
}

/** Of a value that is there. */
function writeValue(
  type: GraphQLOutputType,
  node: FieldNode,
  fragments: ReadonlyMap<string, FragmentDefinitionNode>,
): Write {
  if (isLeafType(type)) return writeLeaf(type);
  if (isListType(type)) {
    const write = writeType(type.ofType, node, fragments);
    return (value, run) => {
      if (!Array.isArray(value)) throw NOT_PLAIN;
      let text = '[';
      for (let index = 0; index < value.length; index += 1) {
        if (index > 0) text += ',';
        text += write(value[index], run);
      }
      return `${text}]`;
    };
  }
  if (!isObjectType(type) || type.isTypeOf || !node.selectionSet) throw NOT_PLAIN;
  const write = writeObject(type, node.selectionSet, fragments);
  return (value, run) => {
    if (value instanceof Error || typeof (value as { then?: unknown }).then === 'function') {
      // Its rejection is told by the run of the executor.
      if (value instanceof Promise) value.catch(() => {});
      throw NOT_PLAIN;
    }
    return write(value, run);
  };
}

function writeLeaf(type: GraphQLLeafType): Write {
  if (isEnumType(type)) return writeEnum(type);
  return (value) => textOf(type, value);
}

function writeEnum(type: GraphQLEnumType): Write {
  const texts = new Map(type.getValues().map((each) => [each.value, JSON.stringify(each.name)]));
  return (value) => {
    const text = texts.get(value);
    if (text === undefined) throw NOT_PLAIN;
    return text;
  };
}

/** @throws NOT_PLAIN for promises and errors, and for objects, which a scalar might take as they are */
function textOf(type: GraphQLScalarType, value: unknown): string {
  if (typeof value === 'object' || typeof value === 'function') throw NOT_PLAIN;
  const serialised = type.serialize(value);
  if (serialised === undefined || typeof serialised === 'object') throw NOT_PLAIN;
  return JSON.stringify(serialised);
}

/** What a field has shown lately, with its lead: to look it up costs a tenth of making it anew. */
const pieces = new WeakMap<GraphQLField<unknown, unknown>, Map<string, Map<unknown, string>>>();
const PIECES_MAX = 256;
/** Fields whose values never come back are not worth it. */
const CLEARED_TIMES_MAX = 16;
const PIECE_CHARACTERS_MAX = 128;

function writeLeafField(
  field: GraphQLField<unknown, unknown>,
  lead: string,
  isShared: boolean,
): Write {
  const type = getNullableType(field.type) as GraphQLLeafType;
  const isRequired = isNonNullType(field.type);
  const write = writeLeaf(type);
  const nothing = `${lead}null`;
  const make: Write = (value, run) => {
    if (value == null) {
      if (isRequired) throw NOT_PLAIN;
      return nothing;
    }
    return lead + write(value, run);
  };
  // Aliases are the sender's: only what the schema names is kept.
  if (!isShared) return make;
  const known = piecesOf(field, lead);
  let cleared = 0;
  return (value, run) => {
    const piece = known.get(value);
    if (piece !== undefined) return piece;
    const made = make(value, run);
    if (cleared > CLEARED_TIMES_MAX || made.length > PIECE_CHARACTERS_MAX) return made;
    if (known.size >= PIECES_MAX) {
      known.clear();
      cleared += 1;
    }
    known.set(value, made);
    return made;
  };
}

function piecesOf(field: GraphQLField<unknown, unknown>, lead: string): Map<unknown, string> {
  const ofField = pieces.get(field) ?? new Map<string, Map<unknown, string>>();
  pieces.set(field, ofField);
  const known = ofField.get(lead) ?? new Map<unknown, string>();
  ofField.set(lead, known);
  return known;
}
