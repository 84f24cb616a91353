// The one place that constructs things: an operator's process from its config. What starts here
// registers how it stops, and stops in reverse order.
import { join } from 'node:path';
import { addressBytes } from '@streamsync/domain';
import {
  createMetrics,
  ensureWritableFolder,
  type Lifecycle,
  type Log,
  loadOrCreateIdentity,
  systemClock,
} from '@streamsync/runtime';
import { identityFile, nodeFolder } from './config/folders.ts';
import type { NodeConfig, OperatorConfig } from './config/schema.ts';
import { createOperatorMetrics } from './http/node-metrics.ts';
import { serveMetrics } from './http/serve-metrics.ts';
import { IngestProgress } from './ingest/ingest-progress.ts';
import { ingestSlots } from './ingest/ingest-slots.ts';
import { logProgress } from './ingest/log-progress.ts';
import { openSource } from './ingest/open-source.ts';
import { type OpenNode, openNode } from './open-node.ts';
import { SPECIALISATION_DEFINITIONS } from './specialisations/index.ts';

const MS_PER_SECOND = 1_000;

/** What listens where: the ready line, and what `streamsync status` reads. */
export interface Listening {
  readonly operator: string;
  readonly genesisHash: string;
  readonly nodes: readonly {
    readonly name: string;
    readonly nodeKey: string;
    readonly specialisation: string;
    readonly address: string;
    readonly publishAddress: string;
  }[];
  readonly metricsUrl: string | null;
}

export interface RunningOperator {
  readonly listening: Listening;
  /** Resolves with the error if the ingest fails; never where the process stops by its signal. */
  readonly failed: Promise<unknown>;
}

/** @throws StreamSyncError CONFIG_INVALID, FOLDER_NOT_WRITABLE, PORT_BUSY, SOURCE_FAILED, … */
export async function startOperator(
  config: OperatorConfig,
  lifecycle: Lifecycle,
  log: Log,
): Promise<RunningOperator> {
  ensureWritableFolder(config.dataFolder);
  const { source, genesis } = await openSource(config, log, lifecycle.signal);
  const metrics = createOperatorMetrics(createMetrics({ operator: config.operator }));
  const progress = new IngestProgress(() => source.stats());
  metrics.ingest(() => progress.reading());
  const genesisHash = addressBytes(genesis.genesisHash);

  const nodes: { config: NodeConfig; nodeKey: string; open: OpenNode }[] = [];
  const stores = config.nodes.map((node) => {
    const definition = SPECIALISATION_DEFINITIONS[node.specialisation];
    const folder = join(nodeFolder(config, node), 'journal');
    const store = definition.openStore({
      folder,
      genesisHash: genesis.genesisHash,
      coverage: source.coverage,
      log: log.child({ node: node.name }),
    });
    lifecycle.onStop(`store of ${node.name}`, () => store.chain.close());
    if (genesis.slotFirst !== null) store.chain.transactions.setGenesisSlot(genesis.slotFirst);
    return { node, store };
  });
  for (const { node, store } of stores) {
    const identity = loadOrCreateIdentity(identityFile(config, node));
    const open = await openNode({
      operator: config.operator,
      node,
      identity,
      genesisHash,
      store,
      ingest: () => progress.reading(),
      delayMs: config.debug.delayMs[node.specialisation] ?? 0,
      metrics,
      clock: systemClock,
      log: log.child({ node: node.name }),
    });
    lifecycle.onStop(`node ${node.name}`, () => open.stop());
    nodes.push({ config: node, nodeKey: identity.nodeKey, open });
  }

  let hasCaughtUp = false;
  const waiting = (): string[] =>
    stores.filter(({ store }) => store.chain.cursor === null).map(({ node }) => node.name);
  const metricsServer =
    config.metrics === undefined
      ? null
      : await serveMetrics({
          listen: config.metrics.listen,
          text: () => metrics.text(),
          readiness: () => ({
            ready: hasCaughtUp && waiting().length === 0,
            why: hasCaughtUp
              ? `no slot applied yet: ${waiting().join(', ')}`
              : 'still reading what the source had at the start',
          }),
        });
  if (metricsServer !== null) lifecycle.onStop('metrics', () => metricsServer.stop());

  const ingest = ingestSlots({
    source,
    stores: stores.map(({ store }) => store),
    announce: (slot, journaledInMs) => {
      metrics.slotJournaled(journaledInMs / MS_PER_SECOND);
      for (const { open } of nodes) open.slotJournaled(slot);
    },
    rolledBack: (slot) => {
      for (const { open } of nodes) open.rolledBack(slot);
      log.warn({ slot }, 'slots of a fork that the chain left were undone');
    },
    progress,
    caughtUp: () => {
      hasCaughtUp = true;
    },
    signal: lifecycle.signal,
  });
  lifecycle.onStop('ingest', () => ingest.catch(() => {}));
  const progressLog = logProgress(progress, log);
  lifecycle.onStop('progress', () => progressLog.stop());
  const failed = new Promise<unknown>((resolve) => {
    ingest.catch((error: unknown) => {
      if (!lifecycle.signal.aborted) resolve(error);
    });
  });
  log.info({ nodes: nodes.length, source: config.source.kind }, 'the operator is ready');
  return {
    listening: {
      operator: config.operator,
      genesisHash: genesis.genesisHash,
      nodes: nodes.map(({ config: node, nodeKey, open }) => ({
        name: node.name,
        nodeKey,
        specialisation: node.specialisation,
        address: open.address,
        publishAddress: open.publishAddress,
      })),
      metricsUrl: metricsServer?.url ?? null,
    },
    failed,
  };
}
