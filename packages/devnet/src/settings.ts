// What one network is made of, as the command line chose it.
import type { OperatorName } from './layout.ts';

/** How nodes are fed by a chain that has both: Yellowstone gRPC, or JSON-RPC with PubSub. */
export const FEEDS = ['yellowstone', 'rpc'] as const;
export type Feed = (typeof FEEDS)[number];

export type ChainSource =
  /** A chain of its own, with activity on it. */
  | { readonly kind: 'localnet'; readonly feed: Feed }
  /** Any JSON-RPC, with or without Yellowstone; only what is declared is followed. */
  | {
      readonly kind: 'rpc';
      /** Null: the RPC is polled. */
      readonly yellowstoneUrl: string | null;
      readonly rpcUrl: string;
      readonly wsUrl: string;
      readonly programs: readonly string[];
      readonly addresses: readonly string[];
    }
  /** Folders of chain data, read in place. */
  | {
      readonly kind: 'folders';
      readonly accounts: string | null;
      readonly blocks: string | null;
      readonly transactions: string | null;
      /** Only files that the manifest gives this cluster; all when null. */
      readonly cluster: string | null;
    };

export interface NetworkSettings {
  /** Absolute. Identities, state, logs and network.json. */
  readonly folder: string;
  /** Undefined: the default ports; 0: free ports; else the first of a span. */
  readonly portsBase: number | undefined;
  readonly source: ChainSource;
  /** Milliseconds by which an operator's answers are held back. */
  readonly slow: Readonly<Partial<Record<OperatorName, number>>>;
  readonly logLevel: string;
}
