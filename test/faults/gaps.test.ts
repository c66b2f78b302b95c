import { expect, it } from 'vitest';
import { loadFixture } from './fixtures.ts';
import { untoldBehindGaps } from './gaps.ts';

it.each(['answered-internal', 'park-retrieved'])(
  'a gap anywhere in a call hides nothing that happens behind it: %s',
  (name) => {
    const template = loadFixture(name)?.template;
    if (template === undefined) throw new Error(`there is no ${name}`);
    expect(untoldBehindGaps(template, 700)).toEqual([]);
  },
);
