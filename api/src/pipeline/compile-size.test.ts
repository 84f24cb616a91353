import { getOperationAST, type OperationDefinitionNode, parse } from 'graphql/index.js';
import { describe, expect, it } from 'vitest';
import { schema } from '../schema/index.ts';
import { COMPILED_FIELDS_MAX, compiledFields } from './compile-size.ts';

function sizeOf(query: string): number {
  const document = parse(query);
  return compiledFields(schema, document, getOperationAST(document) as OperationDefinitionNode);
}

const ADDRESS = '11111111111111111111111111111111';

describe('what compiling a document makes', () => {
  it('is a few fields for a point read by type', () => {
    expect(sizeOf(`{ token(mint: "${ADDRESS}") { supply decimals } }`)).toBe(3);
  });

  it('is each field for each type that may stand there', () => {
    const accounts = sizeOf(`{ account(address: "${ADDRESS}") { lamports } }`);
    expect(accounts).toBeGreaterThan(20);
    expect(sizeOf(`{ account(address: "${ADDRESS}") { ... on Mint { supply } } }`)).toBe(2);
    expect(
      sizeOf(
        `query { account(address: "${ADDRESS}") { ...F } } fragment F on Account { lamports }`,
      ),
    ).toBe(accounts);
  });

  it('is counted no further than the bound, however deep the links go', () => {
    const deep = (levels: number): string =>
      levels === 0 ? 'lamports' : `ownerAccount { ${deep(levels - 1)} }`;
    const startedMs = performance.now();
    expect(sizeOf(`{ account(address: "${ADDRESS}") { ${deep(6)} } }`)).toBeGreaterThan(
      COMPILED_FIELDS_MAX,
    );
    expect(performance.now() - startedMs).toBeLessThan(1_000);
  });
});
