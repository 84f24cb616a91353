// The edge through the front door: what is refused, by which code, on both ways in; and that both
// ways give the same answer. Nothing is ever a 500, and no stack leaves.
import { request as httpRequest } from 'node:http';
import { connect } from 'node:net';
import { addressFromBytes, ERRORS, isErrorCode } from '@streamsync/domain';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { BAD_QUERIES } from './support/bad-requests.ts';
import { type FrontDoor, type GraphqlBody, openFrontDoor } from './support/front-door.ts';
import { mintState, tokenAccountState } from './support/stand-in-network.ts';

let shortWay: FrontDoor;
let fullWay: FrontDoor;

beforeAll(async () => {
  shortWay = await openFrontDoor();
  fullWay = await openFrontDoor({ shortWay: false });
});
afterAll(() => Promise.all([shortWay.stop(), fullWay.stop()]));

const own: FrontDoor[] = [];

/** A door of the test's own, closed after it. */
async function openOwn(settings: Parameters<typeof openFrontDoor>[0] = {}): Promise<FrontDoor> {
  const door = await openFrontDoor(settings);
  own.push(door);
  return door;
}
afterEach(() => Promise.all(own.splice(0).map((door) => door.stop())));

async function codedBody(response: Response): Promise<GraphqlBody> {
  const text = await response.text();
  expect(response.status).not.toBe(500);
  expect(text).not.toMatch(/\.ts:\d+|\.js:\d+|node_modules|"stack"/);
  expect(response.headers.get('content-type')).toMatch(/^application\/(graphql-response\+)?json/);
  const body = JSON.parse(text) as GraphqlBody;
  expect(body.errors?.length).toBeGreaterThan(0);
  for (const { extensions, message } of body.errors ?? []) {
    expect(isErrorCode(extensions.code), `${extensions.code}: ${message}`).toBe(true);
    expect(extensions.docs).toMatch(new RegExp(`/errors#${extensions.code.toLowerCase()}$`));
  }
  return body;
}

describe.each([
  ['the short way', () => shortWay],
  ['Yoga', () => fullWay],
])('a bad query by %s', (_name, door) => {
  it.each(BAD_QUERIES)('is refused with its code: $name', async ({ query, variables, code }) => {
    const response = await door().post({ query, ...(variables ? { variables } : {}) });
    const body = await codedBody(response);
    expect(response.status).toBe(200);
    expect(body.errors?.[0]?.extensions.code).toBe(code);
  });

  it.each(BAD_QUERIES.filter(({ code }) => code === 'QUERY_TOO_DEEP'))(
    'is a 400 to clients that take application/graphql-response+json: $name',
    async ({ query, code }) => {
      const response = await door().post(
        { query },
        { accept: 'application/graphql-response+json' },
      );
      const body = await codedBody(response);
      expect(response.status).toBe(400);
      expect(body.errors?.[0]?.extensions.code).toBe(code);
    },
  );

  it.each([
    ['a batch', '[{"query":"{ __typename }"},{"query":"{ __typename }"}]', 400, 'BAD_REQUEST'],
    ['an empty batch', '[]', 400, 'BAD_REQUEST'],
    ['text that is no JSON', '{"query":', 400, 'BAD_REQUEST'],
    ['JSON that is no object', '"{ __typename }"', 400, 'BAD_REQUEST'],
    ['null', 'null', 400, 'BAD_REQUEST'],
    ['no body', '', 400, 'BAD_REQUEST'],
    ['no query', '{}', 400, 'BAD_REQUEST'],
    ['a query that is a number', '{"query":7}', 400, 'BAD_REQUEST'],
    ['variables that are a list', '{"query":"{ __typename }","variables":[]}', 400, 'BAD_REQUEST'],
    ['an unknown parameter', '{"query":"{ __typename }","doc":1}', 400, 'BAD_REQUEST'],
    ['a 9 MB body', JSON.stringify({ query: ' '.repeat(9_000_000) }), 413, 'BODY_TOO_LARGE'],
  ])('body is refused with its code: %s', async (_case, body, status, code) => {
    const response = await door().post(body);
    const answer = await codedBody(response);
    expect(response.status).toBe(status);
    expect(answer.errors?.[0]?.extensions.code).toBe(code);
  });

  it.each([
    'application/x-www-form-urlencoded',
    'multipart/form-data; boundary=x',
    'text/plain',
    'application/graphql',
    'application/json; charset=latin1',
  ])('of media type %s is refused', async (contentType) => {
    const response = await door().post('query=%7B__typename%7D', { 'content-type': contentType });
    const answer = await codedBody(response);
    expect(response.status).toBe(415);
    expect(answer.errors?.[0]?.extensions.code).toBe('UNSUPPORTED_MEDIA_TYPE');
  });

  it('of a media type that cannot be accepted is refused', async () => {
    const response = await door().post({ query: '{ __typename }' }, { accept: 'image/png' });
    const answer = await codedBody(response);
    expect(response.status).toBe(406);
    expect(answer.errors?.[0]?.extensions.code).toBe('NOT_ACCEPTABLE');
  });
});

