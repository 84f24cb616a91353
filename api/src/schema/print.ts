// Prints the schema to api/schema.graphql, which is committed, so that a change of the contract shows
// in the review: `node api/src/schema/print.ts`.
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { schema } from './index.ts';
import { printContract } from './print-contract.ts';

const FILE = fileURLToPath(new URL('../../schema.graphql', import.meta.url));
writeFileSync(FILE, printContract(schema));
process.stdout.write(`${FILE}\n`);
