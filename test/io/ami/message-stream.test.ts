// What is read where it lies in the stream, and what is read as text, must be the same.

import { readdirSync, readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { KnownEvent } from '../../../src/core/ami/known-events.ts';
import { type AmiMessage, toMessage } from '../../../src/core/ami/message.ts';
import { type ReadResult, SignalReader } from '../../../src/core/pbx/signal.ts';
import { Framing } from '../../../src/io/ami/framing.ts';
import { MessageStream } from '../../../src/io/ami/message-stream.ts';
import { block, eventText } from '../../support/ami-text.ts';
import { hostileText, idsIn, placesIn, textsOf, writeInto } from '../../support/hostile.ts';
import { runs } from '../../support/property-runs.ts';

const FOLDER = 'testdata/fixtures';
const RECORDINGS = readdirSync(FOLDER).filter((file) => file.endsWith('.raw'));
const recording = fc
  .constantFrom(...RECORDINGS)
  .map((file) => textsOf(readFileSync(`${FOLDER}/${file}`, 'latin1')));

type Reading = { readonly text: string; readonly result: ReadResult };

/** All that is read, whether anybody wants it or not. */
function readInPlace(pieces: readonly Buffer[]): readonly Reading[] {
  const reader = new SignalReader();
  const readings: Reading[] = [];
  const stream = new MessageStream({
    onMessage: (message) => readings.push({ text: message.text, result: reader.read(message, 0) }),
  });
  for (const piece of pieces) stream.push(piece);
  return readings;
}

function readAsText(pieces: readonly Buffer[]): readonly Reading[] {
  const reader = new SignalReader();
  const readings: Reading[] = [];
  const framing = new Framing({
    onMessage: (text) => readings.push({ text, result: reader.read(toMessage(text), 0) }),
  });
  for (const piece of pieces) framing.push(piece);
  return readings;
}

function cutAt(bytes: Buffer, places: readonly number[]): readonly Buffer[] {
  const cuts = [0, ...places.map((place) => place % bytes.length), bytes.length];
  const sorted = cuts.toSorted((a, b) => a - b);
  return sorted.map((cut, index) => Buffer.from(bytes.subarray(cut, sorted[index + 1])));
}

describe('an event that is read where it lies says what its text says', () => {
  const cuts = fc.array(fc.nat(), { maxLength: 20 });

  it('in every recording, twice, wherever the stream is cut', () => {
    fc.assert(
      fc.property(recording, cuts, (texts, places) => {
        const bytes = Buffer.from([...texts, ...texts].join(''), 'latin1');
        const pieces = cutAt(bytes, places);
        expect(readInPlace(pieces)).toEqual(readAsText(pieces));
      }),
      { numRuns: runs(40) },
    );
  });

  it('whatever a caller writes into it', () => {
    const attack = recording.chain((texts) => {
      const writing = fc.tuple(fc.nat(texts.length - 1), fc.nat(), hostileText(idsIn(texts)));
      return fc.tuple(fc.constant(texts), fc.array(writing, { minLength: 1, maxLength: 8 }), cuts);
    });
    fc.assert(
      fc.property(attack, ([texts, writings, places]) => {
        const written = [...texts];
        for (const [index, place, value] of writings) {
          const reached = placesIn(texts[index] ?? '');
          const line = reached[place % reached.length];
          if (line !== undefined) written[index] = writeInto(written[index] ?? '', line, value);
        }
        const pieces = cutAt(Buffer.from([...texts, ...written].join(''), 'latin1'), places);
        expect(readInPlace(pieces)).toEqual(readAsText(pieces));
      }),
      { numRuns: runs(60) },
    );
  });

  it('whichever bytes of it are others', () => {
    const change = fc.tuple(fc.nat(), fc.constantFrom(...'\r\n\0\t\x7f\x80\xff: xE.1'));
    fc.assert(
      fc.property(
        recording,
        fc.array(change, { minLength: 1, maxLength: 10 }),
        (texts, changes) => {
          const text = texts.join('');
          const changed = Buffer.from(text, 'latin1');
          for (const [at, character] of changes)
            changed.write(character, at % text.length, 'latin1');
          const pieces = [Buffer.from(text, 'latin1'), changed];
          expect(readInPlace(pieces)).toEqual(readAsText(pieces));
        },
      ),
      { numRuns: runs(60) },
    );
  });
});

describe('a number, and a moment, is read where it lies as in its text', () => {
  const caller = { channel: 'PJSIP/101-00000001', id: '1770000000.1' };
  const hangup = (stamp: string, cause: string) =>
    `${eventText('Hangup', ['Timestamp', stamp], ...block(caller), ['Cause', cause])}\r\n`;
  const usual = hangup('1770888509.123456', '16');

  it.each([
    ...['0.000001', '1.999999', '0001770888509.123456', '253402300799.999999'],
    ...['253402300800.000000', '00000000000001770888509.123456', '99999999999999.000000'],
    ...['', '.', '.123456', '1770888509', '1770888509.12345', '1770888509,123456'],
    ...['1770888509.1234567', '17708885o9.123456', '1770888509.12345x', '-1.000000', '1.5.000000'],
  ])('Timestamp: %j', (stamp) => {
    const pieces = [Buffer.from(usual + hangup(stamp, '16'), 'latin1')];
    expect(readInPlace(pieces)).toEqual(readAsText(pieces));
  });

  it.each([
    ...['', '0', '7', '0016', '16 ', ' 16', '+16', '-16', '16 (Normal)', '0x10', '1e3', 'x', '1.9'],
    ...['123456789012345', '1234567890123456', '9007199254740993', '00000000000000000016'],
  ])('Cause: %j', (cause) => {
    const pieces = [Buffer.from(usual + hangup('1770888509.123456', cause), 'latin1')];
    expect(readInPlace(pieces)).toEqual(readAsText(pieces));
  });
});

describe('a stream of messages', () => {
  const caller = { channel: 'PJSIP/101-00000001', id: '1770000000.1', num: '101', name: 'Alice' };
  const text = (num: string) => `${eventText('Newstate', ...block({ ...caller, num }))}\r\n`;

  function kindsOf(...texts: readonly string[]): readonly string[] {
    const kinds: string[] = [];
    const onMessage = (message: AmiMessage) =>
      kinds.push(message instanceof KnownEvent ? 'known' : message.kind);
    const stream = new MessageStream({ onMessage });
    stream.push(Buffer.from(texts.join(''), 'latin1'));
    return kinds;
  }

  it('knows an event that is laid out as one before', () => {
    expect(kindsOf(text('101'), text('102'), text(''))).toEqual(['event', 'known', 'known']);
  });

  it('does not know one with a header more, or less, or a control character in a value', () => {
    const more = text('101\r\nX: y');
    const less = text('101').replace(/AccountCode: .*\r\n/, '');
    expect(kindsOf(text('101'), more, less, text('1\t01'))).toEqual(Array(4).fill('event'));
  });

  it('reads as text what answers an action, and what is laid out anew each time', () => {
    const answer = (id: string) => `Event: Status\r\nActionID: ${id}\r\nName: x\r\n\r\n`;
    expect(kindsOf(answer('a'), answer('b'))).toEqual(['event', 'event']);
    const variables = Array.from({ length: 300 }, (_, n) => text(`1\r\nChanVariable(${n}): x`));
    expect(new Set(kindsOf(...variables))).toEqual(new Set(['event']));
    expect(kindsOf(...variables, text('101'), text('101')).slice(-2)).toEqual(['event', 'event']);
  });

  it('remembers nothing of an event that is larger than any', () => {
    const large = text('1\r\nX: '.concat('x'.repeat(10_000)));
    expect(kindsOf(large, large, large)).toEqual(['event', 'event', 'event']);
  });

  it('gives the values of each', () => {
    const numbers: string[] = [];
    const stream = new MessageStream({
      onMessage: (message) => {
        if (message instanceof KnownEvent) numbers.push(message.header('CallerIDNum') ?? 'none');
      },
    });
    stream.push(Buffer.from(text('1') + text('22') + text(''), 'latin1'));
    expect(numbers).toEqual(['22', '']);
  });
});
