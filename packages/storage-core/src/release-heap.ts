// Gives the memory back that reading very many accounts at once has left to the garbage collector: V8
// keeps such a heap for minutes otherwise (measured with a million accounts: 150 MB). Once for each
// snapshot and each start; a collection of what is left takes some 20 ms.
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

let collect: ((options: { type: 'major'; flavor: 'last-resort' }) => void) | null = null;

export function releaseHeap(): void {
  if (collect === null) {
    setFlagsFromString('--expose-gc');
    collect = runInNewContext('gc') as NonNullable<typeof collect>;
  }
  collect({ type: 'major', flavor: 'last-resort' });
}
