// Where an operator's process keeps what: everything below the data folder, a folder for each node.
import { join } from 'node:path';
import type { NodeConfig, OperatorConfig } from './schema.ts';

type Placed = Pick<OperatorConfig, 'dataFolder'>;

export function nodeFolder(config: Placed, node: Pick<NodeConfig, 'name'>): string {
  return join(config.dataFolder, node.name);
}

/** The node's ed25519 seed. */
export function identityFile(config: Placed, node: Pick<NodeConfig, 'name'>): string {
  return join(nodeFolder(config, node), 'identity');
}

/** What the running process listens on: how `streamsync status` finds ports that were chosen freely. */
export function runningFile(config: Placed): string {
  return join(config.dataFolder, 'running.json');
}
