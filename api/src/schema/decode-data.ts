// Bytes that a customer writes as text. The inverse of encode-data.ts, and as strict: a text is
// decoded only where it is the one text of its bytes.
import { base58 } from '@scure/base';
import { StreamSyncError } from '@streamsync/domain';
import { type DataEncoding, encodeData } from './encode-data.ts';

function decode(text: string, encoding: DataEncoding): Uint8Array | null {
  switch (encoding) {
    case 'BASE64':
      return Buffer.from(text, 'base64');
    case 'HEX':
      return Buffer.from(text, 'hex');
    case 'BASE58':
      try {
        return base58.decode(text);
      } catch {
        return null;
      }
  }
}

/** @throws StreamSyncError INVALID_ARGUMENT unless the text is that of at most `sizeMax` bytes */
export function decodeData(text: string, encoding: DataEncoding, sizeMax: number): Uint8Array {
  // Two characters a byte is what the longest encoding takes; decoding base58 is quadratic.
  const bytes = text.length > sizeMax * 2 ? null : decode(text, encoding);
  const same = bytes !== null && encodeData(bytes, encoding) === textOf(text, encoding);
  if (same && bytes.length <= sizeMax) return bytes;
  throw new StreamSyncError(
    'INVALID_ARGUMENT',
    { encoding },
    { message: `Bytes are expected as ${encoding}, ${sizeMax} at most.` },
  );
}

/** Hexadecimal digits may be capitals. */
function textOf(text: string, encoding: DataEncoding): string {
  return encoding === 'HEX' ? text.toLowerCase() : text;
}
