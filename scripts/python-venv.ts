// A Python virtual environment in .venv, made at first use from docs/requirements.txt. It is made
// again when the requirements change; a half-made one is never used.
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const ROOT = join(import.meta.dirname, '..');
const VENV = join(ROOT, '.venv');
const REQUIREMENTS = join(ROOT, 'docs', 'requirements.txt');
/** Holds the requirements that were installed; written last, so it stands for a complete folder. */
const STAMP = join(VENV, 'installed.txt');
const INSTALL_MS_MAX = 300_000;

export type PythonVenv =
  | { readonly kind: 'ready'; readonly bin: string }
  | { readonly kind: 'unavailable'; readonly why: string };

/** Whether `python3 -m venv` can make an environment with pip here. */
export function pythonCanMakeVenvs(): boolean {
  const probe = spawnSync('python3', ['-c', 'import venv, ensurepip'], { stdio: 'ignore' });
  return probe.status === 0;
}

export function ensurePythonVenv(): PythonVenv {
  const bin = join(VENV, process.platform === 'win32' ? 'Scripts' : 'bin');
  const wanted = readFileSync(REQUIREMENTS, 'utf8');
  if (existsSync(STAMP) && readFileSync(STAMP, 'utf8') === wanted) return { kind: 'ready', bin };
  if (!pythonCanMakeVenvs()) {
    return {
      kind: 'unavailable',
      why: 'python3 with venv is not installed (Debian: python3-venv)',
    };
  }
  process.stdout.write('making .venv for the documentation (once)\n');
  rmSync(VENV, { recursive: true, force: true });
  for (const [command, args] of [
    ['python3', ['-m', 'venv', VENV]],
    [
      join(bin, 'python'),
      ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '-r', REQUIREMENTS],
    ],
  ] as const) {
    const run = spawnSync(command, args, { encoding: 'utf8', timeout: INSTALL_MS_MAX });
    if (run.status !== 0) {
      return { kind: 'unavailable', why: `${command} ${args.join(' ')} failed:\n${run.stderr}` };
    }
  }
  writeFileSync(STAMP, wanted);
  return { kind: 'ready', bin };
}
