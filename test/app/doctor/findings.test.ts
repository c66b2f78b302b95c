import { describe, expect, it } from 'vitest';
import { fail, ok, toLines, toSummary, unknown, warn } from '../../../src/app/doctor/findings.ts';
import { loopbackHint, toFinding } from '../../../src/app/doctor/name.ts';

describe('a finding', () => {
  it('is a line, and a second one with its remedy', () => {
    expect(toLines('data', ok('All is well'), false)).toBe('ok    data      All is well\n');
    expect(toLines('asterisk', fail('No way', 'Try.'), false)).toBe(
      'FAIL  asterisk  No way\n      -> Try.\n',
    );
    expect(toLines('broker', unknown('Who knows', 'Look.'), false)).toBe(
      'skip  broker    Who knows\n      -> Look.\n',
    );
  });

  it('commands no terminal and begins no line, whoever had a part in its text', () => {
    expect(toLines('broker', warn('a\x1b[2J\r\nok  b\x9b', 'c\nd'), false)).toBe(
      'warn  broker    a [2J ok  b\n      -> c d\n',
    );
  });
});

describe('the last line', () => {
  it('counts', () => {
    expect(toSummary(['ok', 'ok', 'warn', 'fail', 'skip'])).toBe(
      '2 ok, 1 warning, 1 failed, 1 not checked\n',
    );
    expect(toSummary([])).toBe('0 ok, 0 warnings, 0 failed, 0 not checked\n');
  });
});

describe('a name', () => {
  it.each([
    [{ addresses: ['192.0.2.1'] }, 'pbx resolves to 192.0.2.1'],
    [{ addresses: ['pbx'] }, 'pbx is an address'],
    [{ addresses: ['1', '2', '3', '4'] }, 'pbx resolves to 1, 2, 3, 4'],
    [{ addresses: ['1', '2', '3', '4', '5'] }, 'pbx resolves to 1, 2, 3, 4, …'],
    [{ trouble: 'nobody knows it' }, 'pbx does not resolve: nobody knows it'],
  ])('is told with its addresses', (resolution, text) => {
    expect(toFinding('pbx', 'AMI_HOST', resolution)).toMatchObject({ text });
  });

  it('of this machine may be that of a container', () => {
    expect(loopbackHint('localhost')).toContain('localhost is the container itself');
    expect(loopbackHint('127.0.0.53')).not.toBe('');
    expect(loopbackHint('pbx')).toBe('');
  });
});
