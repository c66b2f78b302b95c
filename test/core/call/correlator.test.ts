// What the recordings do not show: orders that swap, calls that become one, gaps. Hand-made signals, twenty a second.

import { describe, expect, it } from 'vitest';
import { Correlator } from '../../../src/core/call/correlator.ts';
import type { CallEvent } from '../../../src/core/event/call-event.ts';
import type { ChannelListItem } from '../../../src/core/pbx/channel-list.ts';
import type { BridgeSnapshot, ChannelSnapshot } from '../../../src/core/pbx/signal.ts';
import { atOnce } from '../../support/at-once.ts';
import {
  asksToHangUp,
  bridge,
  changed,
  channel,
  created,
  dialEnds,
  dials,
  enters,
  goesUp,
  type Happening,
  hangsUp,
  isForwarded,
  joinsQueue,
  leaves,
  picksUp,
  progresses,
  rings,
  showsCallerId,
  timed,
} from '../../support/signals.ts';

const A = channel('PJSIP/101-00000001', '1.1', { callerName: 'Alice', exten: '102', state: 4 });
const B = channel('PJSIP/102-00000002', '1.2', { linkedId: '1.1', callerName: 'Bob' });
const C = channel('PJSIP/103-00000003', '1.3', { linkedId: '1.1', callerName: 'Carol' });
const BRIDGE = bridge('b');

function tell(
  happenings: readonly Happening[],
  correlator = new Correlator(),
  stepMs = 50,
): readonly CallEvent[] {
  return timed(happenings, 1_000, stepMs).flatMap((signal) => correlator.handle(signal));
}

/** `ringing 1.1`, `hungup 1.1 cancelled` */
function words(events: readonly CallEvent[]): readonly string[] {
  return events.map((event) => {
    const how = event.event === 'hungup' ? ` ${event.mergedInto ?? event.disposition}` : '';
    return `${event.event} ${event.callId}${how}`;
  });
}

/** Both are in the bridge. */
const meet = (one: ChannelSnapshot, other: ChannelSnapshot, where: BridgeSnapshot = BRIDGE) => [
  enters(one, where),
  enters(other, where),
];

const BEGIN = [created(A), created(B), dials(A, B)];
const RING = [progresses(B, 'RINGING'), rings(B)];
const ANSWER = [goesUp(B), dialEnds(A, B, 'ANSWER'), goesUp(A), ...meet(B, A)];
const PART = [leaves(B, BRIDGE), leaves(A, BRIDGE)];
const ANSWERED = ['ringing 1.1', 'answered 1.1', 'hungup 1.1 answered'];

