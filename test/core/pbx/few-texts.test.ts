import { describe, expect, it } from 'vitest';
import { FewTexts } from '../../../src/core/pbx/few-texts.ts';
import { heapUsed } from '../../support/heap.ts';

describe('texts of which there are few', () => {
  it.each([
    '',
    '101',
    'Alice Adams',
    'PJSIP/102-00000003',
    'a name that is longer than any phone shows it',
  ])('are the same texts: %s', (text) => {
    const texts = new FewTexts();
    expect(texts.own(cut(text))).toBe(text);
    expect(texts.own(cut(text))).toBe(text);
  });

  it('are nothing where there is none', () => {
    expect(new FewTexts().own(undefined)).toBe(undefined);
  });

  it('are kept once, however often they come', () => {
    const texts = new FewTexts();
    const kept = (): readonly string[] =>
      Array.from({ length: 50_000 }, () => texts.own(cut('Alice Adams')));
    kept(); // the array, too
    const before = heapUsed();
    const names = kept();
    expect(heapUsed() - before).toBeLessThan(names.length * 16); // 8 for the place in the list, 32 for a text
  });

  it('take no more memory where each is another one', () => {
    const texts = new FewTexts();
    const before = heapUsed();
    for (let number = 0; number < 100_000; number += 1) texts.own(cut(`+49 89 ${number}`));
    expect(heapUsed() - before).toBeLessThan(500_000);
  });
});

/** As it comes out of the stream. */
function cut(text: string): string {
  return `<${text}>`.slice(1, -1);
}
