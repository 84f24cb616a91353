// Sources of chain data: RPC streamed and polled, and folders of accounts, blocks and transactions.
export * from './chain-source.ts';
export { createFolderSource, type FolderSourceOptions } from './folders/folder-source.ts';
export { newestStanding } from './linking/newest-standing.ts';
export {
  type LinkStep,
  type SlotGap,
  type SlotLink,
  SlotLinker,
} from './linking/slot-linker.ts';
export { readAccount, readAccountOrClosed, readKeyedAccount } from './parse/account.ts';
export { type BlockRecord, readBlock } from './parse/block.ts';
export { parseExactJson } from './parse/json.ts';
export {
  isPlerkleView,
  readPlerkleView,
  readTransaction,
  readTransactionResult,
} from './parse/transaction.ts';
export { ROOT_PROGRAMS, type RpcSourceOptions } from './rpc/rpc-options.ts';
export { createRpcSource } from './rpc/rpc-source.ts';
export type { YellowstoneSourceOptions } from './yellowstone/yellowstone-options.ts';
export { YellowstoneSource } from './yellowstone/yellowstone-source.ts';
