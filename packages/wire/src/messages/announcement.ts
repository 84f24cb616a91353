// What a node announces of itself: heartbeats and offers, signed, sequence-numbered, published.
//
//   message   = [1, 21 | 22, nodeKey bstr32, payload bstr, signature bstr64]
//   signature over "streamsync/announce1" || kind byte || payload
//   heartbeat = [operator tstr, genesisHash, sequence, sentAtMs, provenance tstr,
//                [[slot, blockhash], … oldest first], historySlotFirst,
//                [[first slot, last slot], … ascending], load permille]
//   offer     = [operator tstr, specialisation tstr, address tstr, capacity cost milli-units/s,
//                bid nanoUSD per cost unit, sequence, expiresAtMs]
import {
  type HistoryRange,
  isSpecialisation,
  parseSlot,
  type SlotProvenance,
  type Specialisation,
} from '@streamsync/domain';
import { CborReader } from '../cbor/reader.ts';
import { CborWriter } from '../cbor/writer.ts';
import {
  type CryptoPort,
  ED25519_PUBLIC_KEY_BYTES,
  ED25519_SIGNATURE_BYTES,
  SHA256_BYTES,
} from '../crypto/port.ts';
import { MESSAGE_KIND, WIRE_VERSION } from '../frames/kinds.ts';

/** The newest applied slots that a heartbeat names: 12 s of them, so that a pool meets in one. */
export const HEARTBEAT_PINS_MAX = 32;

/** Stretches of history that a heartbeat names, the newest ones: under 1.2 KB of it. */
export const HEARTBEAT_RANGES_MAX = 64;

const DOMAIN = new TextEncoder().encode('streamsync/announce1');

export interface HeartbeatPin {
  readonly slot: bigint;
  readonly blockhash: Uint8Array;
}

export interface Heartbeat {
  readonly operator: string;
  readonly genesisHash: Uint8Array;
  readonly sequence: number;
  readonly sentAtMs: number;
  readonly provenance: SlotProvenance;
  /** Slots that the node can answer at, oldest first, at most HEARTBEAT_PINS_MAX. */
  readonly pins: readonly HeartbeatPin[];
  /** The oldest slot that it can answer for. */
  readonly historySlotFirst: bigint;
  /** The stretches of history that it holds, ascending, at most HEARTBEAT_RANGES_MAX. */
  readonly historyRanges: readonly HistoryRange[];
  /** Used share of its listed capacity, in thousandths. */
  readonly loadPermille: number;
}

export interface Offer {
  readonly operator: string;
  readonly specialisation: Specialisation;
  /** Where the node listens for requests: `tcp://host:port` or `tls+tcp://host:port`. */
  readonly address: string;
  readonly capacityMilliUnitsPerSecond: number;
  readonly bidNanoUsd: bigint;
  readonly sequence: number;
  readonly expiresAtMs: number;
}

export interface Announcement {
  readonly kind: number;
  readonly nodeKey: Uint8Array;
  readonly payload: Uint8Array;
}

function signedBytes(kind: number, payload: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(DOMAIN.length + 1 + payload.length);
  bytes.set(DOMAIN);
  bytes[DOMAIN.length] = kind;
  bytes.set(payload, DOMAIN.length + 1);
  return bytes;
}

function encodeAnnouncement(
  crypto: CryptoPort,
  seed: Uint8Array,
  announcement: Announcement,
): Uint8Array {
  const { kind, nodeKey, payload } = announcement;
  return new CborWriter(payload.length + 128)
    .array(5)
    .unsigned(WIRE_VERSION)
    .unsigned(kind)
    .bytes(nodeKey)
    .bytes(payload)
    .bytes(crypto.sign(seed, signedBytes(kind, payload)))
    .finish();
}

/** @throws StreamSyncError MALFORMED_MESSAGE; @returns null where the signature does not verify */
export function openAnnouncement(crypto: CryptoPort, bytes: Uint8Array): Announcement | null {
  const reader = new CborReader(bytes);
  reader.array(5);
  if (reader.unsigned() !== WIRE_VERSION) throw reader.fail('another version');
  const kind = reader.unsigned();
  const nodeKey = reader.bytes(ED25519_PUBLIC_KEY_BYTES);
  const payload = reader.bytes();
  const signature = reader.bytes(ED25519_SIGNATURE_BYTES);
  reader.end();
  if (!crypto.verify(nodeKey, signature, signedBytes(kind, payload))) return null;
  return { kind, nodeKey, payload };
}

