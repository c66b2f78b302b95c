// What completes the story of a call - holds, queues, transfers, parking - in every order in which Asterisk may say it.

import { describe, expect, it } from 'vitest';
import { Correlator } from '../../../src/core/call/correlator.ts';
import type { CallEvent } from '../../../src/core/event/call-event.ts';
import { callPayload } from '../../../src/core/event/payload.ts';
import type { ChannelSnapshot } from '../../../src/core/pbx/signal.ts';
import {
  asksToHangUp,
  bridge,
  channel,
  created,
  dialEnds,
  dials,
  enters,
  givesUpQueue,
  goesUp,
  type Happening,
  hangsUp,
  holds,
  isFetched,
  isForwarded,
  isParked,
  isParkedTooLong,
  joinsQueue,
  leaves,
  leavesQueue,
  passesOn,
  picksUp,
  rings,
  showsCallerId,
  spies,
  takesBack,
  timed,
} from '../../support/signals.ts';

const A = channel('PJSIP/101-00000001', '1.1', { callerName: 'Alice', exten: '102', state: 4 });
const B = channel('PJSIP/102-00000002', '1.2', { linkedId: '1.1', callerName: 'Bob' });
/** Called from the first call, and from the second one. */
const C = channel('PJSIP/103-00000003', '1.3', { linkedId: '1.1', callerName: 'Carol' });
const B2 = channel('PJSIP/102-00000004', '2.1', { callerName: 'Bob', exten: '103', state: 4 });
const C2 = channel('PJSIP/103-00000005', '2.2', { linkedId: '2.1', callerName: 'Carol' });
const X = channel('PJSIP/104-00000006', '3.1', { callerName: 'Xenia', exten: '701', state: 4 });
const [ONE, TWO] = [bridge('one'), bridge('two')];
const LOT = bridge('lot', 'holding');
const LINE = bridge('line');
type Bridge = ReturnType<typeof bridge>;

const talk = (caller: ChannelSnapshot, callee: ChannelSnapshot, where: Bridge) => [
  ...[created(caller), created(callee), dials(caller, callee), rings(callee)],
  ...[dialEnds(caller, callee, 'ANSWER'), goesUp(caller)],
  ...[enters(callee, where), enters(caller, where)],
];
const isCalled = (by: ChannelSnapshot, callee: ChannelSnapshot) => [
  ...[created(callee), dials(by, callee), rings(callee), dialEnds(by, callee, 'ANSWER')],
];
const FIRST = talk(A, B, ONE);
const SECOND = talk(B2, C2, TWO);
/** Longer than anything is held back. */
const SILENCE = 1_000;

/** Signals 10 ms apart, as Asterisk sends them; a number is a silence, in milliseconds. */
function tell(...parts: readonly (readonly (Happening | number)[])[]): readonly CallEvent[] {
  const correlator = new Correlator();
  let at = 1_000;
  const told = parts.flat().flatMap((part) => {
    at += typeof part === 'number' ? part : 10;
    if (typeof part === 'number') return correlator.elapse(at);
    return timed([part], at).flatMap((signal) => correlator.handle(signal));
  });
  return [...told, ...correlator.elapse(at + SILENCE)];
}

/** `transferred blind by 102 to 103 for 102`, after its call's id where that is not the first one. */
function words(events: readonly CallEvent[]): readonly string[] {
  return events.map((event) => {
    const told = JSON.parse(callPayload('', event));
    const said = {
      ...{ '': told.transfer, service: told.service, by: told.by?.extension },
      ...{ to: told.transferred_to?.extension, for: told.replaces?.extension },
      ...{ because: told.reason, as: told.merged_into ?? told.disposition, from: told.hungup_by },
    };
    const pairs = Object.entries(said).filter(([, value]) => value !== undefined);
    const id = told.call_id === '1.1' ? '' : told.call_id;
    return [id, told.event, ...pairs.flat()].filter((word) => word !== '').join(' ');
  });
}

/** The same is told in each of these orders; a function of them names it. */
function alike(
  orders: Readonly<Record<string, readonly (Happening | number)[]>>,
  told: readonly string[],
) {
  it.each(Object.entries(orders))('%s', (_, order) => {
    expect(words(tell(order))).toEqual(told);
  });
}

