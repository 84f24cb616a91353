// The start of a network, in order: chain, operators, gateway, first verified answer. Whatever fails
// on the way, nothing is left running and nothing says that a network runs.
import { join } from 'node:path';
import { invariant, StreamSyncError } from '@streamsync/domain';
import { awaitFeed } from './await-feed.ts';
import { startChain } from './chain.ts';
import { checkFolders } from './check-folders.ts';
import { createFamily } from './children/family.ts';
import { describeEnd } from './describe-end.ts';
import { chooseExamples } from './example.ts';
import { awaitFirstAnswer } from './first-answer.ts';
import { startGateway } from './gateway.ts';
import { isOperatorName, layoutPorts } from './layout.ts';
import { claimFolder, type NetworkDescription } from './network-file.ts';
import { startOperators } from './operators.ts';
import { probePorts } from './probe-ports.ts';
import type { Progress } from './progress.ts';
import type { NetworkSettings } from './settings.ts';

export interface Network {
  readonly description: NetworkDescription;
  readonly networkFile: string;
  /** Resolves with the reason when the network cannot go on; never rejects. */
  readonly failed: Promise<unknown>;
  stop(): Promise<void>;
}

export interface StartOptions {
  readonly settings: NetworkSettings;
  readonly progress: Progress;
  /** Aborted: the start is given up, and everything that was started is stopped. */
  readonly signal: AbortSignal;
  /** Aborted: nothing is waited for any more, the children are killed. */
  readonly killSignal: AbortSignal;
  /** A sentence that a person should read while the network runs. */
  readonly notice: (sentence: string) => void;
}

/** @throws StreamSyncError PORT_BUSY, FOLDER_NOT_WRITABLE, DISK_FULL, CONFIG_INVALID, INTERNAL */
export async function startNetwork(options: StartOptions): Promise<Network> {
  const { settings, progress } = options;
  checkFolders(settings.source);
  const failure = Promise.withResolvers<unknown>();
  const folder = claimFolder(settings.folder);
  const giveUp = new AbortController();
  const signal = AbortSignal.any([options.signal, giveUp.signal]);
  const family = createFamily({
    logFolder: join(settings.folder, 'logs'),
    signal,
    onFault: (fault) => failure.resolve(fault),
    onExit: (child, exit) => {
      const { sentence, code } = describeEnd(child, exit);
      // The race outlives an operator: that is what it is for. The chain and the gateway are one each.
      if (isOperatorName(child.name))
        options.notice(`${sentence}\nThe network goes on without it.\n`);
      else failure.resolve(new StreamSyncError(code, { name: child.name }, { message: sentence }));
    },
  });
  options.killSignal.addEventListener('abort', family.kill, { once: true });
  const stop = async (): Promise<void> => {
    giveUp.abort();
    await family.stop();
    folder.release();
  };

  const start = async (): Promise<NetworkDescription> => {
    const ports = layoutPorts(settings.portsBase);
    await probePorts(ports, settings.source.kind === 'localnet');
    const chain = await progress.step('chain', () => startChain(settings, ports, family));
    const operators = await progress.step('five operators, fifteen nodes', () =>
      startOperators(settings, ports, chain.source, family),
    );
    if (settings.source.kind === 'folders') {
      await progress.step('the folders are read', () =>
        Promise.all(operators.map((operator) => awaitFeed(operator, signal))),
      );
    }
    const genesisHash = operators[0]?.said.genesisHash;
    invariant(genesisHash !== undefined, 'five operators were started');
    const gateway = await progress.step('gateway', () =>
      startGateway({
        settings,
        ports,
        operators,
        genesisHash,
        rpc: chain.rpc,
        family,
      }),
    );
    const graphqlUrl = gateway.urls.url;
    const queries = chooseExamples(settings.source, chain.demo);
    const query = await progress.step('first verified answer', () =>
      awaitFirstAnswer({ graphqlUrl, queries, signal }),
    );
    return {
      version: 1,
      startedAtMs: Date.now(),
      genesisHash,
      graphql: gateway.urls,
      rpc: chain.rpc,
      operators: operators.map(({ name, child, said }) => ({
        name,
        pid: child.pid,
        metricsUrl: `${said.metricsUrl}/metrics`,
        logFile: child.logFile,
      })),
      nodes: operators.flatMap(({ name, said }) =>
        said.nodes.map((node) => ({
          id: node.nodeKey,
          operator: name,
          specialisation: node.specialisation,
          address: node.address,
          publishAddress: node.publishAddress,
        })),
      ),
      processes: [{ name: 'devnet', pid: process.pid }, ...family.processes()],
      demo: chain.demo,
      example: { query },
      firstAnswerMs: Math.round(performance.now()),
    };
  };

  try {
    const description = await Promise.race([
      start(),
      failure.promise.then((reason) => Promise.reject(reason)),
    ]);
    folder.publish(description);
    return { description, networkFile: folder.networkFile, failed: failure.promise, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}
