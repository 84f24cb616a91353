// The schema: each file adds its noun to the builder; the order is of no account.
import { GraphQLSchema, isObjectType, isScalarType, specifiedDirectives } from 'graphql/index.js';
import { builder } from './builder.ts';
import { queryDirectives } from './directives.ts';
import './scalars.ts';
import './account.ts';
import './account-kinds.ts';
import './mint.ts';
import './token-account.ts';
import './token-metadata.ts';
import './edition.ts';
import './token-record.ts';
import './core-asset.ts';
import './stake-account.ts';
import './vote-account.ts';
import './address-lookup-table.ts';
import './program.ts';
import './config-account.ts';
import './sysvar.ts';
import './program-accounts.ts';
import './block.ts';
import './history.ts';
import './token.ts';
import './transaction.ts';
import './network.ts';
import './race.ts';
import './subscription.ts';

function buildSchema(): GraphQLSchema {
  const schema = builder.toSchema();
  const slot = schema.getType('Slot');
  if (!isScalarType(slot)) throw new Error('the schema has a scalar named Slot');
  leaveOutPlainResolvers(schema);
  const config = schema.toConfig();
  return new GraphQLSchema({
    ...config,
    directives: [...specifiedDirectives, ...queryDirectives(slot)],
    // Enums that only directives use are found through them.
    assumeValid: false,
  });
}

/**
 * A field that shows the property of its own name needs no resolver: graphql-js reads it so anyway,
 * and compiled documents then read it without a call (a list of 100 nodes runs in two thirds).
 */
function leaveOutPlainResolvers(schema: GraphQLSchema): void {
  for (const type of Object.values(schema.getTypeMap())) {
    if (!isObjectType(type)) continue;
    for (const field of Object.values(type.getFields())) {
      if (field.extensions.pothosExposedField === field.name) delete field.resolve;
    }
  }
}

export const schema = buildSchema();
