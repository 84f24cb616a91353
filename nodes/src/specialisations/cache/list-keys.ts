// Which lists an account belongs to, from its canonical bytes alone, so that a restart derives the
// same lists from the journal: its program's, and of a token account its owner's and its mint's.

import { addressBytes } from '@streamsync/domain';
import { tokenAccountKeys } from '@streamsync/program-parser';
import { decodeAccountItem } from '@streamsync/wire';

export interface ListKeys {
  readonly program: Uint8Array;
  /** Null unless it is an initialised token account of SPL Token or Token-2022. */
  readonly tokenOwner: Uint8Array | null;
  readonly mint: Uint8Array | null;
}

/** The lists of an account; null for one that does not exist. */
export function listKeysOf(item: Uint8Array | null): ListKeys | null {
  const state = item === null ? null : decodeAccountItem(item);
  if (state === null) return null;
  const token = tokenAccountKeys(state.owner, state.data);
  return {
    program: addressBytes(state.owner),
    tokenOwner: token?.owner ?? null,
    mint: token?.mint ?? null,
  };
}
