// Adds up one test run: a check counts as one test, the test runner's own tests count one by one.
// Invariant: nothing that failed is lost: a runner that failed without a failing test adds one.

export interface Tally {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

export type CheckOutcome = 'passed' | 'failed' | 'skipped';

/** What is read of Vitest's JSON report; it follows Jest's. */
export interface VitestReport {
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly numPendingTests: number;
  readonly numTodoTests: number;
  readonly testResults: readonly {
    readonly name: string;
    readonly status: string;
    readonly assertionResults: readonly { readonly status: string }[];
  }[];
}

/** A check that says SKIPPED is a skip for a newcomer and a failure on the machine that decides. */
export function outcomeOfCheck(run: {
  readonly exitCode: number;
  readonly output: string;
  readonly isCi: boolean;
}): CheckOutcome {
  if (run.exitCode === 0) return 'passed';
  return run.output.includes('SKIPPED:') && !run.isCi ? 'skipped' : 'failed';
}

export function tallyOfCheck(outcome: CheckOutcome): Tally {
  return {
    passed: outcome === 'passed' ? 1 : 0,
    failed: outcome === 'failed' ? 1 : 0,
    skipped: outcome === 'skipped' ? 1 : 0,
  };
}

/**
 * The tests of one Vitest run. `report` is null when the runner left none; a file that failed
 * without a failing test (it did not load, or its hook threw) counts as one failure.
 */
export function tallyOfVitest(report: VitestReport | null, exitCode: number): Tally {
  if (report === null) return { passed: 0, failed: 1, skipped: 0 };
  const brokenFiles = report.testResults.filter(
    (file) =>
      file.status === 'failed' && !file.assertionResults.some((test) => test.status === 'failed'),
  ).length;
  const failed = report.numFailedTests + brokenFiles;
  const unexplained = exitCode !== 0 && failed === 0 ? 1 : 0;
  const ranNothing = report.numPassedTests === 0 && failed === 0 ? 1 : 0;
  return {
    passed: report.numPassedTests,
    failed: failed + Math.max(unexplained, ranNothing),
    skipped: report.numPendingTests + report.numTodoTests,
  };
}

export function addTallies(tallies: readonly Tally[]): Tally {
  return {
    passed: tallies.reduce((sum, tally) => sum + tally.passed, 0),
    failed: tallies.reduce((sum, tally) => sum + tally.failed, 0),
    skipped: tallies.reduce((sum, tally) => sum + tally.skipped, 0),
  };
}

/** The closing line, alone on its line: `N passed, N failed`, and what was skipped if anything was. */
export function closingLine(tally: Tally): string {
  const skipped = tally.skipped === 0 ? '' : `, ${tally.skipped} skipped`;
  return `${tally.passed} passed, ${tally.failed} failed${skipped}`;
}
