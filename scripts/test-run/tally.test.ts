import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  addTallies,
  closingLine,
  outcomeOfCheck,
  tallyOfCheck,
  tallyOfVitest,
  type VitestReport,
} from './tally.ts';

const report = (changes: Partial<VitestReport> = {}): VitestReport => ({
  numPassedTests: 3,
  numFailedTests: 0,
  numPendingTests: 0,
  numTodoTests: 0,
  testResults: [{ name: 'a.test.ts', status: 'passed', assertionResults: [{ status: 'passed' }] }],
  ...changes,
});

describe('the tally of a test run', () => {
  it('counts every test of a clean run, and what was skipped', () => {
    expect(tallyOfVitest(report({ numPendingTests: 2, numTodoTests: 1 }), 0)).toEqual({
      passed: 3,
      failed: 0,
      skipped: 3,
    });
  });

  it('counts a file that did not load as a failure', () => {
    const testResults = [{ name: 'b.test.ts', status: 'failed', assertionResults: [] }];
    expect(tallyOfVitest(report({ testResults }), 1).failed).toBe(1);
  });

  it('counts a file with a failing test once', () => {
    const testResults = [
      { name: 'b.test.ts', status: 'failed', assertionResults: [{ status: 'failed' }] },
    ];
    expect(tallyOfVitest(report({ numFailedTests: 1, testResults }), 1).failed).toBe(1);
  });

  it('fails when the runner failed and names no failing test', () => {
    expect(tallyOfVitest(report(), 1).failed).toBe(1);
  });

  it('fails when the runner left no report, or ran nothing', () => {
    expect(tallyOfVitest(null, 0).failed).toBe(1);
    expect(tallyOfVitest(report({ numPassedTests: 0, testResults: [] }), 0).failed).toBe(1);
  });

  it('never turns a failing run into a clean one, whatever the report says', () => {
    const count = fc.nat(1_000);
    fc.assert(
      fc.property(
        count,
        count,
        count,
        fc.integer({ min: 1, max: 255 }),
        (passed, failed, pending, exitCode) => {
          const tally = tallyOfVitest(
            report({ numPassedTests: passed, numFailedTests: failed, numPendingTests: pending }),
            exitCode,
          );
          expect(tally.failed).toBeGreaterThan(0);
        },
      ),
    );
  });

  it('reads a check that says SKIPPED as a skip, but as a failure on the machine that decides', () => {
    const output = 'SKIPPED: no python3';
    expect(outcomeOfCheck({ exitCode: 1, output, isCi: false })).toBe('skipped');
    expect(outcomeOfCheck({ exitCode: 1, output, isCi: true })).toBe('failed');
    expect(outcomeOfCheck({ exitCode: 1, output: '', isCi: false })).toBe('failed');
    expect(outcomeOfCheck({ exitCode: 0, output: '', isCi: true })).toBe('passed');
  });

  it('closes with the line that is read by machines', () => {
    const tally = addTallies([
      tallyOfCheck('passed'),
      tallyOfCheck('failed'),
      { passed: 10, failed: 0, skipped: 0 },
    ]);
    expect(closingLine(tally)).toBe('11 passed, 1 failed');
    expect(closingLine(addTallies([tally, tallyOfCheck('skipped')]))).toBe(
      '11 passed, 1 failed, 1 skipped',
    );
  });
});
