import { expect, it } from 'vitest';
import { createTurns } from './turns.ts';

it('does no more at once than it may, in the order in which it came, failures included', async () => {
  const turns = createTurns(2);
  const order: number[] = [];
  let running = 0;
  let most = 0;
  const work = (index: number) =>
    turns(async () => {
      running += 1;
      most = Math.max(most, running);
      order.push(index);
      await new Promise((resolve) => setImmediate(resolve));
      running -= 1;
      if (index === 1) throw new Error('one failed');
      return index;
    });
  const outcomes = await Promise.allSettled(Array.from({ length: 6 }, (_, index) => work(index)));
  expect(order).toEqual([0, 1, 2, 3, 4, 5]);
  expect(most).toBe(2);
  expect(outcomes.map(({ status }) => status)).toEqual([
    'fulfilled',
    'rejected',
    'fulfilled',
    'fulfilled',
    'fulfilled',
    'fulfilled',
  ]);
  expect(await turns(async () => 'still')).toBe('still');
});
