import { buildSchema, parse } from 'graphql/index.js';
import { compileQuery } from 'graphql-jit';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { COMPILED_FIELDS_MAX } from './compile-size.ts';
import { createExecutor, type RunnableDocument } from './execute-document.ts';
import type { QueryContext } from './ports.ts';

vi.mock('graphql-jit', async (importOriginal) => {
  const original = await importOriginal<typeof import('graphql-jit')>();
  return { ...original, compileQuery: vi.fn(original.compileQuery) };
});

const schema = buildSchema('type Query { one: Int }');
const context = {} as QueryContext;

function documentUsed(uses: number): RunnableDocument {
  return { document: parse('{ one }'), operationName: null, kind: 'query', uses, reads: [{}] };
}

beforeEach(() => {
  vi.useFakeTimers();
  vi.mocked(compileQuery).mockClear();
});
afterEach(() => {
  vi.useRealTimers();
});

it('compiles a document that comes back after its query, once, and answers alike', async () => {
  const execute = createExecutor(schema, 20);
  const prepared = documentUsed(3);
  const before = await execute(prepared, {}, context);
  await execute(prepared, {}, context);
  expect(compileQuery).not.toHaveBeenCalled();
  vi.advanceTimersByTime(100);
  expect(compileQuery).toHaveBeenCalledTimes(1);
  expect(await execute(prepared, {}, context)).toEqual(before);
  vi.advanceTimersByTime(100);
  expect(compileQuery).toHaveBeenCalledTimes(1);
});

it('compiles one document at a time, so that queries run in between', async () => {
  const execute = createExecutor(schema, 20);
  for (let count = 0; count < 3; count += 1) await execute(documentUsed(3), {}, context);
  for (let compiled = 1; compiled <= 3; compiled += 1) {
    vi.advanceTimersByTime(20);
    expect(compileQuery).toHaveBeenCalledTimes(compiled);
  }
});

it('leaves a document that comes once or twice to the interpreter', async () => {
  const execute = createExecutor(schema, 20);
  await execute(documentUsed(2), {}, context);
  vi.advanceTimersByTime(100);
  expect(compileQuery).not.toHaveBeenCalled();
});

it('leaves a document whose code would be too large to the interpreter, however often it comes', async () => {
  const execute = createExecutor(schema, 0);
  const fields = Array.from({ length: COMPILED_FIELDS_MAX + 1 }, (_, index) => `a${index}: one`);
  const prepared = { ...documentUsed(3), document: parse(`{ ${fields.join(' ')} }`) };
  expect(await execute(prepared, {}, context)).toHaveProperty('data.a400', null);
  expect(compileQuery).not.toHaveBeenCalled();
  const small = { ...documentUsed(3), document: parse(`{ ${fields.slice(1).join(' ')} }`) };
  await execute(small, {}, context);
  expect(compileQuery).toHaveBeenCalledTimes(1);
});

it('keeps no more code than its bound, and compiles what left again only when it is worth it', async () => {
  const wide = buildSchema(
    `type Query { ${Array.from({ length: 300 }, (_, i) => `f${i}: Int`).join(' ')} }`,
  );
  const execute = createExecutor(wide, 0);
  const query = `{ ${Array.from({ length: 300 }, (_, i) => `f${i}`).join(' ')} }`;
  const documents = Array.from({ length: 100 }, () => ({
    document: parse(query),
    operationName: null,
    kind: 'query' as const,
    uses: 3,
    reads: [{}],
  }));
  for (const document of documents) await execute(document, {}, context);
  expect(compileQuery).toHaveBeenCalledTimes(100);
  // 16 of 300 fields fit; the first has left.
  const [first] = documents;
  if (first === undefined) throw new Error('there are documents');
  first.uses = 11;
  await execute(first, {}, context);
  expect(compileQuery).toHaveBeenCalledTimes(100);
  first.uses = 12;
  await execute(first, {}, context);
  expect(compileQuery).toHaveBeenCalledTimes(101);
});
