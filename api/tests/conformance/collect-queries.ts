// Every GraphQL document that the documentation shows and the tests send, found where it stands.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'graphql/index.js';

const ROOT = join(import.meta.dirname, '..', '..', '..');

function isDocument(text: string): boolean {
  if (!/^\s*(#|\{|query|mutation|subscription|fragment)/.test(text)) return false;
  try {
    parse(text);
    return true;
  } catch {
    return false;
  }
}

const filesOf = (folder: string, ending: string): string[] =>
  readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith(ending))
    .map((name) => join(ROOT, folder, name));

/** Placeholders of templates become an address, which is what most of them stand for. */
const ADDRESS = '11111111111111111111111111111111';

export function collectQueries(): readonly string[] {
  const found = new Set<string>();
  for (const file of filesOf('docs/pages', '.md')) {
    for (const [, text = ''] of readFileSync(file, 'utf8').matchAll(/```graphql\n([\s\S]*?)```/g)) {
      if (isDocument(text)) found.add(text);
    }
  }
  for (const file of filesOf('api/tests', '.ts')) {
    const source = readFileSync(file, 'utf8');
    for (const [, , quoted = ''] of source.matchAll(/(['`])((?:\\.|(?!\1)[\s\S])*?)\1/g)) {
      const text = quoted.replaceAll(/\$\{\w+\}/g, ADDRESS);
      if (isDocument(text)) found.add(text);
    }
  }
  return [...found];
}
