// What a feed has delivered and not undone, across its connections: where it goes on, and where a fork
// is looked for when it comes back.
import type { Pin, Slot } from '@streamsync/domain';
import { LINKS_MAX } from '../linking/slot-linker.ts';

export class AppliedPins {
  /** Ascending. */
  #pins: Pin[];
  #tip: Slot | null;

  /** `cursor` stands for the newest pin where the asker gave none. */
  constructor(newestFirst: readonly Pin[], cursor: Slot | null) {
    this.#pins = cursor === null ? [] : newestFirst.filter(({ slot }) => slot <= cursor).reverse();
    this.#tip = cursor;
  }

  get tip(): Slot | null {
    return this.#tip;
  }

  /** Whether the blockhash of the tip is among the pins. */
  get isKnown(): boolean {
    return this.#tip !== null && this.#pins.at(-1)?.slot === this.#tip;
  }

  newestFirst(): Pin[] {
    return this.#pins.toReversed();
  }

  add({ slot, blockhash }: Pin): void {
    this.#pins.push({ slot, blockhash });
    this.#tip = slot;
    if (this.#pins.length > 2 * LINKS_MAX) this.#pins.splice(0, LINKS_MAX);
  }

  rollback(slot: Slot): void {
    while ((this.#pins.at(-1)?.slot ?? slot) > slot) this.#pins.pop();
    this.#tip = this.#pins.at(-1)?.slot ?? slot;
  }
}
