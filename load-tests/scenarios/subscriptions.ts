// Subscriptions: 200 WebSockets, each with a subscription to one hot account for the whole time.
import { check } from 'k6';
import { Counter } from 'k6/metrics';
import type { Options } from 'k6/options';
import { setTimeout } from 'k6/timers';
import { EventName, type MessageEvent, WebSocket } from 'k6/websockets';
import { URL } from '../lib/graphql.ts';
import { network } from '../lib/network.ts';

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
  thresholds: JSON.parse(open('../thresholds/subscriptions.json')),
};

const changes = new Counter('streamsync_changes_received');
const endedEarly = new Counter('streamsync_subscriptions_ended_early');

const { demo } = network();
const QUERY = `subscription { accountChanged(address: "${demo.tokenAccount}") { slot } }`;

export default function subscriptions(): void {
  const socket = new WebSocket(URL.replace(/^http/, 'ws'), null, {
    headers: { 'Sec-WebSocket-Protocol': 'graphql-transport-ws' },
  });
  let isAcknowledged = false;
  let isOver = false;
  let received = 0;

  socket.addEventListener(EventName.Open, () => {
    socket.send(JSON.stringify({ type: 'connection_init' }));
    setTimeout(() => {
      isOver = true;
      check(received, { 'changes were received': (count) => count > 0 });
      socket.send(JSON.stringify({ id: '1', type: 'complete' }));
      socket.close();
    }, OPEN_MS);
  });
  socket.addEventListener(EventName.Message, (event) => {
    const message = JSON.parse(String((event as MessageEvent).data)) as { readonly type: string };
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
  });
  socket.addEventListener(EventName.Close, () => {
    check(isAcknowledged, { 'the connection was acknowledged': (each) => each });
    if (!isOver) endedEarly.add(1);
  });
}
