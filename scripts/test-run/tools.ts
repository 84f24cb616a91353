// The programs that the tests use and npm does not bring. A newcomer without one is told loudly
// which tests will be skipped; with CI=true a missing one is a failure, so nothing is skipped in
// silence on the machine that decides.
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { pythonCanMakeVenvs } from '../python-venv.ts';
import type { CheckOutcome } from './tally.ts';

export interface Tool {
  readonly name: string;
  /** Debian's package. */
  readonly package: string;
  readonly neededFor: string;
  readonly present: () => boolean;
}

function onPath(...names: readonly string[]): boolean {
  const folders = (process.env.PATH ?? '').split(delimiter);
  return names.some((name) =>
    folders.some((folder) => {
      try {
        accessSync(join(folder, name), constants.X_OK);
        return true;
      } catch {
        return false;
      }
    }),
  );
}

export const TOOLS: readonly Tool[] = [
  {
    name: 'nngcat',
    package: 'nng-utils',
    neededFor: 'the tests that talk to another implementation of the SP protocols',
    present: () => onPath('nngcat'),
  },
  {
    name: 'python3 with venv',
    package: 'python3-venv',
    neededFor: 'building the documentation',
    present: pythonCanMakeVenvs,
  },
  {
    name: 'chromium',
    package: 'chromium',
    neededFor: 'the tests that open GraphiQL in a browser',
    present: () => onPath('chromium', 'chromium-browser', 'google-chrome'),
  },
];

export interface ToolsReport {
  readonly outcome: CheckOutcome;
  readonly lines: readonly string[];
}

export function reportTools(tools: readonly Tool[], isCi: boolean): ToolsReport {
  const missing = tools.filter((tool) => !tool.present());
  if (missing.length === 0) return { outcome: 'passed', lines: [] };
  return {
    outcome: isCi ? 'failed' : 'skipped',
    lines: missing.map(
      (tool) =>
        `${isCi ? 'MISSING' : 'SKIPPED'}: ${tool.name} is not installed (Debian: ${tool.package}); ` +
        `it is needed for ${tool.neededFor}`,
    ),
  };
}
