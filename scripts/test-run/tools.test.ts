import { expect, it } from 'vitest';
import { reportTools, type Tool } from './tools.ts';

const tool = (name: string, present: boolean): Tool => ({
  name,
  package: `lib${name}`,
  neededFor: 'a test',
  present: () => present,
});

it('passes when every tool is there', () => {
  expect(reportTools([tool('a', true)], true)).toEqual({ outcome: 'passed', lines: [] });
});

it('tells a newcomer what is skipped, and fails on the machine that decides', () => {
  const tools = [tool('a', true), tool('b', false)];
  expect(reportTools(tools, false)).toEqual({
    outcome: 'skipped',
    lines: ['SKIPPED: b is not installed (Debian: libb); it is needed for a test'],
  });
  expect(reportTools(tools, true).outcome).toBe('failed');
});
