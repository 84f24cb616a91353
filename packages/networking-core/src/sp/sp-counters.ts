// What an SP socket counts, for the metrics of the process. Plain numbers, because they are touched
// once or more per message. Invariant: all but `connectionsOpen` only grow.

export interface SpCounters {
  /** Connections past the handshake now. */
  connectionsOpen: number;
  /** Connections that passed the handshake, ever. */
  connectionsOpened: number;
  /** Connections refused because `connectionsMax` were there. */
  connectionsRefused: number;
  /** Handshakes that were garbage, late, or of a protocol that is no peer; failed TLS ones too. */
  handshakesFailed: number;
  framesIn: number;
  framesOut: number;
  /** Payload bytes with SP and REQ/REP headers, without TLS. */
  bytesIn: number;
  bytesOut: number;
  /** Messages given up: a slow subscriber's, a reply after its connection closed, a request nobody answered. */
  framesDropped: number;
  /** Frame headers above the limit; each cost its connection. */
  framesOversize: number;
  /** Frames that the protocol does not allow; each cost its connection. */
  framesMalformed: number;
  /** Replies to no waiting request: late, cancelled, or made up. */
  repliesUnknown: number;
  /** Requests that had no reply at their deadline. */
  requestsExpired: number;
  /** Request handlers that threw. */
  handlersFailed: number;
}

export function newSpCounters(): SpCounters {
  return {
    connectionsOpen: 0,
    connectionsOpened: 0,
    connectionsRefused: 0,
    handshakesFailed: 0,
    framesIn: 0,
    framesOut: 0,
    bytesIn: 0,
    bytesOut: 0,
    framesDropped: 0,
    framesOversize: 0,
    framesMalformed: 0,
    repliesUnknown: 0,
    requestsExpired: 0,
    handlersFailed: 0,
  };
}
