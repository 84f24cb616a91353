// What a document reads from the chain, whatever the variables: each field that reads, its stage,
// and the factors by which it repeats. Computed once a document; plan.ts puts the variables in.
import { type OPERATIONS, StreamSyncError } from '@streamsync/domain';
import {
  type FieldNode,
  type FragmentDefinitionNode,
  type GraphQLField,
  type GraphQLNamedType,
  type GraphQLSchema,
  getNamedType,
  isInterfaceType,
  isObjectType,
  Kind,
  type OperationDefinitionNode,
  type SelectionSetNode,
  type ValueNode,
} from 'graphql/index.js';
import type { ChainReadSpec } from '../pipeline/ports.ts';

/** A number that stands in the document, or in a variable. */
export type Factor =
  | { readonly kind: 'fixed'; readonly count: number }
  | {
      readonly kind: 'entries';
      readonly variable: string;
      readonly fallback: number;
      readonly max: number;
    }
  | { readonly kind: 'items'; readonly variable: string };

export interface OutlinedRead {
  readonly spec: ChainReadSpec;
  /** From 0. */
  readonly stage: number;
  /** The number of items is the product of these. */
  readonly factors: readonly Factor[];
  /**
   * Whether it may be read as of a slot that has left the window: variables that name one when they
   * are not null, or null itself where one is named in any case.
   */
  readonly past: readonly (string | null)[];
  /** Whether it is read from history in any case. */
  readonly fromHistory: boolean;
  /** The arguments given, for a spec whose operation depends on them: null stands for a literal. */
  readonly given: Readonly<Record<string, string | null>>;
}

/**
 * Selections that one document may visit, fragments counted each time that they are spread. Nested
 * spreads multiply: without a bound, 20 small fragments make a million visits.
 */
const VISITS_MAX = 10_000;

/** Where a selection stands. */
interface Place {
  readonly stage: number;
  readonly factors: readonly Factor[];
  /** The same without the entries of the page that the selection is of. */
  readonly pageFactors: readonly Factor[];
  readonly past: OutlinedRead['past'];
  readonly fromHistory: boolean;
}

interface Walk {
  readonly schema: GraphQLSchema;
  readonly fragments: ReadonlyMap<string, FragmentDefinitionNode>;
  readonly reads: OutlinedRead[];
  visits: number;
}

/** @throws StreamSyncError QUERY_TOO_COMPLEX past VISITS_MAX */
export function outlineReads(
  schema: GraphQLSchema,
  operation: OperationDefinitionNode,
  fragments: ReadonlyMap<string, FragmentDefinitionNode>,
): readonly OutlinedRead[] {
  const walk: Walk = { schema, fragments, reads: [], visits: 0 };
  const root = schema.getRootType(operation.operation);
  if (root)
    visitSelections(walk, operation.selectionSet, root, {
      stage: 0,
      factors: [],
      pageFactors: [],
      past: [],
      fromHistory: false,
    });
  return walk.reads;
}

function visitSelections(
  walk: Walk,
  selections: SelectionSetNode,
  parent: GraphQLNamedType,
  place: Place,
): void {
  for (const selection of selections.selections) {
    walk.visits += 1;
    if (walk.visits > VISITS_MAX) {
      throw new StreamSyncError('QUERY_TOO_COMPLEX', { selectionsMax: VISITS_MAX });
    }
    if (selection.kind === Kind.FIELD) {
      visitField(walk, selection, parent, place);
      continue;
    }
    const fragment =
      selection.kind === Kind.INLINE_FRAGMENT
        ? selection
        : walk.fragments.get(selection.name.value);
    if (fragment === undefined) continue;
    const condition = fragment.typeCondition?.name.value;
    const type = condition === undefined ? parent : walk.schema.getType(condition);
    if (type) visitSelections(walk, fragment.selectionSet, type, place);
  }
}

