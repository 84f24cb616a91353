// Any page may ask: the API has no cookies, so that a browser adds nothing of its user's to a request.
import type { IncomingMessage, ServerResponse } from 'node:http';

const PREFLIGHT_SECONDS = 86_400;

export function allowAnyOrigin(request: IncomingMessage, response: ServerResponse): void {
  if (request.headers.origin === undefined) return;
  response.setHeader('access-control-allow-origin', '*');
  response.setHeader('access-control-expose-headers', 'retry-after');
}

export function answerPreflight(response: ServerResponse): void {
  response.writeHead(204, {
    'access-control-allow-methods': 'GET, POST, OPTIONS',
    'access-control-allow-headers': 'content-type, authorization',
    'access-control-max-age': String(PREFLIGHT_SECONDS),
    allow: 'GET, POST, OPTIONS',
    'content-length': '0',
  });
  response.end();
}
