import { expect, it } from 'vitest';
import { isP99Met, percentile, spreadOf } from './statistics.ts';

it('a percentile is one of the values, by nearest rank', () => {
  const hundred = Array.from({ length: 100 }, (_, index) => 100 - index);
  expect(percentile(hundred, 0.5)).toBe(50);
  expect(percentile(hundred, 0.99)).toBe(99);
  expect(percentile([7], 0.99)).toBe(7);
});

it('the best is the lowest of times and the highest of rates', () => {
  expect(spreadOf([3, 1, 2], 'lowest')).toEqual({ best: 1, min: 1, max: 3 });
  expect(spreadOf([3, 1, 2], 'highest')).toEqual({ best: 3, min: 1, max: 3 });
});

it('a p99 is measured against the control where the machine is busy', () => {
  expect(isP99Met(9, 2)).toBe(true);
  expect(isP99Met(11, 2)).toBe(false);
  expect(isP99Met(11, 4)).toBe(true);
  expect(isP99Met(17, 4)).toBe(false);
});
