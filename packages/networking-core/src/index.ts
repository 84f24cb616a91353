// The network as the rest of the system uses it: the SP protocols over TCP and TLS, and the
// authenticated sessions between gateways and nodes.
export * from './membership/index.ts';
export * from './session/index.ts';
export { DeadlineWheel, sharedWheel, WheelEntry } from './sp/deadline-wheel.ts';
export * from './sp/index.ts';
