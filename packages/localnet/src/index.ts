// An in-process SVM behind Solana's standard JSON-RPC, PubSub and Yellowstone gRPC faces.
export type { Demo } from './activity/demo.ts';
export { DEFAULT_SLOT_MS } from './chain/slot-clock.ts';
export type { Block, ClosedSlot, ExecutedTransaction, SlotWrite } from './chain/types.ts';
export { type Localnet, type LocalnetOptions, startLocalnet } from './localnet.ts';
export { type Log, type LogFields, silentLog } from './log.ts';
export { geyserService } from './yellowstone/service.ts';
