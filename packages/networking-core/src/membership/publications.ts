// Which published message is what, by its first bytes: the prefixes that a gateway subscribes to.
import { MESSAGE_KIND, messageKind } from '@streamsync/wire';

const ANNOUNCEMENT_ITEMS = 5;
const ROOT_ITEMS = 10;
const ARRAY = 0x80;
const VERSION = 1;

/** Heartbeats, offers and roots, as deterministic CBOR begins them: array head, version, kind. */
export const PUBLICATION_PREFIXES: readonly Uint8Array[] = [
  Uint8Array.of(ARRAY | ANNOUNCEMENT_ITEMS, VERSION, MESSAGE_KIND.heartbeat),
  Uint8Array.of(ARRAY | ANNOUNCEMENT_ITEMS, VERSION, MESSAGE_KIND.offer),
  Uint8Array.of(ARRAY | ROOT_ITEMS, VERSION, MESSAGE_KIND.root),
];

export function isSignedRoot(message: Uint8Array): boolean {
  return messageKind(message) === MESSAGE_KIND.root;
}
