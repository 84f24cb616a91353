// Subscriptions: 200 WebSockets, each with a subscription to one hot account for the whole time.
import { check } from 'k6';
import { Counter } from 'k6/metrics';
import type { Options } from 'k6/options';
import { setTimeout } from 'k6/timers';
import { WebSocket } from 'k6/websockets';
import { URL } from '../lib/graphql.ts';

const SUBSCRIBERS = 200;
const OPEN_MS = 30_000;

export const options: Options = {
  scenarios: {
    load: {
      executor: 'per-vu-iterations',
      vus: SUBSCRIBERS,
      iterations: 1,
      maxDuration: '90s',
    },
  },
  thresholds: JSON.parse(open(import.meta.resolve('../thresholds/subscriptions.json'))),
};

const changes = new Counter('streamsync_changes_received');
const endedEarly = new Counter('streamsync_subscriptions_ended_early');

// The clock: written in every slot.
const QUERY = `subscription { accountChanged(address: "SysvarC1ock11111111111111111111111111111111") { slot } }`;

export default function subscriptions(): void {
  const socket = new WebSocket(URL.replace(/^http/, 'ws'), null, {
    headers: { 'Sec-WebSocket-Protocol': 'graphql-transport-ws' },
  });
  let isAcknowledged = false;
  let isOver = false;
  let received = 0;

  socket.onopen = () => {
    socket.send(JSON.stringify({ type: 'connection_init' }));
    setTimeout(() => {
      isOver = true;
      check(received, { 'changes were received': (count) => count > 0 });
      socket.send(JSON.stringify({ id: '1', type: 'complete' }));
      socket.close();
    }, OPEN_MS);
  };
  socket.onmessage = (event) => {
    const message = JSON.parse(String(event?.data)) as { readonly type: string };
    if (message.type === 'connection_ack') {
      isAcknowledged = true;
      socket.send(JSON.stringify({ id: '1', type: 'subscribe', payload: { query: QUERY } }));
    } else if (message.type === 'ping') {
      socket.send(JSON.stringify({ type: 'pong' }));
    } else if (message.type === 'next') {
      received += 1;
      changes.add(1);
    } else if ((message.type === 'error' || message.type === 'complete') && !isOver) {
      endedEarly.add(1);
    }
  };
  socket.onclose = () => {
    check(isAcknowledged, { 'the connection was acknowledged': (each) => each });
    if (!isOver) endedEarly.add(1);
  };
}
