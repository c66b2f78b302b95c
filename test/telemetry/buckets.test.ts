import { expect, it } from 'vitest';
import { Buckets } from '../../src/telemetry/buckets.ts';

it('counts below each bound, what is equal to it included, and above all of them', () => {
  const buckets = new Buckets([0.5, 2]);
  for (const value of [0.25, 0.5, 1, 8, 16]) buckets.observe(value);
  expect(buckets.cumulative()).toEqual([
    [0.5, 2],
    [2, 3],
    [Infinity, 5],
  ]);
  expect(buckets.sum).toBe(25.75);
});

it('starts with nothing in it', () => {
  const buckets = new Buckets([1]);
  expect(buckets.cumulative()).toEqual([
    [1, 0],
    [Infinity, 0],
  ]);
  expect(buckets.sum).toBe(0);
});