describe('a hold', () => {
  it('is told when it begins and when it ends, with who did it', () => {
    const events = tell(FIRST, [holds(B), SILENCE, takesBack(B), SILENCE, hangsUp(B), hangsUp(A)]);
    expect(words(events)).toEqual([
      ...['ringing', 'answered', 'held by 102', 'resumed by 102', 'hungup as answered from system'],
    ]);
    expect(events[3]).toMatchObject({ at: 2_100 }); // when it was, not when it was sure
    expect(events.map(({ sequence }) => sequence)).toEqual([1, 2, 3, 4, 5]);
  });

  it('is told once, however often it is said', () => {
    const told = words(tell(FIRST, [holds(B), holds(B), takesBack(B), takesBack(B), SILENCE]));
    expect(told.slice(2)).toEqual(['held by 102', 'resumed by 102']);
  });

  it('may follow another one at once', () => {
    const told = words(tell(FIRST, [holds(B), takesBack(B), holds(B), takesBack(B)]));
    expect(told.slice(2)).toEqual([
      ...['held by 102', 'resumed by 102', 'held by 102', 'resumed by 102'],
    ]);
  });

  it('is over before the call is', () => {
    const told = words(
      tell(FIRST, [holds(A), takesBack(A), asksToHangUp(A), hangsUp(A), hangsUp(B)]),
    );
    expect(told.slice(2)).toEqual([
      ...['held by 101', 'resumed by 101', 'hungup as answered from caller'],
    ]);
  });

  it('is not taken back by who never held, as every transfer begins', () => {
    expect(words(tell(FIRST, [takesBack(B), SILENCE]))).toEqual(['ringing', 'answered']);
  });

  it('is not taken back by who passes the other one on', () => {
    const told = words(tell(FIRST, [holds(B), SILENCE, takesBack(B), passesOn(B), SILENCE]));
    expect(told.slice(2)).toEqual(['held by 102']);
  });
});

describe('a blind transfer', () => {
  const parting = [leaves(B, ONE), leaves(A, ONE)];
  const onward = [...isCalled(A, C), enters(C, TWO), enters(A, TWO)];
  const told = [
    ...['ringing', 'answered', 'transferred blind by 102 to 103 for 102'],
    'hungup as answered from callee',
  ];
  const end = [asksToHangUp(C), hangsUp(C), hangsUp(A)];

  describe('is told when the new party is connected, and not before', () => {
    alike(
      {
        'by the phone that was called': [
          ...[...FIRST, takesBack(B), passesOn(B), ...parting, asksToHangUp(B), hangsUp(B)],
          ...[...onward, ...end],
        ],
        'whose end is said before it is': [
          ...[...FIRST, ...parting, asksToHangUp(B), passesOn(B), hangsUp(B), ...onward, ...end],
        ],
        'whose transferer hangs up last': [
          ...[...FIRST, passesOn(B), ...parting, ...onward, asksToHangUp(B), hangsUp(B), ...end],
        ],
        'that the target takes after a long ring': [
          ...[...FIRST, passesOn(B), ...parting, hangsUp(B), created(C), dials(A, C), rings(C)],
          ...[20_000, dialEnds(A, C, 'ANSWER'), enters(C, TWO), enters(A, TWO), ...end],
        ],
      },
      told,
    );
  });

  it('by the caller leaves the call where it was, without its caller', () => {
    const events = tell(FIRST, [
      ...[passesOn(A), ...parting, asksToHangUp(A), hangsUp(A), ...isCalled(B, C)],
      ...[enters(C, TWO), enters(B, TWO), asksToHangUp(C), hangsUp(C), hangsUp(B)],
    ]);
    expect(words(events).slice(2)).toEqual([
      ...['transferred blind by 101 to 103 for 101', 'hungup as answered from caller'],
    ]);
    expect(events.at(-1)).toMatchObject({ from: { extension: '101', name: 'Alice' } });
  });

  it.each([
    ['nobody takes', [dialEnds(A, C, 'NOANSWER'), hangsUp(C), hangsUp(A)]],
    ['finds the phone busy', [dialEnds(A, C, 'BUSY'), hangsUp(C, 17), hangsUp(A, 17)]],
  ])('that %s is not told', (_, end) => {
    const onward = [passesOn(B), ...parting, hangsUp(B), created(C), dials(A, C), ...end];
    expect(words(tell(FIRST, onward)).slice(2)).toEqual(['hungup as answered from system']);
  });

  it('that nobody takes was not ended by who made it, though that one hung up first', () => {
    const onward = [...parting, asksToHangUp(B), passesOn(B), hangsUp(B), created(C), dials(A, C)];
    const end = [dialEnds(A, C, 'BUSY'), hangsUp(C, 17), hangsUp(A, 17)];
    expect(words(tell(FIRST, onward, end)).slice(2)).toEqual(['hungup as answered from system']);
  });

  it('that nobody takes is the caller leaving where he does', () => {
    const ringing = [passesOn(B), ...parting, hangsUp(B), created(C), dials(A, C), rings(C)];
    const end = [asksToHangUp(A), dialEnds(A, C, 'CANCEL'), hangsUp(C), hangsUp(A)];
    expect(words(tell(FIRST, ringing, end)).slice(2)).toEqual(['hungup as answered from caller']);
  });
});

