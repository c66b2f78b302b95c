import { describe, expect, it } from 'vitest';
import { parsePhoneLogs } from './script.ts';
import { toMessages, toTruth } from './truth.ts';

/** One message as sipp logs it; `second` is of one and the same minute. */
function logged(second: string, direction: 'sent' | 'received', lines: readonly string[]): string {
  const rule = '-'.repeat(47);
  return `${rule} 2026-01-02T03:04:${second}Z\nUDP message ${direction} [99] bytes:\n\n${lines.join('\r\n')}\r\n\r\n`;
}

function toInvite(from: string, target: string, callId: string): string[] {
  const dialog = [`From: <sip:${from}@pbx>;tag=1`, `Call-ID: ${callId}`, 'CSeq: 1 INVITE'];
  return [`INVITE sip:${target}@pbx SIP/2.0`, ...dialog];
}

function toAnswer(status: number, callId: string): string[] {
  return [`SIP/2.0 ${status} Text`, `Call-ID: ${callId}`, 'CSeq: 1 INVITE'];
}

function toRequest(method: string, callId: string): string[] {
  return [`${method} sip:somebody@pbx SIP/2.0`, `Call-ID: ${callId}`, `CSeq: 2 ${method}`];
}

const CALLER = [
  '=== phone 01-caller-101 0\n',
  logged('05.000000', 'sent', toInvite('101', '102', 'a')),
  logged('05.001000', 'received', toAnswer(401, 'a')),
  logged('05.002000', 'sent', toInvite('101', '102', 'a')),
  logged('05.010000', 'received', toAnswer(180, 'a')),
];
const CALLEE = [
  '=== phone 00-callee-102 0\n',
  logged('05.005000', 'received', toInvite('101', '102', 'b')),
  logged('05.007250', 'sent', toAnswer(180, 'b')),
];
const START = Date.UTC(2026, 0, 2, 3, 4, 5);

describe('toTruth', () => {
  it('takes the moments from the phone that did it, in microseconds', () => {
    const output = [
      ...CALLER,
      logged('06.001000', 'received', toAnswer(200, 'a')),
      logged('08.000500', 'received', toRequest('BYE', 'a')),
      ...CALLEE,
      logged('06.000000', 'sent', toAnswer(200, 'b')),
      logged('08.000000', 'sent', toRequest('BYE', 'b')),
    ].join('');
    const [call, ...others] = toTruth(parsePhoneLogs(output));
    expect(others).toEqual([]);
    expect(call).toEqual({
      from: '101',
      dialled: '102',
      status: 200,
      placed: START + 2,
      rang: START + 7.25,
      answered: START + 1000,
      answeredBy: '102',
      ended: START + 3000,
      endedBy: 'callee',
      legs: [
        {
          phone: '102',
          invited: START + 5,
          rang: START + 7.25,
          answered: START + 1000,
          ended: START + 3000,
          status: 200,
        },
      ],
    });
  });

  it('has the caller end a call that is cancelled', () => {
    const output = [
      ...CALLER,
      logged('07.000000', 'sent', toRequest('CANCEL', 'a')),
      logged('07.003000', 'received', toAnswer(487, 'a')),
      ...CALLEE,
      logged('07.002000', 'received', toRequest('CANCEL', 'b')),
      logged('07.002100', 'sent', toAnswer(487, 'b')),
    ].join('');
    const [call] = toTruth(parsePhoneLogs(output));
    expect(call).toMatchObject({ status: 487, ended: START + 2000, endedBy: 'caller' });
    expect(call?.answered).toBeUndefined();
  });

  it('has the PBX end a call that it refuses, with no leg', () => {
    const output = [...CALLER, logged('05.500000', 'received', toAnswer(404, 'a'))].join('');
    const [call] = toTruth(parsePhoneLogs(output));
    expect(call).toMatchObject({ status: 404, ended: START + 500, endedBy: 'system', legs: [] });
  });

  it('has a call placed once where its INVITE is sent again', () => {
    const again = logged('05.502000', 'sent', toInvite('101', '102', 'a'));
    const busy = logged('05.600000', 'received', toAnswer(486, 'a'));
    const [call] = toTruth(parsePhoneLogs([...CALLER, again, busy, ...CALLEE].join('')));
    expect(call).toMatchObject({ placed: START + 2, legs: [{ phone: '102' }] });
  });

  it('gives a leg to its call where the caller noted its INVITE late', () => {
    const busy = logged('05.600000', 'received', toAnswer(486, 'a'));
    const early = [
      '=== phone 00-callee-102 0\n',
      logged('04.999000', 'received', toInvite('101', '102', 'b')),
    ];
    const [call] = toTruth(parsePhoneLogs([...CALLER, busy, ...early].join('')));
    expect(call).toMatchObject({ legs: [{ phone: '102' }] });
  });

  it('refuses a leg that nobody called', () => {
    expect(() => toTruth(parsePhoneLogs(CALLEE.join('')))).toThrow('nobody called 102 as 101');
  });

  it('gives a leg to the call of its caller', () => {
    const other = [
      '=== phone 02-caller-103 0\n',
      logged('05.004000', 'sent', toInvite('103', '600', 'c')),
      logged('09.000000', 'received', toAnswer(486, 'c')),
    ];
    const late = logged('09.500000', 'received', toAnswer(486, 'a'));
    const calls = toTruth(parsePhoneLogs([...CALLER, late, ...other, ...CALLEE].join('')));
    expect(calls.map(({ from, legs }) => [from, legs.map(({ phone }) => phone)])).toEqual([
      ['101', ['102']],
      ['103', []],
    ]);
  });
});

describe('toMessages', () => {
  it('puts what all phones sent and received in the order of time', () => {
    const messages = toMessages(parsePhoneLogs([...CALLER, ...CALLEE].join('')));
    expect(messages.map(({ phone, direction, what }) => `${phone} ${direction} ${what}`)).toEqual([
      '101 sent INVITE',
      '101 received 401 INVITE',
      '101 sent INVITE',
      '102 received INVITE',
      '102 sent 180 INVITE',
      '101 received 180 INVITE',
    ]);
  });
});
