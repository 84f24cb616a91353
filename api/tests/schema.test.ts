// The contract: the schema as committed is the schema as it is.
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { schema } from '../src/schema/index.ts';
import { printContract } from '../src/schema/print-contract.ts';

describe('schema.graphql', () => {
  it('is what the code says; after a wanted change run `npm run schema -w api`', () => {
    const committed = readFileSync(new URL('../schema.graphql', import.meta.url), 'utf8');
    expect(printContract(schema)).toBe(committed);
  });
});