describe('an attended transfer', () => {
  const hold = [holds(B), takesBack(B)];
  const swap = [leaves(B, ONE), leaves(C2, TWO), enters(C2, ONE), leaves(B2, TWO)];
  const told = [
    ...['ringing', 'answered', '2.1 ringing', '2.1 answered'],
    ...['2.1 hungup as 1.1', 'transferred attended by 102 to 103 for 102'],
    'hungup as answered from callee',
  ];
  const gone = [hangsUp(B), hangsUp(B2)];
  const end = [asksToHangUp(C2), hangsUp(C2), hangsUp(A)];

  describe('makes two calls one, whichever is said first', () => {
    alike(
      {
        'the transfer before the move': [
          ...FIRST,
          ...SECOND,
          passesOn(B, B2),
          ...swap,
          ...gone,
          ...end,
        ],
        'the move before the transfer': [
          ...FIRST,
          ...SECOND,
          ...swap,
          passesOn(B, B2),
          ...gone,
          ...end,
        ],
        'the transferer gone before all is said': [
          ...[...FIRST, ...SECOND, ...swap, hangsUp(B2), passesOn(B, B2), hangsUp(B), ...end],
        ],
      },
      told,
    );
  });

  it('takes nobody back whom it passes on', () => {
    const events = tell(FIRST, [holds(B)], SECOND, [
      takesBack(B),
      passesOn(B, B2),
      ...swap,
      ...gone,
    ]);
    expect(words(events)).not.toContainEqual(expect.stringContaining('resumed'));
    expect(words(tell(FIRST, hold, SECOND))).toContain('resumed by 102');
  });
});

describe('a redirect', () => {
  const parting = [leaves(B, ONE), leaves(A, ONE)];

  it('is a transfer that nobody is said to have made', () => {
    const onward = [...parting, asksToHangUp(B), hangsUp(B), ...isCalled(A, C)];
    const end = [enters(C, TWO), enters(A, TWO), SILENCE, hangsUp(C), hangsUp(A)];
    expect(words(tell(FIRST, onward, end)).slice(2)).toEqual([
      ...['transferred redirect to 103 for 102', 'hungup as answered from system'],
    ]);
  });

  it('may bring those together again who talked: that is no transfer', () => {
    const back = [...parting, enters(A, TWO), enters(B, TWO), SILENCE];
    expect(words(tell(FIRST, back, [hangsUp(A), hangsUp(B)])).slice(2)).toEqual([
      'hungup as answered from system',
    ]);
  });
});

describe('a queue', () => {
  const up = [created(A), goesUp(A)];

  it('is what had picked up', () => {
    const taken = [
      ...[joinsQueue(A, 'sales'), created(B), dials(A, B), rings(B), SILENCE],
      ...[dialEnds(A, B, 'ANSWER'), leavesQueue(A, 'sales'), enters(B, ONE), enters(A, ONE)],
    ];
    const events = tell(up, taken);
    expect(words(events)).toEqual([
      ...['system_answered service queue', 'queued', 'ringing', 'left_queue because connected'],
      'answered',
    ]);
    expect(events[1]).toMatchObject({ queue: 'sales', position: 1 });
    expect(events[3]).toMatchObject({ queue: 'sales', waitSeconds: 1.05 });
  });

  const waits = [...up, joinsQueue(A, 'sales'), created(B), dials(A, B), rings(B)];
  const given = (status: string) => [dialEnds(A, B, status), dialEnds(A, B, 'CANCEL'), hangsUp(B)];
  const over = (...said: readonly Happening[]) => [...said, leavesQueue(A, 'sales')];
  it.each([
    [
      'that the caller gives up is a cancel',
      [asksToHangUp(A), ...over(...given('CANCEL'), givesUpQueue(A, 'sales')), hangsUp(A, 0)],
      ['left_queue because abandoned', 'hungup as cancelled from caller'],
    ],
    [
      'whose time is over was given up by nobody, whatever Asterisk calls it',
      [...over(...given('NOANSWER'), givesUpQueue(A, 'sales')), hangsUp(A)],
      ['left_queue because timeout', 'hungup as no_answer from system'],
    ],
    [
      'that the caller leaves by a key has not failed',
      [...over(...given('CANCEL')), SILENCE, asksToHangUp(A), hangsUp(A, 0)],
      ['left_queue because exited', 'hungup as system from caller'],
    ],
  ])('%s', (_, end, told) => {
    expect(words(tell(waits, end)).slice(3)).toEqual(told);
  });
});