describe('both ways in', () => {
  const same = async (query: string, accept: string) => {
    const bodies = [];
    for (const door of [shortWay, fullWay]) {
      const response = await door.post({ query }, { accept });
      const { extensions, ...body } = (await response.json()) as GraphqlBody;
      const text = JSON.stringify(body).replaceAll(door.url, '');
      bodies.push({ status: response.status, text, receipt: extensions !== undefined });
    }
    return bodies;
  };

  it.each([
    '{ __typename }',
    '{ network { tip nodes { id } } }',
    '{ account(address: "11111111111111111111111111111111") { slot } }',
    '{ account(address: "x") { slot } }',
    '{ account(address: "11111111111111111111111111111111", slot: 5) { slot } }',
    '{ __schema { queryType { name } } }',
  ])('give the same answer: %s', async (query) => {
    for (const accept of ['application/json', '*/*']) {
      const [short, full] = await same(query, accept);
      expect(short).toEqual(full);
    }
  });
});

describe('a document that comes back, and is compiled', () => {
  const WALLET = '11111111111111111111111111111111';
  const MINT = addressFromBytes(new Uint8Array(32).fill(2));
  const TOKENS = addressFromBytes(new Uint8Array(32).fill(3));
  // What would run if a compiler pasted text into code.
  const INJECTION = ['`$', '{process.exit(1)}\\"+process.exit(1)+\\"\\n\\u2028'].join('');
  const GOOD = [
    { query: `{ account(address: "${WALLET}", slot: 500) { slot } }` },
    { query: `query($s: Slot = 500) { account(address: "${WALLET}", slot: $s) { slot } }` },
    {
      query: `query($s: Slot) @slot(at: 600) { account(address: "${WALLET}", slot: $s) { slot } }`,
      variables: { s: 500 },
    },
    {
      query:
        'query($e: DataEncoding! = HEX, $n: Boolean!) { accounts(addresses: []) { data(encoding: $e) @skip(if: $n) } }',
      variables: { n: true },
    },
    {
      query: 'query($l: [Address!]!) { accounts(addresses: $l) { address } }',
      variables: { l: WALLET },
    },
    {
      query: `{ tokenAccounts(owner: "${WALLET}", after: "${INJECTION}") { nodes { address } } }`,
    },
    { query: '{ network { operations { name } nodes { ...N } } } fragment N on Node { id state }' },
    { query: '{ __schema { types { name } } }' },
    {
      query: `query($y: Boolean!, $n: Boolean!) { a: network @include(if: $y) { tip @skip(if: $y) ...N @skip(if: $y) ...N @include(if: $n) ... on Network @include(if: $y) { gatewayKey } nodes { ... @skip(if: $n) { id } } } network @skip(if: $y) { tip } } fragment N on Network { genesisHash }`,
      variables: { y: true, n: false },
    },
    {
      query: `query($y: Boolean!) { network { ...A ...B } } fragment A on Network { nodes { id } tip } fragment B on Network { nodes { state ...C @include(if: $y) } } fragment C on Node { operator }`,
      variables: { y: false },
    },
    {
      query: `{ accounts(addresses: ["${MINT}", "${WALLET}", "${TOKENS}"]) { ...X ... on Account { slot } ... on TokenAccount { x: amount mintAccount { ...X ... on Mint { supply } } } ... on Mint { x: supply } } } fragment X on Account { __typename owner ... on TokenAccount { mint } }`,
    },
    {
      query: `{ accounts(addresses: ["${TOKENS}"]) { data(encoding: BASE58) ownerAccount { slot } } }`,
    },
    {
      query: `{ a: account(address: "${WALLET}", slot: 5) { slot } b: account(address: "${TOKENS}") { slot } }`,
    },
  ];
  const outcome = ({ data, errors }: GraphqlBody) =>
    JSON.stringify({
      data,
      errors: errors?.map(({ path, extensions }) => ({ path, code: extensions.code })),
    });

  it.each([...GOOD, ...BAD_QUERIES])('answers as it did at first: $query', async (bad) => {
    const door = await openOwn();
    const { accounts } = door.network;
    accounts.set(MINT, mintState(9n, 1));
    accounts.set(TOKENS, tokenAccountState(MINT, MINT, 4n));
    const outcomes = new Set<string>();
    for (let time = 0; time < 5; time += 1)
      outcomes.add(outcome(await door.ask(bad.query, bad.variables)));
    expect([...outcomes]).toHaveLength(1);
    expect([...outcomes][0]).not.toContain('INTERNAL');
  });
});

