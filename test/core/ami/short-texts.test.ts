import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ShortTexts } from '../../../src/core/ami/short-texts.ts';
import type { Stretch } from '../../../src/core/ami/stretch.ts';
import { heapUsed } from '../../support/heap.ts';

describe('a short text', () => {
  it.each([
    ['nothing', ''],
    ['less than a word', '6'],
    ['a word', 'PJSIP/10'],
    ['no whole number of words', '1795269204.29'],
    ['the id of a bridge', '0c0bfe1f-6bd5-4b6e-9e09-4c9d80a3a3ce'],
    ['more than is looked for', 'Local/103@internal-00000000;1, as it is called in Köln'],
    ['bytes that are no number', '\xff\xff\xff\xff\xff\xff\xff\xff'],
  ])('is what stands there, also when it comes again: %s', (_, text) => {
    const texts = new ShortTexts();
    expect([read(texts, text), read(texts, text)]).toEqual([text, text]);
  });

  it('is made once', () => {
    const cuts: string[] = [];
    const texts = new ShortTexts();
    for (const text of ['1795269204.29', '1795269204.30', '1795269204.29', '1795269204.30']) {
      read(texts, text, (cut) => cuts.push(cut));
    }
    expect(cuts).toEqual(['1795269204.29', '1795269204.30']);
  });

  it('is told from another that ends alike', () => {
    const texts = new ShortTexts();
    const alike = ['1795269204.29', '2795269204.29', '11795269204.29', '5269204.29', '69204.29'];
    expect([...alike, ...alike].map((text) => read(texts, text))).toEqual([...alike, ...alike]);
  });

  it('is what stands there, whatever has been seen', () => {
    const word = fc.constantFrom('a', 'Z', '0', ' ', '\xff', '\xf0', '\x7f');
    const text = fc.array(word, { maxLength: 48 }).map((letters) => letters.join(''));
    fc.assert(
      fc.property(fc.array(text, { maxLength: 200 }), (seen) => {
        const texts = new ShortTexts();
        expect(seen.map((each) => read(texts, each))).toEqual(seen);
      }),
    );
  });

  it('keeps as many as there is room for, however many come', () => {
    const texts = new ShortTexts();
    const come = (from: number) => {
      for (let n = from; n < from + 50_000; n++) read(texts, `17952692${n}.29 of an outside line`);
    };
    come(10_000);
    const before = heapUsed();
    come(60_000);
    expect(heapUsed() - before).toBeLessThan(100_000);
  });
});

function read(texts: ShortTexts, text: string, onCut: (text: string) => void = () => {}): string {
  const bytes = Buffer.from(`\r\nUniqueid: ${text}\r\n\r\n`, 'latin1');
  const from = '\r\nUniqueid: '.length;
  const stretch: Stretch = {
    view: new DataView(bytes.buffer, bytes.byteOffset, bytes.length),
    end: bytes.length,
    cut: (start, end) => {
      const cut = bytes.toString('latin1', start, end);
      onCut(cut);
      return cut;
    },
  };
  return texts.at(stretch, from, from + text.length);
}
