// The children of one network, in the order in which they were started. They stop in the reverse
// order, those of one rank together; a child that ends by itself is reported once.
import { join } from 'node:path';
import { openCappedLog } from './capped-log.ts';
import { type Child, type ChildExit, startChild } from './child.ts';

/** TypeScript is stripped and compiled at each start; a busy machine takes a while for seven. */
const READY_MS_MAX = 60_000;

interface Member {
  readonly child: Child;
  /** Members of one rank do not need one another. */
  readonly rank: number;
}

export interface FamilyOptions {
  readonly logFolder: string;
  readonly signal: AbortSignal;
  readonly onExit: (child: Child, exit: ChildExit) => void;
  readonly onFault: (fault: unknown) => void;
}

export interface Family {
  start(spec: {
    readonly name: string;
    readonly rank: number;
    readonly script: string;
    readonly args?: readonly string[];
    readonly env?: Readonly<Record<string, string>>;
  }): Child;
  processes(): readonly { readonly name: string; readonly pid: number }[];
  /** Stops every child; safe to call again. */
  stop(): Promise<void>;
  /** Kills every child at once. */
  kill(): void;
}

export function createFamily(options: FamilyOptions): Family {
  const members: Member[] = [];
  let stopping: Promise<void> | null = null;

  async function stopAll(): Promise<void> {
    const ranks = [...new Set(members.map((member) => member.rank))].sort((a, b) => b - a);
    for (const rank of ranks) {
      const peers = members.filter((member) => member.rank === rank);
      await Promise.all(peers.map((member) => member.child.stop()));
    }
  }

  return {
    start: ({ name, rank, script, args = [], env = {} }) => {
      const child = startChild({
        name,
        script,
        args,
        env,
        log: openCappedLog(join(options.logFolder, `${name}.log`)),
        readyMsMax: READY_MS_MAX,
        signal: options.signal,
        onLogFault: options.onFault,
      });
      members.push({ child, rank });
      // A child that ends before it is ready is reported by the promise of its readiness.
      child.ready.then(
        () =>
          child.exited.then((exit) => {
            if (stopping === null) options.onExit(child, exit);
          }),
        () => {},
      );
      return child;
    },
    processes: () => members.map(({ child }) => ({ name: child.name, pid: child.pid })),
    stop: () => {
      stopping ??= stopAll();
      return stopping;
    },
    kill: () => {
      for (const member of members) member.child.kill();
    },
  };
}
