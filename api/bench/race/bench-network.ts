// What the race bench and its node processes agree on, and how the processes are started.
import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { type AccountState, addressFromBytes, type NodeKey } from '@streamsync/domain';

export const GENESIS_HASH = new Uint8Array(32).fill(7);
export const BENCH_ACCOUNTS = 1_000;

/** A token account: 165 bytes. */
const DATA_BYTES = 165;

export interface BenchNode {
  readonly address: string;
  readonly publishAddress: string;
  readonly nodeKey: NodeKey;
}

export function benchAccount(index: number): AccountState {
  const data = new Uint8Array(DATA_BYTES);
  for (let at = 0; at < DATA_BYTES; at += 1) data[at] = (index * 31 + at * 7) & 0xff;
  const owner = addressFromBytes(new Uint8Array(32).fill(9));
  return { lamports: 2_039_280n, owner, executable: false, data };
}

export interface NodeProcess {
  readonly child: ChildProcess;
  readonly nodes: readonly BenchNode[];
}

/** Starts one process of nodes and waits until it listens. */
export function startNodeProcess(execArgv: readonly string[] = []): Promise<NodeProcess> {
  const file = fileURLToPath(new URL('./node-process.ts', import.meta.url));
  const child = fork(file, {
    execArgv: [...execArgv],
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  return new Promise((resolve, reject) => {
    child.once('message', (nodes) => resolve({ child, nodes: nodes as BenchNode[] }));
    child.once('exit', (code) => reject(new Error(`a node process ended with ${code}`)));
  });
}

/** CPU of a node process since its start, in microseconds. */
export function cpuUsOf({ child }: NodeProcess): Promise<number> {
  return new Promise((resolve) => {
    child.once('message', (usage) => {
      const { user, system } = usage as NodeJS.CpuUsage;
      resolve(user + system);
    });
    child.send('cpu');
  });
}
