// Which lists an account belongs to, from its canonical bytes alone, so that a restart derives the
// same lists from the journal: its program's, of a token account its owner's and its mint's, and those
// of the program's declared indexes.
import {
  type Address,
  addressBytes,
  INDEX_KEY_BYTES,
  PROGRAM_INDEXES,
  type ProgramIndex,
  type ProgramIndexName,
} from '@streamsync/domain';
import {
  SPL_TOKEN_PROGRAM,
  TOKEN_2022_PROGRAM,
  tokenAccountKeys,
} from '@streamsync/program-parser';
import { dataOfItem, ITEM_HEAD, ownerOfItem } from '@streamsync/storage-core';
import { equalBytes } from '@streamsync/wire';

export const INDEX_NAMES = Object.keys(PROGRAM_INDEXES) as ProgramIndexName[];
export const LIST_NAMES = ['program', 'tokenOwner', 'mint', ...INDEX_NAMES] as const;
export type ListName = (typeof LIST_NAMES)[number];

/** A list that an account belongs to: the account's bytes, a view. */
export interface ListKey {
  readonly name: ListName;
  readonly key: Uint8Array;
}

interface KnownProgram {
  readonly address: Address;
  readonly indexes: readonly ProgramIndex[];
}

const textOf = (bytes: Uint8Array): string =>
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1');

/** Programs whose accounts are in more lists than the program's own, by their bytes. */
const KNOWN_PROGRAMS: ReadonlyMap<string, KnownProgram> = new Map(
  [
    SPL_TOKEN_PROGRAM,
    TOKEN_2022_PROGRAM,
    ...Object.values(PROGRAM_INDEXES).map(({ program }) => program),
  ].map((address) => [
    textOf(addressBytes(address)),
    {
      address,
      indexes: Object.values(PROGRAM_INDEXES).filter(({ program }) => program === address),
    },
  ]),
);

/** The lists of an account; none for one that does not exist. */
export function listKeysOf(item: Uint8Array | null): readonly ListKey[] {
  if (item === null || item[0] !== ITEM_HEAD) return [];
  const program = ownerOfItem(item);
  const keys: ListKey[] = [{ name: 'program', key: program }];
  const known = KNOWN_PROGRAMS.get(textOf(program));
  if (known === undefined) return keys;
  const data = dataOfItem(item);
  const token = tokenAccountKeys(known.address, data);
  if (token !== null) {
    keys.push({ name: 'tokenOwner', key: token.owner }, { name: 'mint', key: token.mint });
  }
  for (const index of known.indexes) {
    if (isIndexed(index, data)) {
      const key = data.subarray(index.keyOffset, index.keyOffset + INDEX_KEY_BYTES);
      keys.push({ name: index.name as ProgramIndexName, key });
    }
  }
  return keys;
}

/** Whether the data matches the index's condition and is long enough for its key. */
function isIndexed({ where, keyOffset }: ProgramIndex, data: Uint8Array): boolean {
  if (data.length < keyOffset + INDEX_KEY_BYTES) return false;
  return where.every(({ offset, bytes }) =>
    equalBytes(data.subarray(offset, offset + bytes.length), bytes),
  );
}
