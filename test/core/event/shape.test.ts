import { describe, expect, it } from 'vitest';
import {
  COUNT,
  constant,
  MOMENT,
  NOT_TOLD,
  number,
  object,
  TEXT,
  word,
  YES,
} from '../../../src/core/event/shape.ts';

type Phone = {
  readonly shelf: number;
  readonly label?: string;
  readonly inside: string;
  readonly seenAt: number;
};

const PHONE = object<Phone>('phone', {
  label: { key: 'a "label"', is: TEXT, says: 'what it is called', optional: true },
  shelf: [
    { key: 'shelf', is: COUNT, says: 'where it stands' },
    { key: 'kind', is: constant('phone'), says: 'what it is' },
  ],
  inside: NOT_TOLD,
  seenAt: { key: 'seen_at', is: MOMENT, says: 'when it was seen' },
});

describe('an object', () => {
  const phone = { seenAt: 0, inside: 'wires', shelf: 3 };

  it('is written with its keys in the order in which they are declared', () => {
    expect(PHONE.write({ ...phone, label: 'say "hello"\n' })).toBe(
      '{"a \\"label\\"":"say \\"hello\\"\\n","shelf":3,"kind":"phone","seen_at":"1970-01-01T00:00:00.000Z"}',
    );
  });

  it('leaves out what is not there', () => {
    expect(JSON.parse(PHONE.write(phone))).not.toHaveProperty('a "label"');
    const nothing = object<{ readonly on?: true }>('nothing', {
      on: { key: 'on', is: YES, says: 'whether it is on', optional: true },
    });
    expect(nothing.write({})).toBe('{}');
    expect(nothing.write({ on: true })).toBe('{"on":true}');
  });

  it('knows the keys that it writes, and no field that is not told', () => {
    expect(PHONE.object?.keys.map(({ key }) => key)).toEqual([
      'a "label"',
      'shelf',
      'kind',
      'seen_at',
    ]);
  });
});

describe('a text', () => {
  it.each([
    '',
    'plain',
    '"',
    '\\',
    '\n',
    '\x1f',
    '\x7f',
    'Zoë',
    '\u2028',
    '😀',
    '\ud83d',
    '\ude00',
  ])('is escaped as JSON has it: %j', (text) => {
    expect(TEXT.write(`a${text}b`)).toBe(JSON.stringify(`a${text}b`));
  });
});

describe('a value', () => {
  it('is JSON whatever it is', () => {
    for (const text of ['', '"', '\\', '\u2028', '\ud800', 'é😀\0']) {
      expect(TEXT.write(text)).toBe(JSON.stringify(text));
    }
    for (const value of [0, -0, 0.1 + 0.2, 1e21, Number.NaN, Number.POSITIVE_INFINITY]) {
      expect(number({ type: 'number' }).write(value)).toBe(JSON.stringify(value));
    }
  });

  it('is a word of a closed set, in the order of their meanings', () => {
    const colour = word({ red: 'as a rose', blue: 'as the sky' });
    expect(colour.keywords).toEqual({ type: 'string', enum: ['red', 'blue'] });
    expect(colour.write('blue')).toBe('"blue"');
  });
});
