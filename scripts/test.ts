// The test command: tools, format, types, room rules, documentation, then every test. Each check
// runs through Turborepo, which repeats a result while its inputs are the same. The last line that
// it prints is the tally, and the exit code is 0 only when nothing failed.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { runCommand } from './test-run/run-command.ts';
import {
  addTallies,
  closingLine,
  outcomeOfCheck,
  type Tally,
  tallyOfCheck,
  tallyOfVitest,
  type VitestReport,
} from './test-run/tally.ts';
import { reportTools, TOOLS } from './test-run/tools.ts';

const ROOT = join(import.meta.dirname, '..');
const IS_CI = process.env.CI === 'true';
const ENV: NodeJS.ProcessEnv = {
  ...process.env,
  PATH: [join(ROOT, 'node_modules', '.bin'), process.env.PATH ?? ''].join(delimiter),
  TURBO_TELEMETRY_DISABLED: '1',
  DO_NOT_TRACK: '1',
  ...(process.stdout.isTTY ? {} : { NO_COLOR: '1' }),
};

const CHECKS = [
  { script: 'check:format', says: 'format and lint' },
  { script: 'check:types', says: 'types' },
  { script: 'check:rooms', says: 'room rules' },
  { script: 'check:docs', says: 'documentation builds' },
] as const;

const print = (line: string): void => void process.stdout.write(`${line}\n`);

function checkTools(): Tally {
  const report = reportTools(TOOLS, IS_CI);
  print(`${{ passed: '✓', skipped: '-', failed: '✗' }[report.outcome]} tools`);
  for (const line of report.lines) print(`  ${line}`);
  return tallyOfCheck(report.outcome);
}

async function runCheck(check: (typeof CHECKS)[number]): Promise<Tally> {
  const startedMs = performance.now();
  const { exitCode, output } = await runCommand(
    'turbo',
    ['run', `//#${check.script}`, '--output-logs=full', '--no-update-notifier'],
    { cwd: ROOT, env: ENV, passThrough: false },
  );
  const outcome = outcomeOfCheck({ exitCode, output, isCi: IS_CI });
  const seconds = ((performance.now() - startedMs) / 1_000).toFixed(1);
  print(`${{ passed: '✓', skipped: '-', failed: '✗' }[outcome]} ${check.says} (${seconds} s)`);
  // Colours in a file are noise, and not every tool listens to NO_COLOR.
  const shown = process.stdout.isTTY ? output : stripVTControlCharacters(output);
  if (outcome !== 'passed') print(shown.trimEnd());
  return tallyOfCheck(outcome);
}

function readReport(file: string): VitestReport | null {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as VitestReport;
  } catch {
    return null;
  }
}

async function runTests(): Promise<Tally> {
  const folder = mkdtempSync(join(tmpdir(), 'streamsync-tests-'));
  try {
    const file = join(folder, 'report.json');
    const { exitCode } = await runCommand(
      'vitest',
      ['run', '--reporter=default', '--reporter=json', `--outputFile.json=${file}`],
      { cwd: ROOT, env: ENV, passThrough: true },
    );
    return tallyOfVitest(readReport(file), exitCode);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const tallies: Tally[] = [checkTools()];
for (const check of CHECKS) tallies.push(await runCheck(check));
tallies.push(await runTests());
const total = addTallies(tallies);
print(closingLine(total));
process.exitCode = total.failed === 0 ? 0 : 1;
