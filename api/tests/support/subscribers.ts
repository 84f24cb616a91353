// Subscribers of both kinds, which read what the gateway sends and keep it.

import { once } from 'node:events';
import { type ClientRequest, request as httpRequest, type IncomingMessage } from 'node:http';
import { WebSocket } from 'ws';
import type { GraphqlBody } from './front-door.ts';

export interface SentEvent {
  readonly event: string;
  readonly id: string | null;
  readonly data: GraphqlBody | null;
}

export interface EventStream {
  readonly status: number;
  readonly contentType: string;
  readonly events: SentEvent[];
  /** True once the other side has ended it. */
  readonly ended: boolean;
  readonly response: IncomingMessage;
  close(): void;
}

export async function openEventStream(
  url: string,
  body: unknown,
  headers: Record<string, string> = {},
): Promise<EventStream> {
  const request: ClientRequest = httpRequest(`${url}/graphql`, {
    method: 'POST',
    agent: false,
    headers: { 'content-type': 'application/json', accept: 'text/event-stream', ...headers },
  });
  request.on('error', () => {});
  request.end(JSON.stringify(body));
  const [response] = (await once(request, 'response')) as [IncomingMessage];
  const events: SentEvent[] = [];
  let ended = false;
  let text = '';
  response.setEncoding('utf8');
  response.on('data', (chunk: string) => {
    text += chunk;
    for (let end = text.indexOf('\n\n'); end >= 0; end = text.indexOf('\n\n')) {
      const event = parseEvent(text.slice(0, end));
      if (event !== null) events.push(event);
      text = text.slice(end + 2);
    }
  });
  response.on('error', () => {});
  response.once('close', () => {
    ended = true;
  });
  return {
    status: response.statusCode ?? 0,
    contentType: response.headers['content-type'] ?? '',
    events,
    get ended() {
      return ended;
    },
    response,
    close: () => request.destroy(),
  };
}

/** Null: a comment. */
function parseEvent(text: string): SentEvent | null {
  const fields = new Map<string, string>();
  for (const line of text.split('\n')) {
    const colon = line.indexOf(':');
    if (colon > 0) fields.set(line.slice(0, colon), line.slice(colon + 1).trimStart());
  }
  if (!fields.has('event')) return null;
  const data = fields.get('data') ?? '';
  return {
    event: fields.get('event') ?? '',
    id: fields.get('id') ?? null,
    data: data === '' ? null : JSON.parse(data),
  };
}

export interface SocketMessage {
  readonly type: string;
  readonly id?: string;
  // biome-ignore lint/suspicious/noExplicitAny: tests look into whatever shape they asked for
  readonly payload?: any;
}

export interface Socket {
  readonly messages: SocketMessage[];
  readonly closed: { readonly code: number; readonly reason: string } | null;
  readonly raw: WebSocket;
  send(message: unknown): void;
  subscribe(id: string, query: string, variables?: Record<string, unknown>): void;
  close(): void;
}

export async function openSocket(
  url: string,
  { init = true, protocol = 'graphql-transport-ws' } = {},
): Promise<Socket> {
  const raw = new WebSocket(`${url.replace('http', 'ws')}/graphql`, protocol);
  const messages: SocketMessage[] = [];
  let closed: { code: number; reason: string } | null = null;
  raw.on('message', (data) => messages.push(JSON.parse(String(data))));
  raw.on('close', (code, reason) => {
    closed = { code, reason: String(reason) };
  });
  raw.on('error', () => {});
  await once(raw, 'open');
  const send = (message: unknown) =>
    raw.send(typeof message === 'string' ? message : JSON.stringify(message));
  if (init) {
    const acknowledged = once(raw, 'message');
    send({ type: 'connection_init' });
    await acknowledged;
  }
  return {
    messages,
    get closed() {
      return closed;
    },
    raw,
    send,
    subscribe: (id, query, variables = {}) =>
      send({ id, type: 'subscribe', payload: { query, variables } }),
    close: () => raw.terminate(),
  };
}
