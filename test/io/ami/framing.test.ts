import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { KnownEvents } from '../../../src/core/ami/known-events.ts';
import { Framing, type FramingOptions } from '../../../src/io/ami/framing.ts';
import { eventText, utf8 } from '../../support/ami-text.ts';
import { runs } from '../../support/property-runs.ts';

const MIB = 1024 * 1024;
const ONE = eventText('Newchannel', ['CallerIDName', utf8('Jörg 🙂 日本')]);
const TWO = eventText('Hangup', ['Cause', '16'], ['AccountCode', '']);
const THREE = 'Response: Success\r\nMessage: a\rb\nc\r\n';
const STREAM = Buffer.from(
  `${ONE}\r\n\r\n\r\n${TWO}\r\n\n\r\n${THREE}\r\n${ONE}\r\nEvent: torn`,
  'latin1',
);
const MESSAGES = [ONE, TWO, THREE, ONE];

class Reading {
  readonly messages: string[] = [];
  readonly oversized: number[] = [];
  readonly framing: Framing;

  constructor(options: Partial<FramingOptions> = {}) {
    this.framing = new Framing({
      onMessage: (text) => this.messages.push(text),
      onOversized: (bytes) => this.oversized.push(bytes),
      ...options,
    });
  }

  push(...pieces: readonly (Buffer | string)[]): this {
    for (const piece of pieces) {
      this.framing.push(typeof piece === 'string' ? Buffer.from(piece, 'latin1') : piece);
    }
    return this;
  }
}

function frame(pieces: readonly Buffer[]): readonly string[] {
  return new Reading().push(...pieces).messages;
}

/** The stream, cut where it is said. */
function cutAt(bytes: Buffer, cuts: readonly number[]): readonly Buffer[] {
  const edges = [0, ...cuts.toSorted((a, b) => a - b), bytes.length];
  return edges.slice(1).map((end, index) => bytes.subarray(edges[index], end));
}

describe('framing', () => {
  it('gives each message with its last line break and without the empty lines around it', () => {
    expect(frame([STREAM])).toEqual(MESSAGES);
  });

  it('gives the same messages wherever the stream is cut', () => {
    for (let cut = 0; cut <= STREAM.length; cut++) {
      expect(frame(cutAt(STREAM, [cut]))).toEqual(MESSAGES);
    }
  });

  it('gives the same messages a byte at a time', () => {
    expect(frame(Array.from(STREAM, (byte) => Buffer.of(byte)))).toEqual(MESSAGES);
  });

  it('gives the same messages, cut anywhere any number of times', () => {
    const cuts = fc.array(fc.nat({ max: STREAM.length }), { maxLength: 30 });
    fc.assert(
      fc.property(cuts, (where) => {
        expect(frame(cutAt(STREAM, where))).toEqual(MESSAGES);
      }),
    );
  });

  it('gives each message as soon as its end has come', () => {
    const reading = new Reading().push(`${ONE}\r`);
    expect(reading.messages).toEqual([]);
    expect(reading.push('\n').messages).toEqual([ONE]);
  });

  it('drops nothing and gives nothing for empty lines alone', () => {
    const reading = new Reading().push('\r\n'.repeat(1_000), '\n\r\r\n\r\n', '\r\n', `${ONE}\r\n`);
    expect(reading.messages).toEqual([ONE]);
    expect(reading.oversized).toEqual([]);
  });

  it('gives noise as what it is, for others to judge', () => {
    const noise = Buffer.from([0, 255, 254, 13, 10, 13, 10]);
    expect(frame([noise, Buffer.from(`${ONE}\r\n`, 'latin1')])).toEqual(['\x00\xff\xfe\r\n', ONE]);
  });

  it('makes no text of a message that nobody wants', () => {
    const asked: string[] = [];
    const wanted = (name: string) => {
      asked.push(name);
      return false;
    };
    const known = new KnownEvents();
    expect(new Reading({ known, wanted }).push(STREAM).messages).toEqual([THREE]);
    expect(asked).toEqual(['Newchannel', 'Hangup', 'Newchannel']);
  });

  it('ends a message where the first empty line ends, whatever stands before it', () => {
    const text = fc.array(fc.constantFrom('\r', '\n', '\r\n', '\r\n\r\n', 'x', 'ab: c'), {
      maxLength: 30,
    });
    fc.assert(
      fc.property(text, fc.nat(), (pieces, cut) => {
        const stream = Buffer.from(pieces.join(''), 'latin1');
        const at = cut % (stream.length + 1);
        const ends = stream.toString('latin1').split('\r\n\r\n').slice(0, -1);
        const messages = ends
          .map((part) => part.replace(/^[\r\n]+/, ''))
          .filter((part) => part !== '');
        expect(frame([stream.subarray(0, at), stream.subarray(at)])).toEqual(
          messages.map((part) => `${part}\r\n`),
        );
      }),
      { numRuns: runs(300) },
    );
  });

  it('says how much of a message the end of the stream cut off, and begins anew', () => {
    const reading = new Reading().push(STREAM);
    expect(reading.framing.end()).toBe('Event: torn'.length);
    expect(reading.framing.end()).toBe(0);
    expect(reading.push(`${TWO}\r\n`).messages).toEqual([...MESSAGES, TWO]);
  });
});

