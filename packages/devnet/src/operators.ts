// The five operators: one process each, with a speed, a cache and an archive node.
import { join } from 'node:path';
import { writeFileAtomic } from '@streamsync/runtime';
import type { Child } from './children/child.ts';
import type { Family } from './children/family.ts';
import { OPERATORS, type OperatorName, type PortLayout } from './layout.ts';
import { type OperatorSource, operatorToml } from './operator-config.ts';
import { type OperatorReady, operatorReady, PROGRAMS, parseReady } from './programs.ts';
import type { NetworkSettings } from './settings.ts';

export interface RunningOperator {
  readonly name: OperatorName;
  readonly child: Child;
  readonly said: OperatorReady;
}

/** Starts all five at once; they do not need one another. */
export function startOperators(
  settings: NetworkSettings,
  ports: PortLayout,
  source: OperatorSource,
  family: Family,
): Promise<RunningOperator[]> {
  return Promise.all(
    OPERATORS.map(async (name) => {
      const folder = join(settings.folder, 'operators', name);
      const configFile = join(folder, 'streamsync.toml');
      writeFileAtomic(
        configFile,
        operatorToml({
          operator: name,
          folder,
          ports: ports.operators[name],
          source,
          slowMs: settings.slow[name] ?? 0,
          logLevel: settings.logLevel,
        }),
      );
      const child = family.start({
        name,
        rank: 1,
        script: PROGRAMS.node,
        args: ['run', '--config', configFile],
      });
      return { name, child, said: parseReady(operatorReady, name, await child.ready) };
    }),
  );
}
