import { describe, expect, it } from 'vitest';
import { type AmiMessage, toMessage } from '../../../src/core/ami/message.ts';
import {
  isSignal,
  type ReadResult,
  type Signal,
  SignalReader,
} from '../../../src/core/pbx/signal.ts';
import {
  block,
  bridgeBlock,
  eventText,
  type Headers,
  messageText,
  utf8,
} from '../../support/ami-text.ts';

const RECEIVED_AT = 1_770_000_000_000;
const CALLER = { channel: 'PJSIP/101-00000001', id: '1770000000.1', num: '101', name: 'Alice' };
const CALLEE = { channel: 'PJSIP/102-00000002', id: '1770000000.2', linked: CALLER.id, num: '102' };
const CALLER_SNAPSHOT = {
  id: '1770000000.1',
  linkedId: '1770000000.1',
  name: 'PJSIP/101-00000001',
  state: 4,
  number: '101',
  callerName: 'Alice',
  exten: 's',
};
const CALLER_UPDATE = { id: '1770000000.1', state: 4 };
const CALLEE_UPDATE = { id: '1770000000.2', state: 4 };
const NEWCHANNEL = eventText('Newchannel', ...block(CALLER));

/** Reads messages one after another; those of a text that holds empty lines are as many as framing makes of it. */
function readAll(...texts: readonly string[]): readonly ReadResult[] {
  const reader = new SignalReader();
  return texts
    .flatMap((text) =>
      text.split('\r\n\r\n').map((part) => (part.endsWith('\r\n') ? part : `${part}\r\n`)),
    )
    .map((text) => reader.read(toMessage(text), RECEIVED_AT));
}

function read(text: string): ReadResult | undefined {
  return readAll(text)[0];
}

function signalOf(text: string): Signal {
  const result = read(text);
  if (!isSignal(result)) throw new Error(`no signal: ${JSON.stringify(result)}`);
  return result;
}

function kinds(results: readonly ReadResult[]): readonly string[] {
  return results.map((result) => {
    if (isSignal(result)) return 'signal';
    return result?.reason ?? 'nothing';
  });
}

