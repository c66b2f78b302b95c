import { expect, it } from 'vitest';
import { createThrottle } from '../../src/telemetry/throttle.ts';

it('says the first at once, and then at most once in a while with the sum', () => {
  let now = 0;
  const throttle = createThrottle(() => now);
  const rate = { amount: 2, everyMs: 1_000 };
  expect(throttle('a', rate)).toBe(2);
  now = 500;
  expect(throttle('a', rate)).toBe(0);
  expect(throttle('b', rate)).toBe(2);
  now = 999;
  expect(throttle('a', rate)).toBe(0);
  now = 1_000;
  expect(throttle('a', rate)).toBe(6);
  expect(throttle('a', rate)).toBe(0);
});
