// Every `npm start -- …` that a page shows is a command line that npm start takes.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { parseInvocation } from '../src/options.ts';

const ROOT = join(import.meta.dirname, '..', '..', '..');
const PAGES = join(ROOT, 'docs', 'pages');
const files = [
  join(ROOT, 'README.md'),
  ...readdirSync(PAGES, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.md'))
    .map((name) => join(PAGES, name)),
];
const commands = files.flatMap((file) =>
  [...readFileSync(file, 'utf8').matchAll(/^npm start -- (.+)$/gm)].map((match) => match[1] ?? ''),
);

it('pages show some', () => {
  expect(commands.length).toBeGreaterThan(3);
});

it.each(commands)('npm start -- %s', (command) => {
  expect(() => parseInvocation(command.trim().split(/\s+/))).not.toThrow();
});