describe('an event of Asterisk', () => {
  const dial = [...block(CALLER), ...block(CALLEE, 'Dest')];
  const from = CALLER_UPDATE;
  const to = CALLEE_UPDATE;
  const named = { ...CALLER_UPDATE, callerName: 'Alice' };
  const table: readonly (readonly [event: string, headers: Headers, signal: object])[] = [
    ['Newchannel', block(CALLER), { type: 'channel-created', channel: CALLER_SNAPSHOT }],
    ['Newstate', block(CALLER), { type: 'channel-changed', channel: named }],
    [
      'NewCallerid',
      [...block(CALLER), ['CID-CallingPres', '0 (Presentation Allowed, Not Screened)']],
      { type: 'caller-id-changed', channel: named, withheld: false },
    ],
    [
      'DialBegin',
      [...dial, ['DialString', '102']],
      { type: 'dial-begun', from: { ...from, exten: 's' }, to, dialString: '102' },
    ],
    [
      'DialBegin',
      [...block(CALLEE, 'Dest'), ['DialString', '102']],
      { type: 'dial-begun', from: undefined, to, dialString: '102' },
    ],
    [
      'DialState',
      [...dial, ['DialStatus', 'RINGING']],
      { type: 'dial-progressed', to, status: 'RINGING' },
    ],
    [
      'DialEnd',
      [...dial, ['DialStatus', 'ANSWER']],
      { type: 'dial-ended', from, to, status: 'ANSWER', forwarded: false },
    ],
    [
      'DialEnd',
      [...block(CALLEE, 'Dest'), ['DialStatus', 'CANCEL'], ['Forward', '103']],
      { type: 'dial-ended', from: undefined, to, status: 'CANCEL', forwarded: true },
    ],
    [
      'BridgeEnter',
      [...bridgeBlock('b-1'), ...block(CALLER)],
      {
        type: 'bridge-entered',
        bridge: { id: 'b-1', kind: 'ordinary', name: undefined },
        channel: from,
      },
    ],
    [
      'BridgeEnter',
      [...bridgeBlock('b-1', 'native_rtp'), ...block(CALLER)],
      {
        type: 'bridge-entered',
        bridge: { id: 'b-1', kind: 'ordinary', name: undefined },
        channel: from,
      },
    ],
    [
      'BridgeEnter',
      [...bridgeBlock('b-2', 'softmix', 'ConfBridge'), ...block(CALLER)],
      {
        type: 'bridge-entered',
        bridge: { id: 'b-2', kind: 'conference', name: '700' },
        channel: from,
      },
    ],
    [
      'BridgeLeave',
      [...bridgeBlock('b-3', 'holding_bridge', 'Parking'), ...block(CALLER)],
      { type: 'bridge-left', bridgeId: 'b-3', channel: from },
    ],
    [
      'Pickup',
      [...block(CALLER), ...block(CALLEE, 'Target')],
      { type: 'picked-up', channel: from, target: to },
    ],
    ['HangupRequest', block(CALLER), { type: 'hangup-requested', channel: from }],
    [
      'HangupRequest',
      [...block(CALLER), ['Cause', '16'], ['TechCause', '487']],
      { type: 'hangup-requested', channel: from },
    ],
    [
      'SoftHangupRequest',
      [...block(CALLER), ['Cause', '4']],
      { type: 'shutdown-requested', channel: from },
    ],
    [
      'Hangup',
      [...block(CALLER), ['Cause', '127'], ['Cause-txt', 'Interworking, unspecified']],
      { type: 'hung-up', channel: from, cause: 127 },
    ],
    [
      'DTMFEnd',
      [...block(CALLER), ['Digit', '#'], ['DurationMs', '120'], ['Direction', 'Received']],
      { type: 'digit-pressed', channel: from, digit: '#', durationMs: 120 },
    ],
  ];

  it.each(table)('%s is a signal: %#', (event, headers, signal) => {
    expect(read(eventText(event, ...headers))).toEqual({
      ...signal,
      at: RECEIVED_AT,
      micros: undefined,
    });
    expect(new SignalReader().wants(event)).toBe(true);
  });

  it.each([
    ['SoftHangupRequest', [...block(CALLER), ['Cause', '16']]],
    ['SoftHangupRequest', [...block(CALLER), ['Cause', '32']]],
    ['SoftHangupRequest', [...block(CALLER), ['Cause', '21']]],
    ['SoftHangupRequest', block(CALLER)],
    ['DTMFEnd', [...block(CALLER), ['Digit', '1'], ['DurationMs', '9'], ['Direction', 'Sent']]],
    ['NewConnectedLine', block(CALLER)],
    ['VarSet', [...block(CALLER), ['Variable', 'X'], ['Value', 'y']]],
    ['constructor', []],
    ['__proto__', []],
    ['toString', block(CALLER)],
  ] as const)('%s says nothing here: %#', (event, headers) => {
    expect(read(eventText(event, ...headers))).toBeUndefined();
  });

  it.each(['-5', '9'.repeat(400), 'none', ''])('takes a cause that is none for 0: %j', (cause) => {
    const result = read(eventText('Hangup', ...block(CALLER), ['Cause', cause]));
    expect(result).toMatchObject({ type: 'hung-up', cause: 0 });
  });

  it.each([
    ['Playback', true],
    ['MusicOnHold', true],
    ['Dial', false],
    ['confbridge', false],
    ['AGI', false],
    [undefined, false],
  ] as const)(
    'tells a phone called to listen from one that is to talk: %s',
    (application, isIt) => {
      const headers: Headers = [
        ...[['Response', 'Success'] as const, ['Channel', CALLER.channel] as const],
        ...(application === undefined ? [] : [['Application', application] as const]),
        ...[['Reason', '4'] as const, ['Uniqueid', CALLER.id] as const],
        ['CallerIDNum', '101'],
      ];
      const signal = signalOf(eventText('OriginateResponse', ...headers));
      expect(signal).toMatchObject({ type: 'originated', isAnnouncement: isIt });
    },
  );

  it('tells that Asterisk goes down, with all that Asterisk writes', () => {
    const shutdown = (privilege: string) =>
      messageText(
        ['Event', 'Shutdown'],
        ['Privilege', privilege],
        ['Shutdown', 'Cleanly'],
        ['Restart', 'False'],
      );
    expect(signalOf(shutdown('system,all')).type).toBe('pbx-shutdown');
    expect(read(shutdown('call,all'))).toBeUndefined();
    expect(
      kinds(readAll('Event: Shutdown\r\n', 'Event: Shutdown\r\nPrivilege: system,all\r\n')),
    ).toEqual(['snapshot', 'snapshot']);
  });

  it.each([
    ['32 (Presentation Prohibited, Not Screened)', true],
    ['35 (Presentation Prohibited, Network Number)', true],
    ['3 (Presentation Allowed, Network Number)', false],
    ['67 (Number Unavailable)', false],
    ['nonsense', false],
  ])('has the caller id withheld where the presentation is %s: %s', (presentation, withheld) => {
    const text = eventText('NewCallerid', ...block(CALLER), ['CID-CallingPres', presentation]);
    expect(signalOf(text)).toMatchObject({ withheld });
  });

  it('shows names and numbers as people write them', () => {
    const shown = {
      ...CALLER,
      name: utf8('J\\\'örg \\"Ops\\": Süd'),
      num: '+49\r30',
      exten: 'caf\xe9',
    };
    expect(signalOf(eventText('Newchannel', ...block(shown)))).toMatchObject({
      channel: { callerName: 'J\'örg "Ops": Süd', number: '+49 30', exten: 'caf\ufffd' },
    });
    expect(signalOf(eventText('Newstate', ...block(shown)))).toMatchObject({
      channel: { callerName: 'J\'örg "Ops": Süd' },
    });
  });

  it('has ids of any spelling', () => {
    const shown = { ...CALLER, id: utf8('büro+#/1-1770000000.1') };
    expect(signalOf(eventText('Newchannel', ...block(shown)))).toMatchObject({
      channel: { id: 'büro+#/1-1770000000.1', linkedId: 'büro+#/1-1770000000.1' },
    });
    expect(signalOf(eventText('Newstate', ...block(shown)))).toMatchObject({
      channel: { id: 'büro+#/1-1770000000.1' },
    });
  });

  it.each([
    ['1770888509.123456', 1_770_888_509_123, 456],
    ['1770888509.000999', 1_770_888_509_000, 999],
    ['1770888509.1', RECEIVED_AT, undefined],
    ['1770888509', RECEIVED_AT, undefined],
    ['9999999999999.000000', RECEIVED_AT, undefined],
    ['253402300799.999999', 253_402_300_799_999, 999],
    ['253402300800.000000', RECEIVED_AT, undefined],
    ['-5.000000', RECEIVED_AT, undefined],
    ['soon', RECEIVED_AT, undefined],
  ])('happened at its Timestamp %s, else when it was received', (stamp, at, micros) => {
    const text = eventText('Newstate', ['Timestamp', stamp], ...block(CALLER));
    expect(signalOf(text)).toMatchObject({ at, micros });
  });

  it('has 0 for a number that is none', () => {
    const text = eventText('Hangup', ...block({ ...CALLER, state: 'Up' }), ['Cause', '']);
    expect(signalOf(text)).toMatchObject({ cause: 0, channel: { state: 0 } });
  });
});

