import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Capture } from '../../../src/core/capture/format.ts';
import { messageSpans } from '../../../src/core/capture/format.ts';
import { sanitize } from '../../../src/core/capture/sanitize.ts';
import { runs } from '../../support/property-runs.ts';
import { BANNER, capture, event, LOGIN, message, snapshot } from './hand-made.ts';

/** UTF-8 as captures hold it: a character per byte. */
function utf8(text: string): string {
  return Buffer.from(text).toString('latin1');
}

function sanitized(...messages: string[]): string {
  return sanitize(capture(BANNER, ...messages)).capture.text;
}

/** What stands for a header's value when it is all there is. */
function standIn(key: string, value: string, ...before: [string, string][]): string {
  const text = sanitized(event('Any', ...before, [key, value]));
  return text.split(`${key}: `).at(-1)?.split('\r\n')[0] ?? '';
}

/** The stand-ins of several values that are in one capture. */
function together(...headers: [string, string][]): string[] {
  const lines = sanitized(event('Any', ...headers))
    .split('\r\n')
    .slice(3);
  return headers.map((_, index) => lines[index]?.split(': ').slice(1).join(': ') ?? '');
}

describe('a number', () => {
  it.each([
    ['CallerIDNum', '101', /^5\d\d$/],
    ['Exten', '7', /^\d$/],
    ['Exten', '*8', /^\*\d$/],
    ['Exten', '*8102', /^\*5\d{3}$/],
    ['CallerIDNum', '+4930123456', /^\+5555550100$/],
    ['CallerIDNum', '030123456', /^055550100$/],
    ['DestCallerIDNum', '1'.repeat(40), /^5{36}0100$/],
  ])('in %s keeps its length and shape: %s', (key, number, shape) => {
    expect(standIn(key, number)).toMatch(shape);
    expect(standIn(key, number)).not.toBe(number);
  });

  it('has one stand-in, whatever it stands in', () => {
    const uri = utf8('sip:102@10.1.2.3:5060;transport=udp;x-ast-orig-host=192.168.4.5:0');
    expect(
      together(
        ['CallerIDNum', '102'],
        ['Channel', 'PJSIP/102-0000001a'],
        ['DestChannel', 'Local/102@internal-00000003;1'],
        ['DialString', '102@trunk'],
        ['URI', uri],
        ['Interface', 'PJSIP/102'],
        ['Mailbox', '102@default'],
        ['AccountCode', '102'],
        ['AppData', 'PJSIP/102&PJSIP/103,20,tT'],
        ['ChanVariable(PJSIP/102-0000001a)', 'peer=PJSIP/102-0000001a'],
        ['CallerID', '"Bob" <102>'],
      ),
    ).toEqual([
      '501',
      'PJSIP/501-0000001a',
      'Local/501@internal-00000003;1',
      '501@trunk',
      'sip:501@192.0.2.1:5060;transport=udp;x-ast-orig-host=192.0.2.2:0',
      'PJSIP/501',
      '501@default',
      '501',
      'PJSIP/501&PJSIP/502,20,tT',
      'peer=PJSIP/501-0000001a',
      '"Anna" <501>',
    ]);
  });

  it('is replaced in the key of a channel variable too', () => {
    expect(sanitized(event('X', ['ChanVariable(SIP/102-0000001a)', 'a=']))).toContain(
      '\r\nChanVariable(SIP/501-0000001a): a=\r\n',
    );
  });

  it('is none where it counts or means something to the protocol', () => {
    const text = event(
      'Hangup',
      ['Timestamp', '1770888509.123456'],
      ['ChannelState', '6'],
      ['Priority', '102'],
      ['Uniqueid', '1770888509.102'],
      ['Linkedid', '1770888509.101'],
      ['BridgeUniqueid', 'b7e2f0aa-1022-4d5e-8f00-000000000102'],
      ['Cause', '102'],
      ['Context', 'internal-102'],
      ['Exten', 's'],
    );
    expect(sanitized(text, event('X', ['Exten', '102']))).toContain(text);
  });

  it('is replaced behind a dash where that is no end of a channel', () => {
    expect(together(['CallerIDNum', '12345678'], ['Device', 'PJSIP/030-12345678'])).toEqual([
      '55550100',
      'PJSIP/051-55550100',
    ]);
  });

  it('leaves a timeout alone among the arguments of an application', () => {
    expect(together(['Exten', '600'], ['AppData', '600,20,m(x)'])).toEqual(['501', '501,20,m(x)']);
  });
});

