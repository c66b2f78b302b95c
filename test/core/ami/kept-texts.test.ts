import { describe, expect, it } from 'vitest';
import { KeptTexts } from '../../../src/core/ami/kept-texts.ts';
import type { Stretch } from '../../../src/core/ami/stretch.ts';

function toStretch(text: string): Stretch {
  const bytes = Uint8Array.from(text, (character) => character.charCodeAt(0));
  return { bytes, view: new DataView(bytes.buffer), text };
}

/** What is taken of a stretch that is as large as a read, from the heap's own view: bytes that a thousand of them keep alive. */
function keptBytes(take: (texts: KeptTexts, stretch: Stretch) => string): number {
  const texts = new KeptTexts();
  globalThis.gc?.();
  const before = process.memoryUsage().heapUsed;
  const taken = Array.from({ length: 500 }, (_, n) =>
    take(texts, toStretch(`${String(n).padStart(20, 'x')}${'.'.repeat(60_000)}`)),
  );
  globalThis.gc?.();
  return (process.memoryUsage().heapUsed - before) / taken.length;
}

describe('texts that are taken out of the stream', () => {
  it('are what stands there, again and again', () => {
    const texts = new KeptTexts();
    const stretch = toStretch('Channel: PJSIP/101-00000001\r\nUniqueid: 1770000000.1\r\n');
    for (const _ of [1, 2]) {
      expect(texts.take(stretch, 9, 27)).toBe('PJSIP/101-00000001');
      expect(texts.take(stretch, 39, 51)).toBe('1770000000.1');
      expect(texts.take(stretch, 39, 39)).toBe('');
    }
  });

  it('are told apart though they end alike', () => {
    const texts = new KeptTexts();
    const [a, b] = [toStretch('PJSIP/101-00000001'), toStretch('PJSIP/102-00000001')];
    expect([a, b, a].map((stretch) => texts.take(stretch, 0, 18))).toEqual([a.text, b.text, a.text]);
  });

  it('keep no read alive, however long they are', () => {
    expect(keptBytes((texts, stretch) => texts.take(stretch, 0, 20))).toBeLessThan(2_000);
    expect(keptBytes((texts, stretch) => texts.take(stretch, 0, 1_000))).toBeLessThan(4_000);
  });
});