describe('a parked call', () => {
  const parting = [leaves(B, ONE), leaves(A, ONE)];
  const away = [asksToHangUp(B), hangsUp(B)];
  const parkedAt = isParked(A, '701', 'PJSIP/102');
  const told = ['ringing', 'answered', 'parked by 102'];

  describe('is told once, in whatever order it is said', () => {
    alike(
      {
        'the transfer first': [
          ...FIRST,
          passesOn(B),
          ...parting,
          enters(A, LOT),
          parkedAt,
          ...away,
        ],
        'the slot first': [...FIRST, parkedAt, passesOn(B), ...parting, enters(A, LOT), ...away],
        'the place first': [...FIRST, ...parting, enters(A, LOT), parkedAt, passesOn(B), ...away],
      },
      told,
    );
  });

  const PARKED = [...FIRST, passesOn(B), ...parting, enters(A, LOT), parkedAt, ...away];
  const fetched = isFetched(A, X, '701');
  describe('is fetched by somebody who has no call of his own', () => {
    alike(
      {
        'said before they meet': [
          ...[
            ...PARKED,
            created(X),
            goesUp(X),
            fetched,
            leaves(A, LOT),
            enters(A, TWO),
            enters(X, TWO),
          ],
          ...[SILENCE, asksToHangUp(X), hangsUp(X), hangsUp(A)],
        ],
        'said after it left its slot': [
          ...[
            ...PARKED,
            created(X),
            goesUp(X),
            leaves(A, LOT),
            fetched,
            enters(X, TWO),
            enters(A, TWO),
          ],
          ...[SILENCE, asksToHangUp(X), hangsUp(X), hangsUp(A)],
        ],
      },
      [...told, 'retrieved by 104 because retrieved', 'hungup as answered from callee'],
    );
  });

  it('waits beside another one without being connected with it', () => {
    const other = [...SECOND, passesOn(C2), leaves(C2, TWO), leaves(B2, TWO), enters(B2, LOT)];
    const events = tell(PARKED, other, [isParked(B2, '702', 'PJSIP/103'), hangsUp(C2), SILENCE]);
    expect(words(events).slice(3)).toEqual(['2.1 ringing', '2.1 answered', '2.1 parked by 103']);
  });

  it('that nobody fetches goes back, without another ringing or answered', () => {
    const back = [isParkedTooLong(A, '701'), leaves(A, LOT), ...isCalled(A, C)];
    const events = tell(PARKED, back, [
      enters(C, TWO),
      enters(A, TWO),
      SILENCE,
      hangsUp(A),
      hangsUp(C),
    ]);
    expect(words(events).slice(3)).toEqual([
      ...['retrieved because timeout', 'hungup as answered from system'],
    ]);
  });

  it('ends where who waits gives up', () => {
    expect(words(tell(PARKED, [asksToHangUp(A), hangsUp(A)])).slice(3)).toEqual([
      'hungup as answered from caller',
    ]);
  });
});

describe('a spy', () => {
  it('is no call, whomever it listens to', () => {
    const events = tell([created(X), goesUp(X), spies(X), SILENCE, asksToHangUp(X), hangsUp(X, 0)]);
    expect(events).toEqual([]);
  });

  it('who came by a menu was a call before', () => {
    const told = words(tell([created(X), goesUp(X), SILENCE, spies(X), hangsUp(X, 0)]));
    expect(told).toEqual(['3.1 system_answered', '3.1 hungup as system from system']);
  });
});

