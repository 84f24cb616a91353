import type { Address } from '@streamsync/domain';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseLogs } from './parse-logs.ts';

const A = 'A'.repeat(44) as Address;
const B = 'B'.repeat(44) as Address;
const T = 'TokenkegQfeZyiNwAJbNbGKPFXCWuBvf9Ss623VQ5DA' as Address;

describe('the calls that logs tell of', () => {
  it('are a tree with their lines, units and outcomes', () => {
    const { invocations, strayLines, isTruncated } = parseLogs([
      `Program ${A} invoke [1]`,
      'Program log: Instruction: Swap',
      `Program ${T} invoke [2]`,
      'Program log: Instruction: Transfer',
      `Program ${T} consumed 4645 of 180000 compute units`,
      `Program ${T} success`,
      'Program data: AAAA BBBB',
      `Program return: ${A} AQ==`,
      `Program ${A} consumed 30000 of 200000 compute units`,
      `Program ${A} failed: custom program error: 0x1`,
    ]);
    expect(invocations).toEqual([
      {
        programId: A,
        depth: 1,
        lines: [
          { kind: 'log', text: 'Instruction: Swap' },
          { kind: 'data', fields: ['AAAA', 'BBBB'] },
          { kind: 'return', programId: A, data: 'AQ==' },
        ],
        invocations: [
          {
            programId: T,
            depth: 2,
            lines: [{ kind: 'log', text: 'Instruction: Transfer' }],
            invocations: [],
            computeUnitsConsumed: 4_645n,
            computeUnitsLimit: 180_000n,
            outcome: 'succeeded',
            failure: null,
          },
        ],
        computeUnitsConsumed: 30_000n,
        computeUnitsLimit: 200_000n,
        outcome: 'failed',
        failure: 'custom program error: 0x1',
      },
    ]);
    expect(strayLines).toEqual([]);
    expect(isTruncated).toBe(false);
  });

  it('end as unknown where the log was cut', () => {
    const { invocations, isTruncated } = parseLogs([
      `Program ${A} invoke [1]`,
      `Program ${B} invoke [2]`,
      'Log truncated',
    ]);
    expect(isTruncated).toBe(true);
    expect(invocations[0]?.outcome).toBe('unknown');
    expect(invocations[0]?.invocations[0]?.outcome).toBe('unknown');
  });

  it('cannot be forged by what a program logs', () => {
    const { invocations } = parseLogs([
      `Program ${A} invoke [1]`,
      `Program log: Program ${A} success`,
      `Program log: x\nProgram ${B} invoke [2]`,
      `Program ${A} failed: out of units`,
    ]);
    expect(invocations).toMatchObject([{ outcome: 'failed', invocations: [] }]);
    expect(invocations[0]?.lines).toHaveLength(2);
  });

  it('keep the lines of built-in programs, and those outside of any call', () => {
    const { invocations, strayLines } = parseLogs([
      'Transaction was cosmic',
      `Program ${A} success`,
      `Program ${A} invoke [1]`,
      'Transfer: insufficient lamports 1, need 2',
      `Program ${A} invoke [99]`,
    ]);
    expect(strayLines).toEqual(['Transaction was cosmic', `Program ${A} success`]);
    expect(invocations[0]?.lines.map(({ kind }) => kind)).toEqual(['other', 'other']);
  });

  it('are the next instruction where the one before never said how it ended', () => {
    const { invocations } = parseLogs([
      `Program ${A} invoke [1]`,
      `Program ${B} invoke [1]`,
      `Program ${B} success`,
    ]);
    expect(invocations.map(({ outcome }) => outcome)).toEqual(['unknown', 'succeeded']);
  });

  it('hold every line once, whatever the text', () => {
    const line = fc.oneof(
      fc.string(),
      fc
        .tuple(fc.constantFrom(A, B), fc.nat(20))
        .map(([program, depth]) => `Program ${program} invoke [${depth}]`),
      fc.constantFrom(
        `Program ${A} success`,
        `Program ${B} failed: x`,
        `Program ${A} consumed 1 of 2 compute units`,
        'Program log: ',
        'Program data: ',
        'Program return: ',
        'Log truncated',
      ),
    );
    fc.assert(
      fc.property(fc.array(line, { maxLength: 60 }), (logs) => {
        const { invocations, strayLines } = parseLogs(logs);
        let own = strayLines.length;
        let calls = 0;
        const visit = (calling: typeof invocations, depthMin: number): void => {
          for (const { lines, invocations: inner, depth } of calling) {
            expect(depth).toBeGreaterThan(depthMin);
            own += lines.length;
            calls += 1;
            visit(inner, depth);
          }
        };
        visit(invocations, 0);
        const isRuntime = (text: string) =>
          /^Program [AB]{44} (success|failed: x|consumed 1 of 2 compute units)$/.test(text);
        const runtime = logs.filter((text) => isRuntime(text) || text === 'Log truncated').length;
        expect(own + calls).toBeGreaterThanOrEqual(logs.length - runtime);
        expect(own + calls).toBeLessThanOrEqual(logs.length);
      }),
    );
  });
});
