// programAccounts.scan: the accounts of a program that match conditions without an index. A page
// looks at no more than SCAN_ROWS_MAX accounts in the order of their addresses, a slice at a time;
// its bytes follow from the pin and the arguments alone, never from how it was sliced.
import {
  type ErrorCode,
  PAGE_BYTES_MAX,
  SCAN_ROWS_MAX,
  type Slot,
  StreamSyncError,
} from '@streamsync/domain';
import {
  type ChainStore,
  dataStart,
  ITEM_HEAD,
  isMiss,
  type VersionedIndex,
} from '@streamsync/storage-core';
import { CborWriter, decodeScanArguments, type ScanArguments } from '@streamsync/wire';
import { MISS_CODES } from '../../handlers/read-miss.ts';
import type { AnswerItemLater } from '../specialisation.ts';
import { ENTRY_OVERHEAD_BYTES, type PageEntry, writeEntries } from './build-page.ts';
import { SLICE_CHECK_ROWS, SLICE_MS } from './sizing.ts';
import type { SliceRunner } from './slice-runner.ts';

export interface ScanOptions {
  readonly chain: ChainStore;
  /** Accounts by program. */
  readonly list: VersionedIndex;
  readonly isKnown: (program: Uint8Array, slot: Slot) => boolean;
  readonly runner: SliceRunner;
}

export function scanAccounts(options: ScanOptions): AnswerItemLater {
  const { chain, isKnown, runner } = options;
  return async (item, slot) => {
    const scan = decodeScanArguments(item);
    if (!isKnown(scan.program, slot)) return 'NOT_COVERED';
    const pinned = chain.timeline.at(slot);
    const page = new ScanPageBuilder(options, scan, slot);
    try {
      return await runner.run<Uint8Array | ErrorCode>(() =>
        // The window may have left the slot, or a fork replaced it, since the slice before.
        chain.timeline.at(slot) === pinned ? page.slice() : 'SLOT_NOT_AVAILABLE',
      );
    } catch (error) {
      if (error instanceof StreamSyncError) return error.code;
      throw error;
    }
  };
}

class ScanPageBuilder {
  readonly #options: ScanOptions;
  readonly #scan: ScanArguments;
  readonly #slot: Slot;
  readonly #entries: PageEntry[] = [];
  #sizeBytes = 0;
  #rows = 0;
  /** The last address that was looked at. */
  #last: Uint8Array | null;

  constructor(options: ScanOptions, scan: ScanArguments, slot: Slot) {
    this.#options = options;
    this.#scan = scan;
    this.#slot = slot;
    this.#last = scan.after;
  }

  /** Looks at accounts for `SLICE_MS`; the page, or undefined where it goes on. */
  slice(): Uint8Array | ErrorCode | undefined {
    const { chain, list } = this.#options;
    const startedAtMs = performance.now();
    let rows = 0;
    let end = 'list' as 'list' | 'page' | 'slice';
    const miss = list.visit(this.#scan.program, this.#slot, this.#last, (address) => {
      if (this.#rows === SCAN_ROWS_MAX || this.#entries.length === this.#scan.limit) {
        end = 'page';
        return false;
      }
      if (rows > 0 && rows % SLICE_CHECK_ROWS === 0 && performance.now() - startedAtMs > SLICE_MS) {
        end = 'slice';
        return false;
      }
      const item = chain.accounts.item(address, this.#slot);
      if (!isMiss(item) && this.#matches(item) && !this.#take(address, item)) {
        end = 'page';
        return false;
      }
      rows += 1;
      this.#rows += 1;
      this.#last = Uint8Array.from(address);
      return true;
    });
    if (miss !== null) return MISS_CODES[miss];
    return end === 'slice' ? undefined : this.#page(end === 'list' ? null : this.#last);
  }

  /** Takes an entry into the page; false where the page has no room for it. */
  #take(address: Uint8Array, item: Uint8Array): boolean {
    const sizeBytes = item.length + ENTRY_OVERHEAD_BYTES;
    if (this.#entries.length > 0 && this.#sizeBytes + sizeBytes > PAGE_BYTES_MAX) return false;
    this.#sizeBytes += sizeBytes;
    // Copies: slots are applied between slices.
    this.#entries.push({ address: Uint8Array.from(address), item: Uint8Array.from(item) });
    return true;
  }

  #matches(item: Uint8Array): boolean {
    if (item[0] !== ITEM_HEAD) return false;
    const start = dataStart(item);
    const { dataSizeBytes, filters } = this.#scan;
    if (dataSizeBytes !== null && item.length - start !== dataSizeBytes) return false;
    for (const { offset, bytes } of filters) {
      const at = start + offset;
      if (at + bytes.length > item.length) return false;
      for (let index = 0; index < bytes.length; index += 1) {
        if (item[at + index] !== bytes[index]) return false;
      }
    }
    return true;
  }

  #page(next: Uint8Array | null): Uint8Array {
    const writer = new CborWriter(this.#sizeBytes + 64).array(2);
    writeEntries(writer, this.#entries);
    return (next === null ? writer.null() : writer.bytes(next)).finish();
  }
}
