// The SUB side: gets every message of its publishers and hands on those with a subscribed prefix.
// Invariant: filtering is local, as in NNG: a publisher never learns what is subscribed.
import type { SpConnection, SpPeer, SpProtocol } from './sp-connection.ts';
import { newSpCounters } from './sp-counters.ts';

/** `message` may keep a whole received chunk alive: copy what is kept. */
export type MessageHandler = (message: Uint8Array, peer: SpPeer) => void;

export interface SubOptions {
  /** An empty prefix takes all messages; no prefix takes none. */
  readonly prefixes: readonly Uint8Array[];
  readonly onMessage: MessageHandler;
  /** Hears what `onMessage` threw; the message is lost. */
  readonly onHandlerError?: (cause: unknown, peer: SpPeer) => void;
}

export class SubSocket implements SpProtocol {
  readonly name = 'sub';
  readonly counters = newSpCounters();
  readonly #options: SubOptions;

  constructor(options: SubOptions) {
    this.#options = options;
  }

  opened(): void {}

  received(connection: SpConnection, buffer: Uint8Array, start: number, end: number): boolean {
    const message = new Uint8Array(buffer.buffer, buffer.byteOffset + start, end - start);
    if (!this.#options.prefixes.some((prefix) => startsWith(message, prefix))) return true;
    try {
      this.#options.onMessage(message, connection);
    } catch (cause) {
      this.counters.handlersFailed += 1;
      this.#options.onHandlerError?.(cause, connection);
    }
    return true;
  }

  drained(): void {}

  closed(): void {}
}

function startsWith(message: Uint8Array, prefix: Uint8Array): boolean {
  return message.length >= prefix.length && prefix.every((byte, index) => message[index] === byte);
}