describe('a name', () => {
  it('keeps its quotes, apostrophes, colons and commas, escaped or not', () => {
    expect(
      together(
        ['CallerIDName', "O\\'Brien"],
        ['CallerIDname', "O'Brien"],
        ['ConnectedLineName', 'Eve \\"Ops\\": Sales, EU'],
        ['CallerID', '"O\'Brien" <104>'],
      ),
    ).toEqual(["G\\'Anna", "G'Anna", 'Bert \\"Carl\\": Dora, EMIL', '"G\'Anna" <501>']);
  });

  it('of many letters gets one of many letters, and keeps what is no letter', () => {
    const name = utf8('Jörg Müller 🙂 – 日本');
    const result = Buffer.from(standIn('CallerIDName', name), 'latin1').toString();
    expect(result).toMatch(/^[^ ]*[^\x20-\x7f][^ ]* [^ ]*[^\x20-\x7f][^ ]* 🙂 – \p{Script=Han}+$/u);
    expect(result).not.toContain('Müller');
  });

  it('whose bytes are no UTF-8 stays so', () => {
    const result = Buffer.from(standIn('CallerIDName', 'M\xfcller'), 'latin1').toString();
    expect(result).toContain('\ufffd');
  });

  it('is the same in upper and in lower case', () => {
    expect(together(['MemberName', 'Martin'], ['AOR', 'martin'], ['Peer', 'SIP/MARTIN'])).toEqual([
      'Anna',
      'anna',
      'SIP/ANNA',
    ]);
  });

  it.each(['<unknown>', '', 'Anonymous', 'unknown'])('that is none, %j, stays', (nothing) => {
    expect(standIn('CallerIDName', nothing)).toBe(nothing);
  });
});

describe('an address', () => {
  it('has one stand-in, from the ranges for documentation', () => {
    expect(
      together(
        ['Address', '10.0.0.5:5060'],
        ['URI', 'sip:alice@[fd00::5]:5061'],
        ['Domain', 'sip.provider.example.org'],
        ['AppData', 'PJSIP/5551234@sip.provider.example.org'],
        ['Value', '10.0.0.5 fd00::5 127.0.0.1 10:30:00'],
      ),
    ).toEqual([
      '192.0.2.1:5060',
      'sip:anna@[2001:db8::1]:5061',
      'host1.example.com',
      'PJSIP/5550100@host1.example.com',
      '192.0.2.1 2001:db8::1 127.0.0.1 51:52:01',
    ]);
  });

  it('in a name is no domain unless it is one elsewhere', () => {
    expect(standIn('CallerIDName', 'J.Smith')).toBe('G.Anna');
    expect(together(['Domain', 'j.smith'], ['CallerIDName', 'j.smith'])).toEqual([
      'host1.example.com',
      'host1.example.com',
    ]);
  });
});

describe('a secret', () => {
  it.each([
    ['Secret', 'hunter2', []],
    ['Md5Cred', 'a1b2', []],
    ['NewPassword', '1234', []],
    ['ChanVariable', 'USER_PIN=1234', []],
    ['Value', 'hunter2', [['Variable', 'API_TOKEN']]],
    ['AppData', '1234', [['Application', 'Authenticate']]],
  ] as const)('in %s: %s is removed', (key, value, before) => {
    const text = sanitized(event('VarSet', ...before, [key, value]));
    expect(text).toContain('removed\r\n');
    expect(text).not.toContain(value.split('=').at(-1));
  });

  it('is removed wherever else it turns up', () => {
    expect(together(['Password', 'pa$$ word'], ['AppData', 'x,pa$$ word,y'])).toEqual([
      'removed',
      'x,removed,y',
    ]);
  });

  it('of a login or typed by a caller leaves nothing, not even its pattern', () => {
    const challenge = message('Response', 'Success', ['Challenge', '123456789']);
    expect(sanitized(challenge)).toContain('Challenge: 000000000');
    const digits = ['4', '1', '1'].map((digit) => event('DTMFEnd', ['Digit', digit])).join('');
    expect(sanitized(digits)).toBe(BANNER + digits.replace(/Digit: \d/g, 'Digit: 0'));
  });
});

