import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  bannerOf,
  keepSpans,
  messageSpans,
  messageText,
  parseTimes,
  printTimes,
} from '../../../src/core/capture/format.ts';
import { BANNER, capture, event } from './hand-made.ts';

describe('the list of times', () => {
  it('is a first line with the start and a line per read', () => {
    const times = { startedAt: 1_770_888_509_123, reads: [{ offset: 0, ms: 0.5 }] };
    expect(printTimes(times)).toBe('asterisk-mqtt-times 1 1770888509123\n0 0.500\n');
  });

  it('reads back what was printed, to the microsecond', () => {
    const read = fc.record({ offset: fc.nat(), ms: fc.nat({ max: 1e9 }).map((us) => us / 1000) });
    const reads = fc
      .array(read)
      .map((all) => all.toSorted((a, b) => a.offset - b.offset))
      .map(([first, ...rest]) => (first === undefined ? [] : [{ ...first, offset: 0 }, ...rest]));
    fc.assert(
      fc.property(fc.nat(), reads, (startedAt, reads) => {
        expect(parseTimes(printTimes({ startedAt, reads }))).toEqual({ startedAt, reads });
      }),
    );
  });

  it.each([
    ['', 1],
    ['hello\n', 1],
    ['asterisk-mqtt-times 2 0\n', 1],
    ['asterisk-mqtt-times 1 0\n0 0.000\nx y\n', 3],
    ['asterisk-mqtt-times 1 0\n7 0.000\n', 2],
    ['asterisk-mqtt-times 1 0\n0 0.000\n9 1.000\n8 2.000\n', 4],
  ])('names the first bad line of %j', (text, line) => {
    expect(() => parseTimes(text)).toThrow(`damaged in line ${line}`);
  });
});

describe('the messages of a capture', () => {
  it('cover it without a hole, together with the banner', () => {
    const text = `${BANNER}${event('A')}\r\n\n${event('B')}Event: torn`;
    const spans = [...messageSpans(text)];
    expect(spans.map(({ whole }) => whole)).toEqual([true, true, false]);
    expect(bannerOf(text) + spans.map(({ from, to }) => text.slice(from, to)).join('')).toBe(text);
  });

  it('are given without the empty lines around them', () => {
    const text = `\r\n${event('A')}\r\n`;
    const [span] = messageSpans(text);
    expect(span && messageText(text, span)).toBe(event('A').slice(0, -2));
  });

  it('need no banner', () => {
    expect(bannerOf(event('A'))).toBe('');
    expect([...messageSpans(event('A'))]).toHaveLength(1);
  });
});

describe('a part of a capture', () => {
  const [first, second, third] = [event('First'), event('Second'), event('Third')];

  it('keeps the cuts and the times of what stays', () => {
    const whole = capture(`${BANNER}${first.slice(0, 9)}`, `${first.slice(9)}${second}`, third);
    const [a, , c] = [...messageSpans(whole.text)];
    const part = keepSpans(whole, a && c ? [a, c] : []);
    expect(part.text).toBe(first + third);
    expect(part.reads).toEqual([
      { offset: 0, ms: 0 },
      { offset: 9, ms: 10 },
      { offset: first.length, ms: 20 },
    ]);
  });

  it('has no read in which nothing of it came', () => {
    const whole = capture(first, second, third);
    const [a, , c] = [...messageSpans(whole.text)];
    expect(keepSpans(whole, a && c ? [a, c] : []).reads.map(({ ms }) => ms)).toEqual([0, 20]);
  });

  it('is the whole capture when all its messages stay', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom(first, second, third, 'x')), (pieces) => {
        const whole = capture(...pieces);
        const kept = keepSpans(whole, [...messageSpans(whole.text)]);
        expect(kept).toEqual(whole);
      }),
    );
  });
});
