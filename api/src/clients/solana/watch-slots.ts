// The gateway's own view of the chain: the newest slot, by PubSub's slotSubscribe and, whenever that
// is silent, by polling getSlot. It is what nodes are measured against, so it never comes from them.
import { parseSlot, type Slot } from '@streamsync/domain';
import { type Clock, type Log, systemClock } from '@streamsync/runtime';
import { z } from 'zod';

export interface SlotWatcher {
  /** Null until the first answer, and again when the source has been silent for TIP_MS_MAX. */
  tip(): Slot | null;
  stop(): void;
}

interface SlotWatcherSettings {
  readonly rpcUrl: string;
  readonly webSocketUrl: string;
  readonly log: Log;
  readonly clock?: Clock;
}

/** Two to three slots: nodes may be several governed slots behind before it matters. */
const POLL_MS = 1_000;
const REQUEST_MS_MAX = 5_000;
/** An older tip says nothing of the chain any more; better to know of none. */
const TIP_MS_MAX = 30_000;
const RECONNECT_MS = 1_000;
const RECONNECT_MS_MAX = 30_000;

const slotAnswer = z.object({ result: z.number().int().nonnegative() });
const slotNotification = z.object({
  method: z.literal('slotNotification'),
  params: z.object({ result: z.object({ slot: z.number().int().nonnegative() }) }),
});

/** Where PubSub is by convention: the next port where one is stated, otherwise the same place. */
export function webSocketUrlOf(rpcUrl: string): string {
  const url = new URL(rpcUrl);
  url.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:';
  if (url.port !== '') url.port = String(Number(url.port) + 1);
  return url.toString();
}

export function watchSlots(settings: SlotWatcherSettings): SlotWatcher {
  const { log, rpcUrl } = settings;
  const clock = settings.clock ?? systemClock;
  const stopped = new AbortController();
  let tip: Slot | null = null;
  let heardAtMs = Number.NEGATIVE_INFINITY;
  let socket: WebSocket | null = null;
  let reconnectMs = RECONNECT_MS;
  let polling = false;

  function hear(slot: number): void {
    tip = parseSlot(slot);
    heardAtMs = clock.monotonicMs();
  }

  async function poll(): Promise<void> {
    if (polling || clock.monotonicMs() - heardAtMs < POLL_MS) return;
    polling = true;
    try {
      const response = await fetch(rpcUrl, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({
          jsonrpc: '2.0',
          id: 1,
          method: 'getSlot',
          params: [{ commitment: 'processed' }],
        }),
        signal: AbortSignal.any([stopped.signal, AbortSignal.timeout(REQUEST_MS_MAX)]),
      });
      hear(slotAnswer.parse(await response.json()).result);
    } catch (error) {
      if (!stopped.signal.aborted) log.debug({ err: error }, 'the chain did not state its slot');
    } finally {
      polling = false;
    }
  }

  function subscribe(): void {
    if (stopped.signal.aborted) return;
    const opened = new WebSocket(settings.webSocketUrl);
    socket = opened;
    opened.addEventListener('open', () => {
      opened.send(JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'slotSubscribe' }));
    });
    opened.addEventListener('message', ({ data }) => {
      const notification = slotNotification.safeParse(parseJson(String(data)));
      if (!notification.success) return;
      reconnectMs = RECONNECT_MS;
      hear(notification.data.params.result.slot);
    });
    // An error is followed by a close.
    opened.addEventListener('error', () => {});
    opened.addEventListener('close', () => {
      if (stopped.signal.aborted) return;
      setTimeout(subscribe, reconnectMs).unref();
      reconnectMs = Math.min(reconnectMs * 2, RECONNECT_MS_MAX);
    });
  }

  const timer = setInterval(() => void poll(), POLL_MS);
  timer.unref();
  void poll();
  subscribe();

  return {
    tip: () => (clock.monotonicMs() - heardAtMs > TIP_MS_MAX ? null : tip),
    stop() {
      stopped.abort();
      clearInterval(timer);
      socket?.close();
    },
  };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
