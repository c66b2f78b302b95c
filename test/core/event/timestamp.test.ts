import fc from 'fast-check';
import { expect, it } from 'vitest';
import { toTimestamp } from '../../../src/core/event/timestamp.ts';
import { runs } from '../../support/property-runs.ts';

const YEAR_10_000 = 253_402_300_800_000;

it('a timestamp is the ISO time of its moment, in whatever order moments come', () => {
  const moment = fc.oneof(fc.integer({ min: 0, max: 200_000 }), fc.nat({ max: YEAR_10_000 - 1 }));
  fc.assert(
    fc.property(fc.array(moment), (moments) => {
      expect(moments.map(toTimestamp)).toEqual(moments.map((at) => new Date(at).toISOString()));
    }),
    { numRuns: runs(100) },
  );
});
