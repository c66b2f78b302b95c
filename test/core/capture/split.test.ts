import { describe, expect, it } from 'vitest';
import { split } from '../../../src/core/capture/split.ts';
import { BANNER, type Chan, capture, event, LOGIN, message, snapshot } from './hand-made.ts';

const A: Chan = { channel: 'PJSIP/101-00000001', id: '9.1' };
const B: Chan = { channel: 'PJSIP/102-00000002', id: '9.2', linked: '9.1' };
const C: Chan = { channel: 'PJSIP/103-00000003', id: '9.3' };
const D: Chan = { channel: 'PJSIP/104-00000004', id: '9.4', linked: '9.3' };

const BOOTED = event('FullyBooted', ['Uptime', '5']);

function born(chan: Chan): string {
  return event('Newchannel', ...snapshot(chan));
}

function gone(chan: Chan): string {
  return event('Hangup', ...snapshot(chan));
}

type BridgeKind = keyof typeof BRIDGES;

const BRIDGES = {
  basic: ['basic', 'simple_bridge', '<unknown>'],
  conference: ['base', 'softmix', 'ConfBridge'],
  parking: ['base', 'holding_bridge', 'Parking'],
  'waiting room': ['base', 'holding_bridge', 'BridgeWait'],
} as const;

function bridged(name: string, kind: BridgeKind, chan?: Chan): string {
  const [type, technology, creator] = BRIDGES[kind];
  return event(
    name,
    ['BridgeUniqueid', 'b-1'],
    ['BridgeType', type],
    ['BridgeTechnology', technology],
    ['BridgeCreator', creator],
    ...(chan === undefined ? [] : snapshot(chan)),
  );
}

function parts(...messages: string[]): string[] {
  return split(capture(BANNER, ...messages)).map(({ capture }) => capture.text);
}

describe('the calls of a capture', () => {
  it('are one capture each, in order of appearance, named for their first Linkedid', () => {
    const calls = split(capture(BANNER, born(A), born(C), born(B), gone(C), gone(A), gone(B)));
    expect(calls.map(({ linkedid }) => linkedid)).toEqual(['9.1', '9.3']);
    expect(calls.map(({ capture }) => capture.text)).toEqual([
      BANNER + born(A) + born(B) + gone(A) + gone(B),
      BANNER + born(C) + gone(C),
    ]);
  });

  it('begin with the banner and what everybody is told, and end with the shutdown', () => {
    const shutdown = event('Shutdown', ['Shutdown', 'Cleanly']);
    expect(parts(LOGIN, BOOTED, born(A), born(C), shutdown)).toEqual([
      BANNER + BOOTED + born(A) + shutdown,
      BANNER + BOOTED + born(C) + shutdown,
    ]);
  });

  it('hold nothing that belongs to no call or to somebody’s actions', () => {
    const item = message('Event', 'CoreShowChannel', ['ActionID', '1'], ...snapshot(A));
    const device = event('DeviceStateChange', ['Device', 'PJSIP/101'], ['State', 'INUSE']);
    expect(parts(born(A), item, device, gone(A))).toEqual([BANNER + born(A) + gone(A)]);
    expect(parts(device)).toEqual([]);
  });

  it('have their own time, which begins with them', () => {
    const [, second] = split(
      capture(BANNER + BOOTED, born(A), born(C).slice(0, 9), born(C).slice(9)),
    );
    expect(second?.capture).toMatchObject({
      startedAt: 1_770_000_000_020,
      reads: [
        { offset: 0, ms: 0 },
        { offset: (BANNER + BOOTED).length, ms: 0 },
        { offset: (BANNER + BOOTED).length + 9, ms: 10 },
      ],
    });
  });
});

describe('two calls', () => {
  it('that meet in one message are one', () => {
    const transfer = event(
      'AttendedTransfer',
      ...snapshot(A, 'OrigTransferer'),
      ...snapshot(C, 'TransferTarget'),
    );
    expect(parts(born(A), born(C), transfer, gone(C))).toEqual([
      BANNER + born(A) + born(C) + transfer + gone(C),
    ]);
  });

  it('whose channels meet in an ordinary bridge are one', () => {
    const all = [
      bridged('BridgeCreate', 'basic'),
      born(A),
      born(C),
      bridged('BridgeEnter', 'basic', A),
      bridged('BridgeEnter', 'basic', C),
      bridged('BridgeDestroy', 'basic'),
    ];
    expect(parts(...all)).toEqual([BANNER + all.join('')]);
  });

  it('whose Linkedids become one are one', () => {
    const renamed = event('Newstate', ...snapshot({ ...C, linked: '9.1' }));
    expect(parts(born(A), born(C), born(D), renamed)).toHaveLength(1);
  });

  it.each(['conference', 'parking', 'waiting room'] as const)(
    'in one %s stay two, which both have it',
    (kind) => {
      const created = bridged('BridgeCreate', kind);
      const enterA = bridged('BridgeEnter', kind, A);
      const enterC = bridged('BridgeEnter', kind, C);
      expect(parts(created, enterA, enterC)).toEqual([
        BANNER + created + enterA,
        BANNER + created + enterC,
      ]);
    },
  );

  it('whose bridges become one are one', () => {
    const merge = event(
      'BridgeMerge',
      ['ToBridgeUniqueid', 'b-1'],
      ['ToBridgeTechnology', 'softmix'],
      ['ToBridgeType', 'basic'],
      ['FromBridgeUniqueid', 'b-2'],
      ['FromBridgeTechnology', 'simple_bridge'],
    );
    const other = bridged('BridgeEnter', 'basic', C).replace('b-1', 'b-2');
    expect(parts(bridged('BridgeEnter', 'basic', A), other, merge)).toHaveLength(1);
  });
});

describe('a split of a split', () => {
  it('is the same', () => {
    const [first] = split(capture(BANNER + BOOTED, born(A), born(C), gone(C), gone(A)));
    expect(first && split(first.capture)).toEqual([first]);
  });
});
