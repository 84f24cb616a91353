// The documentation says what is so: every error code has its heading, every GraphQL example fits the
// printed schema, and every npm script that a page names exists.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ERRORS } from '@streamsync/domain';
import { buildSchema, parse, validate } from 'graphql';
import { describe, expect, it } from 'vitest';

const ROOT = join(import.meta.dirname, '..');
const PAGES = join(ROOT, 'docs', 'pages');
const pages = [
  join(ROOT, 'README.md'),
  join(ROOT, 'CONTRIBUTING.md'),
  ...readdirSync(PAGES, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.md'))
    .map((name) => join(PAGES, name)),
].map((file) => ({ name: file.slice(ROOT.length + 1), text: readFileSync(file, 'utf8') }));

function blocks(language: string): { name: string; code: string }[] {
  const fence = new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)^\`\`\``, 'gm');
  return pages.flatMap(({ name, text }) =>
    [...text.matchAll(fence)].map((match, index) => ({
      name: `${name} example ${index + 1}`,
      code: match[1] ?? '',
    })),
  );
}

describe('the page of errors', () => {
  const errors = readFileSync(join(PAGES, 'errors.md'), 'utf8');

  it.each(Object.entries(ERRORS))(
    'has a heading for %s, with its status and retry',
    (code, entry) => {
      expect(errors).toContain(
        `### ${code}\n\nStatus ${entry.status}, retry \`${entry.retry}\`.\n`,
      );
    },
  );

  it('has no heading for a code that does not exist', () => {
    const headings = [...errors.matchAll(/^### (.*)$/gm)].map((match) => match[1]);
    expect(headings.filter((heading) => !Object.hasOwn(ERRORS, heading ?? ''))).toEqual([]);
  });
});

describe('examples', () => {
  const schema = buildSchema(readFileSync(join(ROOT, 'api', 'schema.graphql'), 'utf8'));
  const queries = blocks('graphql');

  it('exist', () => {
    expect(queries.length).toBeGreaterThan(5);
  });

  it.each(queries)('$name fits the schema', ({ code }) => {
    expect(validate(schema, parse(code)).map((error) => error.message)).toEqual([]);
  });

  it('name only npm scripts that exist', () => {
    const { scripts } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {
      scripts: Record<string, string>;
    };
    const named = pages.flatMap(({ text }) =>
      [...text.matchAll(/npm run ([a-z:]+)/g)].map((match) => match[1] ?? ''),
    );
    expect(named.filter((name) => scripts[name] === undefined)).toEqual([]);
  });

  it('name only files that exist', () => {
    const named = pages.flatMap(({ text }) =>
      [...text.matchAll(/`((?:api|nodes|packages|scripts|docs)\/[\w./-]+\.\w+)`/g)].map(
        (match) => match[1] ?? '',
      ),
    );
    const missing = named.filter((file) => {
      try {
        readFileSync(join(ROOT, file));
        return false;
      } catch {
        return true;
      }
    });
    expect(missing).toEqual([]);
  });
});
