// Subscriptions as server-sent events, one connection each (the distinct connections mode of GraphQL
// over SSE), written with plain node:http. The id of an event is its slot, so that a browser that
// comes back says by itself where it stands. Invariant: what waits for one reader is bounded.
import type { IncomingMessage, ServerResponse } from 'node:http';
import { parseSlot, type StreamSyncError } from '@streamsync/domain';
import type { SharedMessage, Sink, SubscriptionDoor } from '../subscriptions/ports.ts';
import type { QueryParams } from './parse-params.ts';

/** What may wait for one reader beside the message that is being sent: a hundred events. */
export const WAITING_BYTES_MAX = 262_144;
/** Proxies give up silent connections after 60 s, some after 30. */
export const HEARTBEAT_MS = 12_000;
/** A subscription that ended has so long to take its last event. */
const LINGER_MS = 5_000;

const HEARTBEAT = Buffer.from(':\n\n');
const COMPLETE = 'event: complete\ndata:\n\n';

/** Each message is framed once for all of its readers. */
const frames = new WeakMap<SharedMessage, Buffer>();

function frameOf(message: SharedMessage): Buffer {
  const known = frames.get(message);
  if (known !== undefined) return known;
  const frame = Buffer.from(`event: next\nid: ${message.slot}\ndata: ${message.body}\n\n`);
  frames.set(message, frame);
  return frame;
}

export interface EventStreams {
  /** Rejects where the subscription is refused: nothing has been written then. */
  serve(request: IncomingMessage, response: ServerResponse, params: QueryParams): Promise<void>;
  readonly open: number;
  stop(): void;
}

export function createEventStreams(door: SubscriptionDoor): EventStreams {
  /** With whether something was waiting at the last heartbeat. */
  const streams = new Map<ServerResponse, boolean>();
  let timer: NodeJS.Timeout | null = null;

  function beat(): void {
    for (const [response, waited] of streams) {
      const waits = response.writableLength > 0;
      // Nothing was taken for a whole heartbeat: the other side is gone, or as good as.
      if (waits && waited) response.destroy();
      else if (!waits) response.write(HEARTBEAT);
      streams.set(response, waits);
    }
  }

  function forget(response: ServerResponse): void {
    streams.delete(response);
    if (streams.size > 0 || timer === null) return;
    clearInterval(timer);
    timer = null;
  }

  return {
    get open() {
      return streams.size;
    },
    async serve(request, response, params) {
      const lastEventId = request.headers['last-event-id'];
      const resumeAfter =
        lastEventId === undefined || lastEventId === '' ? null : parseSlot(String(lastEventId));
      const sink = sinkOf(response, door);
      const subscription = await door.subscribe({ ...params, resumeAfter }, sink);
      if (response.destroyed) return subscription.close();
      response.once('close', () => {
        subscription.close();
        forget(response);
      });
      streams.set(response, false);
      timer ??= setInterval(beat, HEARTBEAT_MS).unref();
      request.socket.setKeepAlive(true, HEARTBEAT_MS);
      sink.start();
    },
    stop() {
      if (timer !== null) clearInterval(timer);
      for (const response of streams.keys()) response.destroy();
    },
  };
}

/** What comes before `start` is kept: a subscription may be refused until then. */
function sinkOf(
  response: ServerResponse,
  door: SubscriptionDoor,
): Sink & { readonly start: () => void } {
  let started = false;
  let early: (() => void)[] = [];
  const begin = (): void => {
    response.writeHead(200, {
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-store',
      'x-accel-buffering': 'no',
      'x-content-type-options': 'nosniff',
    });
    response.write(HEARTBEAT);
  };
  const end = (error: StreamSyncError): void => {
    response.end(`event: next\ndata: ${door.refuse(error).body}\n\n${COMPLETE}`);
    const cut = setTimeout(() => response.destroy(), LINGER_MS);
    cut.unref();
    response.once('close', () => clearTimeout(cut));
  };
  return {
    start() {
      started = true;
      begin();
      for (const write of early) write();
      early = [];
    },
    send(message) {
      if (!started) {
        early.push(() => void response.write(frameOf(message)));
        return true;
      }
      if (response.writableLength > WAITING_BYTES_MAX) return false;
      response.write(frameOf(message));
      return true;
    },
    end(error) {
      if (started) end(error);
      else early.push(() => end(error));
    },
  };
}
