// The subscribers of the bench, in a process of their own: raw sockets that ask for an event stream
// and note when each slot has reached all of them.
import { once } from 'node:events';
import { connect } from 'node:net';

interface Order {
  readonly url: string;
  readonly query: string;
  readonly count: number;
}

/** How many subscribers have had each slot, and when the last of them had. */
const arrivals = new Map<string, { count: number; lastMs: number }>();
const nowMs = (): number => performance.timeOrigin + performance.now();
const ID = /\nid: (\d+)\n/g;

async function subscribe({ url, query }: Order): Promise<void> {
  const { hostname, port } = new URL(url);
  const body = JSON.stringify({ query });
  const socket = connect(Number(port), hostname);
  await once(socket, 'connect');
  socket.write(
    `POST /graphql HTTP/1.1\r\nhost: x\r\naccept: text/event-stream\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n${body}`,
  );
  await once(socket, 'data');
  socket.setEncoding('latin1');
  socket.on('data', (text: string) => {
    for (const [, slot = ''] of text.matchAll(ID)) {
      const known = arrivals.get(slot) ?? { count: 0, lastMs: 0 };
      arrivals.set(slot, { count: known.count + 1, lastMs: nowMs() });
    }
  });
}

process.on('message', async (order: Order | 'arrivals') => {
  if (order === 'arrivals') {
    process.send?.(Object.fromEntries(arrivals));
    return;
  }
  for (let left = order.count; left > 0; left -= 50) {
    await Promise.all(Array.from({ length: Math.min(50, left) }, () => subscribe(order)));
  }
  process.send?.('subscribed');
});
process.once('disconnect', () => process.exit(0));
