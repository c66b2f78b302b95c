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

  it('is one also where it is that of a technology', () => {
    expect(standIn('CallerIDName', 'Park: Kim')).toBe('Anna: Bert');
    expect(standIn('Device', 'Park:701@martin')).toBe('Park:501@anna');
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
  return !/^(Unknown|Removed|Anonymous|Private|Withheld|Default|Trunk|Avail|None|Null|True|False)$/.test(
    word,
  );
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

/** The words and numbers in a text, in lower case. */
function wordsOf(text: string): ReadonlySet<string> {
  return new Set(text.toLowerCase().match(/[a-z]+|\d+(?:\.\d+)*/g));
}

/** What stands there whoever calls: keys, words of Asterisk, the port. */
const SAID_OF_ALL = wordsOf(BANNER + told({ num: '', name: '', address: '', user: '' }, 0));

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

const ODD_TEXTS = [
  'Event: X\r\nconstructor: 102\r\n__proto__: 102\r\ntoString: 102\r\nvalueOf: Anna\r\n\r\n',
  'CallerIDName: X*8sip:',
  'CallerIDName: X/10.0.0.1sip:',
  'CallerIDName: Asip:x',
  '10.0.0.1sip:Lr',
  'A-0000001aA/0Exten: -0000001a',
  'A-102::',
  'Foo: a.wav',
  'Local/102@internal-0000001a;1UserEvent',
  'Local/102@in.ternal-0000001a;20',
  'Local/102@in.ternal-0000001a;2::',
  'DialString: ErikaLocal/102@internal-0000001a;1',
  'Variable: =\\Local/102@in.ternal-0000001a;2',
  'Device: Local/102@in.ternal-0000001a;2',
  'Local/102@in.ternal-0000001a;2\r\nInterface: Local/102@in.ternal-0000001a;2',
  'Exten: Local/102@internal-0000001a;1\r\nAOR: Local/102@internal-0000001a;1',
  'CallerID: Local/102@in.ternal-0000001a;2\r\nLocal/102@in.ternal-0000001a;2A',
  'Secret: Local/102@internal-0000001a;1\r\nLocal/102@internal-0000001a;1Erika',
  'Local/102@in.ternal-0000001a;2@\r\nExten: Local/102@internal-0000001a;1',
  'CallerID: host1.example.com1770888509.12',
  'x-1: host2.example.com-0000001a\xe9.wav',
  'Context: host1.example.com\r\nAOR: &J.Smith',
  'Context: host1.example.com\r\nhost1.example.com+49301234567',
  'Context: j.smith\r\nUniqueid: j.smith,',
  'Context: a.wav\r\nURI: a.wav#',
  'Digit: j.smith\r\nCallerID: j.smith',
  'Secret: "num":\r\nChannel: "num":"num":',
  'Secret: sips:\r\nDevice: sips:.Erika',
  'API_TOKEN-2001:db8::1Local/102@internal-0000001a;1',
];

const KEYS = `Event Response Message CallerIDName CallerIDNum CallerID Exten Channel ChanVariable
  ChanVariable(PJSIP/102-0000001a) Variable Value AppData Application Context LocalOneContext Uniqueid BridgeUniqueid
  Secret Digit Challenge UserEvent Device Interface URI AOR Foo ActionID Extra Priority x-1`.split(
  /\s+/,
);
const PARTS =
  `UserEvent VarSet OriginateResponse Authenticate Dial USER_PIN PIN1 API_TOKEN abcd internal in-ternal x0001
  x0002 removed anna Anna 501 502 host1.example.com host2.example.com 192.0.2.1 2001:db8::1 2001:db8::2 g h <unknown>
  1770888509.12 pbx-1770888509.12 b7e2f0aa-1022-4d5e-8f00-000000000102 Local/102@internal-0000001a;1
  Local/102@in.ternal-0000001a;2 PJSIP/102-0000001a J.Smith j.smith a.wav fd00::5 ::1 127.0.0.1 10.0.0.5:5060 [fd00::5]:80
  sip: sips: tel: SIP: PJSIP/ transport lr x user num ANSWER FOO= FOO( "num": J\xc3\xb6rg J\xf6rg M\xc3\xbcller M\xfcller
  \xe8\x8a\xb1\xe5\xad\x90 \xc3\xb61 \xf0\x9f\x99\x82 \xe2\x80\x93 martin Martin bob2 +49301234567 030123456 *8102 7
  -12345678 -0000001a fax s trunk pa$$`.split(/\s+/);
const ODD_VALUES = fc
  .array(
    fc.oneof(
      { weight: 6, arbitrary: fc.constantFrom(...PARTS) },
      { weight: 3, arbitrary: fc.constantFrom(...' @/-.:=;&,()_"\\[]<>|!*#%\t') },
      {
        weight: 1,
        arbitrary: fc.integer({ min: 14, max: 255 }).map((n) => String.fromCharCode(n)),
      },
    ),
    { maxLength: 6 },
  )
  .map((parts) => parts.join(''));
const ODD_MESSAGES = fc
  .array(
    fc.oneof(
      {
        weight: 6,
        arbitrary: fc
          .tuple(fc.constantFrom(...KEYS), fc.constantFrom(': ', ':'), ODD_VALUES)
          .map((parts) => parts.join('')),
      },
      { weight: 2, arbitrary: ODD_VALUES },
      { weight: 1, arbitrary: fc.constant('') },
    ),
    { maxLength: 7 },
  )
  .map((odd) => odd.map((line) => `${line}\r\n`).join(''));

describe('a sanitized capture', () => {
  it('has the same lines with the same keys in the same order, and the same messages', () => {
    fc.assert(
      fc.property(CAPTURES, ({ capture: original }) => {
        const { text } = sanitize(original).capture;
        const keys = (of: string) => lines(of).map((line) => line.split(':', 1)[0]);
        expect(keys(text)).toEqual(keys(original.text));
        expect([...messageSpans(text)].length).toBe([...messageSpans(original.text)].length);
      }),
      { numRuns: runs(10) },
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
      { numRuns: runs(10) },
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
      { numRuns: runs(10) },
    );
  });

  it('has nothing left of any number, name, user or address', () => {
    fc.assert(
      fc.property(CAPTURES, ({ parties, capture: original }) => {
        fc.pre(sanitize(original).counts.names > 0);
        const { text } = sanitize(original).capture;
        const left = wordsOf(text);
        const values = parties.flatMap(({ num, name, address, user }) => [
          num.replace('+', ''),
          ...(name.match(/[A-Za-z]{2,}/g) ?? []),
          address,
          user,
        ]);
        const mine = values
          .map((value) => value.toLowerCase())
          .filter((value) => !SAID_OF_ALL.has(value));
        expect(mine.filter((value) => left.has(value))).toEqual([]);
      }),
      { numRuns: runs(10) },
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
      { numRuns: runs(10) },
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
    fc.assert(fc.property(bytes, expectToStay), { numRuns: runs(50) });
  });

  it('has headers of any kind with any values, and they do not change when it is sanitized again', () => {
    fc.assert(fc.property(ODD_MESSAGES, expectToStay), { numRuns: runs(40) });
  });

  it.each(ODD_TEXTS)('does not change when it is sanitized again: %j', expectToStay);
});

function expectToStay(text: string): void {
  const once = sanitize(capture(text)).capture;
  expect(lines(once.text).length).toBe(lines(text).length);
  expect(sanitize(once).capture).toBe(once);
}

describe('what would be read otherwise once its neighbours are replaced', () => {
  it.each([
    ['CallerIDName: X*8sip:', 'CallerIDName: G*x0001:'],
    ['CallerIDName: <sip:X>', 'CallerIDName: <sip:X>'],
    ['Foo: /var/rec-102.wav', 'Foo: /anna/bert-501.wav'],
    ['Foo: sip:102@martin.com.pl', 'Foo: sip:501@host1.example.com'],
    ['Foo: martin.com.5', 'Foo: host1.example.com'],
    ['0Exten: 5', 'x0001: 5'],
    ['A/0Exten: -0000001a', 'A/x0001: -x0002'],
    ['A-fd00::102', 'A-2001:db8::1'],
    ['Foo: Local/102@internal-0000001a;1', 'Foo: Local/501@internal-0000001a;1'],
    ['Foo: Local/102@internal-0000001a;10', 'Foo: Local/501@anna-0000001a;51'],
    ['Digit: j.smith\r\nCallerID: j.smith', 'Digit: 0\r\nCallerID: g.anna'],
    ['Context: j.smith\r\nFoo: j.smith,', 'Context: j.smith\r\nFoo: host1.example.com,'],
    [
      'Foo: Local/102@in.ternal-0000001a;2\r\nDevice: Local/102@in.ternal-0000001a;2',
      'Foo: Local/501@in.ternal-0000001a;2\r\nDevice: Local/501@anna.bert-x0001;2',
    ],
    [
      'CallerID: Local/102@internal-0000001a;2\r\nLocal/102@internal-0000001a;2A',
      'CallerID: Local/501@anna-0000001a;2\r\nLocal/501@anna-0000001a;x0001',
    ],
  ])('is read alike before and after: %j', (text, result) => {
    expect(sanitize(capture(text)).capture.text).toBe(result);
  });

  it.each([
    ['Secret: sips:\r\nDevice: sips:.Erika', 'Secret: removed\r\nDevice: removed'],
    [
      'Secret: sips:\r\nChanVariable(sips:.Erika): a=',
      'Secret: removed\r\nChanVariable(removed): a=',
    ],
    [
      'Event: VarSet\r\nVariable: RTPAUDIOQOS1\r\nValue: Erika\r\nAOR: RTPAUDIOQOS1',
      'Event: VarSet\r\nVariable: x0001\r\nValue: removed\r\nAOR: x0001',
    ],
  ])('is removed where that cannot be: %j', (text, result) => {
    expect(sanitize(capture(text)).capture.text).toBe(result);
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
