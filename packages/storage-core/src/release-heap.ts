// Gives the memory back that reading very many accounts at once has left to the garbage collector, and
// keeps V8's nursery from growing again: a node with a large store lives from what lies outside of the
// heap, and the nursery alone would take 64 MB (measured with 300,000 accounts: 324 MB of anonymous memory
// with V8's own bounds, 190 MB with a small nursery). Once for each snapshot and each start; a collection
// of what is left takes some 20 ms, and a small nursery is collected in less than a millisecond.
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

let collect: ((options: { type: 'major'; flavor: 'last-resort' }) => void) | null = null;

export function releaseHeap(): void {
  if (collect === null) {
    setFlagsFromString('--expose-gc');
    setFlagsFromString('--semi-space-growth-factor=1');
    collect = runInNewContext('gc') as NonNullable<typeof collect>;
  }
  collect({ type: 'major', flavor: 'last-resort' });
}