describe('a call between two phones', () => {
  it('rings, is answered and is hung up', () => {
    const parties = {
      from: { extension: '101', name: 'Alice' },
      to: { extension: '102', name: 'Bob' },
    };
    const by = { extension: '102', name: 'Bob' };
    expect(
      tell([...BEGIN, ...RING, ...ANSWER, asksToHangUp(B), ...PART, hangsUp(B), hangsUp(A)]),
    ).toEqual([
      { event: 'ringing', callId: '1.1', ...parties, at: 1_150, sequence: 1 },
      {
        event: 'answered',
        callId: '1.1',
        ...parties,
        at: 1_450,
        sequence: 2,
        answeredBy: by,
        ringSeconds: 0.3,
      },
      {
        event: 'hungup',
        callId: '1.1',
        ...parties,
        at: 1_700,
        sequence: 3,
        answeredBy: by,
        cause: 'normal_clearing',
        causeCode: 16,
        pbxCauseCode: 16,
        talkSeconds: 0.25,
        totalSeconds: 0.55,
        disposition: 'answered',
        rang: true,
        hungupBy: 'callee',
        why: expect.stringContaining('the callee'),
      },
    ]);
  });

  it.each<readonly [string, readonly Happening[]]>([
    [
      'the phone rings before it is dialled',
      [created(A), created(B), rings(B), dials(A, B), ...ANSWER, hangsUp(B), hangsUp(A)],
    ],
    [
      'the state comes before the progress',
      [...BEGIN, rings(B), progresses(B, 'RINGING'), ...ANSWER, hangsUp(B), hangsUp(A)],
    ],
    [
      'there is early media and no state',
      [...BEGIN, progresses(B, 'PROGRESS'), ...ANSWER, hangsUp(B), hangsUp(A)],
    ],
    ['the phone is lifted at once', [...BEGIN, ...ANSWER, hangsUp(B), hangsUp(A)]],
    [
      'the caller enters first',
      [
        ...BEGIN,
        ...RING,
        goesUp(A),
        ...meet(A, B),
        dialEnds(A, B, 'ANSWER'),
        hangsUp(B),
        hangsUp(A),
      ],
    ],
    [
      'there is no word of the dial',
      [created(A), created(B), rings(B), ...meet(A, B), hangsUp(B), hangsUp(A)],
    ],
    ['the caller goes first', [...BEGIN, ...RING, ...ANSWER, ...PART, hangsUp(A), hangsUp(B)]],
    [
      'they go before they leave the bridge',
      [...BEGIN, ...RING, ...ANSWER, hangsUp(A), hangsUp(B), ...PART],
    ],
    [
      'the dial ends after the phone is gone',
      [...BEGIN, ...RING, ...meet(B, A), hangsUp(B), dialEnds(A, B, 'ANSWER'), hangsUp(A)],
    ],
    [
      'everything comes twice',
      [...BEGIN, ...RING, ...ANSWER].flatMap((one) => [one, one]).concat(hangsUp(B), hangsUp(A)),
    ],
    [
      'it rings again after the answer',
      [...BEGIN, ...RING, ...ANSWER, ...RING, ...meet(B, A), hangsUp(B), hangsUp(A)],
    ],
  ])('is told the same where %s', (_, happenings) => {
    expect(words(tell(happenings))).toEqual(ANSWERED);
  });

  it('tells nothing once it is over, whatever comes late', () => {
    const correlator = new Correlator();
    tell([...BEGIN, ...RING, ...ANSWER, hangsUp(B), hangsUp(A)], correlator);
    const late = [
      ...[dials(A, B), ...RING, ...ANSWER, ...PART, asksToHangUp(A), hangsUp(A), hangsUp(B)],
      ...[showsCallerId(A), picksUp(A, B), changed(A, 6)],
      { type: 'shutdown-requested', channel: A } as const,
      { type: 'digit-pressed', channel: A, digit: '1', durationMs: 1 } as const,
    ];
    expect(tell(late, correlator)).toEqual([]);
    expect(correlator.openCalls).toEqual({ active: 0, ringing: 0, answered: 0 });
  });

  it('is not ringing while it is only on its way', () => {
    expect(
      words(tell([...BEGIN, progresses(B, 'PROCEEDING'), hangsUp(B, 17), hangsUp(A, 17)])),
    ).toEqual(['hungup 1.1 busy']);
  });

  it('ends with the cause of its caller, whoever goes last', () => {
    const events = tell([...BEGIN, ...RING, ...ANSWER, hangsUp(A, 16), hangsUp(B, 127)]);
    expect(events[2]).toMatchObject({ pbxCauseCode: 16 });
  });

  it('ends by the phone that was busy', () => {
    const busy = [asksToHangUp(B), dialEnds(A, B, 'BUSY'), hangsUp(B, 17), hangsUp(A, 17)];
    expect(tell([...BEGIN, ...busy])).toMatchObject([
      { event: 'hungup', cause: 'user_busy', disposition: 'busy', hungupBy: 'callee', sequence: 1 },
    ]);
  });

  it('keeps its channels as they are when one is told as new again', () => {
    const again = created({ ...A, number: '999', exten: '999' });
    const events = tell([
      ...BEGIN,
      again,
      ...RING,
      ...meet(A, B),
      again,
      ...meet(A, B),
      hangsUp(B),
      hangsUp(A),
    ]);
    expect(words(events)).toEqual(ANSWERED);
    expect(events[0]).toMatchObject({ from: { extension: '101' }, to: { extension: '102' } });
  });

  it('is cancelled where the caller goes before anybody lifts, also when the dial ends last', () => {
    const cancel = [asksToHangUp(A), hangsUp(B, 127), hangsUp(A, 127), dialEnds(A, B, 'CANCEL')];
    expect(tell([...BEGIN, ...RING, ...cancel])[1]).toMatchObject({
      event: 'hungup',
      cause: 'cancelled',
      causeCode: 16,
      pbxCauseCode: 127,
      disposition: 'cancelled',
      hungupBy: 'caller',
    });
  });

  it('is not answered by a phone that is lifted to hear what it is asked', () => {
    const events = tell([
      ...BEGIN,
      ...RING,
      goesUp(B),
      dialEnds(A, B, 'ABORT'),
      hangsUp(B),
      hangsUp(A),
    ]);
    expect(words(events)).toEqual(['ringing 1.1', 'hungup 1.1 no_answer']);
  });

  it('is answered by nobody in a holding bridge', () => {
    const held = bridge('h', 'holding');
    const events = tell([...BEGIN, ...RING, ...meet(A, B, held), hangsUp(B), hangsUp(A)]);
    expect(words(events)).not.toContain('answered 1.1');
  });

  it('ends with Asterisk where that says so', () => {
    const down = { type: 'shutdown-requested', channel: A } as const;
    const all = { type: 'pbx-shutdown' } as const;
    for (const [happening, told] of [
      [down, 1],
      [all, 1],
    ] as const) {
      const events = tell([...BEGIN, ...RING, happening, hangsUp(B), hangsUp(A)]);
      expect(events[told]).toMatchObject({
        cause: 'pbx_restart',
        causeCode: 41,
        disposition: 'failed',
      });
    }
  });

  it('does not end with Asterisk where that goes on making channels', () => {
    const all = { type: 'pbx-shutdown' } as const;
    const other = created(channel('PJSIP/109-00000009', '1.9'));
    const events = tell([...BEGIN, ...RING, all, other, hangsUp(B), hangsUp(A)]);
    expect(events.filter(({ event }) => event === 'hungup')).not.toEqual([]);
    expect(JSON.stringify(events)).not.toContain('pbx_restart');
  });

  it('is counted while it is open, by what it is', () => {
    const correlator = new Correlator();
    const counts = [BEGIN, RING, ANSWER, [hangsUp(B), hangsUp(A)]].map((happenings) => {
      tell(happenings, correlator);
      return correlator.openCalls;
    });
    expect(counts).toEqual([
      { active: 1, ringing: 0, answered: 0 },
      { active: 1, ringing: 1, answered: 0 },
      { active: 1, ringing: 0, answered: 1 },
      { active: 0, ringing: 0, answered: 0 },
    ]);
  });
});

describe('who is who', () => {
  it('is settled by the first event: names improve until then and stay', () => {
    const nameless = { ...A, callerName: undefined };
    const named = { ...nameless, number: '5550100', callerName: 'Alice' };
    const events = tell([
      ...[created(nameless), showsCallerId(named), created(B), dials(named, B), rings(B)],
      ...[showsCallerId({ ...named, callerName: 'Somebody' }), hangsUp(B), hangsUp(named)],
    ]);
    expect(events.map(({ from }) => from)).toEqual([
      { extension: '101', name: 'Alice' },
      { extension: '101', name: 'Alice' },
    ]);
  });

  it('hides a caller who wants that, whatever is said of the caller later', () => {
    const shown = [showsCallerId(A, true), showsCallerId(A, false)];
    const events = tell([created(A), ...shown, created(B), dials(A, B), rings(B)]);
    expect(events[0]?.from).toEqual({ extension: '', anonymous: true });
  });

  it('names what was dialled only where the number is that of the party', () => {
    const group = { ...A, exten: '600' };
    expect(tell([created(group), created(B), dials(group, B), rings(B)])[0]?.to).toEqual({
      extension: '600',
    });
  });

  it('knows that nobody answered where only the caller is left to say so', () => {
    expect(tell([created(A), hangsUp(A, 3)])).toMatchObject([
      {
        event: 'hungup',
        from: { extension: '101', name: 'Alice' },
        to: { extension: '102' },
        sequence: 1,
      },
    ]);
  });
});

