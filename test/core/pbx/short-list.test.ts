import { expect, it } from 'vitest';
import { withOne, without } from '../../../src/core/pbx/short-list.ts';

it('a short list gets one more behind the others, and stays as it was', () => {
  const list = ['a', 'b'];
  expect([withOne([], 'a'), withOne(list, 'c'), list]).toEqual([
    ['a'],
    ['a', 'b', 'c'],
    ['a', 'b'],
  ]);
});

it('a short list loses one wherever it stands, and stays as it was', () => {
  const list = ['a', 'b', 'a', 'c'];
  expect([without(list, 'a'), without(list, 'c'), list.length]).toEqual([
    ['b', 'c'],
    ['a', 'b', 'a'],
    4,
  ]);
  expect(without(list, 'd')).toBe(list);
});
