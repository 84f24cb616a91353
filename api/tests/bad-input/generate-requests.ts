// Malformed requests made from the schema by a seed: documents that nearly fit, documents that do not,
// variables of every wrong form, bodies that are no requests, and headers that nobody should send.
import {
  type GraphQLArgument,
  type GraphQLField,
  type GraphQLObjectType,
  type GraphQLSchema,
  getNamedType,
  isInterfaceType,
  isLeafType,
  isObjectType,
  isRequiredArgument,
} from 'graphql/index.js';

export interface GeneratedRequest {
  readonly body: string | Buffer;
  readonly headers: Readonly<Record<string, string>>;
}

export interface Random {
  /** From 0 to below `below`. */
  whole(below: number): number;
  pick<Value>(values: readonly Value[]): Value;
}

/** Mulberry32: small, and the same everywhere. */
export function seededRandom(seed: number): Random {
  let state = seed >>> 0;
  const whole = (below: number): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * below);
  };
  return { whole, pick: (values) => values[whole(values.length)] as (typeof values)[number] };
}

const JSON_HEADERS = { 'content-type': 'application/json', accept: 'application/json' };

/** Literals, none of which fits everywhere. */
const LITERALS = [
  '"x"',
  '""',
  '-1',
  '1.5',
  'null',
  'true',
  '[]',
  '{}',
  '{a: 1}',
  'FAST',
  '$v',
  '"11111111111111111111111111111111"',
  '18446744073709551616',
  '"\\u0000\\uD800"',
  '"""block"""',
  '[[["deep"]]]',
] as const;

const VALUES: readonly unknown[] = [
  null,
  true,
  -1,
  1.5,
  1e308,
  '',
  'x',
  '\u0000\ud800',
  '11111111111111111111111111111111',
  [],
  {},
  [[['deep']]],
  { a: { b: 1 } },
  'y'.repeat(5_000),
];

const NOISE = [
  '{',
  '}',
  '(',
  ')',
  '...',
  '@',
  '$',
  '!',
  '"',
  '\\',
  '#',
  '\u00e9',
  '\u2028',
  '&',
  ':',
];

/** One malformed request; the same seed gives the same requests. */
export function generateRequest(schema: GraphQLSchema, random: Random): GeneratedRequest {
  const document = () => generateDocument(schema, random);
  const post = (body: unknown): GeneratedRequest => ({
    body: JSON.stringify(body),
    headers: JSON_HEADERS,
  });
  switch (random.whole(12)) {
    case 0:
      return { body: mangle(JSON.stringify({ query: document() }), random), headers: JSON_HEADERS };
    case 1:
      return post({ query: mangle(document(), random) });
    case 2:
      return post({ query: random.pick(VALUES), variables: random.pick(VALUES) });
    case 3:
      return post({ query: document(), [random.pick(['x', '__proto__x', ''])]: 1 });
    case 4:
      return post({ query: document(), operationName: random.pick(['Nobody', 7, {}, '']) });
    case 5:
      return {
        body: JSON.stringify({ query: document() }),
        headers: {
          'content-type': random.pick([
            'text/plain',
            'application/x',
            'application/json;charset=x',
          ]),
          accept: random.pick(['*/*', 'image/png', 'application/graphql-response+json']),
        },
      };
    case 6:
      return {
        body: Buffer.from(Array.from({ length: 64 }, () => random.whole(256))),
        headers: JSON_HEADERS,
      };
    case 7:
      return post({
        extensions: { persistedQuery: random.pick(VALUES) },
        documentId: random.pick(VALUES),
      });
    case 8:
      return post(random.pick([[], [{ query: document() }], null, 'x', 7]));
    case 9:
      return {
        body: JSON.stringify({ query: document(), variables: { v: random.pick(VALUES) } }),
        headers: {
          ...JSON_HEADERS,
          accept: random.pick(['application/graphql-response+json', '*/*']),
        },
      };
    default:
      return post({ query: document(), variables: { v: random.pick(VALUES) } });
  }
}

/** Text with a piece taken out, put in, doubled or turned to noise. */
function mangle(text: string, random: Random): string {
  const at = random.whole(text.length);
  const to = at + random.whole(8);
  switch (random.whole(4)) {
    case 0:
      return text.slice(0, at);
    case 1:
      return text.slice(0, at) + random.pick(NOISE) + text.slice(at);
    case 2:
      return text.slice(0, at) + text.slice(to);
    default:
      return text.slice(0, to) + text.slice(at);
  }
}

function generateDocument(schema: GraphQLSchema, random: Random): string {
  const operation = random.pick(['query', 'query', 'query', 'mutation', 'subscription']);
  const root = schema.getRootType(operation as never) ?? schema.getQueryType();
  const declared = random.pick([
    '',
    '($v: Int)',
    '($v: Slot!)',
    '($v: Nothing)',
    '($v: [Address!] = 7)',
  ]);
  const directive = random.pick([
    '',
    '',
    '@slot(at: 5)',
    '@consistency(racers: 4)',
    '@nothing',
    '@deadline',
  ]);
  const body = root ? generateSelection(root, random, 0) : '{ nothing }';
  // No two are the same text, as with whoever means harm.
  const name = `Q${random.whole(2 ** 31)}`;
  return `${operation} ${name}${declared} ${directive} ${body} ${random.pick(['', '', 'fragment F on Nothing { x }', 'fragment G on Query { ...G }'])}`;
}

function generateSelection(type: GraphQLObjectType, random: Random, depth: number): string {
  const fields = Object.values(type.getFields());
  const parts: string[] = [];
  for (let count = 1 + random.whole(3); count > 0; count -= 1) {
    parts.push(generateField(random.pick(fields), random, depth));
  }
  parts.push(
    random.pick(['', '', 'nothing', '...F', '... on Nothing { x }', '__typename', 'a: b: c']),
  );
  return `{ ${parts.join(' ')} }`;
}

function generateField(
  field: GraphQLField<unknown, unknown>,
  random: Random,
  depth: number,
): string {
  const named = getNamedType(field.type);
  const hasFields = isObjectType(named) || isInterfaceType(named);
  const args = generateArguments(field.args, random);
  const selection =
    hasFields && depth < 5 && random.whole(8) > 0
      ? generateSelection(named as GraphQLObjectType, random, depth + 1)
      : isLeafType(named) && random.whole(12) === 0
        ? '{ x }'
        : '';
  return `${field.name}${args}${random.pick(['', '', '', '@include(if: 7)', '@skip'])} ${selection}`;
}

function generateArguments(args: readonly GraphQLArgument[], random: Random): string {
  const given = args
    .filter((each) => (isRequiredArgument(each) ? random.whole(6) > 0 : random.whole(3) === 0))
    .map(({ name }) => `${name}: ${random.pick(LITERALS)}`);
  if (random.whole(10) === 0) given.push('nothing: 1');
  return given.length === 0 ? '' : `(${given.join(', ')})`;
}
