// A request's body within a limit. A body that passes it is refused when its length is announced, or
// at the byte that passes it; what the client still sends is thrown away.
import type { IncomingMessage } from 'node:http';
import { StreamSyncError } from '@streamsync/domain';

/** @throws StreamSyncError BODY_TOO_LARGE; whatever the socket throws when the client goes away */
export function readBody(request: IncomingMessage, sizeBytesMax: number): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const tooLarge = () => {
      request.removeAllListeners('data');
      reject(new StreamSyncError('BODY_TOO_LARGE', { sizeBytesMax }));
    };
    const announced = Number(request.headers['content-length']);
    if (announced > sizeBytesMax) {
      tooLarge();
      return;
    }
    const chunks: Buffer[] = [];
    let sizeBytes = 0;
    request.on('data', (chunk: Buffer) => {
      sizeBytes += chunk.length;
      if (sizeBytes > sizeBytesMax) tooLarge();
      else chunks.push(chunk);
    });
    request.once('end', () => {
      const [only] = chunks;
      resolve(only !== undefined && chunks.length === 1 ? only : Buffer.concat(chunks));
    });
    request.once('error', reject);
    request.once('close', () => {
      if (!request.complete) reject(new StreamSyncError('BAD_REQUEST'));
    });
  });
}
