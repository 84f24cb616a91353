import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { REPLAY_WINDOW_SEQUENCES, ReplayWindow } from './replay-window.ts';

describe('the replay window', () => {
  it('accepts each sequence at most once, in any order and with any jumps', () => {
    const sequence = fc.oneof(
      fc.integer({ min: 0, max: 200 }),
      fc.integer({ min: 0, max: 3 * REPLAY_WINDOW_SEQUENCES }),
      fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER }),
    );
    fc.assert(
      fc.property(fc.array(sequence, { maxLength: 300 }), (sequences) => {
        const window = new ReplayWindow();
        const accepted = new Set<number>();
        let highest = -1;
        for (const each of sequences) {
          const fresh = !accepted.has(each) && each > highest - REPLAY_WINDOW_SEQUENCES;
          expect(window.accept(each)).toBe(fresh);
          if (fresh) accepted.add(each);
          highest = Math.max(highest, each);
        }
      }),
    );
  });

  it('accepts a whole window that comes backwards', () => {
    const window = new ReplayWindow();
    for (let at = REPLAY_WINDOW_SEQUENCES; at > 0; at -= 1) expect(window.accept(at)).toBe(true);
    expect(window.accept(0)).toBe(false);
  });
});
