// The contract: the schema as committed is the schema as it is, it still answers what the last release
// answered, and what it will stop answering is written down.
import { readFileSync } from 'node:fs';
import {
  buildSchema,
  findBreakingChanges,
  type GraphQLNamedType,
  isEnumType,
  isInputObjectType,
  isInterfaceType,
  isObjectType,
} from 'graphql/index.js';
import { describe, expect, it } from 'vitest';
import { schema } from '../src/schema/index.ts';
import { printContract } from '../src/schema/print-contract.ts';

const read = (path: string) => readFileSync(new URL(path, import.meta.url), 'utf8');

describe('schema.graphql', () => {
  it('is what the code says; after a wanted change run `npm run schema -w api`', () => {
    expect(printContract(schema)).toBe(read('../schema.graphql'));
  });
});

const released = read('../schema.released.graphql');
/** Printed and read again, so that both sides have what a client sees and nothing else. */
const breakingChanges = (before: string) =>
  findBreakingChanges(buildSchema(before), buildSchema(printContract(schema))).map(
    ({ description }) => description,
  );

describe('the last release', () => {
  it('is broken by nothing: replace a field and keep the old one, deprecated', () => {
    expect(breakingChanges(released)).toEqual([]);
  });

  it('would be broken by a field that is gone', () => {
    const before = released.replace('type Query {', 'type Query {\n  gone: Int');
    expect(breakingChanges(before)).toEqual(['Query.gone was removed.']);
  });
});

interface Deprecation {
  readonly name: string;
  readonly reason: string;
}

const deprecationOf = (name: string, reason: string | null | undefined): Deprecation[] =>
  typeof reason === 'string' ? [{ name, reason }] : [];

function deprecationsOf(type: GraphQLNamedType): readonly Deprecation[] {
  if (isEnumType(type)) {
    return type
      .getValues()
      .flatMap((value) => deprecationOf(`${type.name}.${value.name}`, value.deprecationReason));
  }
  if (isInputObjectType(type)) {
    return Object.values(type.getFields()).flatMap((field) =>
      deprecationOf(`${type.name}.${field.name}`, field.deprecationReason),
    );
  }
  if (!isObjectType(type) && !isInterfaceType(type)) return [];
  return Object.values(type.getFields()).flatMap((field) => [
    ...deprecationOf(`${type.name}.${field.name}`, field.deprecationReason),
    ...field.args.flatMap((argument) =>
      deprecationOf(`${type.name}.${field.name}(${argument.name}:)`, argument.deprecationReason),
    ),
  ]);
}

describe('what is deprecated', () => {
  const deprecations = Object.values(schema.getTypeMap()).flatMap(deprecationsOf);

  it('says what to use in its place, and stands in the changelog of the schema', () => {
    const changelog = read('../../docs/pages/schema-changelog.md');
    expect(deprecations.map(({ name }) => name)).toContain('TokenMetadata.collection');
    for (const { name, reason } of deprecations) {
      expect(reason, name).toMatch(/^Use |^Nothing replaces it/);
      expect(changelog, name).toContain(`\`${name}\``);
    }
  });
});
