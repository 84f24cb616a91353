// Query ids: 16 random bytes, drawn many at a time, since a call for each took 4 % of a point read.
import { randomBytes } from 'node:crypto';

const QUERY_ID_BYTES = 16;
const DRAWN_AT_ONCE = 256;

export function createQueryIds(): () => Buffer {
  let drawn = Buffer.alloc(0);
  let offset = 0;
  return () => {
    if (offset === drawn.length) {
      // Fresh memory: ids that were handed out stay what they are.
      drawn = randomBytes(QUERY_ID_BYTES * DRAWN_AT_ONCE);
      offset = 0;
    }
    const id = drawn.subarray(offset, offset + QUERY_ID_BYTES);
    offset += QUERY_ID_BYTES;
    return id;
  };
}