describe('an event that is not whole', () => {
  const keys = ['Channel', 'ChannelState', 'Context', 'Exten', 'Uniqueid', 'Linkedid'];
  const without = (headers: Headers, key: string) => headers.filter(([one]) => one !== key);

  it.each(keys)('is no signal: %s is missing, or there twice', (key) => {
    const headers = block(CALLER);
    expect(read(eventText('Newstate', ...without(headers, key)))).toEqual({
      type: 'suspect',
      reason: 'snapshot',
    });
    expect(read(eventText('Newstate', ...headers, [key, 'x']))).toEqual({
      type: 'suspect',
      reason: 'snapshot',
    });
  });

  it.each([
    ['DialBegin', 'Dest'],
    ['DialState', 'Dest'],
    ['DialEnd', 'Dest'],
    ['Pickup', 'Target'],
  ])('is no signal: %s needs all of its blocks', (event, prefix) => {
    const status: Headers = [['DialStatus', 'ANSWER']];
    const all = [...block(CALLER), ...block(CALLEE, prefix)];
    expect(isSignal(read(eventText(event, ...all, ...status)))).toBe(true);
    for (const key of keys) {
      expect(read(eventText(event, ...without(all, prefix + key), ...status))?.type).toBe(
        'suspect',
      );
      expect(read(eventText(event, ...without(all, key), ...status))?.type).toBe('suspect');
    }
    expect(read(eventText(event, ...block(CALLER), ...status))?.type).toBe('suspect');
  });

  it.each([
    ['Hangup', 'Cause', []],
    ['DialState', 'DialStatus', block(CALLEE, 'Dest')],
    ['DialEnd', 'DialStatus', block(CALLEE, 'Dest')],
    ['BridgeEnter', 'BridgeUniqueid', []],
    ['BridgeLeave', 'BridgeUniqueid', []],
  ] as const)('is no signal: %s with %s missing, or there twice', (event, key, more) => {
    const once: Headers = [...block(CALLER), ...more, [key, '1']];
    expect(kinds(readAll(eventText(event, ...once)))).toEqual(['signal']);
    expect(kinds(readAll(eventText(event, ...once, [key, '2'])))).toEqual(['snapshot']);
    expect(kinds(readAll(eventText(event, ...block(CALLER), ...more)))).toEqual(['snapshot']);
  });

  it('makes the next one suspect where it is cut short, and no more than the next', () => {
    const cut = NEWCHANNEL.slice(0, NEWCHANNEL.indexOf('CallerIDName'));
    const odd = NEWCHANNEL.replace('ChannelStateDesc: Ring\r\n', '');
    expect(kinds(readAll(cut, odd, odd))).toEqual(['snapshot', 'after-damage', 'signal']);
  });

  it('is cut short in any of its blocks', () => {
    const dial = eventText('DialBegin', ...block(CALLER), ...block(CALLEE, 'Dest'));
    const odd = NEWCHANNEL.replace('ChannelStateDesc: Ring\r\n', '');
    for (const key of ['CallerIDName', 'DestCallerIDName', 'DestPriority']) {
      const cut = dial.slice(0, dial.indexOf(key));
      expect(kinds(readAll(cut, odd, odd))).toEqual(['snapshot', 'after-damage', 'signal']);
    }
  });

  it('leaves the next one alone where that begins with more than a caller has room for', () => {
    const cut = NEWCHANNEL.slice(0, NEWCHANNEL.indexOf('CallerIDName'));
    const entered = eventText('BridgeEnter', ...bridgeBlock('b-1'), ...block(CALLER));
    const named = NEWCHANNEL.replace('\r\nChannel', '\r\nSystemName: pbx\r\nChannel');
    for (const next of [NEWCHANNEL, entered, named]) {
      expect(kinds(readAll(cut, next))).toEqual(['snapshot', 'signal']);
    }
    const forged = 'Event: Hold\r\nPrivilege: call,all\r\n';
    const rest = entered.slice(entered.indexOf('BridgeNumChannels'));
    expect(kinds(readAll(cut, forged + rest))).toEqual(['snapshot', 'after-damage']);
  });

  it('leaves the next one alone where it has a header too many', () => {
    const forged = eventText('Newchannel', ...block(CALLER), ['Linkedid', 'x']);
    expect(kinds(readAll(forged, NEWCHANNEL))).toEqual(['snapshot', 'signal']);
  });

  it('leaves the next one alone where it is noise', () => {
    expect(kinds(readAll('\x00\xff\r\n', NEWCHANNEL, '\x00', NEWCHANNEL))).toEqual([
      'malformed',
      'signal',
      'malformed',
      'signal',
    ]);
  });

  it('is a response that nobody waits for', () => {
    expect(kinds(readAll('Response: Success\r\nActionID: 1\r\n', NEWCHANNEL))).toEqual([
      'stray-response',
      'signal',
    ]);
  });
});

