// Which blockhashes a transaction may still name, and which transactions already ran within that
// time: the two together make every transaction run at most once. litesvm knows neither.
import type { Blockhash, Signature } from '@streamsync/domain';

/** Agave's MAX_PROCESSING_AGE: a transaction may run up to 150 blocks after the block it names. */
export const BLOCKHASH_SLOTS_MAX = 150;

interface Entry {
  readonly blockhash: Blockhash;
  readonly signatures: readonly Signature[];
}

export class BlockhashWindow {
  /** In the order of slots; at most BLOCKHASH_SLOTS_MAX + 1 entries. */
  #entries = new Map<number, Entry>();
  #slotByHash = new Map<Blockhash, number>();
  #signatures = new Set<Signature>();

  /** Adds a closed slot; the open slot is the one after it. */
  push(slot: number, blockhash: Blockhash, signatures: readonly Signature[]): void {
    this.#entries.set(slot, { blockhash, signatures });
    this.#slotByHash.set(blockhash, slot);
    for (const signature of signatures) this.#signatures.add(signature);
    // The open slot is slot + 1, so hashes older than slot + 1 - 150 have expired.
    const oldest = slot + 1 - BLOCKHASH_SLOTS_MAX;
    for (const [old, entry] of this.#entries) {
      if (old >= oldest) break;
      this.#entries.delete(old);
      this.#slotByHash.delete(entry.blockhash);
      for (const signature of entry.signatures) this.#signatures.delete(signature);
    }
  }

  /** The slot of a blockhash that is still good, otherwise null. */
  slotOf(blockhash: Blockhash): number | null {
    return this.#slotByHash.get(blockhash) ?? null;
  }

  /** Marks a transaction of the open slot; it becomes part of the window when the slot closes. */
  remember(signature: Signature): void {
    this.#signatures.add(signature);
  }

  hasRun(signature: Signature): boolean {
    return this.#signatures.has(signature);
  }

  /** Newest first, as the SlotHashes sysvar holds them. */
  slotHashes(): { slot: number; hash: string }[] {
    return [...this.#entries]
      .map(([slot, entry]) => ({ slot, hash: entry.blockhash as string }))
      .reverse();
  }
}
