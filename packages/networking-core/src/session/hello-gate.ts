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

/**
 * Of those, what one host may say: an attacker needs many hosts to keep others from saying hello. A
 * gateway says one a connection, so this leaves room for dozens of them behind one address.
 */
const HOST_HELLOS_PER_SECOND_MAX = 50;

/** A nonce is kept for one to two of these; a hello that is older than one is refused for its date. */
const NONCES_KEPT_MS = 2 * HELLO_CLOCK_SKEW_MS_MAX;

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
  /** Bounded by the rate of hellos. */
  #nonces = new Set<string>();
  #noncesBefore = new Set<string>();
  #noncesSinceMs = Number.NEGATIVE_INFINITY;
  #windowStartMs = Number.NEGATIVE_INFINITY;
  #windowHellos = 0;
  /** By host, of this window; no more of them than hellos that are looked at. */
  readonly #hostHellos = new Map<string, number>();

  constructor(crypto: CryptoPort, clock: Clock, genesisHash: Uint8Array) {
    this.#crypto = crypto;
    this.#clock = clock;
    this.#genesisHash = genesisHash;
  }

  /**
   * @param host from which it came
   * @throws StreamSyncError MALFORMED_MESSAGE
   */
  judge(bytes: Uint8Array, host: string): HelloVerdict {
    if (!this.#withinRate(host)) {
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
    if (this.#used(nonce)) return refused('INVALID_ARGUMENT', 'This hello was used.');
    return { kind: 'accepted', hello };
  }

  #used(nonce: string): boolean {
    const nowMs = this.#clock.monotonicMs();
    if (nowMs - this.#noncesSinceMs > NONCES_KEPT_MS) {
      this.#noncesBefore = this.#nonces;
      this.#nonces = new Set();
      this.#noncesSinceMs = nowMs;
    }
    if (this.#nonces.has(nonce) || this.#noncesBefore.has(nonce)) return true;
    this.#nonces.add(nonce);
    return false;
  }

  /** What one host says too much does not count against the others. */
  #withinRate(host: string): boolean {
    const nowMs = this.#clock.monotonicMs();
    if (nowMs - this.#windowStartMs >= 1_000) {
      this.#windowStartMs = nowMs;
      this.#windowHellos = 0;
      this.#hostHellos.clear();
    }
    const ofHost = this.#hostHellos.get(host) ?? 0;
    if (ofHost >= HOST_HELLOS_PER_SECOND_MAX) return false;
    if (this.#windowHellos >= HELLOS_PER_SECOND_MAX) return false;
    this.#windowHellos += 1;
    this.#hostHellos.set(host, ofHost + 1);
    return true;
  }
}
