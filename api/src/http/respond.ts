// Writes responses to node's sockets.
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { QueryResponse } from '../pipeline/ports.ts';

/** How long a client may go on sending a body that was refused; most stop when they read the answer. */
const LINGER_MS = 1_000;

export function sendJson(response: ServerResponse, answer: QueryResponse): void {
  // Under application/json a document's faults are a well-formed answer (GraphQL over HTTP, 6.4.1).
  const status = answer.graphqlError ? 200 : answer.status;
  sendAnswer(response, answer, status);
}

/** For requests that never were GraphQL: the status says so. */
export function sendRefusal(response: ServerResponse, answer: QueryResponse): void {
  sendAnswer(response, answer, answer.status);
}

function sendAnswer(response: ServerResponse, answer: QueryResponse, status: number): void {
  if (answer.retryAfterSeconds !== null) {
    response.setHeader('retry-after', String(answer.retryAfterSeconds));
  }
  send(response, status, 'application/json; charset=utf-8', answer.body);
}

export function send(
  response: ServerResponse,
  status: number,
  contentType: string,
  body: string | Uint8Array,
): void {
  if (response.headersSent || response.destroyed) return;
  response.writeHead(status, {
    'content-type': contentType,
    'content-length': typeof body === 'string' ? Buffer.byteLength(body) : body.length,
    'x-content-type-options': 'nosniff',
  });
  response.end(body);
}

/** Ends a connection whose request was not read to its end, once the answer has left. */
export function closeAfter(request: IncomingMessage, response: ServerResponse): void {
  response.setHeader('connection', 'close');
  request.resume();
  response.once('finish', () => {
    const cut = setTimeout(() => request.destroy(), LINGER_MS);
    cut.unref();
    request.once('close', () => clearTimeout(cut));
  });
}
