import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { findMissingOptionals } from './complete-lockfile.ts';

const lockfile = () =>
  JSON.parse(
    readFileSync(join(import.meta.dirname, '..', 'package-lock.json'), 'utf8'),
  ) as Parameters<typeof findMissingOptionals>[0];

it('the lockfile holds every optional package that it names, on every platform', () => {
  expect([...findMissingOptionals(lockfile()).keys()]).toEqual([]);
});

it('notices a platform package that the lockfile lost, and says its platform', () => {
  const lock = lockfile();
  const lost = 'node_modules/@biomejs/cli-darwin-arm64';
  expect(lock.packages[lost]).toMatchObject({ optional: true });
  delete lock.packages[lost];
  expect([...findMissingOptionals(lock)]).toEqual([
    [lost, expect.objectContaining({ optional: true, os: ['darwin'], cpu: ['arm64'] })],
  ]);
});
