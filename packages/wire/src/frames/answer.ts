// A node's answer in a session, bound by the MAC to the request's sequence.
//
//   frame  = [1, 2, sessionId, sequence of the request, answer bstr, mac]   an answer
//          = [1, 3, sessionId, sequence of the request, error bstr, mac]    an error, never a leaf
//   answer = [slot, blockhash bstr32, servedAtMs, leafSequenceFirst, body bstr]
//   body   = [item bstr, …]    canonical: correct answers at one pin are byte-identical
//   error  = [code tstr, message tstr]
import { CborReader } from '../cbor/reader.ts';
import { CborWriter } from '../cbor/writer.ts';
import { type CryptoPort, SHA256_BYTES } from '../crypto/port.ts';
import { MESSAGE_KIND } from './kinds.ts';
import { sealFrame } from './sealed-frame.ts';

export interface Answer {
  readonly slot: bigint;
  readonly blockhash: Uint8Array;
  readonly servedAtMs: number;
  /** The session's sequence number of the first item's leaf; the others follow. */
  readonly leafSequenceFirst: number;
  readonly body: Uint8Array;
}

export interface AnswerAddress {
  readonly sessionId: Uint8Array;
  readonly sequence: number;
}

type Mac = Pick<CryptoPort, 'mac'>;

export function encodeBody(items: readonly Uint8Array[]): Uint8Array {
  let sizeBytes = 9;
  for (const item of items) sizeBytes += item.length + 9;
  const writer = new CborWriter(sizeBytes).array(items.length);
  for (const item of items) writer.bytes(item);
  return writer.finish();
}

/** @throws StreamSyncError MALFORMED_MESSAGE unless the body has exactly `count` items */
export function decodeBody(body: Uint8Array, count: number): Uint8Array[] {
  const reader = new CborReader(body);
  reader.array(count);
  const items: Uint8Array[] = [];
  for (let index = 0; index < count; index += 1) items.push(reader.bytes());
  reader.end();
  return items;
}

export function encodeAnswer(
  crypto: Mac,
  key: Uint8Array,
  address: AnswerAddress,
  answer: Answer,
): Uint8Array {
  const payload = new CborWriter(answer.body.length + 80)
    .array(5)
    .integer(answer.slot)
    .bytes(answer.blockhash)
    .unsigned(answer.servedAtMs)
    .unsigned(answer.leafSequenceFirst)
    .bytes(answer.body)
    .finish();
  return sealFrame(crypto, key, { kind: MESSAGE_KIND.answer, ...address, payload });
}

/** @throws StreamSyncError MALFORMED_MESSAGE */
export function decodeAnswer(payload: Uint8Array): Answer {
  const reader = new CborReader(payload);
  reader.array(5);
  const slot = reader.u64();
  const blockhash = reader.bytes(SHA256_BYTES);
  const servedAtMs = reader.unsigned();
  const leafSequenceFirst = reader.unsigned();
  const body = reader.bytes();
  reader.end();
  return { slot, blockhash, servedAtMs, leafSequenceFirst, body };
}

export interface ErrorAnswer {
  readonly code: string;
  readonly message: string;
}

export function encodeErrorAnswer(
  crypto: Mac,
  key: Uint8Array,
  address: AnswerAddress,
  error: ErrorAnswer,
): Uint8Array {
  const payload = new CborWriter().array(2).text(error.code).text(error.message).finish();
  return sealFrame(crypto, key, { kind: MESSAGE_KIND.errorAnswer, ...address, payload });
}

/** @throws StreamSyncError MALFORMED_MESSAGE */
export function decodeErrorAnswer(payload: Uint8Array): ErrorAnswer {
  const reader = new CborReader(payload);
  reader.array(2);
  const error = { code: reader.text(64), message: reader.text(1_024) };
  reader.end();
  return error;
}
