// One public call to one node: `node.info`, as anyone may ask it, also with nngcat.
import { StreamSyncError } from '@streamsync/domain';
import { type DialTls, dialReq } from '@streamsync/networking-core';
import {
  decodePublicReply,
  decodeRefusal,
  encodePublicCall,
  MESSAGE_KIND,
  messageKind,
  type PublicFacts,
} from '@streamsync/wire';

/** A node around the world that is busy; a person waits for this. */
const ASK_DEADLINE_MS = 3_000;

/** @throws StreamSyncError NODE_UNREACHABLE, NODE_DEADLINE_EXCEEDED, MALFORMED_MESSAGE */
export async function askNode(address: string, tls: DialTls | null): Promise<PublicFacts> {
  const dialed = dialReq({ address, ...(tls === null ? {} : { tls }) });
  try {
    await dialed.dialer.connected(ASK_DEADLINE_MS);
    const reply = await new Promise<Uint8Array>((resolve, reject) => {
      dialed.socket.request(encodePublicCall('node.info'), ASK_DEADLINE_MS, {
        onReply: (bytes) => resolve(Uint8Array.from(bytes)),
        onFailure: (code) => reject(new StreamSyncError(code, { address })),
      });
    });
    if (messageKind(reply) === MESSAGE_KIND.refusal) {
      const { code, message } = decodeRefusal(reply);
      throw new StreamSyncError('NODE_UNREACHABLE', { address, code }, { message });
    }
    return decodePublicReply(reply);
  } finally {
    dialed.stop();
  }
}
