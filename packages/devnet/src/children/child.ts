// One child process: started, ready when it prints its JSON line, stopped with everything that it
// started. It leads its own process group, so that a Ctrl-C in the terminal reaches the network
// alone, which then stops its children in order.
import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import { type ErrorCode, StreamSyncError } from '@streamsync/domain';
import { COMPILE_CACHE } from '../programs.ts';
import type { CappedLog } from './capped-log.ts';
import { lastWordsIn } from './last-words.ts';

/** A ready line is a few kilobytes; a child that prints more before it is broken. */
const READY_LINE_CHARACTERS_MAX = 1_000_000;
/** The child's own drain is 10 s; then its process group is killed. */
const STOP_MS_MAX = 11_000;
const EXIT_WITH_PARENT = join(import.meta.dirname, 'exit-with-parent.ts');

export interface ChildSpec {
  /** Names the child in messages and its log file. */
  readonly name: string;
  /** The TypeScript file that Node runs. */
  readonly script: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly log: CappedLog;
  /** From the spawn to the ready line. */
  readonly readyMsMax: number;
  /** Aborts the start. */
  readonly signal: AbortSignal;
  /** The log could not be written: the disk is full, say. */
  readonly onLogFault: (fault: unknown) => void;
}

export interface Child {
  readonly name: string;
  readonly pid: number;
  readonly logFile: string;
  /** What the child said of itself when it was ready. */
  readonly ready: Promise<unknown>;
  /** Resolves when the process has ended. */
  readonly exited: Promise<ChildExit>;
  lastLines(): readonly string[];
  /** SIGTERM, and SIGKILL for the whole process group after the drain; safe to call again. */
  stop(): Promise<void>;
  /** SIGKILL for the whole process group, now. */
  kill(): void;
}

export interface ChildExit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

export function describeExit(exit: ChildExit): string {
  return exit.signal === null ? `exit code ${exit.code}` : exit.signal;
}

/** @throws StreamSyncError INTERNAL where the process cannot be made at all */
export function startChild(spec: ChildSpec): Child {
  const child = spawn(process.execPath, ['--import', EXIT_WITH_PARENT, spec.script, ...spec.args], {
    env: { ...process.env, NODE_COMPILE_CACHE: COMPILE_CACHE, ...spec.env },
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    detached: true,
  });
  const { pid } = child;
  if (pid === undefined) {
    throw new StreamSyncError(
      'INTERNAL',
      { name: spec.name },
      { message: `${spec.name} cannot be started: the system refuses another process.` },
    );
  }
  const exited = new Promise<ChildExit>((resolve) => {
    child.once('close', (code, signal) => resolve({ code, signal }));
  });
  const keep = (chunk: Buffer): void => {
    try {
      spec.log.write(chunk);
    } catch (fault) {
      spec.onLogFault(fault);
    }
  };
  child.stderr?.on('data', keep);
  const ready = readReadyLine(child, spec, exited, keep);
  // A start that is given up leaves nobody waiting for this line.
  ready.catch(() => {});

  const killGroup = (signal: NodeJS.Signals): void => {
    try {
      process.kill(-pid, signal);
    } catch {
      // The group has ended already.
    }
  };
  let stopping: Promise<void> | null = null;
  const stop = async (): Promise<void> => {
    if (child.exitCode === null && child.signalCode === null) child.kill('SIGTERM');
    const timer = setTimeout(() => killGroup('SIGKILL'), STOP_MS_MAX);
    await exited;
    clearTimeout(timer);
    killGroup('SIGKILL');
    spec.log.close();
  };
  return {
    name: spec.name,
    pid,
    logFile: spec.log.file,
    ready,
    exited,
    lastLines: spec.log.lastLines,
    stop: () => {
      stopping ??= stop();
      return stopping;
    },
    kill: () => killGroup('SIGKILL'),
  };
}

function readReadyLine(
  child: ChildProcess,
  spec: ChildSpec,
  exited: Promise<ChildExit>,
  keep: (chunk: Buffer) => void,
): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const fail = (message: string, code: ErrorCode = 'INTERNAL'): void =>
      reject(new StreamSyncError(code, { name: spec.name }, { message }));
    const timer = setTimeout(
      () => fail(`${spec.name} was not ready within ${spec.readyMsMax / 1_000} s.`),
      spec.readyMsMax,
    );
    spec.signal.addEventListener('abort', () => fail(`${spec.name} was stopped.`), { once: true });
    void exited.then((exit) => {
      clearTimeout(timer);
      // A child that refuses to start has said why in its last line.
      const lines = spec.log.lastLines();
      const said = lastWordsIn(lines, exit.signal);
      const why = said?.sentence ?? lines.at(-1) ?? describeExit(exit);
      fail(`${spec.name} did not start: ${why}`, said?.code);
    });

    let text = '';
    child.stdout?.on('data', (chunk: Buffer) => {
      keep(chunk);
      if (text.length > READY_LINE_CHARACTERS_MAX) return;
      text += chunk.toString('utf8');
      for (const line of text.split('\n').slice(0, -1)) {
        const said = parseJson(line);
        if (!isReady(said)) continue;
        clearTimeout(timer);
        resolve(said);
      }
      text = text.slice(text.lastIndexOf('\n') + 1);
    });
  });
}

function parseJson(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return null;
  }
}

function isReady(said: unknown): boolean {
  return typeof said === 'object' && said !== null && 'ready' in said && said.ready === true;
}