describe('what is not known', () => {
  it('is replaced word for word in a UserEvent of the dialplan', () => {
    const text = event('UserEvent', ['UserEvent', 'Ticket'], ['Status', 'call Erika 0815']);
    expect(sanitized(text)).toContain('UserEvent: Ticket\r\nStatus: anna Bert 0501\r\n');
  });

  it('is replaced in a line that is no header', () => {
    expect(sanitized('Event: X\r\nErika Muster, 030123456\r\n\r\n')).toContain(
      'Event: X\r\nAnna Bert, 055550100\r\n\r\n',
    );
  });
});

describe('what has meaning to the protocol', () => {
  it('stays: contexts, applications, statuses, technologies, functions', () => {
    const text = event(
      'Newexten',
      ['Context', 'from-pstn'],
      ['Exten', 'h'],
      ['Application', 'Set'],
      ['AppData', 'CALLERID(num)='],
      ['DialStatus', 'NOANSWER'],
      ['Channel', 'Local/s@from-pstn-0000001a;2'],
    );
    expect(sanitized(text, LOGIN, event('X', ['MemberName', 'Bob']))).toContain(text);
  });
});

const LETTER_WORDS = fc.stringMatching(/^[A-Z][a-z]{3,9}$/).filter((word) => {
  return !/^(Hangup|Unknown|Removed|Anonymous|Private|Withheld|Default|Trunk|Avail)$/.test(word);
});
const NAME = fc
  .tuple(LETTER_WORDS, fc.constantFrom(' ', "\\'", ', ', ': ', ' \\"', '-'), LETTER_WORDS)
  .map((parts) => parts.join(''));
const NUMBER = fc.stringMatching(/^\+?[1-9][0-9]{2,13}$/);
const ADDRESS = fc.ipV4().filter((address) => !/^(127|0|255)\./.test(address));
const PARTY = fc.record({ num: NUMBER, name: NAME, address: ADDRESS, user: LETTER_WORDS });

type Party = typeof PARTY extends fc.Arbitrary<infer T> ? T : never;

function told({ num, name, address, user }: Party, index: number): string {
  const id = `1770888509.${index}`;
  const channel = `PJSIP/${num}-${index.toString(16).padStart(8, '0')}`;
  return (
    event('Newchannel', ...snapshot({ channel, id, num, name, exten: num })) +
    event('ContactStatus', ['URI', `sip:${num}@${address}:5060;ob`], ['AOR', user]) +
    event('VarSet', ['Variable', 'BRIDGEPEER'], ['Value', `PJSIP/${user}-0000000a`]) +
    event('Newexten', ['Application', 'Dial'], ['AppData', `PJSIP/${num}@${user},30`])
  );
}

const CAPTURES = fc
  .tuple(fc.array(PARTY, { minLength: 1, maxLength: 6 }), fc.infiniteStream(fc.nat({ max: 400 })))
  .map(([parties, sizes]) => {
    const text = BANNER + parties.map(told).join('');
    return { parties, capture: cut(text, sizes) };
  });

function cut(text: string, sizes: Iterator<number>): Capture {
  const reads = [];
  for (let offset = 0; offset < text.length; offset += 1 + (sizes.next().value ?? 0)) {
    reads.push({ offset, ms: reads.length });
  }
  return { startedAt: 0, text, reads };
}

function lines(text: string): string[] {
  return text.split('\n');
}

