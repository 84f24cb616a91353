// Requests that must be refused, each with the code that refuses it, for every way in.
const ADDRESS = '11111111111111111111111111111111';
const SIGNATURE = '1'.repeat(64);

export interface BadQuery {
  readonly name: string;
  readonly query: string;
  readonly variables?: Record<string, unknown>;
  readonly code: string;
}

const nested = (levels: number): string =>
  `{ account(address: "${ADDRESS}") { ${'ownerAccount { '.repeat(levels)}slot ${'}'.repeat(levels)} } }`;

export const BAD_QUERIES: readonly BadQuery[] = [
  {
    name: 'a malformed address in the document',
    query: '{ account(address: "nonsense!") { slot } }',
    code: 'INVALID_ADDRESS',
  },
  {
    name: 'a malformed address in a variable',
    query: 'query($a: Address!) { account(address: $a) { slot } }',
    variables: { a: 'abc' },
    code: 'INVALID_ADDRESS',
  },
  {
    name: 'an address that is a number',
    query: 'query($a: Address!) { account(address: $a) { slot } }',
    variables: { a: 7 },
    code: 'INVALID_ADDRESS',
  },
  {
    name: 'a missing variable',
    query: 'query($a: Address!) { account(address: $a) { slot } }',
    code: 'GRAPHQL_VALIDATION_FAILED',
  },
  {
    name: 'a malformed signature',
    query: '{ transaction(signature: "abc") { slot } }',
    code: 'INVALID_SIGNATURE',
  },
  {
    name: 'a slot that is none',
    query: `{ account(address: "${ADDRESS}", slot: "-1") { slot } }`,
    code: 'INVALID_SLOT',
  },
  {
    name: 'a slot past u64',
    query: `query($s: Slot) { account(address: "${ADDRESS}", slot: $s) { slot } }`,
    variables: { s: '18446744073709551616' },
    code: 'INVALID_SLOT',
  },
  {
    name: 'a future slot',
    query: `{ account(address: "${ADDRESS}", slot: 1001) { slot } }`,
    code: 'FUTURE_SLOT',
  },
  {
    name: 'a future slot by directive',
    query: `query @slot(at: 1001) { account(address: "${ADDRESS}") { slot } }`,
    code: 'FUTURE_SLOT',
  },
  {
    name: 'a slot before history',
    query: `{ account(address: "${ADDRESS}", slot: 99) { slot } }`,
    code: 'HISTORY_NOT_COVERED',
  },
  {
    name: 'nine slots in one query',
    query: `{ ${Array.from({ length: 10 }, (_, i) => `a${i}: account(address: "${ADDRESS}", slot: ${200 + i}) { slot }`).join(' ')} }`,
    code: 'QUERY_TOO_COMPLEX',
  },
  {
    name: 'four racers',
    query: `query @consistency(racers: 4) { account(address: "${ADDRESS}") { slot } }`,
    code: 'INVALID_ARGUMENT',
  },
  {
    name: 'a deadline of nothing',
    query: `query @deadline(ms: 0) { account(address: "${ADDRESS}") { slot } }`,
    code: 'INVALID_ARGUMENT',
  },
  {
    name: 'a trust that does not exist',
    query: `query @consistency(trust: BLIND) { account(address: "${ADDRESS}") { slot } }`,
    code: 'GRAPHQL_VALIDATION_FAILED',
  },
  {
    name: '101 addresses',
    query: 'query($list: [Address!]!) { accounts(addresses: $list) { slot } }',
    variables: { list: Array.from({ length: 101 }, () => ADDRESS) },
    code: 'INVALID_ARGUMENT',
  },
  { name: 'a deep query', query: nested(20), code: 'QUERY_TOO_DEEP' },
  {
    name: 'a deep query in fragments',
    query: `query { account(address: "${ADDRESS}") { ...F0 } } ${Array.from({ length: 15 }, (_, i) => `fragment F${i} on Account { slot ownerAccount { ...F${i + 1} } }`).join(' ')} fragment F15 on Account { slot }`,
    code: 'QUERY_TOO_DEEP',
  },
  {
    name: 'a bomb of aliases',
    query: `{ ${Array.from({ length: 100 }, (_, i) => `a${i}: network { tip }`).join(' ')} }`,
    code: 'QUERY_TOO_COMPLEX',
  },
  {
    name: 'a bomb of __typename aliases',
    query: `{ ${Array.from({ length: 100 }, (_, i) => `a${i}: __typename`).join(' ')} }`,
    code: 'QUERY_TOO_COMPLEX',
  },
  {
    name: 'a bomb of directives',
    query: `{ __typename ${'@include(if: true) '.repeat(50)} }`,
    code: 'QUERY_TOO_COMPLEX',
  },
  {
    name: 'a bomb of tokens',
    query: `{ ${'slot '.repeat(20_000)} }`,
    code: 'QUERY_TOO_COMPLEX',
  },
  {
    name: 'a bomb of nested fragments',
    query: `query { network { ...F0 } } ${Array.from({ length: 30 }, (_, i) => `fragment F${i} on Network { ...F${i + 1} ...F${i + 1} }`).join(' ')} fragment F30 on Network { tip }`,
    code: 'QUERY_TOO_COMPLEX',
  },
  {
    name: 'a query that costs too much',
    query: `{ ${Array.from({ length: 20 }, (_, i) => `a${i}: programAccounts(program: "${ADDRESS}", first: 100) { nodes { ownerAccount { slot } } }`).join(' ')} }`,
    code: 'QUERY_TOO_COMPLEX',
  },
  {
    name: 'a query that costs too much by its variables',
    query: `query($n: Int) { ${Array.from({ length: 20 }, (_, i) => `a${i}: programAccounts(program: "${ADDRESS}", first: $n) { nodes { ownerAccount { slot } } }`).join(' ')} }`,
    variables: { n: 100 },
    code: 'QUERY_TOO_COMPLEX',
  },
  {
    name: 'a bomb of introspection',
    query: `{ __schema { types { ${'fields { type { '.repeat(10)}name${' } }'.repeat(10)} } } }`,
    code: 'GRAPHQL_VALIDATION_FAILED',
  },
  {
    name: 'an unknown field',
    query: '{ network { nothing } }',
    code: 'GRAPHQL_VALIDATION_FAILED',
  },
  { name: 'text that is no GraphQL', query: '{ network {', code: 'GRAPHQL_PARSE_FAILED' },
  { name: 'an empty document', query: '', code: 'GRAPHQL_PARSE_FAILED' },
  { name: 'a mutation', query: 'mutation { pay }', code: 'GRAPHQL_VALIDATION_FAILED' },
  { name: 'a subscription', query: 'subscription { slot }', code: 'GRAPHQL_VALIDATION_FAILED' },
  {
    name: 'two operations and no name',
    query: 'query A { __typename } query B { __typename }',
    code: 'BAD_REQUEST',
  },
  {
    name: 'base58 of nothing short',
    query: `{ transaction(signature: "${SIGNATURE}0") { slot } }`,
    code: 'INVALID_SIGNATURE',
  },
];
