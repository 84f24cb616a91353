import { expect, it } from 'vitest';
import { createLog } from './log.ts';

it('prints whole bigints as text and no secret, at any depth that it is given', () => {
  const lines: string[] = [];
  const log = createLog({ name: 'test', level: 'info', write: (line) => void lines.push(line) });
  log.info({ slot: 18_446_744_073_709_551_615n, seed: 'abc', request: { token: 'xyz' } }, 'a fact');
  const line = JSON.parse(lines[0] ?? '{}');
  expect(line).toMatchObject({ level: 'info', slot: '18446744073709551615', msg: 'a fact' });
  expect(lines[0]).not.toMatch(/abc|xyz/);
});
