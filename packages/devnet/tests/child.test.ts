// A child is started, heard and ended, whatever it does, and never outlives the network's process.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { openCappedLog } from '../src/children/capped-log.ts';
import { type Child, startChild } from '../src/children/child.ts';
import { createFamily } from '../src/children/family.ts';

const WAIT = { timeout: 20_000, interval: 20 };
let folder = '';
const started: Child[] = [];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'streamsync-child-'));
});
afterEach(async () => {
  for (const child of started.splice(0)) child.kill();
  rmSync(folder, { recursive: true, force: true });
});

function start(code: string, readyMsMax = 20_000): Child {
  const script = join(folder, 'child.ts');
  writeFileSync(script, code);
  const child = startChild({
    name: 'child',
    script,
    args: [],
    env: {},
    log: openCappedLog(join(folder, 'child.log')),
    readyMsMax,
    signal: new AbortController().signal,
    onLogFault: (fault) => {
      throw fault;
    },
  });
  started.push(child);
  return child;
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

const READY = `process.stdout.write(JSON.stringify({ ready: true, port: 5 }) + '\\n');`;
const STAY = 'setInterval(() => {}, 1_000);';

it('is ready when it says so, between other lines, and everything it prints is kept', async () => {
  const child = start(
    `process.stdout.write('hello\\n'); process.stderr.write('a log\\n'); ${READY} ${STAY}`,
  );
  expect(await child.ready).toEqual({ ready: true, port: 5 });
  await vi.waitFor(() => expect(readFileSync(child.logFile, 'utf8')).toContain('a log\n'), WAIT);
  await child.stop();
  expect(isAlive(child.pid)).toBe(false);
});

it('that refuses to start is reported with its own sentence', async () => {
  const said = 'Port 1 is in use. [PORT_BUSY]';
  const child = start(`process.stderr.write('${said}\\n'); process.exitCode = 1;`);
  await expect(child.ready).rejects.toMatchObject({
    code: 'PORT_BUSY',
    message: 'child did not start: Port 1 is in use.',
  });
});

it('that a full disk ended by SIGBUS is reported as that', async () => {
  const child = start(`process.kill(process.pid, 'SIGBUS'); ${STAY}`);
  await expect(child.ready).rejects.toMatchObject({ code: 'DISK_FULL' });
});

it('that never says that it is ready is reported within its time', async () => {
  const child = start(STAY, 200);
  await expect(child.ready).rejects.toThrow('child was not ready within 0.2 s.');
});

it('takes what it started along when it stops', async () => {
  const grandchild = `import { spawn } from 'node:child_process';
    const inner = spawn(process.execPath, ['-e', '${STAY}']);
    process.stdout.write(JSON.stringify({ ready: true, inner: inner.pid }) + '\\n'); ${STAY}`;
  const child = start(grandchild);
  const { inner } = (await child.ready) as { inner: number };
  expect(isAlive(inner)).toBe(true);
  await child.stop();
  await vi.waitFor(() => expect(isAlive(inner)).toBe(false), WAIT);
});

it('stops by itself when the process that started it is killed', async () => {
  const script = join(folder, 'child.ts');
  writeFileSync(script, `${READY} ${STAY}`);
  const parent = join(folder, 'parent.ts');
  const at = (name: string): string => JSON.stringify(join(import.meta.dirname, '..', 'src', name));
  writeFileSync(
    parent,
    `import { startChild } from ${at('children/child.ts')};
     import { openCappedLog } from ${at('children/capped-log.ts')};
     const child = startChild({ name: 'child', script: ${JSON.stringify(script)}, args: [], env: {},
       log: openCappedLog(${JSON.stringify(join(folder, 'child.log'))}), readyMsMax: 20_000,
       signal: new AbortController().signal, onLogFault: () => {} });
     await child.ready;
     process.stdout.write(String(child.pid) + '\\n');`,
  );
  const running = spawn(process.execPath, [parent], { stdio: ['ignore', 'pipe', 'inherit'] });
  const [text] = (await once(running.stdout, 'data')) as [Buffer];
  const pid = Number(text.toString());
  expect(isAlive(pid)).toBe(true);
  running.kill('SIGKILL');
  await vi.waitFor(() => expect(isAlive(pid)).toBe(false), WAIT);
});

it('that ends by itself is told to the family once; those that are stopped are not', async () => {
  const script = join(folder, 'child.ts');
  writeFileSync(script, `${READY} if (process.argv[2] === 'end') process.exit(3); ${STAY}`);
  const ended: string[] = [];
  const family = createFamily({
    logFolder: folder,
    signal: new AbortController().signal,
    onExit: (child, exit) => ended.push(`${child.name} ${exit.code}`),
    onFault: (fault) => {
      throw fault;
    },
  });
  const stays = family.start({ name: 'stays', rank: 0, script });
  family.start({ name: 'ends', rank: 1, script, args: ['end'] });
  await stays.ready;
  await vi.waitFor(() => expect(ended).toEqual(['ends 3']), WAIT);
  await family.stop();
  expect(isAlive(stays.pid)).toBe(false);
  expect(ended).toEqual(['ends 3']);
});
