// The JSON-RPC face over HTTP: POST with a JSON body, and GET /health, as validators have them.
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { listen } from '../listen.ts';
import { dispatch } from './dispatch.ts';
import type { RpcContext } from './method.ts';

/** A batch of 1,000 calls of the usual size; a transaction has at most 1,232 bytes. */
const BODY_BYTES_MAX = 512 * 1024;
/** A client that sends its request slower than this is let go. */
const REQUEST_DEADLINE_MS = 30_000;

/** Kept-alive connections of every client of one machine; more are refused. */
const CONNECTIONS_MAX = 2_048;

const CORS_HEADERS = {
  'access-control-allow-origin': '*',
  'access-control-allow-methods': 'POST, GET, OPTIONS',
  'access-control-allow-headers': '*',
  'access-control-max-age': '86400',
};

export interface RpcServer {
  readonly port: number;
  stop(): Promise<void>;
}

/** @throws StreamSyncError PORT_BUSY */
export async function startRpcServer(
  context: RpcContext,
  { host, port }: { readonly host: string; readonly port: number },
): Promise<RpcServer> {
  const server = createServer((request, response) => {
    answer(context, request, response).catch((cause: unknown) => {
      context.log.warn({ cause: String(cause) }, 'an RPC request broke off');
      response.destroy();
    });
  });
  server.requestTimeout = REQUEST_DEADLINE_MS;
  server.maxConnections = CONNECTIONS_MAX;
  const bound = await listen(server, host, port);
  return {
    port: bound,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function answer(
  context: RpcContext,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const { status, text, type } = await reply(context, request);
  response.writeHead(status, {
    ...CORS_HEADERS,
    'content-type': type ?? 'text/plain',
    'content-length': Buffer.byteLength(text),
    // The rest of a refused body is not read, so its connection cannot be used again.
    ...(status === 413 ? { connection: 'close' } : {}),
  });
  response.end(text);
}

async function reply(
  context: RpcContext,
  request: IncomingMessage,
): Promise<{ readonly status: number; readonly text: string; readonly type?: string }> {
  if (request.method === 'OPTIONS') return { status: 204, text: '' };
  if (request.method === 'GET' && request.url === '/health') return { status: 200, text: 'ok' };
  if (request.method !== 'POST') return { status: 405, text: 'Used HTTP Method is not allowed.' };
  const body = await readBody(request);
  if (body === null) return { status: 413, text: 'The request body is too large.' };
  const text = dispatch(context, body);
  return text === null
    ? { status: 204, text: '' }
    : { status: 200, text, type: 'application/json; charset=utf-8' };
}

/** The body's text, or null when it is too large. */
async function readBody(request: IncomingMessage): Promise<string | null> {
  const chunks: Buffer[] = [];
  let sizeBytes = 0;
  for await (const chunk of request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    sizeBytes += chunk.length;
    if (sizeBytes > BODY_BYTES_MAX) return null;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}
