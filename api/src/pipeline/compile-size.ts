// How much code compiling a document would make: graphql-jit writes each selection once for every type
// that its parent may have, so that a few links through an interface multiply to hundreds of megabytes.
import {
  type DocumentNode,
  type FragmentDefinitionNode,
  type GraphQLNamedType,
  type GraphQLSchema,
  getNamedType,
  isAbstractType,
  isObjectType,
  Kind,
  type OperationDefinitionNode,
  type SelectionSetNode,
} from 'graphql/index.js';

/**
 * Fields beyond which a document is not compiled but interpreted. A field takes about 0.08 ms: seven
 * plain fields of `account` are 309 and 26 ms on a busy machine; one link further are 2,000 and 160 ms,
 * for which nothing on the event loop should wait; two links further took 5 s and 920 MB.
 */
export const COMPILED_FIELDS_MAX = 400;

/** Fields of the code, counted no further than one above COMPILED_FIELDS_MAX. */
export function compiledFields(
  schema: GraphQLSchema,
  document: DocumentNode,
  operation: OperationDefinitionNode,
): number {
  const fragments = new Map<string, FragmentDefinitionNode>();
  for (const each of document.definitions) {
    if (each.kind === Kind.FRAGMENT_DEFINITION) fragments.set(each.name.value, each);
  }
  let fields = 0;

  function visit(selections: SelectionSetNode, parent: GraphQLNamedType): void {
    if (isAbstractType(parent)) {
      for (const type of schema.getPossibleTypes(parent)) visit(selections, type);
      return;
    }
    if (!isObjectType(parent)) return;
    for (const selection of selections.selections) {
      if (fields > COMPILED_FIELDS_MAX) return;
      if (selection.kind === Kind.FIELD) {
        fields += 1;
        const field = parent.getFields()[selection.name.value];
        if (field !== undefined && selection.selectionSet !== undefined) {
          visit(selection.selectionSet, getNamedType(field.type));
        }
        continue;
      }
      const fragment =
        selection.kind === Kind.INLINE_FRAGMENT ? selection : fragments.get(selection.name.value);
      if (fragment === undefined) continue;
      const condition = fragment.typeCondition && schema.getType(fragment.typeCondition.name.value);
      const applies =
        !condition ||
        condition === parent ||
        (isAbstractType(condition) && schema.isSubType(condition, parent));
      if (applies) visit(fragment.selectionSet, parent);
    }
  }

  const root = schema.getRootType(operation.operation);
  if (root) visit(operation.selectionSet, root);
  return fields;
}
