// Decides which hellos a node takes: of its cluster, signed, fresh, new, and not too many. Invariant:
// a captured hello opens no second session, and a flood of them costs a bounded share of a core.
import type { ErrorCode } from '@streamsync/domain';
import type { Clock } from '@streamsync/runtime';
import {
  type CryptoPort,
  equalBytes,
  HELLO_CLOCK_SKEW_MS_MAX,
  type Hello,
  openHello,
} from '@streamsync/wire';

/** A hello costs a node about 0.2 ms of signatures: this is 4 % of a core at most. */
const HELLOS_PER_SECOND_MAX = 200;

/** Nonces of two skew windows at that rate; older hellos are refused for their date. */
const NONCES_MAX = (HELLOS_PER_SECOND_MAX * 2 * HELLO_CLOCK_SKEW_MS_MAX) / 1_000;

export type HelloVerdict =
  | { readonly kind: 'accepted'; readonly hello: Hello }
  | { readonly kind: 'refused'; readonly code: ErrorCode; readonly message: string };

const refused = (code: ErrorCode, message: string): HelloVerdict => ({
  kind: 'refused',
  code,
  message,
});

export class HelloGate {
  readonly #crypto: CryptoPort;
  readonly #clock: Clock;
  readonly #genesisHash: Uint8Array;
  /** In the order of arrival, the oldest first. */
  readonly #nonces = new Set<string>();
  #windowStartMs = Number.NEGATIVE_INFINITY;
  #windowHellos = 0;

  constructor(crypto: CryptoPort, clock: Clock, genesisHash: Uint8Array) {
    this.#crypto = crypto;
    this.#clock = clock;
    this.#genesisHash = genesisHash;
  }

  /** @throws StreamSyncError MALFORMED_MESSAGE */
  judge(bytes: Uint8Array): HelloVerdict {
    if (!this.#withinRate()) {
      return refused('NODE_OVERLOADED', 'Too many hellos: wait a second.');
    }
    const hello = openHello(this.#crypto, bytes);
    if (hello === null) return refused('BAD_SIGNATURE', 'The hello is not signed by its key.');
    if (!equalBytes(hello.genesisHash, this.#genesisHash)) {
      return refused('INVALID_ARGUMENT', 'This node serves another cluster.');
    }
    if (Math.abs(this.#clock.unixMs() - hello.sentAtMs) > HELLO_CLOCK_SKEW_MS_MAX) {
      return refused('INVALID_ARGUMENT', 'The clocks differ by more than 30 s.');
    }
    const nonce = Buffer.concat([hello.gatewayKey, hello.nonce]).toString('latin1');
    if (this.#nonces.has(nonce)) return refused('INVALID_ARGUMENT', 'This hello was used.');
    this.#nonces.add(nonce);
    if (this.#nonces.size > NONCES_MAX) {
      const [oldest] = this.#nonces;
      if (oldest !== undefined) this.#nonces.delete(oldest);
    }
    return { kind: 'accepted', hello };
  }

  #withinRate(): boolean {
    const nowMs = this.#clock.monotonicMs();
    if (nowMs - this.#windowStartMs >= 1_000) {
      this.#windowStartMs = nowMs;
      this.#windowHellos = 0;
    }
    this.#windowHellos += 1;
    return this.#windowHellos <= HELLOS_PER_SECOND_MAX;
  }
}