describe('a message beyond the limits', () => {
  const limits = { maxMessageBytes: 200, maxLineBytes: 100 };
  const line = (bytes: number) => `A: ${'x'.repeat(bytes - 'A: \r\n'.length)}\r\n`;
  const pieces = (text: string, size: number) =>
    Array.from({ length: Math.ceil(text.length / size) }, (_, index) =>
      text.slice(index * size, (index + 1) * size),
    );

  it.each([1, 2, 3, 7, 50, 10_000])(
    'is dropped and counted once, and reading goes on behind it, in pieces of %i',
    (size) => {
      const long = `Event: X\r\n${line(500)}`;
      const large = `Event: X\r\n${line(90).repeat(3)}`;
      const stream = `${ONE}\r\n${long}\r\n${TWO}\r\n${large}\r\n\r\n${ONE}\r\n`;
      const reading = new Reading({ limits }).push(...pieces(stream, size));
      expect(reading.messages).toEqual([ONE, TWO, ONE]);
      expect(reading.oversized).toHaveLength(2);
      for (const [index, text] of [long, large].entries()) {
        expect(Math.abs((reading.oversized[index] ?? 0) - text.length)).toBeLessThanOrEqual(4);
      }
    },
  );

  it('is none of exactly so many bytes', () => {
    const atLimit = `${line(101)}${line(99)}`; // without its last line break, and with one
    const reading = new Reading({ limits }).push(`${atLimit}\r\n`);
    expect(reading.messages).toEqual([atLimit]);
    expect(reading.push(`${line(103)}${line(90)}\r\n`).oversized).toEqual([191]);
  });

  it('is a header line of 5 MiB', () => {
    const reading = new Reading().push(`${ONE}\r\nEvent: Hangup\r\nX: `);
    const piece = Buffer.alloc(64 * 1024, 'x');
    for (let count = 0; count < 80; count++) reading.framing.push(piece);
    reading.push(`\r\nCause: 16\r\n\r\n${TWO}\r\n`);
    expect(reading.messages).toEqual([ONE, TWO]);
    expect(reading.oversized).toEqual([5 * MIB + 'Event: Hangup\r\nX: \r\nCause: 16'.length]);
  });

  it('is one without an end, told when the stream ends', () => {
    const reading = new Reading().push('Event: Hangup\r\n');
    const lines = Buffer.from(line(1_000).repeat(64), 'latin1');
    for (let count = 0; count < 160; count++) reading.framing.push(lines);
    expect(reading.messages).toEqual([]);
    expect(reading.framing.end()).toBe('Event: Hangup\r\n'.length + 160 * lines.length);
    expect(reading.push(`${TWO}\r\n`).messages).toEqual([TWO]);
  });

  it('may be as large as 1 MiB, with lines of 256 KiB', () => {
    const text = `Event: X\r\n${line(MIB / 4).repeat(3)}`;
    expect(new Reading().push(text, '\r\n').messages).toEqual([text]);
    const reading = new Reading().push(`${text}${line(MIB / 4)}`, '\r\n', `${TWO}\r\n`);
    expect(reading.messages).toEqual([TWO]);
    expect(reading.oversized).toHaveLength(1);
  });

  it('leaves no large buffer behind, dropped or not', () => {
    const held: number[] = [];
    let last = 0;
    const reading = new Reading({
      known: {
        at: ({ view }) => {
          last = view.buffer.byteLength;
          return undefined;
        },
        read: () => undefined,
      },
      onMessage: () => held.push(last),
    });
    const piece = Buffer.alloc(MIB, 'x');
    for (let count = 0; count < 4; count++) reading.framing.push(piece);
    reading.push('\r\n\r\n', ONE, '\r\n');
    reading.push(`Event: X\r\n${line(MIB / 4).repeat(3)}`, '\r\n', ONE, '\r\n');
    expect(held).toHaveLength(3);
    expect(held[0]).toBeLessThanOrEqual(64 * 1024);
    expect(held[1]).toBeGreaterThan(MIB / 2);
    expect(held[2]).toBeLessThanOrEqual(64 * 1024);
  });

  it('is read in time that grows with its bytes, though they come one at a time', () => {
    const reading = new Reading().push('Event: X\r\nA: ');
    const one = Buffer.from('x');
    for (let count = 0; count < MIB / 4 - 10; count++) reading.framing.push(one);
    reading.push('\r\n\r\n');
    expect(reading.messages.map(({ length }) => length)).toEqual([MIB / 4 + 5]);
  });

  it.each([
    ['a message of a million headers', 'X: y\r\n'.repeat(1_000_000)],
    ['a message of line feeds', '\n'.repeat(7_000_000)],
    ['a line of a million colons', ':'.repeat(1_000_000)],
    ['a value of a million bytes that need two', `X: ${'\xc3\xa9'.repeat(500_000)}`],
  ])('blocks for no 50 ms, whatever it is: %s', (_, text) => {
    const pieces = [`Event: Hangup\r\n${text}`, '\r\n\r\n', `${TWO}\r\n`];
    const longest = () => {
      const reading = new Reading();
      const times = pieces.map((piece) => {
        const bytes = Buffer.from(piece, 'latin1');
        const before = process.threadCpuUsage();
        reading.framing.push(bytes);
        const { user, system } = process.threadCpuUsage(before);
        return (user + system) / 1_000;
      });
      expect(reading.messages.at(-1)).toBe(TWO);
      return Math.max(...times);
    };
    expect(Math.min(longest(), longest(), longest())).toBeLessThan(50); // the machine may be busy once
  });
});
