// GraphiQL for browsers, from npm and not from a CDN. The page is 9 MB, nearly all of it the editor:
// it is loaded on the first visit and kept compressed.
import type { IncomingMessage, ServerResponse } from 'node:http';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { EXAMPLE_QUERIES } from './example-queries.ts';
import { send } from './respond.ts';

const compress = promisify(gzip);

/** The browser holds the page to it: whatever is in there, it reaches this host and no other. */
const CONTENT_POLICY = [
  "default-src 'self' 'unsafe-inline' 'unsafe-eval' blob: data:",
  "connect-src 'self'",
  "frame-ancestors 'none'",
].join('; ');

export type ServeGraphiQL = (request: IncomingMessage, response: ServerResponse) => Promise<void>;

export async function renderPage(): Promise<string> {
  const { renderGraphiQL } = await import('@graphql-yoga/render-graphiql');
  return renderGraphiQL({
    title: 'StreamSync',
    endpoint: '/graphql',
    defaultQuery: EXAMPLE_QUERIES,
    shouldPersistHeaders: false,
  });
}

export function createGraphiQL(): ServeGraphiQL {
  let page: Promise<{ readonly plain: Buffer; readonly compressed: Buffer }> | null = null;
  const load = async () => {
    const plain = Buffer.from(await renderPage());
    return { plain, compressed: await compress(plain) };
  };
  return async (request, response) => {
    page ??= load();
    const { plain, compressed } = await page;
    const zipped = /\bgzip\b/.test(String(request.headers['accept-encoding'] ?? ''));
    response.setHeader('content-security-policy', CONTENT_POLICY);
    response.setHeader('cache-control', 'private, max-age=3600');
    response.setHeader('vary', 'accept, accept-encoding');
    if (zipped) response.setHeader('content-encoding', 'gzip');
    send(response, 200, 'text/html; charset=utf-8', zipped ? compressed : plain);
  };
}
