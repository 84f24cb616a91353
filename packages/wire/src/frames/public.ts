// What a peer without a session may say and hear: public calls such as `node.info`, unattested and
// never part of a race, and refusals.
//
//   call    = [1, 0, operation tstr]
//   reply   = [1, 4, {key tstr: value tstr | uint | bool | null}]
//   refusal = [1, 5, code tstr, message tstr]
import { CborReader, compareBytes } from '../cbor/reader.ts';
import { CborWriter } from '../cbor/writer.ts';
import type { ErrorAnswer } from './answer.ts';
import { MESSAGE_KIND, WIRE_VERSION } from './kinds.ts';

export type PublicFacts = Readonly<Record<string, string | bigint | boolean | null>>;

export function encodePublicCall(operation: string): Uint8Array {
  return new CborWriter(32)
    .array(3)
    .unsigned(WIRE_VERSION)
    .unsigned(MESSAGE_KIND.publicCall)
    .text(operation)
    .finish();
}

/** @throws StreamSyncError MALFORMED_MESSAGE */
export function decodePublicCall(bytes: Uint8Array): string {
  const reader = new CborReader(bytes);
  reader.array(3);
  if (reader.unsigned() !== WIRE_VERSION) throw reader.fail('another version');
  if (reader.unsigned() !== MESSAGE_KIND.publicCall) throw reader.fail('not a public call');
  const operation = reader.text(64);
  reader.end();
  return operation;
}

export function encodePublicReply(facts: PublicFacts): Uint8Array {
  const entries = Object.entries(facts).map(([key, value]) => ({
    key: new CborWriter(32).text(key).finish(),
    value,
  }));
  entries.sort((left, right) => compareBytes(left.key, right.key));
  const writer = new CborWriter()
    .array(3)
    .unsigned(WIRE_VERSION)
    .unsigned(MESSAGE_KIND.publicReply)
    .map(entries.length);
  for (const { key, value } of entries) {
    writer.raw(key);
    if (value === null) writer.null();
    else if (typeof value === 'string') writer.text(value);
    else if (typeof value === 'bigint') writer.integer(value);
    else writer.boolean(value);
  }
  return writer.finish();
}

/** @throws StreamSyncError MALFORMED_MESSAGE */
export function decodePublicReply(bytes: Uint8Array): PublicFacts {
  const reader = new CborReader(bytes);
  reader.array(3);
  if (reader.unsigned() !== WIRE_VERSION) throw reader.fail('another version');
  if (reader.unsigned() !== MESSAGE_KIND.publicReply) throw reader.fail('not a public reply');
  const facts: Record<string, string | bigint | boolean | null> = {};
  reader.entries((key) => {
    const first = bytes[reader.offset] ?? 0xff;
    if (first === 0xf6) facts[key] = reader.nullable(() => null);
    else if (first === 0xf4 || first === 0xf5) facts[key] = reader.boolean();
    else if (first >> 5 === 3) facts[key] = reader.text();
    else facts[key] = reader.integer();
  });
  reader.end();
  return facts;
}

export function encodeRefusal(error: ErrorAnswer): Uint8Array {
  return new CborWriter(128)
    .array(4)
    .unsigned(WIRE_VERSION)
    .unsigned(MESSAGE_KIND.refusal)
    .text(error.code)
    .text(error.message)
    .finish();
}

/** @throws StreamSyncError MALFORMED_MESSAGE */
export function decodeRefusal(bytes: Uint8Array): ErrorAnswer {
  const reader = new CborReader(bytes);
  reader.array(4);
  if (reader.unsigned() !== WIRE_VERSION) throw reader.fail('another version');
  if (reader.unsigned() !== MESSAGE_KIND.refusal) throw reader.fail('not a refusal');
  const error = { code: reader.text(64), message: reader.text(1_024) };
  reader.end();
  return error;
}
