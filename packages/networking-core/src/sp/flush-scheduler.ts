// Gathers what connections write within one turn of the event loop into one write each. Invariant:
// whoever is scheduled is flushed once, before the loop waits for events again.
// `setImmediate` runs right after the poll phase that delivered the events, so it gathers over all
// sockets that were ready. Measured, a race of 3 of 15 nodes, 32 in flight: 14 us of CPU a race
// against 21 with a microtask, which gathers over one socket's callback; one in flight, no difference.

export interface Flushable {
  flush(): void;
}

let waiting: Flushable[] = [];
let spare: Flushable[] = [];

function flushWaiting(): void {
  const due = waiting;
  waiting = spare;
  for (const connection of due) connection.flush();
  due.length = 0;
  spare = due;
}

/** Has `connection` flushed soon. The caller schedules itself once until its flush. */
export function scheduleFlush(connection: Flushable): void {
  if (waiting.length === 0) setImmediate(flushWaiting);
  waiting.push(connection);
}
