// The RPC source for what the provider offers: a complete stream where there is one, polls otherwise.
import type { ChainSource } from '../chain-source.ts';
import { PolledRpcSource } from './polled-source.ts';
import type { RpcSourceOptions } from './rpc-options.ts';
import { StreamedRpcSource } from './streamed-source.ts';

/** @throws StreamSyncError CONFIG_INVALID when a polled source has nothing to follow */
export function createRpcSource(options: RpcSourceOptions): ChainSource {
  return options.completeStream ? new StreamedRpcSource(options) : new PolledRpcSource(options);
}
