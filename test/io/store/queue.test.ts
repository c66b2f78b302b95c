import fc from 'fast-check';
import { expect, it } from 'vitest';
import { Queue } from '../../../src/io/store/queue.ts';
import { runs } from '../../support/property-runs.ts';

/** So many are added, then so many taken. */
const step = fc.record({ added: fc.nat(3_000), taken: fc.nat(3_000) });

it('does what an array does', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 8 }), (steps) => {
      const queue = new Queue([-2, -1]);
      const array = [-2, -1];
      for (const { added, taken } of steps) {
        const items = Array.from({ length: added }, (_, n) => n);
        for (const item of items) queue.push(item);
        array.push(...items);
        const first = array.splice(0, taken);
        expect(Array.from(first, () => queue.shift())).toEqual(first);
        expect(seen(queue)).toEqual(seen(array));
      }
      expect(queue.toArray()).toEqual(array);
    }),
    { numRuns: runs(10) },
  );
});

it('has nothing to give where it is empty', () => {
  const queue = new Queue<number>();
  expect([queue.shift(), queue.at(0), queue.at(-1), queue.length]).toEqual([
    ...[undefined, undefined, undefined, 0],
  ]);
});

function seen(queue: Queue<number> | number[]) {
  return [queue.length, ...[0, 1, -1, -2].map((index) => queue.at(index))];
}
