// Builds the documentation with --strict, so that a dead link or a missing page fails. Where Python
// is missing it says SKIPPED and exits with 75: not 0, because Turborepo keeps a 0 and would repeat
// the skip after Python was installed. The test command reads it as a skip, or as a failure in CI.
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { ensurePythonVenv } from './python-venv.ts';

const ROOT = join(import.meta.dirname, '..');
/** EX_TEMPFAIL of sysexits.h: try again when something else has changed. */
const SKIPPED_EXIT_CODE = 75;

const venv = ensurePythonVenv();
if (venv.kind === 'unavailable') {
  process.stdout.write(`SKIPPED: the documentation was not built: ${venv.why}\n`);
  process.exit(SKIPPED_EXIT_CODE);
}
const build = spawnSync(
  join(venv.bin, 'mkdocs'),
  ['build', '--strict', '--quiet', '--config-file', 'docs/mkdocs.yml'],
  // The theme's banner about its future names foreign hosts and says nothing about our pages.
  { cwd: ROOT, stdio: 'inherit', env: { ...process.env, NO_MKDOCS_2_WARNING: '1' } },
);
if (build.status === 0) process.stdout.write('the documentation builds\n');
process.exit(build.status ?? 1);