describe('several phones', () => {
  const group = { ...A, exten: '600' };
  const DIAL_ALL = [created(group), created(B), created(C), dials(group, B), dials(group, C)];
  const LOST = [dialEnds(group, B, 'CANCEL'), hangsUp(B, 26)];

  it('ring as one, and who lifts has answered', () => {
    const events = tell([
      ...[
        ...DIAL_ALL,
        rings(B),
        rings(C),
        goesUp(C),
        ...LOST,
        dialEnds(group, C, 'ANSWER'),
        goesUp(group),
      ],
      ...[...meet(C, group), asksToHangUp(group), hangsUp(C), hangsUp(group)],
    ]);
    expect(words(events)).toEqual(ANSWERED);
    expect(events[1]).toMatchObject({ answeredBy: { extension: '103', name: 'Carol' } });
    expect(events[2]).toMatchObject({ hungupBy: 'caller', cause: 'normal_clearing' });
  });

  it('of a hunt ring as one, and the last of them says why it ended', () => {
    const events = tell([
      ...[created(group), created(B), dials(group, B), rings(B)],
      ...[asksToHangUp(B), dialEnds(group, B, 'BUSY'), hangsUp(B, 17)],
      ...[created(C), rings(C), dials(group, C), dialEnds(group, C, 'NOANSWER'), hangsUp(C, 0)],
      hangsUp(group),
    ]);
    expect(words(events)).toEqual(['ringing 1.1', 'hungup 1.1 no_answer']);
  });

  it('are left by a caller who hangs up: that is a cancel, though one was busy', () => {
    const events = tell([
      ...[...DIAL_ALL, rings(C), asksToHangUp(B), dialEnds(group, B, 'BUSY'), hangsUp(B, 17)],
      ...[asksToHangUp(group), dialEnds(group, C, 'CANCEL'), hangsUp(C, 127), hangsUp(group, 127)],
    ]);
    expect(words(events)).toEqual(['ringing 1.1', 'hungup 1.1 cancelled']);
  });
});

describe('a way through Local channels', () => {
  const L1 = channel('Local/660@internal-00000001;1', '1.3', { linkedId: '1.1', number: '660' });
  const L2 = channel('Local/660@internal-00000001;2', '1.4', {
    linkedId: '1.1',
    number: '101',
    exten: '660',
  });
  const D = channel('PJSIP/103-00000003', '1.5', { linkedId: '1.1', callerName: 'Carol' });
  const caller = { ...A, exten: '660' };
  const inner = bridge('inner');
  const WAY = [
    ...[created(caller), created(L1), created(L2), dials(caller, L1), created(D), dials(L2, D)],
    ...[
      rings(D),
      progresses(L1, 'RINGING'),
      rings(L1),
      goesUp(D),
      dialEnds(L2, D, 'ANSWER'),
      ...meet(D, L2, inner),
    ],
    ...[goesUp(L1), dialEnds(caller, L1, 'ANSWER'), goesUp(caller), enters(L1, BRIDGE)],
  ];

  it('is answered when a path leads from phone to phone, and by the phone', () => {
    const correlator = new Correlator();
    expect(words(tell(WAY, correlator))).toEqual(['ringing 1.1']);
    expect(tell([enters(caller, BRIDGE)], correlator)).toMatchObject([
      { event: 'answered', answeredBy: { extension: '103', name: 'Carol' } },
    ]);
  });

  it('goes on when the wire is optimised away, and ends with its people', () => {
    const correlator = new Correlator();
    const swap = [leaves(D, inner), enters(D, BRIDGE), leaves(L1, BRIDGE), leaves(L2, inner)];
    const events = tell(
      [...WAY, enters(caller, BRIDGE), ...swap, hangsUp(L1), hangsUp(L2)],
      correlator,
    );
    expect(words(events)).toEqual(['ringing 1.1', 'answered 1.1']);
    expect(correlator.openCalls.active).toBe(1);
    expect(words(tell([asksToHangUp(D), hangsUp(D), hangsUp(caller)], correlator))).toEqual([
      'hungup 1.1 answered',
    ]);
  });

  it('ends with its people though the wire is there still, and nothing follows', () => {
    const events = tell([
      ...[...WAY, enters(caller, BRIDGE), asksToHangUp(L1), asksToHangUp(caller)],
      ...[hangsUp(caller), hangsUp(D), hangsUp(L1), hangsUp(L2)],
    ]);
    expect(words(events)).toEqual(ANSWERED);
    expect(events[2]).toMatchObject({ hungupBy: 'caller' });
  });

  it('is a forward where a phone sent us there, and no cancel', () => {
    const redirect = [rings(B), isForwarded(A, B), hangsUp(B, 23)];
    const way = [
      created(L1),
      created(L2),
      dials(A, L1),
      created(D),
      dials(L2, D),
      dialEnds(L2, D, 'BUSY'),
      hangsUp(D, 17),
    ];
    const events = tell([
      ...BEGIN,
      ...redirect,
      ...way,
      hangsUp(L2, 17),
      hangsUp(L1, 17),
      hangsUp(A, 17),
    ]);
    expect(words(events)).toEqual(['ringing 1.1', 'hungup 1.1 busy']);
  });

  it('is no call where nobody is on it', () => {
    const lonely = [L1, L2].map((end) => ({ ...end, linkedId: '1.3' }));
    const correlator = new Correlator();
    expect(tell([...lonely.map(created), ...lonely.map(goesUp)], correlator)).toEqual([]);
    expect(correlator.openCalls.active).toBe(0);
    expect(
      tell(
        lonely.map((end) => hangsUp(end)),
        correlator,
      ),
    ).toEqual([]);
  });

  it('is no call where only recorders and spies are on it', () => {
    const spy = channel('Snoop/1.1-00000001', '9.1');
    expect(tell([created(spy), rings(spy), goesUp(spy), hangsUp(spy)])).toEqual([]);
  });
});

