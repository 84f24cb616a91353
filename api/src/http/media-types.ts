// Which requests are plain: GraphQL as JSON in, JSON out. Those take the short way; whatever else
// GraphQL over HTTP allows goes through Yoga.
import type { IncomingMessage } from 'node:http';

const mediaType = (header: string): string => (header.split(';', 1)[0] ?? '').trim().toLowerCase();

export function isJsonBody(request: IncomingMessage): boolean {
  const header = request.headers['content-type'];
  if (header === undefined) return false;
  if (header === 'application/json') return true;
  // RFC 8259 knows UTF-8 alone.
  const charset = /;\s*charset\s*=\s*"?([^";\s]+)/i.exec(header)?.[1];
  if (charset !== undefined && charset.toLowerCase() !== 'utf-8') return false;
  return mediaType(header) === 'application/json';
}

/** Whether nothing but application/json is acceptable, or nothing is said. */
export function acceptsPlainJson(request: IncomingMessage): boolean {
  const { accept } = request.headers;
  if (accept === undefined || accept === '*/*' || accept === 'application/json') return true;
  return accept
    .split(',')
    .every((each) => ['application/json', '*/*'].includes(mediaType(each)) && !each.includes(';'));
}

export function acceptsEventStream(request: IncomingMessage): boolean {
  return (request.headers.accept ?? '')
    .split(',')
    .some((each) => mediaType(each) === 'text/event-stream');
}

export function acceptsHtml(request: IncomingMessage): boolean {
  return request.method === 'GET' && (request.headers.accept ?? '').includes('text/html');
}
