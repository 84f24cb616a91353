// What every process needs, and nothing of what the system is about.
export * from './clock.ts';
export * from './config.ts';
export * from './folder.ts';
export * from './identity.ts';
export * from './lifecycle.ts';
export * from './log.ts';
export * from './metrics.ts';
export { nativeCrypto } from './native-crypto.ts';
export * from './system-errors.ts';
export * from './traces.ts';