function visitField(walk: Walk, node: FieldNode, parent: GraphQLNamedType, place: Place): void {
  if (!isObjectType(parent) && !isInterfaceType(parent)) return;
  const field = parent.getFields()[node.name.value];
  // __typename and introspection read nothing.
  if (field === undefined) return;
  const spec = field.extensions.chainRead as ChainReadSpec | undefined;
  const entriesMax = field.extensions.entriesMax as number | undefined;
  let below = place;
  if (spec !== undefined) below = placeRead(walk, node, field, { spec, place });
  else if (entriesMax !== undefined) {
    const factor: Factor = { kind: 'fixed', count: entriesMax };
    const factors = [...place.factors, factor];
    below = { ...place, factors, pageFactors: factors };
  }
  if (node.selectionSet) {
    visitSelections(walk, node.selectionSet, getNamedType(field.type), below);
  }
}

/** Notes what the field reads, and returns where its selections stand. */
function placeRead(
  walk: Walk,
  node: FieldNode,
  field: GraphQLField<unknown, unknown>,
  { spec, place }: { readonly spec: ChainReadSpec; readonly place: Place },
): Place {
  const given = argumentsGiven(node, field);
  const named = spec.slotFrom === undefined ? undefined : given[spec.slotFrom];
  const past = named === undefined ? place.past : [...place.past, named];
  const items = spec.itemsFrom === undefined ? [] : [itemsFactor(node, spec.itemsFrom)];
  const repeats = spec.ofPage === true ? place.pageFactors : place.factors;
  const factors = [...repeats, ...items];
  walk.reads.push({
    spec,
    stage: place.stage,
    factors,
    past,
    fromHistory: place.fromHistory,
    given,
  });
  const entries = spec.entries === undefined ? [] : [entriesFactor(node, spec.entries)];
  return {
    stage: place.stage + 1,
    factors: [...factors, ...entries],
    pageFactors: factors,
    past,
    fromHistory: place.fromHistory || spec.past === true,
  };
}

function argument(node: FieldNode, name: string): ValueNode | undefined {
  return node.arguments?.find((each) => each.name.value === name)?.value;
}

function argumentsGiven(
  node: FieldNode,
  field: GraphQLField<unknown, unknown>,
): Readonly<Record<string, string | null>> {
  const given: Record<string, string | null> = {};
  for (const { name } of field.args) {
    const value = argument(node, name);
    if (value === undefined || value.kind === Kind.NULL) continue;
    given[name] = value.kind === Kind.VARIABLE ? value.name.value : null;
  }
  return given;
}

function itemsFactor(node: FieldNode, name: string): Factor {
  const value = argument(node, name);
  if (value?.kind === Kind.VARIABLE) return { kind: 'items', variable: value.name.value };
  return { kind: 'fixed', count: value?.kind === Kind.LIST ? value.values.length : 1 };
}

function entriesFactor(node: FieldNode, entries: NonNullable<ChainReadSpec['entries']>): Factor {
  const { fallback, max } = entries;
  const value = argument(node, entries.argument);
  if (value?.kind === Kind.VARIABLE) {
    return { kind: 'entries', variable: value.name.value, fallback, max };
  }
  const count = value?.kind === Kind.INT ? Number(value.value) : fallback;
  return { kind: 'fixed', count: Math.max(0, Math.min(count, max)) };
}

/** The operation of a read, once the variables are known. */
export function operationOf(
  read: OutlinedRead,
  variables: Readonly<Record<string, unknown>>,
): keyof typeof OPERATIONS {
  const { operation } = read.spec;
  if (typeof operation === 'string') return operation;
  const options = Object.entries(operation);
  for (const [argumentName, name] of options) {
    const variable = read.given[argumentName];
    if (variable === null) return name;
    if (variable !== undefined && variables[variable] != null) return name;
  }
  const first = options[0];
  if (first === undefined) throw new StreamSyncError('UNKNOWN_OPERATION');
  return first[1];
}
