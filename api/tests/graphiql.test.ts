// GraphiQL comes from this host and from no other.

import { parse, validate } from 'graphql/index.js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { EXAMPLE_QUERIES } from '../src/http/example-queries.ts';
import { schema } from '../src/schema/index.ts';
import { type FrontDoor, openFrontDoor } from './support/front-door.ts';

let door: FrontDoor;
beforeAll(async () => {
  door = await openFrontDoor();
});
afterAll(() => door.stop());

describe('GraphiQL', () => {
  it('loads nothing from a foreign host, and the browser is told to hold it to that', async () => {
    const response = await door.fetch('/graphql', { headers: { accept: 'text/html' } });
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toMatch('text/html');
    const policy = response.headers.get('content-security-policy') ?? '';
    expect(policy).toContain("default-src 'self'");
    expect(policy).toContain("connect-src 'self'");
    expect(policy).not.toMatch(/https?:/);
    const page = await response.text();
    expect(page).toContain('GraphiQL');
    // Elements and styles that load something, wherever they stand in the page's own markup.
    const markup = page
      .replace(/<script>[\s\S]*?<\/script>/g, '')
      .replace(/<style>[\s\S]*?<\/style>/g, '');
    expect(markup).not.toMatch(/(src|href)\s*=\s*["']?(https?:)?\/\//i);
    expect(page).not.toMatch(/<script[^>]+src=/i);
    expect(page).not.toMatch(/@import\s+(url\()?["']?(https?:)?\/\//i);
    expect(page).not.toMatch(/url\(\s*["']?https?:\/\//i);
    expect(page).not.toMatch(
      /unpkg\.com|jsdelivr\.net|esm\.sh|cdnjs\.cloudflare\.com|fonts\.googleapis\.com/,
    );
  });

  it('offers example queries that fit the schema', () => {
    expect(validate(schema, parse(EXAMPLE_QUERIES))).toEqual([]);
  });
});