describe('a call that is taken from another phone', () => {
  const picker = channel('PJSIP/103-00000003', '1.3', {
    callerName: 'Carol',
    exten: '*8',
    state: 4,
  });
  const merged = { ...picker, linkedId: '1.1' };

  it.each<readonly [string, readonly Happening[]]>([
    ['Pickup tells it', [picksUp(picker, B)]],
    ['the dial alone tells it', []],
  ])('is answered there, and the leg that took it is no call: %s', (_, pickup) => {
    const correlator = new Correlator();
    const taken = new Correlator();
    tell([...BEGIN, ...RING, created(picker), ...pickup, dialEnds(A, picker, 'ANSWER')], taken);
    expect(taken.openCalls).toEqual({ active: 1, ringing: 1, answered: 0 });
    const events = tell(
      [
        ...[
          ...BEGIN,
          ...RING,
          created(picker),
          goesUp(picker),
          ...pickup,
          dialEnds(A, picker, 'ANSWER'),
        ],
        ...[hangsUp(B), goesUp(A), enters(picker, BRIDGE), enters(A, BRIDGE)],
        ...[asksToHangUp(picker), hangsUp(merged), hangsUp(A)],
      ],
      correlator,
    );
    expect(words(events)).toEqual(ANSWERED);
    expect(events[1]).toMatchObject({ answeredBy: { extension: '103', name: 'Carol' } });
    expect(events[2]).toMatchObject({ hungupBy: 'callee' });
    expect(correlator.openCalls.active).toBe(0);
  });

  const wire = channel('Local/600@x-00000001;1', '0.2', { linkedId: '0.1' });

  it.each<readonly [string, readonly Happening[]]>([
    ['a pickup', [picksUp(A, wire), ...RING]],
    ['an answer', [...RING, dialEnds(wire, B, 'ANSWER')]],
    ['an answer before it rings', [dialEnds(wire, B, 'ANSWER'), ...RING]],
  ])('takes in what nobody was a part of, though that is older: by %s', (_, joining) => {
    const correlator = new Correlator();
    const begin = [created(wire), created(A), created(B)];
    const end = [hangsUp(B), hangsUp(A), hangsUp(wire)];
    const events = tell([...begin, ...joining, ...end], correlator);
    expect(words(events)).toEqual(['ringing 1.1', expect.stringMatching(/^hungup 1.1 [a-z_]+$/)]);
    expect(events[0]?.from).toMatchObject({ extension: '101' });
    expect(correlator.openCalls).toEqual({ active: 0, ringing: 0, answered: 0 });
  });

  it('goes on under its own name though the leg that took it is older', () => {
    const older = { ...picker, id: '0.9', linkedId: '0.9' };
    const events = tell([
      ...BEGIN,
      ...RING,
      created(older),
      picksUp(older, B),
      hangsUp(B),
      ...meet(older, A),
      hangsUp(A),
      hangsUp(older),
    ]);
    expect(words(events)).toEqual(ANSWERED);
  });

  it('is not there where nothing could be taken', () => {
    expect(words(tell([created(picker), asksToHangUp(picker), hangsUp(picker, 3)]))).toEqual([
      'hungup 1.3 failed',
    ]);
  });
});

describe('two calls that become one', () => {
  const X = channel('PJSIP/201-00000011', '2.1', { exten: '202', state: 4 });
  const Y = channel('PJSIP/202-00000012', '2.2', { linkedId: '2.1' });
  const second = bridge('second');
  const third = bridge('third');
  const FIRST_TALKS = [...BEGIN, rings(B), ...meet(A, B)];
  const SECOND_TALKS = [created(X), created(Y), dials(X, Y), rings(Y), ...meet(X, Y, second)];
  const FOUR = ['ringing 1.1', 'answered 1.1', 'ringing 2.1', 'answered 2.1'];

  it('are the older one where both callers talk, and the younger one ends in it', () => {
    const events = tell([
      ...[
        ...FIRST_TALKS,
        ...SECOND_TALKS,
        leaves(A, BRIDGE),
        enters(A, third),
        leaves(X, second),
        enters(X, third),
      ],
      ...[hangsUp(B), hangsUp(Y), hangsUp(X), hangsUp(A)],
    ]);
    expect(words(events)).toEqual([
      ...[...FOUR, 'hungup 2.1 1.1', 'transferred 1.1', 'hungup 1.1 answered'],
    ]);
    expect(events[4]).toMatchObject({
      cause: 'normal_clearing',
      causeCode: 16,
      disposition: 'answered',
    });
    expect(events[4]).not.toHaveProperty('hungupBy');
  });

  it('are the one whose caller talks on, though it is younger', () => {
    const events = tell([
      ...[
        ...FIRST_TALKS,
        ...SECOND_TALKS,
        leaves(B, BRIDGE),
        enters(B, third),
        leaves(X, second),
        enters(X, third),
      ],
      ...[hangsUp(Y), hangsUp(A), hangsUp(B), hangsUp(X)],
    ]);
    expect(words(events)).toEqual([
      ...[...FOUR, 'hungup 1.1 2.1', 'transferred 2.1', 'hungup 2.1 answered'],
    ]);
  });

  it('are the older one where neither caller talks', () => {
    const events = tell([
      ...[
        ...FIRST_TALKS,
        ...SECOND_TALKS,
        leaves(B, BRIDGE),
        enters(B, third),
        leaves(Y, second),
        enters(Y, third),
      ],
      ...[hangsUp(X), hangsUp(A), hangsUp(B), hangsUp(Y)],
    ]);
    expect(words(events)).toEqual([
      ...[...FOUR, 'hungup 2.1 1.1', 'transferred 1.1', 'hungup 1.1 answered'],
    ]);
  });

  it('stay one, whatever Linkedid is seen later', () => {
    const again = { ...X, linkedId: '2.1' };
    const events = tell([
      ...[...FIRST_TALKS, created(X), leaves(B, BRIDGE), enters(X, BRIDGE)],
      ...[
        changed(again, 6),
        leaves(again, BRIDGE),
        enters(again, BRIDGE),
        hangsUp(again),
        hangsUp(B),
        hangsUp(A),
      ],
    ]);
    expect(words(events)).toEqual([
      ...['ringing 1.1', 'answered 1.1', 'transferred 1.1', 'hungup 1.1 answered'],
    ]);
  });

  it('tell nothing of one that had told nothing: the retrieval of a parked call', () => {
    const parking = bridge('parking', 'holding');
    const correlator = new Correlator();
    const events = tell(
      [
        ...[...FIRST_TALKS, leaves(B, BRIDGE), leaves(A, BRIDGE), enters(A, parking), hangsUp(B)],
        ...[created(X), goesUp(X), leaves(A, parking), enters(A, third), enters(X, third)],
      ],
      correlator,
    );
    expect(words(events)).toEqual(['ringing 1.1', 'answered 1.1']);
    expect(correlator.openCalls).toEqual({ active: 1, ringing: 0, answered: 1 });
    expect(words(tell([hangsUp(A), hangsUp(X)], correlator))).toEqual(['hungup 1.1 answered']);
  });

  it('are the one that is transferred while its target still rings', () => {
    const target = channel('PJSIP/203-00000013', '2.2', { linkedId: '2.1' });
    const consult = { ...X, exten: '203' };
    const events = tell([
      ...[...FIRST_TALKS, created(consult), created(target), dials(consult, target), rings(target)],
      ...[leaves(A, BRIDGE), leaves(B, BRIDGE), hangsUp(B), dialEnds(A, target, 'ANSWER')],
      ...[hangsUp(consult), ...meet(A, target, third), hangsUp(target), hangsUp(A)],
    ]);
    expect(words(events)).toEqual([
      ...['ringing 1.1', 'answered 1.1', 'ringing 2.1'],
      ...['hungup 2.1 1.1', 'transferred 1.1', 'hungup 1.1 answered'],
    ]);
    expect(events[3]).toMatchObject({ disposition: 'merged' });
  });

  it('stay two in a conference, each answered by it', () => {
    const room = bridge('room', 'conference');
    const guests = [A, X].map((guest) => ({ ...guest, exten: '700' }));
    const correlator = new Correlator();
    const events = tell(
      [
        ...guests.map(created),
        ...guests.map(goesUp),
        ...guests.map((guest) => enters(guest, room)),
      ],
      correlator,
    );
    expect(events).toMatchObject([
      {
        event: 'answered',
        callId: '1.1',
        sequence: 1,
        answeredBy: { extension: '700', name: '700' },
        ringSeconds: 0,
      },
      { event: 'answered', callId: '2.1', sequence: 1 },
    ]);
    expect(
      words(
        tell(
          guests.map((guest) => hangsUp(guest)),
          correlator,
        ),
      ),
    ).toEqual(['hungup 1.1 answered', 'hungup 2.1 answered']);
  });
});

