import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isUnknown, toName, toNumber, toText, unescapeName } from '../../../src/core/ami/value.ts';
import { utf8 } from '../../support/ami-text.ts';
import { runs } from '../../support/property-runs.ts';

/** A decoder of somebody else's. */
function decode(latin1: string): string {
  return new TextDecoder('utf-8', { ignoreBOM: true }).decode(Buffer.from(latin1, 'latin1'));
}

describe('text', () => {
  it.each(['Alice', 'Jörg Müller', '日本', 'a🙂b', '\u{10ffff}', '\ufeffBOM', ''])(
    'is UTF-8: %s',
    (text) => {
      expect(toText(utf8(text))).toBe(text);
    },
  );

  it.each([
    ['a lone continuation', '\x80', '\ufffd'],
    ['latin1', 'J\xf6rg', 'J\ufffdrg'],
    ['a byte that never occurs', '\xff\xfe', '\ufffd\ufffd'],
    ['an overlong slash', '\xc0\xaf', '\ufffd\ufffd'],
    ['an overlong form of three bytes', '\xe0\x80\xaf', '\ufffd\ufffd\ufffd'],
    ['an overlong form of four bytes', '\xf0\x80\x80\xaf', '\ufffd\ufffd\ufffd\ufffd'],
    ['a surrogate', '\xed\xa0\x80', '\ufffd\ufffd\ufffd'],
    ['what is beyond U+10FFFF', '\xf4\x90\x80\x80', '\ufffd\ufffd\ufffd\ufffd'],
    ['five bytes', '\xf8\x88\x80\x80\x80', '\ufffd'.repeat(5)],
    ['a character that is cut off at the end', 'a\xe6\x97', 'a\ufffd'],
    ['a character that is cut off by another', '\xe6\x97\xe6\x97\xa5', '\ufffd日'],
    ['a character that is cut off by ASCII', '\xf0\x9f\x99x', '\ufffdx'],
  ])('shows %s as U+FFFD', (_, latin1, text) => {
    expect(toText(latin1)).toBe(text);
  });

  it('is what any other decoder makes of the same bytes', () => {
    const bytes = fc.uint8Array({ maxLength: 40 });
    const edges = fc.array(
      fc.constantFrom(
        0x41,
        0x7f,
        0x80,
        0x8f,
        0x90,
        0x9f,
        0xa0,
        0xbf,
        0xc1,
        0xc2,
        0xe0,
        0xed,
        0xef,
        0xf0,
        0xf4,
        0xf5,
      ),
      { maxLength: 12 },
    );
    fc.assert(
      fc.property(fc.oneof(bytes, edges), (values) => {
        const latin1 = Buffer.from(values).toString('latin1');
        expect(toText(latin1)).toBe(decode(latin1));
      }),
      { numRuns: runs(250) },
    );
  });
});

describe('a name', () => {
  it.each([
    ["O\\'Brien", "O'Brien"],
    ['Eve \\"Ops\\": Sales, EU', 'Eve "Ops": Sales, EU'],
    ['Who\\?', 'Who?'],
    ['back\\\\slash', 'back\\slash'],
    ['\\\\n is no line break', '\\n is no line break'],
    ['odd \\x \\', 'odd \\x \\'],
    ['tab\\tstop', 'tab stop'],
    ['two\\r\\nlines', 'two lines'],
    ['\\a\\b\\f\\vbell', 'bell'],
    ['  padded  ', 'padded'],
    ['escape\x1b[2J here', 'escape [2J here'],
    [utf8('J\u0085örg'), 'J örg'],
    [utf8('日本'), '日本'],
    ['J\xf6rg', 'J\ufffdrg'],
  ])('%j is shown as %j', (value, name) => {
    expect(toName(value)).toBe(name);
  });

  it.each([undefined, '', '<unknown>', '\\t', ' ', '\x00'])(
    'is nothing where it is %j',
    (value) => {
      expect(toName(value)).toBeUndefined();
    },
  );

  it('comes back from the escapes that Asterisk gives it', () => {
    const escapes: Readonly<Record<string, string>> = {
      '\x07': '\\a',
      '\b': '\\b',
      '\f': '\\f',
      '\n': '\\n',
      '\r': '\\r',
      '\t': '\\t',
      '\v': '\\v',
      '\\': '\\\\',
      "'": "\\'",
      '"': '\\"',
      '?': '\\?',
    };
    const character = fc.oneof(
      fc.constantFrom(...Object.keys(escapes)),
      fc.string({ maxLength: 1 }),
    );
    fc.assert(
      fc.property(fc.array(character), (characters) => {
        const escaped = characters.map((one) => escapes[one] ?? one).join('');
        expect(unescapeName(escaped)).toBe(characters.join(''));
      }),
    );
  });
});

describe('a number', () => {
  it.each([
    ['101', '101'],
    ['+49 30 1234', '+49 30 1234'],
    ["O\\'Brien", "O\\'Brien"],
    ['one\rtwo', 'one two'],
    [utf8('büro'), 'büro'],
  ])('%j is shown as %j, with no escapes undone', (value, number) => {
    expect(toNumber(value)).toBe(number);
  });

  it.each([undefined, '', '<unknown>', '\r'])('is nothing where it is %j', (value) => {
    expect(toNumber(value)).toBeUndefined();
  });
});

it("knows Asterisk's word for nothing", () => {
  expect([undefined, '', '<unknown>', 'unknown', '0'].map(isUnknown)).toEqual([
    true,
    true,
    true,
    false,
    false,
  ]);
});
