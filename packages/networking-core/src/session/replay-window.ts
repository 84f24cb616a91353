// Which request sequences of a session were seen. Invariant: a sequence is accepted once, and none
// that has fallen out of the window is accepted at all (the scheme of RFC 4303 section 3.4.3).

/** Requests of one gateway in flight at most (sp/req-socket.ts): none of them can fall out unseen. */
export const REPLAY_WINDOW_SEQUENCES = 4_096;

const WORD_BITS = 32;

export class ReplayWindow {
  readonly #seen = new Uint32Array(REPLAY_WINDOW_SEQUENCES / WORD_BITS);
  #highest = -1;

  /** Whether the sequence is new; it counts as seen from then on. Call it for authentic frames alone. */
  accept(sequence: number): boolean {
    if (sequence > this.#highest) {
      this.#slideTo(sequence);
    } else if (this.#highest - sequence >= REPLAY_WINDOW_SEQUENCES) {
      return false;
    }
    const bit = sequence % REPLAY_WINDOW_SEQUENCES;
    const word = Math.floor(bit / WORD_BITS);
    const mask = 1 << (bit % WORD_BITS);
    const seen = this.#seen[word] as number;
    if ((seen & mask) !== 0) return false;
    this.#seen[word] = seen | mask;
    return true;
  }

  #slideTo(sequence: number): void {
    if (sequence - this.#highest >= REPLAY_WINDOW_SEQUENCES) this.#seen.fill(0);
    else {
      for (let between = this.#highest + 1; between <= sequence; between += 1) {
        const bit = between % REPLAY_WINDOW_SEQUENCES;
        const word = Math.floor(bit / WORD_BITS);
        this.#seen[word] = (this.#seen[word] as number) & ~(1 << (bit % WORD_BITS));
      }
    }
    this.#highest = sequence;
  }
}
