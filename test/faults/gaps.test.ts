import { describe, expect, it } from 'vitest';
import { loadFixture, loadFixtures } from '../support/load-fixtures.ts';
import { runs } from '../support/property-runs.ts';
import { untoldBehindGaps } from './gaps.ts';

/** Of these, more than the messages of a call tells where everybody is. */
const INTRICATE = [
  'conference',
  'conference-dials-out',
  'conference-through-local',
  'page-late',
  'park-callee',
  'transfer-attended-older-consultation',
];
const isThorough = runs(1) > 1;

describe('a gap in a call hides nothing that happens behind it', () => {
  it.each(['answered-internal', 'park-retrieved'])('anywhere in %s', async (name) => {
    expect(await untoldBehindGaps(templateOf(name), { gapMs: 700 })).toEqual([]);
  });

  it.each(INTRICATE)('short or long, in %s', async (name) => {
    for (const gapMs of [700, 1_500, 3_000]) {
      const every = isThorough ? 1 : 8;
      expect(await untoldBehindGaps(templateOf(name), { gapMs, every })).toEqual([]);
    }
  });

  it.runIf(isThorough)('anywhere in any of the fixtures', async () => {
    for (const { template } of loadFixtures({ mostSeconds: 8 })) {
      expect(await untoldBehindGaps(template, { gapMs: 700 }), template.name).toEqual([]);
    }
  });
});

function templateOf(name: string) {
  const template = loadFixture(name)?.template;
  if (template === undefined) throw new Error(`there is no ${name}`);
  return template;
}
