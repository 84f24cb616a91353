// The reply to a root request: the signed root and the hashes of all its leaves, so that a gateway
// that missed an answer can still check the answers that it has.
//
//   request payload = [leaf sequence]
//   reply payload   = [signed root bstr, [leaf hash bstr32, …]]    sealed as an answer frame
import { CborReader } from '../cbor/reader.ts';
import { CborWriter } from '../cbor/writer.ts';
import { SHA256_BYTES } from '../crypto/port.ts';
import {
  decodeSignedRoot,
  encodeSignedRoot,
  type SignedRoot,
  TREE_LEAVES_MAX,
} from '../merkle/signed-root.ts';

export interface RootReply {
  readonly root: SignedRoot;
  readonly leafHashes: readonly Uint8Array[];
}

export function encodeRootRequestPayload(leafSequence: number): Uint8Array {
  return new CborWriter(16).array(1).unsigned(leafSequence).finish();
}

/** @throws StreamSyncError MALFORMED_MESSAGE */
export function decodeRootRequestPayload(payload: Uint8Array): number {
  const reader = new CborReader(payload);
  reader.array(1);
  const leafSequence = reader.unsigned();
  reader.end();
  return leafSequence;
}

export function encodeRootReply(reply: RootReply): Uint8Array {
  const writer = new CborWriter(1_024)
    .array(2)
    .bytes(encodeSignedRoot(reply.root))
    .array(reply.leafHashes.length);
  for (const hash of reply.leafHashes) writer.bytes(hash);
  return writer.finish();
}

/** @throws StreamSyncError MALFORMED_MESSAGE, also where the hashes are not as many as the root's leaves */
export function decodeRootReply(payload: Uint8Array): RootReply {
  const reader = new CborReader(payload);
  reader.array(2);
  const root = decodeSignedRoot(reader.bytes());
  const count = reader.array();
  if (count > TREE_LEAVES_MAX || count !== root.sequenceLast - root.sequenceFirst + 1) {
    throw reader.fail('another number of leaves than the root covers');
  }
  const leafHashes: Uint8Array[] = [];
  for (let index = 0; index < count; index += 1) leafHashes.push(reader.bytes(SHA256_BYTES));
  reader.end();
  return { root, leafHashes };
}