describe('a phone that refuses', () => {
  const REFUSED = ['hungup as busy from callee'];
  alike(
    {
      'after its dial was told': [
        ...[created(A), created(B), dials(A, B), asksToHangUp(B), dialEnds(A, B, 'BUSY')],
        ...[hangsUp(B, 17), hangsUp(A, 17)],
      ],
      'before its dial was told': [
        ...[created(A), created(B), asksToHangUp(B), dials(A, B), dialEnds(A, B, 'BUSY')],
        ...[hangsUp(B, 17), hangsUp(A, 17)],
      ],
      'whose end comes after that of the caller': [
        ...[created(A), created(B), dials(A, B), asksToHangUp(B), dialEnds(A, B, 'BUSY')],
        ...[hangsUp(A, 17), hangsUp(B, 17)],
      ],
    },
    REFUSED,
  );
});

describe('the phone system picking up', () => {
  it('is told once it is sure that nobody else has, with the time when it did', () => {
    const events = tell([created(A), goesUp(A), SILENCE, asksToHangUp(A), hangsUp(A, 0)]);
    expect(words(events)).toEqual(['system_answered', 'hungup as system from caller']);
    expect(events[0]).toMatchObject({ at: 1_020 });
  });

  it('is nothing where it was somebody taking a call from another phone', () => {
    const ringing = [created(A), created(B), dials(A, B), rings(B)];
    const pick = [created(X), goesUp(X), picksUp(X, B), dialEnds(A, X, 'ANSWER')];
    const told = words(tell(ringing, pick, [enters(X, ONE), goesUp(A), enters(A, ONE), SILENCE]));
    expect(told).toEqual(['ringing', 'answered']);
  });

  it('is told before a person answers', () => {
    const menu = [created(A), goesUp(A), created(B), dials(A, B), rings(B)];
    const told = words(tell(menu, [dialEnds(A, B, 'ANSWER'), enters(B, ONE), enters(A, ONE)]));
    expect(told).toEqual(['system_answered', 'ringing', 'answered']);
  });
});

describe('a phone behind a trunk that is called first', () => {
  const nameless = { name: 'PJSIP/trunk-00000007', number: undefined, callerName: undefined };
  const T = { ...channel(nameless.name, '7.1', { exten: 's', state: 0 }), ...nameless };

  it('rings once its number is known', () => {
    const dial = dials(undefined, { ...T, state: 5 }, '5551234@trunk');
    const [ringing] = tell([created(T), rings({ ...T, callerName: 'Shop' }), dial, SILENCE]);
    expect(ringing).toMatchObject({ event: 'ringing', at: 1_030, from: { extension: '5551234' } });
    expect(ringing?.from).not.toHaveProperty('name');
  });

  it('rings without one where Asterisk does not say it', () => {
    const [ringing] = tell([created(T), rings(T), SILENCE]);
    expect(ringing).toMatchObject({ event: 'ringing', at: 1_020, from: { extension: '' } });
  });
});