describe('a call that is transferred', () => {
  it('lives on when the caller leaves it, and no phone rings twice', () => {
    const correlator = new Correlator();
    const talk = [...BEGIN, ...RING, ...ANSWER, ...PART, asksToHangUp(A), hangsUp(A)];
    const onward = [
      created(C),
      dials(B, C),
      rings(C),
      goesUp(C),
      dialEnds(B, C, 'ANSWER'),
      ...meet(C, B),
    ];
    const events = [...tell([...talk, ...onward], correlator), ...correlator.elapse(10_000)];
    expect(words(events)).toEqual(['ringing 1.1', 'answered 1.1', 'transferred 1.1']);
    expect(events.at(-1)).toMatchObject({
      transfer: 'redirect',
      transferredTo: { extension: '103' },
      replaces: { extension: '101', name: 'Alice' },
    });
    expect(correlator.openCalls.answered).toBe(1);
    expect(tell([asksToHangUp(C), hangsUp(C), hangsUp(B)], correlator)).toMatchObject([
      {
        event: 'hungup',
        from: { extension: '101' },
        answeredBy: { extension: '102' },
        hungupBy: 'caller', // in whose place C is
        sequence: 4,
      },
    ]);
  });

  it('was answered though it is transferred to a busy phone', () => {
    const onward = [created(C), dials(A, C), dialEnds(A, C, 'BUSY'), hangsUp(C, 17)];
    const events = tell([
      ...BEGIN,
      ...RING,
      ...ANSWER,
      ...PART,
      hangsUp(B),
      ...onward,
      hangsUp(A, 17),
    ]);
    expect(events.at(-1)).toMatchObject({
      cause: 'normal_clearing',
      causeCode: 16,
      pbxCauseCode: 17,
    });
  });
});

describe('a call that Asterisk begins', () => {
  const first = channel('PJSIP/101-00000001', '1.1', { callerName: 'Alice' });
  const running = { ...first, exten: '102', callerName: 'Click To Call' };
  const LIFTED = [
    ...[
      created(first),
      dials(undefined, first),
      rings(first),
      goesUp(first),
      dialEnds(undefined, first, 'ANSWER'),
    ],
  ];
  const ONWARD = [
    created(B),
    dials(running, B),
    rings(B),
    goesUp(B),
    dialEnds(running, B, 'ANSWER'),
  ];

  it('rings at the first phone, and is answered by the other', () => {
    const events = tell([
      ...LIFTED,
      showsCallerId(running),
      ...ONWARD,
      ...meet(B, running),
      asksToHangUp(running),
      hangsUp(B),
      hangsUp(first),
    ]);
    expect(events).toMatchObject([
      {
        event: 'ringing',
        at: 1_100,
        from: { extension: '101', name: 'Alice' },
        to: { extension: '' },
      },
      {
        event: 'answered',
        to: { extension: '102' },
        answeredBy: { extension: '102', name: 'Bob' },
      },
      { event: 'hungup', to: { extension: '102' }, hungupBy: 'caller', disposition: 'answered' },
    ]);
  });

  it('is not answered where the first phone is not lifted', () => {
    const events = tell([
      created(first),
      dials(undefined, first),
      rings(first),
      hangsUp(first, 19),
    ]);
    expect(words(events)).toEqual(['ringing 1.1', 'hungup 1.1 no_answer']);
    expect(events[1]).toMatchObject({ from: { extension: '101' }, to: { extension: '' } });
  });

  describe('through a Local channel', () => {
    const L1 = channel('Local/101@internal-00000001;1', '1.1', { number: undefined });
    const L2 = channel('Local/101@internal-00000001;2', '1.2', { linkedId: '1.1', exten: '101' });
    const one = { ...B, id: '1.3' };
    const other = { ...C, id: '1.4' };
    const tried = (phone: ChannelSnapshot) => [
      ...[created(phone), dials(L2, phone), rings(phone), dialEnds(L2, phone, 'NOANSWER')],
      hangsUp(phone, 0),
    ];

    it('lives between two phones that are tried one after another', () => {
      const correlator = new Correlator();
      const between = tell([created(L1), created(L2), ...tried(one)], correlator);
      expect(words(between)).toEqual(['ringing 1.1']);
      expect(correlator.openCalls.active).toBe(1);
      const rest = tell([...tried(other), hangsUp(L2, 0), hangsUp(L1, 0)], correlator);
      expect(words(rest)).toEqual(['hungup 1.1 no_answer']);
    });

    it('ends with its people once it was answered, not with the wire', () => {
      const correlator = new Correlator();
      const [near, far] = [bridge('near'), bridge('far')];
      const events = tell(
        [
          ...[created(L1), created(L2), created(one), dials(L2, one), rings(one)],
          ...[goesUp(one), dialEnds(L2, one, 'ANSWER'), ...meet(one, L2, far)],
          ...[
            created(other),
            dials(L1, other),
            rings(other),
            dialEnds(L1, other, 'ANSWER'),
            ...meet(other, L1, near),
          ],
          ...[asksToHangUp(other), hangsUp(other), hangsUp(one)],
        ],
        correlator,
        1,
      );
      expect(words(events)).toEqual(ANSWERED);
      expect(tell([hangsUp(L2), hangsUp(L1)], correlator)).toEqual([]);
    });
  });
});

