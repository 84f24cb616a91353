// Accounts built byte by byte from the programs' documentation, so that the tests stand without the
// corpus and without the package's own encoders. Sources: spl-token `state.rs`, spl-token-2022-interface
// `extension/*`, mpl-token-metadata `state/metadata.rs`, solana-nonce `versions.rs`.
import {
  type AccountState,
  type Address,
  addressFromBytes,
  parseAddress,
} from '@streamsync/domain';

export const SYSTEM = parseAddress('11111111111111111111111111111111');
export const SPL_TOKEN = parseAddress('TokenkegQfeZyiNwAJbNbGKPFXCWuBvf9Ss623VQ5DA');
export const TOKEN_2022 = parseAddress('TokenzQdBNbLqP5VEhdkAS6EPFLC1PHnBqCXEpPxuEb');
export const TOKEN_METADATA = parseAddress('metaqbxxUerdq28cj1RbAWkYQm3ybzjb6a8bt518x1s');
export const PROGRAMS = [SYSTEM, SPL_TOKEN, TOKEN_2022, TOKEN_METADATA];

type Part = Uint8Array | readonly number[];

export function join(...parts: readonly Part[]): Uint8Array {
  return Uint8Array.from(parts.flatMap((part) => [...part]));
}

export const zeros = (size: number): Uint8Array => new Uint8Array(size);
/** 32 bytes that are told apart by their first. */
export const key = (first: number): Uint8Array => join([first], new Uint8Array(31).fill(7));
/** The address of `key(first)`. */
export function addressOf(first: number): Address {
  return addressFromBytes(key(first));
}
/** The address that golden accounts stand at. */
export const ADDRESS = addressOf(200);

export const fill = (size: number, value: number): Uint8Array => new Uint8Array(size).fill(value);

export function le(value: bigint | number, size: number): Uint8Array {
  const bytes = new Uint8Array(size);
  let rest = BigInt.asUintN(size * 8, BigInt(value));
  for (let index = 0; index < size; index += 1) {
    bytes[index] = Number(rest & 0xffn);
    rest >>= 8n;
  }
  return bytes;
}

export const u16 = (value: number): Uint8Array => le(value, 2);
export const u32 = (value: number): Uint8Array => le(value, 4);
export const u64 = (value: bigint | number): Uint8Array => le(value, 8);

export function f64(value: number): Uint8Array {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setFloat64(0, value, true);
  return bytes;
}

/** Borsh text, padded with NULs to `size`. */
export function text(value: string, size = new TextEncoder().encode(value).length): Uint8Array {
  const bytes = new TextEncoder().encode(value);
  return join(u32(size), bytes, zeros(size - bytes.length));
}

export function state(owner: Address, data: Uint8Array): AccountState {
  return { lamports: 1_000n, owner, executable: false, data };
}

/** COption: tag, then a body that is there even when the tag says none. */
const some = (body: Uint8Array): Uint8Array => join(u32(1), body);
const none = (size: number): Uint8Array => zeros(4 + size);

export const MINT = join(some(key(1)), u64(1_000_000), [6], [1], none(32));
export const FROZEN_MINT = join(none(32), u64(2n ** 64n - 1n), [9], [1], some(key(2)));
/** A cleared freeze authority: the program zeroes the tag and leaves the key. */
export const MINT_WITH_STALE_KEY = join(some(key(1)), u64(5), [0], [1], u32(0), key(9));

export const TOKEN_ACCOUNT = join(
  key(1),
  key(2),
  u64(42),
  none(32),
  [1],
  none(8),
  u64(0),
  none(32),
);
export const FULL_TOKEN_ACCOUNT = join(
  key(1),
  key(2),
  u64(2n ** 60n),
  some(key(3)),
  [2],
  some(u64(2_039_280)),
  u64(17),
  some(key(4)),
);

export const MULTISIG = join([2], [3], [1], key(1), key(2), key(3), zeros(8 * 32));

const nonce = (version: number) => join(u32(version), u32(1), key(1), key(2), u64(5_000));
export const NONCE = nonce(1);
export const LEGACY_NONCE = nonce(0);

/** type, length, value */
export const entry = (type: number, ...parts: readonly Part[]): Uint8Array => {
  const value = join(...parts);
  return join(u16(type), u16(value.length), value);
};

export const extendedMint = (...entries: readonly Part[]): Uint8Array =>
  join(MINT, zeros(165 - MINT.length), [1], ...entries);

export const extendedAccount = (...entries: readonly Part[]): Uint8Array =>
  join(TOKEN_ACCOUNT, [2], ...entries);

