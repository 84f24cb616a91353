// The short way is Yoga's contract, faster: each request goes to two gateways, one of which has no
// short way, and the answers are the same but for ids and times. Requests are sent again and again, so
// that compiled documents are compared too.
import { request as httpRequest } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { schema } from '../../src/schema/index.ts';
import { generateRequest, seededRandom } from '../bad-input/generate-requests.ts';
import { BAD_QUERIES } from '../support/bad-requests.ts';
import { type FrontDoor, openFrontDoor } from '../support/front-door.ts';
import { collectQueries } from './collect-queries.ts';

const SEED = Number(process.env.STREAMSYNC_SEED ?? Math.floor(Math.random() * 2 ** 31));
const GENERATED = 400;
const WALLET = '11111111111111111111111111111111';
/** From the third use on a document is compiled. */
const SENT_TIMES = 4;

interface Sent {
  readonly body: string | Buffer;
  readonly method?: string;
  readonly path?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

interface Heard {
  readonly status: number;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly body: unknown;
}

let short: FrontDoor;
let full: FrontDoor;
beforeAll(async () => {
  short = await openFrontDoor();
  full = await openFrontDoor({ shortWay: false });
});
afterAll(() => Promise.all([short.stop(), full.stop()]));

function exchange(door: FrontDoor, sent: Sent): Promise<Heard> {
  const { method = 'POST', path = '/graphql', body } = sent;
  const headers = { 'content-type': 'application/json', accept: 'application/json' };
  return new Promise((resolve, reject) => {
    const request = httpRequest(
      `${door.url}${path}`,
      {
        method,
        headers: {
          ...(method === 'POST'
            ? { ...headers, 'content-length': Buffer.byteLength(body) }
            : headers),
          ...sent.headers,
        },
      },
      (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.once('error', reject);
        response.once('end', () => {
          const text = Buffer.concat(chunks).toString().replaceAll(door.url, 'http://gateway');
          const { 'content-type': type, allow, 'retry-after': retryAfter } = response.headers;
          const cors = response.headers['access-control-allow-origin'];
          resolve({
            status: response.statusCode ?? 0,
            headers: {
              type: String(type).toLowerCase().replaceAll(' ', ''),
              allow,
              retryAfter,
              cors,
            },
            body: settled(text),
          });
        });
      },
    );
    request.once('error', reject);
    request.end(method === 'POST' ? body : undefined);
  });
}

/** Ids and times are each answer's own. */
function settled(text: string): unknown {
  if (text === '' || !text.startsWith('{')) return text;
  return JSON.parse(text, (key, value) => {
    if (/Ms$/.test(key) && typeof value === 'number' && key !== 'guaranteeMs') return 0;
    if (['queryId', 'id'].includes(key) && /^[0-9a-f]{32}/.test(String(value))) return 'id';
    return key === 'guaranteeMet' ? true : value;
  });
}

async function expectSame(sent: Sent, times = SENT_TIMES): Promise<Heard> {
  let first: Heard | null = null;
  for (let time = 0; time < times; time += 1) {
    const [fast, slow] = await Promise.all([exchange(short, sent), exchange(full, sent)]);
    expect(fast, shown(sent)).toEqual(slow);
    first ??= fast;
    expect(fast, `the same at use ${time + 1}: ${shown(sent)}`).toEqual(first);
  }
  return first as Heard;
}

const shown = ({ body }: Sent): string => String(body).slice(0, 500);

const json = (body: unknown, more: Omit<Sent, 'body'> = {}): Sent => ({
  body: JSON.stringify(body),
  ...more,
});

describe('both ways answer the same', () => {
  const queries = collectQueries();

  it('to the documents of the tests and the documentation, of which there are many', () => {
    expect(queries.length).toBeGreaterThan(50);
  });

  it.each(queries)('%s', async (query) => {
    await expectSame(json({ query }));
    await expectSame(json({ query, variables: { a: WALLET, address: WALLET, n: 2 } }));
  });

  it.each(BAD_QUERIES)('to a bad query: $name', async ({ query, variables }) => {
    await expectSame(json({ query, variables }));
  });

  it.each<[string, Sent]>([
    ['malformed JSON', { body: '{"query":' }],
    ['no body', { body: '' }],
    ['JSON with a byte order mark', { body: '\ufeff{"query":"{ __typename }"}' }],
    ['bytes that are no UTF-8', { body: Buffer.from([0x7b, 0xff, 0xfe, 0x7d]) }],
    ['a query that is a number', json({ query: 7 })],
    ['a query that is null', json({ query: null })],
    ['no query', json({})],
    ['an operation name that is a number', json({ query: '{ __typename }', operationName: 7 })],
    ['an operation name that nobody has', json({ query: '{ __typename }', operationName: 'X' })],
    ['an operation name that is empty', json({ query: '{ __typename }', operationName: '' })],
    [
      'the second of two operations',
      json({ query: 'query A { __typename } query B { network { tip } }', operationName: 'B' }),
    ],
    ['a batch', json([{ query: '{ __typename }' }])],
    ['an empty batch', json([])],
    ['a list of variables', json({ query: '{ __typename }', variables: [] })],
    ['variables that are text', json({ query: '{ __typename }', variables: '{}' })],
    ['variables that are null', json({ query: '{ __typename }', variables: null })],
    [
      'a variable that is null',
      json({
        query: 'query($a: Address!) { account(address: $a) { slot } }',
        variables: { a: null },
      }),
    ],
    ['extensions that are null', json({ query: '{ __typename }', extensions: null })],
    ['extensions that are a list', json({ query: '{ __typename }', extensions: [] })],
    ['an unknown parameter', json({ query: '{ __typename }', more: 1 })],
    [
      'unicode in a string',
      json({ query: '{ account(address: "\u00e9\u4e16\ud83d\ude00\u2028") { slot } }' }),
    ],
    [
      'half a character in a variable',
      json({
        query: 'query($a: Address!) { account(address: $a) { slot } }',
        variables: { a: '\ud800' },
      }),
    ],
    [
      "a name like an object's own",
      json({
        query:
          'query($__proto__: Int, $constructor: Int) { toString: __typename __proto__: __typename }',
        variables: {},
      }),
    ],
    [
      'fragments, aliases and directives',
      json({
        query:
          'query($y: Boolean!) { n: network { ...F t: tip @skip(if: $y) } } fragment F on Network { tip @include(if: $y) gatewayKey }',
        variables: { y: true },
      }),
    ],
    [
      'introspection',
      json({
        query:
          '{ __schema { types { name fields { name type { name kind } } } } __type(name: "Query") { name } }',
      }),
    ],
    ['a document of comments', json({ query: '# nothing' })],
    ['a document that is empty', json({ query: '' })],
    ['a document too long', json({ query: `{ __typename } #${'x'.repeat(70_000)}` })],
    ['a body too large', json({ query: ' '.repeat(1_100_000) })],
    ['too many values', json({ query: '{ __typename }', variables: { l: Array(6_000).fill(1) } })],
    [
      'a charset in the media type',
      json(
        { query: '{ __typename }' },
        { headers: { 'content-type': 'application/json; charset=UTF-8' } },
      ),
    ],
    [
      'another charset',
      json(
        { query: '{ __typename }' },
        { headers: { 'content-type': 'application/json; charset=utf-16' } },
      ),
    ],
    [
      'another media type',
      json({ query: '{ __typename }' }, { headers: { 'content-type': 'text/plain' } }),
    ],
    [
      'a form',
      {
        body: 'query=%7B__typename%7D',
        headers: { 'content-type': 'application/x-www-form-urlencoded' },
      },
    ],
    ['anything accepted', json({ query: '{ nothing }' }, { headers: { accept: '*/*' } })],
    [
      'several types accepted',
      json({ query: '{ nothing }' }, { headers: { accept: 'application/json, */*' } }),
    ],
    [
      'the newer media type',
      json({ query: '{ nothing }' }, { headers: { accept: 'application/graphql-response+json' } }),
    ],
    [
      'nothing that can be had',
      json({ query: '{ __typename }' }, { headers: { accept: 'image/png' } }),
    ],
    [
      'a page of another origin',
      json({ query: '{ __typename }' }, { headers: { origin: 'https://example.org' } }),
    ],
    ['GET', { body: '', method: 'GET', path: '/graphql?query=%7B__typename%7D' }],
    ['GET of a mutation', { body: '', method: 'GET', path: '/graphql?query=mutation%7Bx%7D' }],
    ['GET of nothing', { body: '', method: 'GET' }],
    ['PUT', { body: '', method: 'PUT' }],
    ['a subscription', json({ query: 'subscription { slotAdvanced { slot } }' })],
    [
      'a hash that nobody has sent',
      json({ extensions: { persistedQuery: { version: 1, sha256Hash: 'ab'.repeat(32) } } }),
    ],
    ['an id that is not listed', json({ documentId: 'nothing' })],
    [
      'a field that fails beside one that does not',
      json({ query: `{ network { tip } account(address: "${WALLET}", slot: 5) { slot } }` }),
    ],
  ])('to %s', async (_name, sent) => {
    const { status } = await expectSame(sent);
    expect(status).toBeLessThan(500);
  });

  it(`to whatever is made from the schema (seed ${SEED})`, async () => {
    const random = seededRandom(SEED);
    for (let count = 0; count < GENERATED; count += 1) {
      const { body, headers } = generateRequest(schema, random);
      await expectSame({ body, headers }, count % 10 === 0 ? SENT_TIMES : 1);
    }
  }, 60_000);
});