export function encodeHeartbeat(
  crypto: CryptoPort,
  identity: { readonly seed: Uint8Array; readonly nodeKey: Uint8Array },
  heartbeat: Heartbeat,
): Uint8Array {
  const writer = new CborWriter(2_048)
    .array(9)
    .text(heartbeat.operator)
    .bytes(heartbeat.genesisHash)
    .unsigned(heartbeat.sequence)
    .unsigned(heartbeat.sentAtMs)
    .text(heartbeat.provenance)
    .array(heartbeat.pins.length);
  for (const pin of heartbeat.pins) writer.array(2).integer(pin.slot).bytes(pin.blockhash);
  writer.integer(heartbeat.historySlotFirst).array(heartbeat.historyRanges.length);
  for (const { slotFirst, slotLast } of heartbeat.historyRanges) {
    writer.array(2).integer(slotFirst).integer(slotLast);
  }
  const payload = writer.unsigned(heartbeat.loadPermille).finish();
  return encodeAnnouncement(crypto, identity.seed, {
    kind: MESSAGE_KIND.heartbeat,
    nodeKey: identity.nodeKey,
    payload,
  });
}

function parseProvenance(reader: CborReader): SlotProvenance {
  const text = reader.text(16);
  if (text !== 'STREAMED' && text !== 'POLLED' && text !== 'FED') {
    throw reader.fail('an unknown provenance');
  }
  return text;
}

/** @throws StreamSyncError MALFORMED_MESSAGE */
export function decodeHeartbeat(payload: Uint8Array): Heartbeat {
  const reader = new CborReader(payload);
  reader.array(9);
  const operator = reader.text(64);
  const genesisHash = reader.bytes(SHA256_BYTES);
  const sequence = reader.unsigned();
  const sentAtMs = reader.unsigned();
  const provenance = parseProvenance(reader);
  const count = reader.array();
  if (count > HEARTBEAT_PINS_MAX) throw reader.fail('too many pins');
  const pins: HeartbeatPin[] = [];
  for (let index = 0; index < count; index += 1) {
    reader.array(2);
    const slot = reader.u64();
    const previous = pins.at(-1);
    if (previous !== undefined && previous.slot >= slot) throw reader.fail('pins out of order');
    pins.push({ slot, blockhash: reader.bytes(SHA256_BYTES) });
  }
  const historySlotFirst = reader.u64();
  const historyRanges = readRanges(reader);
  const loadPermille = reader.unsigned();
  reader.end();
  return {
    operator,
    genesisHash,
    sequence,
    sentAtMs,
    provenance,
    pins,
    historySlotFirst,
    historyRanges,
    loadPermille,
  };
}

function readRanges(reader: CborReader): HistoryRange[] {
  const count = reader.array();
  if (count > HEARTBEAT_RANGES_MAX) throw reader.fail('too many ranges');
  const ranges: HistoryRange[] = [];
  for (let index = 0; index < count; index += 1) {
    reader.array(2);
    const range = { slotFirst: parseSlot(reader.u64()), slotLast: parseSlot(reader.u64()) };
    const previous = ranges.at(-1);
    const follows = previous === undefined || previous.slotLast < range.slotFirst;
    if (!follows || range.slotFirst > range.slotLast) throw reader.fail('ranges out of order');
    ranges.push(range);
  }
  return ranges;
}

export function encodeOffer(
  crypto: CryptoPort,
  identity: { readonly seed: Uint8Array; readonly nodeKey: Uint8Array },
  offer: Offer,
): Uint8Array {
  const payload = new CborWriter(256)
    .array(7)
    .text(offer.operator)
    .text(offer.specialisation)
    .text(offer.address)
    .unsigned(offer.capacityMilliUnitsPerSecond)
    .integer(offer.bidNanoUsd)
    .unsigned(offer.sequence)
    .unsigned(offer.expiresAtMs)
    .finish();
  return encodeAnnouncement(crypto, identity.seed, {
    kind: MESSAGE_KIND.offer,
    nodeKey: identity.nodeKey,
    payload,
  });
}

/** @throws StreamSyncError MALFORMED_MESSAGE */
export function decodeOffer(payload: Uint8Array): Offer {
  const reader = new CborReader(payload);
  reader.array(7);
  const operator = reader.text(64);
  const specialisation = reader.text(32);
  if (!isSpecialisation(specialisation)) throw reader.fail('an unknown specialisation');
  const offer: Offer = {
    operator,
    specialisation,
    address: reader.text(256),
    capacityMilliUnitsPerSecond: reader.unsigned(),
    bidNanoUsd: reader.u64(),
    sequence: reader.unsigned(),
    expiresAtMs: reader.unsigned(),
  };
  reader.end();
  return offer;
}