/** Every extension of a mint, with its documented size of value. */
export const MINT_ENTRIES: readonly Uint8Array[] = [
  entry(1, key(1), key(2), u64(3), u64(4), u64(5), u16(6), u64(7), u64(8), u16(9)),
  entry(3, key(3)),
  entry(4, key(4), [1], zeros(32)),
  entry(6, [2]),
  entry(9),
  entry(10, key(10), u64(1_700_000_000), le(-5, 2), u64(1_700_000_001), le(500, 2)),
  entry(12, key(12)),
  entry(14, key(14), zeros(32)),
  entry(16, key(16), fill(32, 1), [1], fill(64, 2)),
  entry(18, zeros(32), key(18)),
  entry(
    19,
    key(19),
    key(1),
    text('Größe'),
    text('GR'),
    text('https://x'),
    u32(1),
    text('k'),
    text('v'),
  ),
  entry(20, key(20), key(21)),
  entry(21, key(21), key(1), u64(3), u64(10)),
  entry(22, key(22), key(23)),
  entry(23, key(1), key(23), u64(7)),
  entry(24, fill(64, 1), fill(36, 2), fill(32, 3), fill(64, 4)),
  entry(25, key(25), f64(1.5), le(-1, 8), f64(2.25)),
  entry(26, key(26), [1]),
  entry(28, key(28)),
];

/** Every extension of a token account. */
export const ACCOUNT_ENTRIES: readonly Uint8Array[] = [
  entry(2, u64(12)),
  entry(
    5,
    [1],
    fill(32, 1),
    fill(64, 2),
    fill(64, 3),
    fill(64, 4),
    fill(36, 5),
    [1],
    [0],
    u64(6),
    u64(7),
    u64(8),
    u64(9),
  ),
  entry(7),
  entry(8, [1]),
  entry(11, [0]),
  entry(13),
  entry(15, [0]),
  entry(17, fill(64, 6)),
  entry(27),
];

const metadataStart = (creators: Uint8Array) =>
  join(
    [4],
    key(1),
    key(2),
    text('Name', 32),
    text('SYM', 10),
    text('https://example.org/1.json', 200),
    u16(550),
    creators,
    [1],
    [0],
  );

const twoCreators = join([1], u32(2), key(3), [1], [60], key(4), [0], [40]);

/** As the program writes it: every field, then padding up to 679 bytes. */
export const METADATA = pad(
  join(
    metadataStart(twoCreators),
    join([1], [254]),
    join([1], [4]),
    join([1], [1], key(5)),
    join([1], [1], u64(2), u64(3)),
    join([1], [0], u64(4_993)),
    join([1], [0], [1], key(6)),
  ),
  679,
);
/** Before every later field, and before the padding too. */
export const EARLY_METADATA = metadataStart(join([0]));
/** Creators went from two to none, and the older state's end stayed behind. */
export const CORRUPT_METADATA = pad(
  join(metadataStart(join([0])), join([1], [255]), fill(40, 0x61)),
  679,
);

export function pad(data: Uint8Array, size: number): Uint8Array {
  return join(data, zeros(size - data.length));
}

export interface Golden {
  readonly name: string;
  readonly owner: Address;
  readonly data: Uint8Array;
}

/** One of each kind and of each form that matters. */
export const GOLDEN: readonly Golden[] = [
  { name: 'system account', owner: SYSTEM, data: zeros(0) },
  { name: 'nonce', owner: SYSTEM, data: NONCE },
  { name: 'legacy nonce', owner: SYSTEM, data: LEGACY_NONCE },
  { name: 'mint', owner: SPL_TOKEN, data: MINT },
  { name: 'mint with a stale key', owner: SPL_TOKEN, data: MINT_WITH_STALE_KEY },
  { name: 'token account', owner: SPL_TOKEN, data: TOKEN_ACCOUNT },
  { name: 'full token account', owner: SPL_TOKEN, data: FULL_TOKEN_ACCOUNT },
  { name: 'multisig', owner: SPL_TOKEN, data: MULTISIG },
  { name: 'plain Token-2022 mint', owner: TOKEN_2022, data: MINT },
  { name: 'plain Token-2022 account', owner: TOKEN_2022, data: TOKEN_ACCOUNT },
  { name: 'Token-2022 multisig', owner: TOKEN_2022, data: MULTISIG },
  { name: 'mint with every extension', owner: TOKEN_2022, data: extendedMint(...MINT_ENTRIES) },
  {
    name: 'account with every extension',
    owner: TOKEN_2022,
    data: extendedAccount(...ACCOUNT_ENTRIES),
  },
  {
    name: 'mint with an extension of the future and padding',
    owner: TOKEN_2022,
    data: extendedMint(entry(900, fill(11, 3)), zeros(5)),
  },
  { name: 'metadata', owner: TOKEN_METADATA, data: METADATA },
  { name: 'metadata that ends early', owner: TOKEN_METADATA, data: EARLY_METADATA },
  { name: 'metadata with a corrupt tail', owner: TOKEN_METADATA, data: CORRUPT_METADATA },
];
