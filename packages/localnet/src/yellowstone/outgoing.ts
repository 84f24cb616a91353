// How updates are handed to HTTP/2. By itself grpc-js waits for each message to leave before it hands
// over the next, so that each becomes a DATA frame of its own; clients take a burst of small frames
// for an attack and end the connection (h2 of Rust: "too_many_data_frames" after about 150). Handed
// over together, messages share frames. What has left is told to whoever counts what waits.
import { ServerInterceptingCall, type ServerInterceptor } from '@grpc/grpc-js';

/** A message of a stream in its bytes; `onSent` is called when they have left. */
export class Outgoing {
  readonly bytes: Buffer;
  readonly onSent: () => void;

  constructor(bytes: Buffer, onSent: () => void) {
    this.bytes = bytes;
    this.onSent = onSent;
  }
}

class EagerCall extends ServerInterceptingCall {
  override sendMessage(message: unknown, callback: () => void): void {
    if (!(message instanceof Outgoing)) {
      super.sendMessage(message, callback);
      return;
    }
    super.sendMessage(message, message.onSent);
    callback();
  }
}

export const sendEagerly: ServerInterceptor = (_method, call) => new EagerCall(call);
