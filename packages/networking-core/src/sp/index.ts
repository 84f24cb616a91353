// The SP protocols as this workspace offers them.
export * from './certificate.ts';
export { type ConnectionLimits, FRAME_BYTES_MAX_DEFAULT } from './connection-limits.ts';
export {
  type Backoff,
  type DialFailure,
  type DialOptions,
  type DialState,
  dialSp,
  type SpDialer,
} from './dial-sp.ts';
export type { SpPayload } from './frame-writer.ts';
export { type ListenOptions, listenSp, type SpListener } from './listen-sp.ts';
export * from './pub-socket.ts';
export * from './rep-socket.ts';
export * from './req-socket.ts';
export * from './sp-address.ts';
export type { CloseReason, SpPeer, SpProtocol } from './sp-connection.ts';
export * from './sp-counters.ts';
export * from './sp-sockets.ts';
export { type DialTls, fingerprintSha256, type ListenTls } from './sp-tls.ts';
export * from './sub-socket.ts';
