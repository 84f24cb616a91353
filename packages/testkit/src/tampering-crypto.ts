// A node's cryptography that changes what it is about to authenticate: an authentic answer with a
// wrong slot. Everything else is left as it is.
import {
  CborReader,
  type CryptoPort,
  MESSAGE_KIND,
  messageKind,
  SESSION_ID_BYTES,
} from '@streamsync/wire';

/** `spoil` says whether answers are changed now. */
export function tamperingCrypto(crypto: CryptoPort, spoil: () => boolean): CryptoPort {
  return {
    ...crypto,
    mac: (key, bytes) => {
      // `bytes` is a view of the frame that is being sealed: a change here goes out, with its MAC.
      if (spoil() && messageKind(bytes) === MESSAGE_KIND.answer) raiseSlot(bytes);
      return crypto.mac(key, bytes);
    },
  };
}

/** Raises the slot of an answer by 2^k of its first byte: the encoding keeps its length. */
function raiseSlot(frame: Uint8Array): void {
  const reader = new CborReader(frame);
  reader.array();
  reader.unsigned();
  reader.unsigned();
  reader.bytes(SESSION_ID_BYTES);
  reader.unsigned();
  const payload = reader.bytes();
  const inner = new CborReader(payload);
  inner.array();
  const head = inner.offset;
  inner.u64();
  const last = inner.offset - 1;
  if (last > head) payload[last] = ((payload[last] as number) + 1) & 0xff;
}