describe('GET', () => {
  const get = (query: string, accept = 'application/json', more = '') =>
    shortWay.fetch(`/graphql?query=${encodeURIComponent(query)}${more}`, { headers: { accept } });

  it('reads', async () => {
    const response = await get('{ network { tip } }');
    expect(await response.json()).toEqual({ data: { network: { tip: '1000' } } });
  });

  it('refuses mutations', async () => {
    const response = await get('mutation { pay }');
    const body = await codedBody(response);
    expect(response.status).toBe(405);
    expect(body.errors?.[0]?.extensions.code).toBe('METHOD_NOT_ALLOWED');
  });

  it('refuses what is no request, with a code', async () => {
    for (const path of ['/graphql', '/graphql?query=%7B__typename%7D&variables=%7B']) {
      const response = await shortWay.fetch(path, { headers: { accept: 'application/json' } });
      const body = await codedBody(response);
      expect(response.status).toBe(400);
      expect(body.errors?.[0]?.extensions.code).toBe('BAD_REQUEST');
    }
  });

  it.each(['PUT', 'DELETE', 'PATCH'])('is not %s', async (method) => {
    const response = await shortWay.fetch('/graphql', { method });
    await codedBody(response);
    expect(response.status).toBe(405);
    expect(response.headers.get('allow')).toContain('POST');
  });

  it('gives an event stream to those who ask for one', async () => {
    const response = await get('{ network { tip } }', 'text/event-stream');
    expect(response.headers.get('content-type')).toMatch('text/event-stream');
    expect(await response.text()).toContain('data: {"data":{"network":{"tip":"1000"}}}');
  });
});

describe('a body that is too large', () => {
  it('is refused at its announcement, before it is sent', async () => {
    const status = await new Promise<number>((resolve, reject) => {
      const request = httpRequest(`${shortWay.url}/graphql`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'content-length': '900000000' },
      });
      request.once('response', (response) => {
        resolve(response.statusCode ?? 0);
        request.destroy();
      });
      request.once('error', reject);
      request.flushHeaders();
    });
    expect(status).toBe(413);
  });

  it('is refused at the byte that passes the limit when it has no length', async () => {
    const status = await new Promise<number>((resolve, reject) => {
      const request = httpRequest(`${shortWay.url}/graphql`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'transfer-encoding': 'chunked' },
      });
      request.once('response', (response) => {
        resolve(response.statusCode ?? 0);
        request.destroy();
      });
      request.once('error', reject);
      for (let mebibyte = 0; mebibyte < 3; mebibyte += 1) request.write(Buffer.alloc(1 << 20, ' '));
    });
    expect(status).toBe(413);
  });
});

describe('failures behind the edge', () => {
  it('null their field and carry their code', async () => {
    const { StreamSyncError } = await import('@streamsync/domain');
    shortWay.network.failure = new StreamSyncError('NO_AGREEMENT');
    try {
      const body = await shortWay.ask(
        '{ network { tip } account(address: "11111111111111111111111111111111") { slot } }',
      );
      expect(body.data).toEqual({ network: { tip: '1000' }, account: null });
      expect(body.errors?.[0]).toMatchObject({
        path: ['account'],
        extensions: { code: 'NO_AGREEMENT', retry: 'later' },
      });
      expect(body.extensions?.streamsync.races[0].error).toBe('NO_AGREEMENT');
      expect(body.extensions?.streamsync.costMilliUnits).toBe(0);
    } finally {
      shortWay.network.failure = null;
    }
  });

  it('that are unexpected are INTERNAL, with the id of the query and nothing else', async () => {
    const door = await openOwn();
    door.network.pins.choosePin = () => {
      throw new TypeError('secret of /home/someone');
    };
    const response = await door.post({
      query: '{ account(address: "11111111111111111111111111111111") { slot } }',
    });
    const text = await response.text();
    expect(response.status).toBe(500);
    expect(text).not.toContain('secret');
    const { errors } = JSON.parse(text) as GraphqlBody;
    expect(errors?.[0]?.message).toBe(ERRORS.INTERNAL.message);
    expect(errors?.[0]?.extensions).toMatchObject({
      code: 'INTERNAL',
      queryId: expect.stringMatching(/^[0-9a-f]{32}$/),
    });
  });

  it('say when to come back once as many queries run as may', async () => {
    const door = await openOwn({ queriesMax: 1 });
    let open = () => {};
    door.network.gate = new Promise((resolve) => {
      open = resolve;
    });
    const query = '{ account(address: "11111111111111111111111111111111") { slot } }';
    const first = door.post({ query });
    await expect.poll(() => door.network.raced.length).toBe(1);
    const second = await door.post({ query });
    const body = await codedBody(second);
    expect(second.status).toBe(503);
    expect(second.headers.get('retry-after')).toBe('1');
    expect(body.errors?.[0]?.extensions.code).toBe('GATEWAY_OVERLOADED');
    open();
    expect((await first).status).toBe(200);
  });
});

