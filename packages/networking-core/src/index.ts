// The network as the rest of the system uses it: the SP protocols over TCP and TLS.
export * from './sp/index.ts';