describe('a sanitized capture', () => {
  it('has the same lines with the same keys in the same order, and the same messages', () => {
    fc.assert(
      fc.property(CAPTURES, ({ capture: original }) => {
        const { text } = sanitize(original).capture;
        const keys = (of: string) => lines(of).map((line) => line.split(':', 1)[0]);
        expect(keys(text)).toEqual(keys(original.text));
        expect([...messageSpans(text)].length).toBe([...messageSpans(original.text)].length);
      }),
    );
  });

  it('comes in as many reads, at the same times, each cut in the same line', () => {
    fc.assert(
      fc.property(CAPTURES, ({ capture: original }) => {
        const { text, reads } = sanitize(original).capture;
        expect(reads.map(({ ms }) => ms)).toEqual(original.reads.map(({ ms }) => ms));
        const lineOf = (of: Capture) =>
          of.reads.map(({ offset }) => lines(of.text.slice(0, offset)).length);
        expect(lineOf({ startedAt: 0, text, reads })).toEqual(lineOf(original));
        const offsets = reads.map(({ offset }) => offset);
        expect(offsets).toEqual(offsets.toSorted((a, b) => a - b));
      }),
    );
  });

  it('does not change when it is sanitized again', () => {
    fc.assert(
      fc.property(CAPTURES, ({ capture: original }) => {
        const once = sanitize(original);
        const twice = sanitize(once.capture);
        expect(twice.capture).toEqual(once.capture);
        expect(Object.values(twice.counts).every((count) => count === 0)).toBe(true);
      }),
    );
  });

  it('has nothing left of any number, name, user or address', () => {
    fc.assert(
      fc.property(CAPTURES, ({ parties, capture: original }) => {
        fc.pre(sanitize(original).counts.names > 0);
        const { text } = sanitize(original).capture;
        const left = new Set(text.toLowerCase().match(/[a-z]+|\d+(?:\.\d+)*/g));
        const values = parties.flatMap(({ num, name, address, user }) => [
          num.replace('+', ''),
          ...(name.match(/[A-Za-z]{2,}/g) ?? []),
          address,
          user,
        ]);
        const known = new Set(
          lines(original.text).map((line) => line.split(':', 1)[0]?.toLowerCase()),
        );
        const mine = values
          .map((value) => value.toLowerCase())
          .filter((value) => !known.has(value));
        expect(mine.filter((value) => left.has(value))).toEqual([]);
      }),
    );
  });

  it('gives the same value the same stand-in, and different ones different ones', () => {
    fc.assert(
      fc.property(CAPTURES, ({ capture: original }) => {
        const { text } = sanitize(original).capture;
        const values = (of: string, key: string) =>
          [...of.matchAll(new RegExp(`^${key}: (.*)\r$`, 'gm'))].map(([, value]) => value ?? '');
        for (const key of ['CallerIDNum', 'CallerIDName', 'URI', 'AOR', 'AppData']) {
          const pairs = values(original.text, key).map((value, index) => [
            value.toLowerCase(),
            (values(text, key)[index] ?? '').toLowerCase(),
          ]);
          const there = new Map(pairs.map(([value, standIn]) => [value, standIn]));
          expect(there.size).toBe(new Set(there.values()).size);
          for (const [value, standIn] of pairs) expect(there.get(value ?? '')).toBe(standIn);
        }
      }),
    );
  });

  it('survives any bytes, and they do not change when it is sanitized again', () => {
    const bytes = fc.string({
      unit: fc.oneof(
        fc.nat({ max: 255 }).map((byte) => String.fromCharCode(byte)),
        fc.constantFrom('Event: ', 'CallerIDName: ', 'AppData: ', '\r\n', 'sip:', '@', '::', '/'),
        fc.constantFrom('10.0.0.1', 'a.b', '102', '-0000001a', '*8', '\\"', 'Key: ', 'Exten: '),
      ),
      maxLength: 60,
    });
    fc.assert(
      fc.property(bytes, (text) => {
        const once = sanitize(capture(text)).capture;
        expect(lines(once.text).length).toBe(lines(text).length);
        expect(sanitize(once).capture.text).toBe(once.text);
      }),
      { numRuns: runs(300) },
    );
  });
});

describe('the account of it', () => {
  it('counts different values by kind', () => {
    const { counts } = sanitize(
      capture(
        event('X', ['CallerIDNum', '101'], ['Exten', '101'], ['ConnectedLineNum', '102']),
        event('X', ['MemberName', 'Bob Brown'], ['AOR', 'bob7'], ['Secret', 'x']),
        event('X', ['URI', 'sip:101@10.0.0.1'], ['Domain', 'pbx.example.net']),
      ),
    );
    expect(counts).toEqual({
      numbers: 2,
      names: 2,
      addresses: 1,
      domains: 1,
      codes: 1,
      secrets: 1,
    });
  });
});
