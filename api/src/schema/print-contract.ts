// The schema as text, sorted, so that moving code moves nothing in it.
import { type GraphQLSchema, lexicographicSortSchema, printSchema } from 'graphql/index.js';

export function printContract(schema: GraphQLSchema): string {
  return `# Printed from api/src/schema by \`npm run schema -w api\`. Do not edit.\n${printSchema(lexicographicSortSchema(schema))}\n`;
}