describe('a caller who writes headers', () => {
  const hostile = (num: string) => eventText('Newstate', ...block({ ...CALLER, num }));
  const FORGED = 'Event: HangupRequest\r\nChannel: x\r\nChannelState: 6';

  it('into a name says nothing but a name', () => {
    const name = '\\r\\nEvent: Hangup\\r\\n\\r\\nEvent: Shutdown';
    expect(signalOf(eventText('Newchannel', ...block({ ...CALLER, name })))).toMatchObject({
      type: 'channel-created',
      channel: { callerName: 'Event: Hangup Event: Shutdown' },
    });
  });

  it('with a line break is suspect, and the next event of somebody else is not', () => {
    expect(kinds(readAll(hostile('1\r\nEvent: Hangup'), NEWCHANNEL))).toEqual([
      'second-event',
      'signal',
    ]);
    expect(kinds(readAll(hostile('1\r\nUniqueid: 1770000000.9'), NEWCHANNEL))).toEqual([
      'snapshot',
      'signal',
    ]);
    expect(kinds(readAll(hostile('1\nEvent: Hangup'), NEWCHANNEL))).toEqual([
      'malformed',
      'signal',
    ]);
  });

  it.each([
    ['an event', `1\r\n\r\n${FORGED}`, ['snapshot', 'after-damage']],
    ['half an event', '1\r\n\r\nEvent: Hangup\r\nChannel: x', ['snapshot', 'snapshot']],
    ['an event that nobody reads', '1\r\n\r\nEvent: Nothing', ['snapshot', 'after-damage']],
    ['no event', '1\r\n\r\nhello: you', ['snapshot', 'malformed']],
    ['a response', '1\r\n\r\nResponse: Success', ['snapshot', 'stray-response']],
    [
      'two events',
      `1\r\n\r\nEvent: Shutdown\r\n\r\n${FORGED}`,
      ['snapshot', 'snapshot', 'after-damage'],
    ],
    [
      'a shutdown',
      '1\r\n\r\nEvent: Shutdown\r\nPrivilege: system,all\r\nShutdown: Cleanly\r\nRestart: False',
      ['snapshot', 'after-damage'],
    ],
    [
      'a shutdown between empty lines',
      '1\r\n\r\nEvent: Shutdown\r\nPrivilege: system,all\r\nShutdown: Cleanly\r\nRestart: False\r\n\r\nX: ',
      ['snapshot', 'after-damage', 'malformed'],
    ],
    [
      'the end of its block, and an event behind it',
      `1\r\nLinkedid: \r\n\r\n${FORGED}`,
      ['snapshot', 'after-damage'],
    ],
    [
      'half of the rest of its block, and an event behind it',
      `1\r\n\r\nLinkedid: \r\n\r\n${FORGED}`,
      ['snapshot', 'malformed', 'after-damage'],
    ],
  ])(
    'with an empty line and %s is suspect in every piece, and nobody else is',
    (_, num, reasons) => {
      expect(kinds(readAll(hostile(num), NEWCHANNEL))).toEqual([...reasons, 'signal']);
    },
  );

  it('is suspect in both blocks of one event, and nobody else is', () => {
    const num = `1\r\n\r\n${FORGED}`;
    const headers = [...block({ ...CALLER, num }), ...block({ ...CALLEE, num }, 'Dest')];
    const pieces = kinds(readAll(eventText('DialBegin', ...headers), NEWCHANNEL));
    expect(pieces).toEqual(['snapshot', 'after-damage', 'snapshot', 'signal']);
  });

  it('cannot hide a piece in an event that is skipped by its name', () => {
    const reader = new SignalReader();
    const receive = (text: string) => {
      const message: AmiMessage = toMessage(text);
      const isSkipped = message.kind === 'event' && !reader.wants(message.name);
      return isSkipped ? 'skipped' : kinds([reader.read(message, 0)])[0];
    };
    const [first = '', second = ''] = hostile('1\r\n\r\nEvent: Nothing').split('\r\n\r\n');
    expect(receive(`${first}\r\n`)).toBe('snapshot');
    expect(receive(second)).toBe('after-damage');
    expect(receive(NEWCHANNEL)).toBe('signal');
    expect(receive('Event: Nothing\r\n')).toBe('skipped');
  });
});