describe('the rest of the edge', () => {
  it('is live, and ready while every pool can race', async () => {
    const door = await openOwn();
    expect((await door.fetch('/health/live')).status).toBe(200);
    expect((await door.fetch('/health/ready')).status).toBe(200);
    door.network.readyPools = ['speed', 'cache'];
    const response = await door.fetch('/health/ready');
    expect(response.status).toBe(503);
    expect(await response.json()).toEqual({ ready: false, notReady: ['archive'] });
  });

  it('counts queries for Prometheus', async () => {
    const door = await openOwn();
    await door.ask('{ __typename }');
    const text = await (await door.fetch('/metrics')).text();
    expect(text).toMatch(/streamsync_queries_total\{status="200",service="gateway"\} 1/);
    expect(text).toMatch(/streamsync_query_seconds_bucket/);
  });

  it('has a page that every error links to', async () => {
    const page = await (await shortWay.fetch('/errors')).text();
    for (const code of Object.keys(ERRORS)) expect(page).toContain(`id="${code.toLowerCase()}"`);
  });

  it('answers unknown paths with a code', async () => {
    const response = await shortWay.fetch('/nothing');
    await codedBody(response);
    expect(response.status).toBe(404);
  });

  it('lets pages of any origin ask, without credentials', async () => {
    const preflight = await shortWay.fetch('/graphql', {
      method: 'OPTIONS',
      headers: { origin: 'https://example.org', 'access-control-request-method': 'POST' },
    });
    expect(preflight.status).toBe(204);
    expect(preflight.headers.get('access-control-allow-headers')).toContain('content-type');
    const response = await shortWay.post(
      { query: '{ __typename }' },
      { origin: 'https://example.org' },
    );
    expect(response.headers.get('access-control-allow-origin')).toBe('*');
    expect(response.headers.get('access-control-allow-credentials')).toBeNull();
  });

  /** What the edge answers to these bytes. */
  const exchange = (bytes: string) =>
    new Promise<string>((resolve) => {
      const { port, hostname } = new URL(shortWay.url);
      let heard = '';
      const socket = connect(Number(port), hostname, () => socket.end(bytes));
      socket.on('data', (chunk) => {
        heard += chunk;
      });
      socket.once('close', () => resolve(heard));
      socket.once('error', () => resolve(heard));
    });

  it.each([
    ['has no host', ''],
    ['names a host that is none', 'host: [\r\n'],
    ['names a port that is none', 'host: x:99999\r\n'],
    ['expects what nobody knows', 'host: x\r\nexpect: nonsense\r\n'],
  ])('refuses a request that %s, with a code', async (_name, headers) => {
    const request = `GET /graphql?query=%7B__typename%7D HTTP/1.1\r\n${headers}\r\n`;
    const refused = await exchange(request);
    expect(refused).toMatch(/^HTTP\/1\.1 400 /);
    expect(refused).toContain('"code":"BAD_REQUEST"');
  });

  it.each(['/errors', '/health/ready', '/metrics', '/'])(
    'has nothing to write at %s',
    async (path) => {
      for (const method of ['POST', 'PUT', 'DELETE']) {
        const response = await shortWay.fetch(path, { method });
        const body = await codedBody(response);
        expect(response.status).toBe(405);
        expect(body.errors?.[0]?.extensions.code).toBe('METHOD_NOT_ALLOWED');
      }
    },
  );

  it('answers a client that speaks no HTTP, and survives one that goes away', async () => {
    const refused = await exchange('nonsense\r\n\r\n');
    expect(refused).toMatch(/^HTTP\/1\.1 400 /);
    expect(refused).toContain('"code":"BAD_REQUEST"');
    const long = await exchange(`GET /graphql HTTP/1.1\r\nx: ${'y'.repeat(20_000)}\r\n\r\n`);
    expect(long).toMatch(/^HTTP\/1\.1 431 /);
    await exchange(
      'POST /graphql HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 50\r\n\r\n{"que',
    );
    expect((await shortWay.ask('{ __typename }')).data).toEqual({ __typename: 'Query' });
  });

  it('leads browsers from the root to GraphiQL', async () => {
    const response = await shortWay.fetch('/', { redirect: 'manual' });
    expect(response.status).toBe(302);
    expect(response.headers.get('location')).toBe('/graphql');
  });
});
