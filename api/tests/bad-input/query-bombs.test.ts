// Documents made to cost the gateway more than their sender: each kind is refused in under 100 ms, by
// a code that names the reason, on a gateway that has seen no such document before.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type FrontDoor, openFrontDoor } from '../support/front-door.ts';

const REFUSED_MS_MAX = 100;
const A = '11111111111111111111111111111111';
const times = (count: number, part: (index: number) => string): string =>
  Array.from({ length: count }, (_, index) => part(index)).join(' ');

interface Bomb {
  readonly name: string;
  readonly query: string;
  readonly variables?: Record<string, unknown>;
  readonly codes: readonly string[];
}

const COMPLEX = ['QUERY_TOO_COMPLEX'];
const INVALID = ['GRAPHQL_VALIDATION_FAILED', ...COMPLEX];

const BOMBS: readonly Bomb[] = [
  {
    name: 'depth',
    query: `{ account(address: "${A}") { ${'ownerAccount { '.repeat(300)}slot${' }'.repeat(300)} } }`,
    codes: ['QUERY_TOO_DEEP'],
  },
  { name: 'aliases', query: `{ ${times(600, (i) => `a${i}: __typename`)} }`, codes: COMPLEX },
  {
    name: 'breadth of reads',
    query: `{ ${times(30, (i) => `a${i}: accounts(addresses: [${`"${A}",`.repeat(100)}]) { slot }`)} }`,
    codes: COMPLEX,
  },
  {
    name: 'a spread of fragments that doubles at each level',
    query: `query { network { ...F0 } } ${times(40, (i) => `fragment F${i} on Network { ...F${i + 1} ...F${i + 1} }`)} fragment F40 on Network { tip }`,
    codes: COMPLEX,
  },
  {
    name: 'fragments in a circle',
    query: `{ network { ...F0 } } ${times(50, (i) => `fragment F${i} on Network { ...F${(i + 1) % 50} }`)}`,
    codes: [...INVALID, 'QUERY_TOO_DEEP'],
  },
  {
    name: 'a fragment of itself',
    query:
      '{ account(address: "x") { ...F } } fragment F on Account { ownerAccount { ...F ...F } }',
    codes: [...INVALID, 'QUERY_TOO_DEEP', 'INVALID_ADDRESS'],
  },
  {
    name: 'directives',
    query: `{ __typename ${'@include(if: true) '.repeat(400)} }`,
    codes: INVALID,
  },
  {
    name: 'a huge list in the document',
    query: `{ accounts(addresses: [${`"${A}" `.repeat(20_000)}]) { slot } }`,
    codes: COMPLEX,
  },
  {
    name: 'a huge list in a variable',
    query: 'query($l: [Address!]!) { accounts(addresses: $l) { slot } }',
    variables: { l: Array(25_000).fill(A) },
    codes: COMPLEX,
  },
  {
    name: 'many wrong values in a variable',
    query: 'query($l: [Address!]!) { accounts(addresses: $l) { slot } }',
    variables: { l: Array(200_000).fill(7) },
    codes: COMPLEX,
  },
  {
    name: 'deep introspection',
    query: `{ __schema { types { ${'fields { type { ofType { '.repeat(3)}name${' } } }'.repeat(3)} } } }`,
    codes: [...INVALID, 'QUERY_TOO_DEEP'],
  },
  {
    name: 'a name of half a megabyte',
    query: `{ ${'x'.repeat(500_000)} }`,
    codes: COMPLEX,
  },
  {
    name: 'many operations',
    query: times(500, (i) => `query Q${i} { __typename }`),
    codes: [...COMPLEX, 'BAD_REQUEST'],
  },
  {
    name: 'a string of nearly a megabyte',
    query: `{ account(address: "${'1'.repeat(1_000_000)}") { slot } }`,
    codes: COMPLEX,
  },
  {
    name: 'objects within objects as a value',
    query: `{ account(address: ${'{a: '.repeat(900)}1${'}'.repeat(900)}) { slot } }`,
    codes: [...COMPLEX, 'INVALID_ADDRESS', 'GRAPHQL_VALIDATION_FAILED', 'GRAPHQL_PARSE_FAILED'],
  },
  {
    name: 'lists within lists as a variable',
    query: 'query($l: [Address!]!) { accounts(addresses: $l) { slot } }',
    variables: { l: JSON.parse('['.repeat(3_000) + ']'.repeat(3_000)) },
    codes: COMPLEX,
  },
  {
    name: 'the same field a thousand times',
    query: `{ network { ${'tip '.repeat(1_990)} } nodes { ${'nothing '.repeat(5)} } }`,
    codes: INVALID,
  },
  {
    name: 'fields that overlap in every pair',
    query: `{ ${times(180, (i) => `network { nodes { id${i}: nothing${i} } }`)} }`,
    codes: INVALID,
  },
  {
    name: 'escapes of characters',
    query: `{ account(address: "${'\\u0031'.repeat(10_000)}") { slot } }`,
    codes: ['INVALID_ADDRESS'],
  },
  { name: 'a flood of tokens', query: '{ a '.repeat(200_000), codes: COMPLEX },
  {
    name: 'a flood of comments',
    query: `${'#\n'.repeat(30_000)}{`,
    codes: ['GRAPHQL_PARSE_FAILED'],
  },
  {
    name: 'variables that nobody reads',
    query: `query(${times(400, (i) => `$v${i}: Int`)}) { __typename }`,
    codes: INVALID,
  },
];

let door: FrontDoor;
beforeAll(async () => {
  door = await openFrontDoor();
  // The parser, the rules and fetch itself are compiled by then, as in a gateway that serves.
  for (let run = 0; run < 30; run += 1) {
    await door.ask(`{ nothing${run} network { tip ...F } } fragment F on Network { nodes { id } }`);
  }
});
afterAll(() => door.stop());

describe('a query bomb', () => {
  it(`is one of at least 16 kinds`, () => {
    expect(new Set(BOMBS.map(({ name }) => name)).size).toBeGreaterThanOrEqual(16);
  });

  it.each(BOMBS)('is refused at once: $name', async ({ query, variables, codes }) => {
    const text = JSON.stringify({ query, ...(variables ? { variables } : {}) });
    let fastestMs = Number.POSITIVE_INFINITY;
    // The best of three new texts: a neighbour on this machine may hold one up.
    for (let attempt = 0; attempt < 3 && fastestMs >= REFUSED_MS_MAX; attempt += 1) {
      const startedMs = performance.now();
      const response = await door.post(
        text.replace('"query":"', `"query":"${' '.repeat(attempt)}`),
      );
      const body = await response.json();
      fastestMs = Math.min(fastestMs, performance.now() - startedMs);
      expect(codes).toContain(body.errors?.[0]?.extensions.code);
      expect(response.status).toBeLessThan(500);
    }
    expect(fastestMs).toBeLessThan(REFUSED_MS_MAX);
    expect(door.network.raced).toEqual([]);
  });
});
