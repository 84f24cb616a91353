// The kinds of message on the wire. Every message is a CBOR array that begins `[version, kind, …]`.
// Kinds are never reused.

export const WIRE_VERSION = 1;
export const SESSION_ID_BYTES = 16;

export const MESSAGE_KIND = {
  /** Public call without a session: `[1, 0, operation]`. */
  publicCall: 0,
  request: 1,
  answer: 2,
  errorAnswer: 3,
  /** Reply to a public call: `[1, 4, map]`. */
  publicReply: 4,
  /** A request without a session, or a frame that is not understood: `[1, 5, code, message]`. */
  refusal: 5,
  /** Asks for a root that was missed, in a session. */
  rootRequest: 6,
  hello: 10,
  helloReply: 11,
  root: 20,
  heartbeat: 21,
  offer: 22,
} as const;

/** A frame that claims to be larger is refused before it is read. */
export const REQUEST_FRAME_BYTES_MAX = 64 * 1024;
/** 100 accounts of 10 KB and their overhead; larger answers fail with FRAME_TOO_LARGE. */
export const ANSWER_FRAME_BYTES_MAX = 16 * 1024 * 1024;
/** Heartbeats, offers and roots. */
export const PUBLISHED_FRAME_BYTES_MAX = 16 * 1024;