describe('a digit', () => {
  const press = (one: ChannelSnapshot, digit: string): Happening => ({
    type: 'digit-pressed',
    channel: one,
    digit,
    durationMs: 80,
  });

  it('is told of the party that pressed it', () => {
    const correlator = new Correlator();
    tell([...BEGIN, ...RING, ...ANSWER], correlator);
    const [byCaller] = correlator.handle({
      ...press(A, '1'),
      at: 1_770_888_509_123,
      micros: 456,
    });
    expect(byCaller).toMatchObject({
      event: 'dtmf',
      sequence: 3,
      digit: '1',
      by: { extension: '101', name: 'Alice' },
      occurrence: '1770888509123456',
      durationSeconds: 0.08,
    });
    expect(tell([press(B, '#')], correlator)).toMatchObject([
      { by: { extension: '102', name: 'Bob' }, sequence: 4, occurrence: '2' },
    ]);
  });

  it('is told of a caller by the name that the call began with', () => {
    const nameless = { ...A, callerName: undefined };
    const named = (callerName: string) => showsCallerId({ ...nameless, callerName });
    const begin = [created(nameless), named('Alice'), created(B), rings(B), named('Somebody')];
    expect(tell([...begin, press({ ...nameless, callerName: 'Somebody' }, '1')])).toMatchObject([
      { event: 'ringing' },
      { event: 'dtmf', by: { extension: '101', name: 'Alice' } },
    ]);
  });

  it('is not told of plumbing, or of what is gone', () => {
    const wire = channel('Local/1@x-00000001;1', '1.3', { linkedId: '1.1' });
    expect(
      tell([created(A), created(wire), press(wire, '1'), hangsUp(wire), press(wire, '2')]),
    ).toEqual([]);
  });
});

