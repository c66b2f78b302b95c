import { expect, it } from 'vitest';
import { lowest, slope } from './memory.ts';

it('the slope is that of the second half, an hour', () => {
  const warm = [0, 1, 2, 3].map((n) => ({ at: n * 60_000, mebibytes: n * 50 }));
  const steady = [4, 5, 6, 7].map((n) => ({ at: n * 60_000, mebibytes: 200 + n * 0.5 }));
  expect(slope([...warm, ...steady])).toBeCloseTo(30);
  expect(slope(steady.slice(0, 3))).toBeUndefined();
});

it('of each five minutes the lowest counts', () => {
  const samples = [300, 200, 210, 250, 190, 280].map((mebibytes, n) => ({
    at: 7 + n * 100_000,
    mebibytes,
  }));
  expect(lowest(samples).map(({ mebibytes }) => mebibytes)).toEqual([200, 190]);
});
