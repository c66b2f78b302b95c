import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import * as standIns from '../../../src/core/capture/stand-ins.ts';

const FAMILIES = [
  ['words', standIns.PLAIN_WORDS],
  ['accented words', standIns.ACCENTED_WORDS],
  ['wide words', standIns.WIDE_WORDS],
  ['broken words', standIns.BROKEN_WORDS],
  ['letters', standIns.LETTERS],
  ['codes', standIns.CODES],
  ['accented codes', standIns.ACCENTED_CODES],
  ['domains', standIns.DOMAINS],
  ['IPv4 addresses', standIns.IPV4_ADDRESSES],
  ['IPv6 addresses', standIns.IPV6_ADDRESSES],
  ['numbers of one digit', standIns.numbers('7')],
  ['numbers of three digits', standIns.numbers('102')],
  ['numbers with leading zeros', standIns.numbers('0012')],
  ['numbers of eleven digits', standIns.numbers('49301234567')],
  ['numbers of forty digits', standIns.numbers('1'.repeat(40))],
] as const;

describe.each(FAMILIES)('the stand-ins for %s', (_, family) => {
  it('are told from one another and from everything else', () => {
    fc.assert(
      fc.property(fc.nat({ max: Math.min(family.size, 100_000) - 1 }), (index) => {
        expect(family.index(family.item(index))).toBe(index);
      }),
    );
    for (const other of ['', ' ', 'martin', 'M\xfcller', '10.0.0.1', 'fd00::1', '999999', 'a.de']) {
      expect(family.index(other)).toBeUndefined();
    }
  });
});

describe('the stand-ins for numbers', () => {
  it('begin as fictitious numbers do, and have the length of the number', () => {
    const first = ['1', '12', '123', '1234', '12345', '1234567', '0123', '000'].map((number) =>
      standIns.numbers(number).item(0),
    );
    expect(first).toEqual(['1', '51', '501', '5001', '50100', '5550100', '0501', '001']);
  });
});