describe('after a time of which nothing was heard', () => {
  const item = (
    one: ChannelSnapshot,
    where?: BridgeSnapshot,
    more: Partial<ChannelListItem> = {},
  ): ChannelListItem => ({
    channel: one,
    bridge: where,
    isDialled: false,
    isSpying: false,
    application: '',
    startedAt: undefined,
    ...more,
  });
  const upIn = (one: ChannelSnapshot, where: BridgeSnapshot) => item({ ...one, state: 6 }, where);

  /** A correlator to which this has happened, in a session that begins now. */
  function inNewSession(happenings: readonly Happening[], lastHeardAt = 20_000): Correlator {
    const correlator = new Correlator();
    tell(happenings, correlator);
    correlator.beginSession(lastHeardAt);
    return correlator;
  }

  it('a call whose people are gone has ended unseen, up to when it was last known', () => {
    const correlator = inNewSession([...BEGIN, ...RING, ...ANSWER]);
    expect(atOnce(correlator.resync({ items: [], isComplete: true }, 60_000))).toEqual({
      kept: 0,
      ended: 1,
      found: 0,
      events: [
        expect.objectContaining({
          event: 'hungup',
          at: 60_000,
          sequence: 3,
          inferred: true,
          cause: 'unknown',
          causeCode: 0,
          disposition: 'answered',
          lastSeenAt: 20_000,
          talkSeconds: 18.55,
          from: { extension: '101', name: 'Alice' },
        }),
      ],
    });
    expect(correlator.openCalls.active).toBe(0);
    expect(tell([hangsUp(A), hangsUp(B)], correlator)).toEqual([]);
  });

  it('a channel that hung up while it was listed stays gone', () => {
    const correlator = inNewSession([]);
    tell([hangsUp(A), hangsUp(B)], correlator);
    const items = [upIn(A, BRIDGE), upIn(B, BRIDGE)];
    expect(atOnce(correlator.resync({ items, isComplete: true }, 60_000))).toEqual({
      events: [],
      kept: 0,
      ended: 0,
      found: 0,
    });
    expect(correlator.openCalls.active).toBe(0);
  });

  it('a call that is missing from half a list goes on', () => {
    const correlator = inNewSession([...BEGIN, ...RING, ...ANSWER]);
    expect(atOnce(correlator.resync({ items: [], isComplete: false }, 60_000))).toEqual({
      events: [],
      kept: 1,
      ended: 0,
      found: 0,
    });
    expect(tell([hangsUp(A), hangsUp(B)], correlator)).toMatchObject([{ event: 'hungup' }]);
  });

  it('a call that rings on is left as it is', () => {
    const correlator = inNewSession([...BEGIN, ...RING]);
    const list = [item({ ...B, state: 5 }, undefined, { isDialled: true }), item(A)];
    expect(atOnce(correlator.resync({ items: list, isComplete: true }, 60_000))).toEqual({
      events: [],
      kept: 1,
      ended: 0,
      found: 0,
    });
    expect(words(tell([...ANSWER, hangsUp(B), hangsUp(A)], correlator))).toEqual(ANSWERED.slice(1));
  });

  it('a call was answered meanwhile, or began to ring', () => {
    const talking = inNewSession([...BEGIN, ...RING]);
    expect(
      atOnce(
        talking.resync({ items: [upIn(B, BRIDGE), upIn(A, BRIDGE)], isComplete: true }, 60_000),
      ),
    ).toMatchObject({
      events: [
        {
          event: 'answered',
          at: 60_000,
          inferred: true,
          sequence: 2,
          answeredBy: { extension: '102' },
        },
      ],
      kept: 1,
    });
    const ringing = inNewSession(BEGIN);
    expect(
      atOnce(
        ringing.resync({ items: [item(A), item({ ...B, state: 5 })], isComplete: true }, 60_000),
      ).events,
    ).toMatchObject([{ event: 'ringing', at: 60_000, inferred: true, sequence: 1 }]);
    expect(words(tell([hangsUp(B, 127), asksToHangUp(A), hangsUp(A, 127)], ringing))).toHaveLength(
      1,
    );
  });

  it('a call that nobody had heard of is taken up from where it stands', () => {
    const correlator = inNewSession([]);
    const list = [
      item({ ...B, state: 6 }, BRIDGE, { isDialled: true, startedAt: 30_000 }),
      item({ ...A, state: 6 }, BRIDGE, { startedAt: 30_000 }),
    ];
    const result = atOnce(correlator.resync({ items: list, isComplete: true }, 60_000));
    expect(result).toMatchObject({ kept: 0, ended: 0, found: 1 });
    expect(result.events).toMatchObject([
      {
        event: 'answered',
        inferred: true,
        sequence: 1,
        from: { extension: '101' },
        to: { extension: '102' },
        answeredBy: { extension: '102' },
      },
    ]);
    expect(result.events[0]).not.toHaveProperty('ringSeconds');
    expect(correlator.handle({ ...hangsUp(B), at: 61_000, micros: undefined })).toEqual([]);
    expect(correlator.handle({ ...hangsUp(A), at: 62_000, micros: undefined })).toMatchObject([
      { event: 'hungup', talkSeconds: 2, totalSeconds: 32, sequence: 2 },
    ]);
  });

  it('a call that was told for the first time as over has its people still', () => {
    const correlator = inNewSession(BEGIN);
    expect(atOnce(correlator.resync({ items: [], isComplete: true }, 60_000)).events).toMatchObject(
      [
        {
          event: 'hungup',
          sequence: 1,
          from: { extension: '101', name: 'Alice' },
          disposition: 'unknown',
        },
      ],
    );
  });

  it('a call of which one is left goes on', () => {
    const correlator = inNewSession([...BEGIN, ...RING, ...ANSWER]);
    expect(
      atOnce(correlator.resync({ items: [item({ ...A, state: 6 })], isComplete: true }, 60_000)),
    ).toMatchObject({
      events: [],
      kept: 1,
    });
    expect(words(tell([hangsUp(A)], correlator))).toEqual(['hungup 1.1 answered']);
  });

  const TALKED = [
    item({ ...A, state: 6 }, BRIDGE, { startedAt: 30_000 }),
    item({ ...B, state: 6 }, BRIDGE, { isDialled: true, startedAt: 30_000 }),
  ];

  /** Between any two steps of the comparison one of these happens. */
  function resyncWhile(
    correlator: Correlator,
    items: readonly ChannelListItem[],
    meanwhile: readonly Happening[],
  ) {
    const happenings = [...timed(meanwhile, 60_001, 1)];
    const events: CallEvent[] = [];
    const steps = correlator.resync({ items, isComplete: true }, 60_000);
    for (let step = steps.next(); ; step = steps.next()) {
      if (step.done === true) return { ...step.value, events };
      const signal = happenings.shift();
      events.push(...step.value, ...(signal === undefined ? [] : correlator.handle(signal)));
    }
  }

  it('what is heard of who is taken up waits for the end of that, in order', () => {
    const correlator = inNewSession([]);
    tell([asksToHangUp(B)], correlator);
    const end = [leaves(B, BRIDGE), hangsUp(B), leaves(A, BRIDGE), hangsUp(A)];
    const { events, ...counts } = resyncWhile(correlator, TALKED, end);
    expect(events).toMatchObject([
      { event: 'answered', inferred: true },
      { event: 'hungup', hungupBy: 'callee', disposition: 'answered' },
    ]);
    expect(events).toHaveLength(2);
    expect(counts).toEqual({ kept: 0, ended: 0, found: 0 });
    expect(correlator.openCalls.active).toBe(0);
  });

  const RINGING = [item(A), item({ ...B, state: 5 }, undefined, { isDialled: true })];

  it('who picks up a call that nobody knows yet waits for it', () => {
    const correlator = inNewSession([]);
    const C = channel('PJSIP/103-00000009', '9.1', { exten: '*8', state: 4 });
    const answer = [picksUp(C, B), hangsUp(B, 26), enters(C, BRIDGE), enters(A, BRIDGE)];
    tell([created(C), goesUp(C), ...answer], correlator);
    const { events } = resyncWhile(correlator, RINGING, []);
    expect(words(events)).toEqual(['ringing 1.1', 'answered 1.1']);
    expect(events[1]).toMatchObject({ answeredBy: { extension: '103' } });
  });

  it('what a phone was called for counts also where nobody knows that phone yet', () => {
    const correlator = inNewSession([]);
    const phone = channel('PJSIP/101-00000001', '1.1', { state: 5 });
    const what = { exten: undefined, isAnnouncement: true } as const;
    tell([goesUp(phone), { type: 'originated', channelId: '1.1', ...what }], correlator);
    const { events } = resyncWhile(correlator, [item(phone, undefined, { isDialled: true })], []);
    const later = correlator.elapse(70_000);
    expect(words([...events, ...later])).toEqual(['ringing 1.1', 'answered 1.1']);
  });

  it('what is heard while that is made up for stands behind it', () => {
    const correlator = inNewSession([]);
    const X = channel('PJSIP/201-00000011', '2.1', { exten: '202', state: 4 });
    const Y = channel('PJSIP/202-00000012', '2.2', { linkedId: '2.1' });
    const before = Array.from({ length: 20 }, () => showsCallerId(A));
    tell([...before, { type: 'held', channel: B }], correlator);
    const meanwhile = Array.from({ length: 6 }, () => showsCallerId(A));
    const another = [created(X), created(Y), rings(Y)];
    const { events } = resyncWhile(correlator, TALKED, [...meanwhile, ...another]);
    expect(words(events)).toEqual(['answered 1.1', 'held 1.1', 'ringing 2.1']);
  });

  it('what is not sure yet waits for what was heard of it and is not made up for', () => {
    const correlator = inNewSession([]);
    const Q = channel('PJSIP/201-00000011', '9.1', { exten: '600', state: 4 });
    const hear = (happening: Happening, at: number) =>
      [...timed([happening], at, 0)].flatMap((signal) => correlator.handle(signal));
    for (let n = 0; n < 20; n += 1) hear(showsCallerId(A), 60_000);
    const events = [...hear(created(Q), 60_001), ...hear(goesUp(Q), 60_002)];
    const steps = correlator.resync({ items: TALKED, isComplete: true }, 60_000);
    for (let n = 0; n < 10; n += 1) events.push(...(steps.next().value as readonly CallEvent[]));
    events.push(...hear(joinsQueue(Q, 'sales'), 60_003), ...hear(showsCallerId(A), 60_400));
    events.push(...correlator.elapse(60_500));
    expect(words(events)).toEqual(['answered 1.1']);
    expect(correlator.nextAt).toBeUndefined();
    const later = atOnce(steps).events;
    expect(words(later)).toEqual(['system_answered 9.1', 'queued 9.1']);
    expect(later[0]).toMatchObject({ service: 'queue', serviceName: 'sales' });
  });

  it('other calls go on while that is done, and are not counted', () => {
    const X = channel('PJSIP/201-00000011', '2.1', { exten: '202', state: 4 });
    const Y = channel('PJSIP/202-00000012', '2.2', { linkedId: '2.1' });
    const Z = channel('PJSIP/203-00000013', '3.1', { exten: '204', state: 4 });
    const correlator = inNewSession([created(Z)]);
    const list = [...TALKED, item(Z)];
    const meanwhile = [created(X), created(Y), rings(Y), hangsUp(Z, 16)];
    const { events, ...counts } = resyncWhile(correlator, list, meanwhile);
    expect(words(events)).toEqual(['ringing 2.1', 'hungup 3.1 failed', 'answered 1.1']);
    expect(counts).toEqual({ kept: 1, ended: 0, found: 1 });
  });

  it('who came by himself to a parked call had a call of his own', () => {
    const parked = { slot: '701', parker: undefined };
    const D = channel('PJSIP/104-00000004', '4.1', { linkedId: '1.1', exten: '701', state: 6 });
    const correlator = inNewSession([
      ...[...BEGIN, ...RING, ...ANSWER, ...PART],
      { type: 'parked', channel: B, ...parked },
    ]);
    const where = bridge('c');
    const list = [
      item({ ...A, state: 6 }),
      item({ ...B, state: 6 }, where, { application: 'Park' }),
      item(D, where, { application: 'ParkedCall' }),
    ];
    expect(
      words(atOnce(correlator.resync({ items: list, isComplete: true }, 60_000)).events),
    ).toEqual(['hungup 1.1 4.1', 'retrieved 4.1', 'answered 4.1']);
  });

  it('who rang and is up was answered, and who rang and is gone rings no more', () => {
    const inner = channel('Local/700@internal-00000001;1', '1.5', { linkedId: '1.1' });
    const outer = channel('Local/700@internal-00000001;2', '1.6', { linkedId: '1.1' });
    const up = [
      item({ ...A, state: 6 }, BRIDGE),
      item({ ...inner, state: 6 }, BRIDGE, { isDialled: true }),
      item({ ...outer, state: 6 }),
    ];
    const through = inNewSession([created(A), created(inner), created(outer), dials(A, inner)]);
    atOnce(through.resync({ items: up, isComplete: true }, 60_000));
    const conference = bridge('conf', 'conference');
    expect(words(tell([enters(outer, conference)], through))).toEqual(['answered 1.1']);
    const alone = inNewSession([created(A), created(inner), created(outer), dials(A, inner)]);
    atOnce(alone.resync({ items: [item({ ...A, state: 6 })], isComplete: true }, 60_000));
    expect(words(tell([enters(A, conference)], alone))).toEqual(['answered 1.1']);
  });

  it('who listens to others since is no call', () => {
    const correlator = inNewSession([created(A)]);
    const spying = item({ ...A, state: 6 }, undefined, { isSpying: true });
    atOnce(correlator.resync({ items: [spying], isComplete: true }, 60_000));
    expect(tell([hangsUp(A)], correlator)).toEqual([]);
  });

  it('what was asked for in vain hides nothing of what was heard since', () => {
    const correlator = new Correlator();
    tell(BEGIN, correlator);
    expect(correlator.beginAudit(Number.POSITIVE_INFINITY)).toBe(true);
    const D = channel('PJSIP/104-00000004', '4.2', { linkedId: '4.1' });
    expect(tell([created(D), rings(D)], correlator)).toEqual([]);
    expect(words(correlator.giveUpAudit())).toEqual(['ringing 4.1']);
    expect(words(tell([hangsUp(D)], correlator))).toHaveLength(1);
  });

  it('two calls may have become one', () => {
    const X = channel('PJSIP/201-00000011', '2.1', { exten: '202', state: 4 });
    const correlator = inNewSession([...BEGIN, ...RING, ...ANSWER, created(X)]);
    const result = atOnce(
      correlator.resync({ items: [upIn(A, BRIDGE), upIn(X, BRIDGE)], isComplete: true }, 60_000),
    );
    expect(result.events).toMatchObject([
      {
        event: 'transferred',
        inferred: true,
        transferredTo: { extension: '201' },
        replaces: { extension: '102' },
      },
    ]);
    expect(correlator.openCalls).toEqual({ active: 1, ringing: 0, answered: 1 });
  });

  it('Asterisk may have started anew: what was before has ended, what has begun since has not', () => {
    const correlator = inNewSession([...BEGIN, ...RING, ...ANSWER]);
    const anew = { ...A, id: '9.1', linkedId: '9.1' };
    tell([created(anew)], correlator);
    expect(atOnce(correlator.restart(60_000))).toMatchObject({
      events: [
        {
          event: 'hungup',
          cause: 'pbx_restart',
          causeCode: 41,
          disposition: 'answered',
          inferred: true,
          lastSeenAt: 20_000,
        },
      ],
      ended: 1,
    });
    expect(correlator.openCalls.active).toBe(1);
    expect(
      atOnce(correlator.resync({ items: [item(anew)], isComplete: true }, 61_000)),
    ).toMatchObject({
      events: [],
      kept: 1,
      ended: 0,
    });
    expect(words(tell([hangsUp(anew, 3)], correlator))).toEqual(['hungup 9.1 failed']);
  });

  it('a call through a wire of an old name works, though that name is used again', () => {
    const ends = (id: string): readonly [ChannelSnapshot, ChannelSnapshot] => [
      channel('Local/1@x-00000001;1', `${id}.3`, { linkedId: `${id}.1` }),
      channel('Local/1@x-00000001;2', `${id}.4`, { linkedId: `${id}.1` }),
    ];
    const correlator = inNewSession([created(A), ...ends('1').map(created)]);
    const caller = { ...A, id: '9.1', linkedId: '9.1' };
    const callee = { ...B, id: '9.2', linkedId: '9.1' };
    const [near, far] = ends('9');
    tell([caller, near, far, callee].map(created), correlator);
    atOnce(correlator.restart(60_000));
    const events = tell([...meet(caller, near), ...meet(far, callee, bridge('far'))], correlator);
    expect(words(events)).toEqual(['ringing 9.1', 'answered 9.1']);
  });
});
