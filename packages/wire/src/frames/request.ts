// A request of a session, and the call that it carries. The call is encoded once per race and
// shared by the frames of all racers; only session, sequence and MAC differ.
//
//   frame = [1, 1, sessionId bstr16, sequence, call bstr, mac bstr16]
//   call  = [queryId bstr16, operation tstr, slot, blockhash bstr32, budgetMs, [item bstr, …]]
//   mac   = BLAKE2b-128(key gateway to node, every byte of the frame before the mac item)

import { CborReader } from '../cbor/reader.ts';
import { CborWriter } from '../cbor/writer.ts';
import { type CryptoPort, SHA256_BYTES } from '../crypto/port.ts';
import { QUERY_ID_BYTES } from '../merkle/leaf.ts';
import { MESSAGE_KIND } from './kinds.ts';
import { sealFrame } from './sealed-frame.ts';

/** No operation takes more; operations.ts bounds each further. */
const ITEMS_MAX = 1_000;

export interface Call {
  readonly queryId: Uint8Array;
  readonly operation: string;
  readonly slot: bigint;
  readonly blockhash: Uint8Array;
  /** What is left of the race's time when the request leaves the gateway. */
  readonly budgetMs: number;
  /** Canonical arguments, one byte string per item (operations.ts). */
  readonly items: readonly Uint8Array[];
}

export function encodeCall(call: Call): Uint8Array {
  const writer = new CborWriter(192)
    .array(6)
    .bytes(call.queryId)
    .text(call.operation)
    .integer(call.slot)
    .bytes(call.blockhash)
    .unsigned(call.budgetMs)
    .array(call.items.length);
  for (const item of call.items) writer.bytes(item);
  return writer.finish();
}

/** @throws StreamSyncError MALFORMED_MESSAGE */
export function decodeCall(bytes: Uint8Array): Call {
  const reader = new CborReader(bytes);
  reader.array(6);
  const queryId = reader.bytes(QUERY_ID_BYTES);
  const operation = reader.text(64);
  const slot = reader.u64();
  const blockhash = reader.bytes(SHA256_BYTES);
  const budgetMs = reader.unsigned();
  const count = reader.array();
  if (count > ITEMS_MAX) throw reader.fail('more items than any operation takes');
  const items: Uint8Array[] = [];
  for (let index = 0; index < count; index += 1) items.push(reader.bytes());
  reader.end();
  return { queryId, operation, slot, blockhash, budgetMs, items };
}

export interface RequestFrame {
  readonly sessionId: Uint8Array;
  readonly sequence: number;
  readonly payload: Uint8Array;
}

type Mac = Pick<CryptoPort, 'mac'>;

export function encodeRequest(crypto: Mac, key: Uint8Array, frame: RequestFrame): Uint8Array {
  return sealFrame(crypto, key, { kind: MESSAGE_KIND.request, ...frame });
}

/** Asks for the signed root that covers the leaf `sequence`, with its leaf hashes. */
export function encodeRootRequest(crypto: Mac, key: Uint8Array, frame: RequestFrame): Uint8Array {
  return sealFrame(crypto, key, { kind: MESSAGE_KIND.rootRequest, ...frame });
}
