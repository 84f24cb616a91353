// An account's data as text.

import { base58 } from '@scure/base';
import { StreamSyncError } from '@streamsync/domain';

export type DataEncoding = 'BASE64' | 'BASE58' | 'HEX';

/** base58 takes time that grows with the square of the size: RPC draws the line at 128 bytes, this at 1 KiB. */
export const BASE58_DATA_BYTES_MAX = 1_024;

/** @throws StreamSyncError INVALID_ARGUMENT for base58 of more than BASE58_DATA_BYTES_MAX bytes */
export function encodeData(data: Uint8Array, encoding: DataEncoding): string {
  const bytes = Buffer.from(data.buffer, data.byteOffset, data.byteLength);
  switch (encoding) {
    case 'BASE64':
      return bytes.toString('base64');
    case 'HEX':
      return bytes.toString('hex');
    case 'BASE58':
      if (data.length > BASE58_DATA_BYTES_MAX) {
        throw new StreamSyncError(
          'INVALID_ARGUMENT',
          { sizeBytes: data.length },
          {
            message: `BASE58 is for data of up to ${BASE58_DATA_BYTES_MAX} bytes: ask for BASE64.`,
          },
        );
      }
      return base58.encode(data);
  }
}