describe('a caller who writes what Asterisk may leave out', () => {
  const STAMP = ['Timestamp', '1770888509.123456'] as const;
  const OTHER = '1770000000.7';

  it('does not say when it happened', () => {
    const num = '1\r\nTimestamp: 253402300799.000000';
    expect(signalOf(eventText('Newchannel', ...block({ ...CALLER, num })))).toMatchObject({
      at: RECEIVED_AT,
      micros: undefined,
      channel: { number: '1' },
    });
  });

  it('does not say whose place it takes', () => {
    const num = `1\r\nSwapUniqueid: ${OTHER}`;
    const headers = [...bridgeBlock('b-1'), ...block({ ...CALLER, num })];
    const own: Headers = [['SwapUniqueid', CALLEE.id]];
    expect(signalOf(eventText('BridgeEnter', ...headers))).toMatchObject({ swapped: undefined });
    expect(signalOf(eventText('BridgeEnter', ...headers, ...own))).toMatchObject({
      swapped: CALLEE.id,
    });
  });

  it.each([
    {
      event: 'DialBegin',
      forged: 'DialString: 999',
      own: ['DialString', '102'],
      signal: { dialString: '102' },
    },
    {
      event: 'DialEnd',
      forged: 'Forward: 999',
      own: ['DialStatus', 'BUSY'],
      signal: { forwarded: false, status: 'BUSY' },
    },
    {
      event: 'DialEnd',
      forged: 'DialStatus: ANSWER',
      own: ['DialStatus', 'BUSY'],
      signal: { status: 'BUSY' },
    },
    {
      event: 'DialState',
      forged: 'DialStatus: RINGING',
      own: ['DialStatus', 'BUSY'],
      signal: { status: 'BUSY' },
    },
  ] as const)('does not say of $event: $forged', ({ event, forged, own, signal }) => {
    const num = `1\r\n${forged}`;
    const blocks = [...block({ ...CALLER, num }), ...block({ ...CALLEE, num }, 'Dest')];
    expect(signalOf(eventText(event, ...blocks, own))).toMatchObject(signal);
  });

  it.each([
    {
      event: 'Hangup',
      forged: 'Cause: 17',
      own: ['Cause', '16'],
      signal: { type: 'hung-up', cause: 16 },
    },
    {
      event: 'NewCallerid',
      forged: 'CID-CallingPres: 32',
      own: ['CID-CallingPres', '0'],
      signal: { withheld: false },
    },
    {
      event: 'QueueCallerLeave',
      forged: 'Queue: x',
      own: ['Queue', 'sales'],
      signal: { queue: 'sales' },
    },
  ] as const)('hides no $event by: $forged', ({ event, forged, own, signal }) => {
    const headers = block({ ...CALLER, num: `1\r\n${forged}` });
    expect(signalOf(eventText(event, ...headers, own))).toMatchObject(signal);
  });

  it('ends nothing in front of a block: the rest of a name of a conference', () => {
    const name = '7\r\n\r\nEvent: HangupRequest';
    const bridge = bridgeBlock('b-1', 'softmix', 'ConfBridge').map(([key, value]) =>
      key === 'BridgeName' ? ([key, name] as const) : ([key, value] as const),
    );
    const entered = eventText('BridgeEnter', ...bridge, ...block(CALLER));
    expect(kinds(readAll(entered, NEWCHANNEL))).toEqual(['snapshot', 'after-damage', 'signal']);
    const joined = eventText('ConfbridgeJoin', ['Conference', name], ...block(CALLER));
    expect(kinds(readAll(joined, NEWCHANNEL))).toEqual(['snapshot', 'after-damage', 'signal']);
  });

  it('ends nothing in events that only people of queues are told', () => {
    const num = '1\r\n\r\nEvent: HangupRequest\r\nChannel: x\r\nChannelState: 6';
    for (const event of ['AgentCalled', 'ChannelTalkingStart', 'MixMonitorStart']) {
      const text = eventText(event, ...block({ ...CALLER, num }));
      expect(kinds(readAll(text, NEWCHANNEL))).toEqual(['snapshot', 'after-damage', 'signal']);
    }
  });

  it('does not pretend the end of a block with one value, and an event with the next', () => {
    const forged = '\r\n\r\nEvent: HangupRequest\r\nChannel: x\r\nChannelState: 6';
    const headers = block({ ...CALLER, num: `1\r\n\r\nPriority: 1\r\nUniqueid: 1\r\nLinkedid: 1` });
    const both = headers.map(([key, value]) =>
      key === 'ConnectedLineNum' ? ([key, `2${forged}`] as const) : ([key, value] as const),
    );
    const results = kinds(readAll(eventText('Newstate', ...both), NEWCHANNEL));
    expect(results).toEqual(['snapshot', 'malformed', 'after-damage', 'signal']);
  });

  it('takes no channel with an empty id', () => {
    expect(kinds(readAll(eventText('Newstate', ...block({ ...CALLER, id: '' }))))).toEqual([
      'snapshot',
    ]);
  });

  it('takes Asterisk down by no dialled number where all events are dated', () => {
    const shutdown =
      'Event: Shutdown\r\nPrivilege: system,all\r\nShutdown: Cleanly\r\nRestart: True';
    const dial = eventText('DialBegin', STAMP, ...block(CALLEE, 'Dest'), [
      'DialString',
      `\r\n\r\n${shutdown}`,
    ]);
    expect(kinds(readAll(dial, NEWCHANNEL))).toEqual(['signal', 'no-timestamp', 'signal']);
    const dated = shutdown.replace('system,all', `system,all\r\n${STAMP.join(': ')}`);
    expect(kinds(readAll(eventText('Newstate', STAMP, ...block(CALLER)), dated))).toEqual([
      'signal',
      'signal',
    ]);
  });

  it('is no fetcher of a parked call that nobody fetched', () => {
    const parked: Headers = [...block(CALLER, 'Parkee'), ['ParkingSpace', '701']];
    expect(read(eventText('UnParkedCall', ...parked))).toBeUndefined();
  });
});
