import { describe, expect, it } from 'vitest';
import { createQueryIds } from './query-ids.ts';

describe('query ids', () => {
  it('are 16 bytes each, never the same, and stay what they are when more are drawn', () => {
    const next = createQueryIds();
    const ids = Array.from({ length: 1_000 }, next);
    const texts = ids.map((id) => id.toString('hex'));
    expect(new Set(texts).size).toBe(1_000);
    expect(texts.every((text) => text.length === 32)).toBe(true);
    for (let more = 0; more < 1_000; more += 1) next();
    expect(ids.map((id) => id.toString('hex'))).toEqual(texts);
  });
});
