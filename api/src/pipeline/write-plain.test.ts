// What is written straight to text is what graphql-js answers, or is left to it.
import fc from 'fast-check';
import {
  buildSchema,
  execute,
  GraphQLEnumType,
  type GraphQLObjectType,
  parse,
} from 'graphql/index.js';
import { describe, expect, it } from 'vitest';
import type { QueryContext } from './ports.ts';
import { compilePlain } from './write-plain.ts';

const schema = buildSchema(`
  enum Colour { RED BLUE }
  interface Named { name: String }
  type Item implements Named { name: String id: ID! size: Int colour: Colour weight: Float on: Boolean parts: [Item!] self: Item named: Named }
  type Query { item(name: String = "none", size: Int): Item items: [Item]! text: String! }
`);
let value: unknown;
const context = {} as QueryContext;

const query = schema.getQueryType() as GraphQLObjectType;
const { item, items, text } = query.getFields();
if (!item || !items || !text) throw new Error('the fields are there');
item.resolve = (_root, args: Record<string, unknown>) => ({ ...(value as object), ...args });
items.resolve = () => value;
text.resolve = () => value;
const colour = schema.getType('Colour');
if (!(colour instanceof GraphQLEnumType)) throw new Error('Colour is an enum');

/** Both answers to one document; null: left to the executor. */
function answers(document: string, variables: Record<string, unknown> = {}) {
  const parsed = parse(document);
  const write = compilePlain(schema, { document: parsed, operationName: null });
  const written = write?.(variables, context) ?? null;
  const executed = execute({
    schema,
    document: parsed,
    variableValues: variables,
    contextValue: context,
  });
  return { compiled: write !== null, written, executed };
}

const names = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.constantFrom('"', '\\', '\u2028', '\ud800', '\udc00x', '\u0000', 'x'.repeat(500)),
);
const itemOf = fc.record({
  name: fc.option(names),
  id: names,
  size: fc.option(fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 })),
  colour: fc.option(fc.constantFrom('RED', 'BLUE')),
  weight: fc.option(fc.double({ noNaN: true, noDefaultInfinity: true })),
  on: fc.option(fc.boolean()),
});

describe('a plain document', () => {
  it('is written as graphql-js answers it', () => {
    const document =
      'query($n: String) { items { ...F parts { id } self { size } } item(name: $n) { n: name __typename } } fragment F on Item { name id size colour ... on Item { weight on } }';
    fc.assert(
      fc.property(
        fc.array(fc.option(fc.record({ item: itemOf, part: itemOf }))),
        fc.option(names, { nil: undefined }),
        (list, n) => {
          value = list.map((each) =>
            each === null ? null : { ...each.item, parts: [each.part], self: each.part },
          );
          const { written, executed } = answers(document, n === undefined ? {} : { n });
          expect(written).toBe(JSON.stringify((executed as { data: unknown }).data));
        },
      ),
    );
  });

  it.each([
    ['a promise', '{ text }', Promise.resolve('x')],
    ['a null where none may be', '{ text }', null],
    ['an error as a value', '{ items { id } }', [new Error('no')]],
    ['a value that is no list', '{ items { id } }', new Set([{ id: 'x' }])],
    ['an enum value that is none', '{ items { colour } }', [{ colour: 'GREEN' }]],
    ['a number out of range', '{ items { size } }', [{ size: 2 ** 40 }]],
    ['a method', '{ items { name } }', [{ name: () => 'x' }]],
    ['an object that resolves later', '{ items { self { id } } }', [{ self: Promise.resolve({}) }]],
  ])('is left to the executor where it meets %s', (_name, document, met) => {
    value = met;
    const { compiled, written } = answers(document);
    expect(compiled).toBe(true);
    expect(written).toBeNull();
  });

  it.each([
    '{ items { id @include(if: true) } }',
    '{ items { id id } }',
    '{ items { named { name } } }',
    '{ items { ... on Named { name } } }',
    '{ __schema { queryType { name } } }',
    '{ items { ...F @skip(if: false) } } fragment F on Item { id }',
  ])('is none, and not compiled: %s', (document) => {
    value = [];
    expect(answers(document).compiled).toBe(false);
  });

  it('takes the defaults of arguments and variables', () => {
    value = {};
    for (const [document, variables] of [
      ['{ item { name } }', {}],
      ['query($n: String = "given") { item(name: $n) { name } }', {}],
      ['query($n: String) { item(name: $n, size: 7) { name size } }', { n: null }],
    ] as const) {
      const { written, executed } = answers(document, variables);
      expect(written).toBe(JSON.stringify((executed as { data: unknown }).data));
    }
  });
});
