// Accounts in the forms that RPC and PubSub send them: encodings, slices, and the filters of
// program lists.
import { zstdCompressSync } from 'node:zlib';
import { base58 } from '@scure/base';
import { type AccountState, type Address, U64_MAX } from '@streamsync/domain';
import { viewTokenAccount } from '../chain/token-balances.ts';
import { invalidParams, RpcError } from './errors.ts';
import { bytes, type Fields, fields, list, oneOf, optional, text, whole } from './params.ts';

const ENCODINGS = ['binary', 'base58', 'base64', 'base64+zstd', 'jsonParsed'] as const;
type Encoding = (typeof ENCODINGS)[number];

/** Base58 costs time quadratic in the size, so RPC refuses it beyond this. */
const BASE58_BYTES_MAX = 128;
/** RPC's limit on filters of one list. */
const FILTERS_MAX = 4;
/** RPC's limit on the bytes that one memcmp compares. */
const MEMCMP_BYTES_MAX = 128;

export interface AccountEncoding {
  readonly encoding: Encoding;
  readonly slice: { readonly offset: number; readonly length: number } | null;
}

export function accountEncoding(config: Fields): AccountEncoding {
  const encoding = optional(config.encoding, 'encoding', (value, name) =>
    oneOf(value, name, ENCODINGS),
  );
  const slice = optional(config.dataSlice, 'dataSlice', fields);
  return {
    encoding: encoding ?? 'binary',
    slice: slice
      ? {
          offset: whole(slice.offset, 'dataSlice.offset'),
          length: whole(slice.length, 'dataSlice.length'),
        }
      : null,
  };
}

/** RPC's account object. @throws RpcError -32600 when base58 is asked for more than 128 bytes */
export function encodeAccount(state: AccountState, { encoding, slice }: AccountEncoding) {
  const data = slice ? state.data.subarray(slice.offset, slice.offset + slice.length) : state.data;
  return {
    lamports: state.lamports,
    owner: state.owner,
    data: encodeData(data, encoding),
    executable: state.executable,
    // Every account is rent-exempt, which RPC states as the largest epoch.
    rentEpoch: U64_MAX,
    space: state.data.length,
  };
}

function encodeData(data: Uint8Array, encoding: Encoding): unknown {
  switch (encoding) {
    case 'binary':
      return encodeBase58(data);
    case 'base58':
      return [encodeBase58(data), 'base58'];
    case 'base64+zstd':
      return [zstdCompressSync(data).toString('base64'), 'base64+zstd'];
    // RPC falls back to base64 for what it has no parser for; localnet has none.
    case 'jsonParsed':
    case 'base64':
      return [Buffer.from(data.buffer, data.byteOffset, data.length).toString('base64'), 'base64'];
  }
}

function encodeBase58(data: Uint8Array): string {
  if (data.length > BASE58_BYTES_MAX) {
    throw new RpcError(
      'invalidRequest',
      'Encoded binary (base 58) data should be less than 128 bytes, please use Base64 encoding.',
    );
  }
  return base58.encode(data);
}

export type AccountFilter = (state: AccountState) => boolean;

/** A predicate for RPC's `filters`: dataSize, memcmp, tokenAccountState. */
export function accountFilter(config: Fields): AccountFilter {
  const filters = list(config.filters ?? [], 'filters', FILTERS_MAX).map((entry) =>
    oneFilter(fields(entry, 'filter')),
  );
  return (state) => filters.every((accepts) => accepts(state));
}

function oneFilter(filter: Fields): AccountFilter {
  if (filter.dataSize !== undefined) {
    const sizeBytes = whole(filter.dataSize, 'dataSize');
    return (state) => state.data.length === sizeBytes;
  }
  if (filter.memcmp !== undefined) return memcmp(fields(filter.memcmp, 'memcmp'));
  if ('tokenAccountState' in filter) return (state) => viewTokenAccount(state) !== null;
  throw invalidParams('a filter is one of dataSize, memcmp, tokenAccountState');
}

function memcmp(config: Fields): AccountFilter {
  const offset = whole(config.offset, 'memcmp.offset');
  const encoding =
    optional(config.encoding, 'memcmp.encoding', (value, name) =>
      oneOf(value, name, ['base58', 'base64', 'bytes']),
    ) ?? 'base58';
  const wanted = Array.isArray(config.bytes)
    ? Uint8Array.from(
        list(config.bytes, 'memcmp.bytes', MEMCMP_BYTES_MAX).map((byte) => whole(byte, 'byte')),
      )
    : bytes(
        text(config.bytes, 'memcmp.bytes'),
        encoding === 'base64' ? 'base64' : 'base58',
        'memcmp.bytes',
      );
  if (wanted.length > MEMCMP_BYTES_MAX) throw invalidParams('memcmp.bytes: at most 128 bytes');
  return ({ data }) =>
    offset + wanted.length <= data.length &&
    Buffer.compare(data.subarray(offset, offset + wanted.length), wanted) === 0;
}

export function keyedAccount(pubkey: Address, state: AccountState, encoding: AccountEncoding) {
  return { pubkey, account: encodeAccount(state, encoding) };
}
