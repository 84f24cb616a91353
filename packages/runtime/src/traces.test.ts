import { type Span, type Tracer, type TracerProvider, trace } from '@opentelemetry/api';
import { afterEach, expect, it, vi } from 'vitest';
import { withSpan } from './traces.ts';

afterEach(() => trace.disable());

it('runs a step at once where nobody traces, and passes its failure on', () => {
  expect(withSpan('step', () => 7)).toBe(7);
  expect(() =>
    withSpan('step', () => {
      throw new Error('no');
    }),
  ).toThrow('no');
});

it('puts a step into a span as soon as somebody traces, and marks its failure', async () => {
  const ended: string[] = [];
  const setStatus = vi.fn();
  const spanOf = (name: string) => ({ end: () => ended.push(name), setStatus }) as unknown as Span;
  const tracer = {
    startActiveSpan: (name: string, _options: unknown, run: (span: Span) => unknown) =>
      run(spanOf(name)),
  } as unknown as Tracer;
  trace.setGlobalTracerProvider({ getTracer: () => tracer } as TracerProvider);
  expect(await withSpan('first', () => Promise.resolve(7))).toBe(7);
  await expect(withSpan('second', () => Promise.reject(new Error('no')))).rejects.toThrow('no');
  expect(ended).toEqual(['first', 'second']);
  expect(setStatus).toHaveBeenCalledTimes(1);
});
