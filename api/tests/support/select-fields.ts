// A selection of everything that one type of account has of its own, made from the schema: whatever
// type is added is asked for in full without a test being written for it.
import {
  type GraphQLField,
  type GraphQLObjectType,
  type GraphQLSchema,
  getNamedType,
  isAbstractType,
  isInterfaceType,
  isObjectType,
  isRequiredArgument,
} from 'graphql/index.js';

/** Accounts link to accounts without end. */
const isLink = (field: GraphQLField<unknown, unknown>): boolean =>
  field.extensions.chainRead !== undefined;

const isAccountType = (schema: GraphQLSchema, name: string): boolean => {
  const type = schema.getType(name);
  return (
    name === 'Account' ||
    ((isObjectType(type) || isInterfaceType(type)) &&
      type.getInterfaces().some((each) => each.name === 'Account'))
  );
};

export interface SelectOptions {
  /** Whether fields that read other accounts are selected too. */
  readonly links: boolean;
}

/** Fields of `typeName` that `Account` does not have, with the fields of what they hold. */
export function ownFields(
  schema: GraphQLSchema,
  typeName: string,
  options: SelectOptions,
): readonly string[] {
  const type = schema.getType(typeName);
  const account = schema.getType('Account');
  if (!isObjectType(type) || !isInterfaceType(account)) throw new Error(`no type ${typeName}`);
  const shared = account.getFields();
  return fieldsOf(schema, type, options, (name) => !Object.hasOwn(shared, name));
}

function fieldsOf(
  schema: GraphQLSchema,
  type: GraphQLObjectType,
  options: SelectOptions,
  isWanted: (name: string) => boolean,
): readonly string[] {
  return Object.values(type.getFields()).flatMap((field) => {
    if (!isWanted(field.name)) return [];
    if (field.args.some(isRequiredArgument)) return [];
    if (isLink(field) && !options.links) return [];
    const inner = getNamedType(field.type);
    if (isAccountType(schema, inner.name) || isAbstractType(inner)) {
      return [`${field.name} { __typename }`];
    }
    if (!isObjectType(inner)) return [field.name];
    return [`${field.name} { ${fieldsOf(schema, inner, options, () => true).join(' ')} }`];
  });
}
