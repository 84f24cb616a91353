// .ci/run closes with the tally and its exit code says the same, whatever npm does around it.
import { spawnSync } from 'node:child_process';
import { chmodSync, copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';

const ROOT = join(import.meta.dirname, '..');
let folder = '';

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'streamsync-ci-'));
  for (const inner of ['.ci', 'scripts', 'bin']) mkdirSync(join(folder, inner));
  copyFileSync(join(ROOT, '.ci', 'run'), join(folder, '.ci', 'run'));
  writeFileSync(join(folder, 'scripts', 'system-deps'), 'echo "CI is $CI"\n');
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** Runs .ci/run with an `npm` that does what `script` says. */
function run(script: string): { code: number | null; lines: string[] } {
  const npm = join(folder, 'bin', 'npm');
  writeFileSync(npm, `#!/bin/sh\n${script}\n`);
  chmodSync(npm, 0o755);
  const { status, stdout } = spawnSync('bash', [join(folder, '.ci', 'run')], {
    encoding: 'utf8',
    cwd: tmpdir(),
    env: { ...process.env, PATH: `${join(folder, 'bin')}:${process.env.PATH}` },
  });
  return { code: status, lines: stdout.trimEnd().split('\n') };
}

it('passes on what the tests print, under CI=true', () => {
  const { code, lines } = run('[ "$1" = ci ] || echo "12 passed, 0 failed"');
  expect({ code, lines }).toEqual({ code: 0, lines: ['CI is true', '12 passed, 0 failed'] });
});

it('closes with the tally where npm prints after a failure', () => {
  const { code, lines } = run(
    '[ "$1" = ci ] || { echo "11 passed, 1 failed, 2 skipped"; echo "npm error"; exit 1; }',
  );
  expect(code).toBe(1);
  expect(lines.at(-1)).toBe('11 passed, 1 failed, 2 skipped');
});

it('is a failure where npm ci fails, or where no test ran', () => {
  const noInstall = run('exit 7');
  expect(noInstall.code).not.toBe(0);
  expect(noInstall.lines.at(-1)).toBe('0 passed, 1 failed');
  const nothing = run('exit 0');
  expect(nothing.code).toBe(1);
  expect(nothing.lines.at(-1)).toBe('0 passed, 1 failed');
});
