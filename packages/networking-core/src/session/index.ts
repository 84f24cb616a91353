// Sessions between gateways and nodes.
export { createNodeSessions } from './node-sessions.ts';
export * from './node-sessions-port.ts';