describe('an order that is rare', () => {
  it('who is sent on by a phone that rings stands for who sent him', () => {
    const D = channel('PJSIP/105-00000009', '0.2', { linkedId: '0.1' });
    const A0 = channel('PJSIP/101-00000008', '0.1', { exten: '105', state: 4 });
    const older = [created(A0), created(D), dials(A0, D), rings(D)];
    const ringing = [passesOn(A, A0), leaves(B, ONE), leaves(A, ONE), hangsUp(A), hangsUp(A0)];
    const events = tell(older, FIRST, ringing, [
      goesUp(D),
      dialEnds(B, D, 'ANSWER'),
      enters(D, TWO),
      enters(B, TWO),
    ]);
    const answered = events.filter((event) => event.event === 'answered').at(-1);
    expect(answered).toMatchObject({ answeredBy: { extension: '105' } });
  });

  it('one that declined still counts after another has sent the caller on', () => {
    const D = channel('PJSIP/105-00000009', '1.9', { linkedId: '1.1' });
    const told = words(
      tell(
        [created(A), created(B), created(C), dials(A, B), dials(A, C), rings(B)],
        [
          ...[asksToHangUp(B), dialEnds(A, B, 'NOANSWER'), hangsUp(B, 21)],
          ...[isForwarded(A, C), created(D), dials(A, D), hangsUp(C, 23), rings(D), SILENCE],
          ...[dialEnds(A, D, 'NOANSWER'), hangsUp(D, 0), hangsUp(A, 16)],
        ],
      ),
    );
    expect(told.at(-1)).toBe('hungup as rejected from system');
  });

  it('an attended transfer is one also where the second channel of who made it is gone before Asterisk says so', () => {
    const Y = channel('PJSIP/102-00000009', '3.2', { linkedId: '3.1' });
    const toB = talk(X, Y, TWO); // 104 calls 102, who talks to 103 on another line
    const B9 = channel('PJSIP/102-00000008', '4.1', { exten: '103', state: 4 });
    const C9 = channel('PJSIP/103-00000007', '4.2', { linkedId: '4.1', callerName: 'Carol' });
    const told = words(
      tell(toB, talk(B9, C9, ONE), [
        ...[leaves(C9, ONE), leaves(Y, TWO), enters(C9, TWO), hangsUp(Y), passesOn(B9, Y)],
        ...[leaves(B9, ONE), hangsUp(B9), SILENCE],
      ]),
    );
    expect(told).toContain('3.1 transferred attended by 102 to 103 for 102');
  });

  describe('who made a transfer is called the same, whichever is said first', () => {
    const B0 = { ...B2, number: '102' };
    const hidden = showsCallerId(B0, true);
    const second = [created(B0), hidden, ...SECOND.slice(1)];
    const swap = [leaves(A, ONE), leaves(C2, TWO), enters(C2, ONE), enters(A, ONE)];
    const by = (events: readonly CallEvent[]) =>
      events.flatMap((event) => (event.event === 'transferred' ? [event.by?.extension] : []));
    it('said before', () => {
      expect(
        by(
          tell(FIRST, second, [
            passesOn(B2, B),
            leaves(B, ONE),
            leaves(B2, TWO),
            ...swap,
            hangsUp(B),
            hangsUp(B2),
          ]),
        ),
      ).toEqual(['102']);
    });
    it('said after', () => {
      expect(
        by(
          tell(FIRST, second, [
            leaves(B, ONE),
            leaves(B2, TWO),
            ...swap,
            passesOn(B2, B),
            hangsUp(B),
            hangsUp(B2),
          ]),
        ),
      ).toEqual(['102']);
    });
  });

  it('who does not want to be known is not named for parking a call', () => {
    const events = tell(
      [created(A), showsCallerId(A, true), ...FIRST.slice(1)],
      [
        ...[
          passesOn(A),
          leaves(A, ONE),
          leaves(B, ONE),
          hangsUp(A),
          enters(B, LOT),
          isParked(B, '701', 'PJSIP/101'),
        ],
      ],
    );
    expect(JSON.stringify(events.at(-1))).not.toContain('101');
  });

  it('the phone system has picked up before anything rings', () => {
    const told = words(tell([created(A), goesUp(A), created(B), rings(B), dials(A, B), SILENCE]));
    expect(told).toEqual(['system_answered', 'ringing']);
  });

  it('who goes up after what he dialled was given up has not left', () => {
    const told = words(
      tell(
        [created(A), created(B), dials(A, B), rings(B)],
        [
          ...[
            dialEnds(A, B, 'CANCEL'),
            hangsUp(B, 0),
            SILENCE,
            goesUp(A),
            SILENCE,
            asksToHangUp(A),
            hangsUp(A),
          ],
        ],
      ),
    );
    expect(told.at(-1)).toBe('hungup as system from caller');
  });

  it('who passed his call on and has not hung up yet is no part of it', () => {
    const lingering = [
      passesOn(A),
      leaves(B, ONE),
      created(C),
      dials(B, C),
      dialEnds(B, C, 'ANSWER'),
      enters(C, LINE),
      enters(B, LINE),
    ];
    const Y = channel('PJSIP/102-00000009', '3.2', { linkedId: '3.1' });
    const orders = [
      [
        passesOn(Y, B),
        leaves(Y, TWO),
        leaves(B, LINE),
        leaves(X, TWO),
        enters(X, LINE),
        hangsUp(B),
        hangsUp(Y),
      ],
      [
        leaves(X, TWO),
        leaves(B, LINE),
        enters(X, LINE),
        passesOn(Y, B),
        leaves(Y, TWO),
        hangsUp(B),
        hangsUp(Y),
      ],
    ];
    const [one, other] = orders.map((order) =>
      words(tell(FIRST, lingering, talk(X, Y, TWO), order)).filter((word) =>
        word.includes('hungup'),
      ),
    );
    expect(one).toEqual(other);
  });
});
