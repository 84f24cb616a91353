// Sessions between gateways and nodes.
export type { LedgerEvidence } from './answer-ledger.ts';
export * from './gateway-session.ts';
export * from './node-answer.ts';
export { createNodeSessions } from './node-sessions.ts';
export * from './node-sessions-port.ts';
export { PreparedCall } from './prepared-call.ts';
