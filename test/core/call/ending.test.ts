import { describe, expect, it } from 'vitest';
import {
  dialBegan,
  dialEnded,
  type Ending,
  endingOf,
  type Facts,
  isWaiting,
  legOf,
  merged,
  noFacts,
  pbxRestart,
  unseenEnding,
} from '../../../src/core/call/ending.ts';

type LegSeen = {
  readonly status?: string;
  readonly cause?: number;
  readonly asked?: true;
  readonly forwarded?: true;
  readonly wire?: true;
  readonly dialler?: string;
};

/** What was seen of a call: the rounds of its dials one after another, and what its caller did. */
type Seen = Partial<Omit<Facts, 'legs'>> & {
  readonly rounds?: readonly (readonly LegSeen[])[];
};

function factsOf({ rounds = [], ...rest }: Seen): Facts {
  const facts = noFacts();
  for (const [number, legs] of rounds.entries()) {
    const named = legs.map((leg, index) => [`${number}.${index}`, leg] as const);
    for (const [id, { wire, dialler }] of named) {
      const isCallers = dialler === undefined;
      dialBegan(facts, id, { isPerson: wire === undefined, dialler, isCallers });
    }
    for (const [id, leg] of named) endLeg(facts, id, leg);
  }
  return Object.assign(facts, rest);
}

function endLeg(facts: Facts, id: string, { status, cause, asked, forwarded }: LegSeen): void {
  if (status !== undefined) dialEnded(facts, id, { status, forwarded: forwarded ?? false });
  const leg = legOf(facts, id);
  if (leg === undefined) throw new Error(`no leg ${id}`);
  leg.cause = cause;
  leg.askedToHangUp = asked ?? false;
}

const RANG_OUT: LegSeen = { status: 'NOANSWER', cause: 0 };
const BUSY: LegSeen = { status: 'BUSY', cause: 17, asked: true };
const DECLINED: LegSeen = { status: 'NOANSWER', cause: 21, asked: true };
const GIVEN_UP: LegSeen = { status: 'CANCEL', cause: 127 };
const LEFT = { callerAskedToHangUp: true } as const;

type Row = readonly [what: string, seen: Seen, expected: string];

const row = ({
  cause,
  causeCode,
  disposition,
  hungupBy = '-',
}: Omit<Ending, 'hungupBy' | 'why'> & { hungupBy: string | undefined }) =>
  `${cause} ${causeCode} ${disposition} ${hungupBy}`;

describe('a call that nobody answered ends', () => {
  it.each<Row>([
    [
      'caller cancels while it rings',
      { rounds: [[GIVEN_UP]], callerCause: 127, ...LEFT, callerWasWaiting: true },
      'cancelled 16 cancelled caller',
    ],
    [
      'caller cancels on chan_sip',
      { rounds: [[{ status: 'CANCEL', cause: 16 }]], callerCause: 0, ...LEFT },
      'cancelled 16 cancelled caller',
    ],
    [
      'caller cancels, and only the dial tells',
      { rounds: [[GIVEN_UP]], callerCause: 127 },
      'cancelled 16 cancelled caller',
    ],
    [
      'caller cancels before anything is dialled',
      { callerCause: 127, ...LEFT },
      'cancelled 16 cancelled caller',
    ],
    [
      'caller cancels while one phone of a group is busy',
      { rounds: [[BUSY, GIVEN_UP]], callerCause: 127, ...LEFT },
      'cancelled 16 cancelled caller',
    ],
    [
      'caller cancels while a phone rings, after another was busy',
      { rounds: [[BUSY], [GIVEN_UP]], callerCause: 17, ...LEFT },
      'cancelled 16 cancelled caller',
    ],
    [
      'caller cancels while others of a group ring, after one declined',
      { rounds: [[{ status: 'NOANSWER', cause: 21 }, GIVEN_UP]], callerCause: 21, ...LEFT },
      'cancelled 16 cancelled caller',
    ],
    [
      'a Local channel rings out: the phone behind it is given up',
      {
        rounds: [
          [
            { wire: true, status: 'NOANSWER', cause: 0 },
            { ...GIVEN_UP, dialler: ';2' },
          ],
        ],
        callerCause: 16,
      },
      'no_answer 19 no_answer system',
    ],
    [
      'a phone sends the caller on to one that is not registered',
      { rounds: [[{ status: 'CANCEL', forwarded: true, cause: 23 }]], callerCause: 3 },
      'unreachable 20 failed system',
    ],
    [
      'a phone sends the caller on to nobody',
      { rounds: [[{ status: 'NOANSWER', cause: 23 }]], callerCause: 23 },
      'no_answer 19 no_answer system',
    ],
    [
      'caller cancels through a Local channel',
      {
        rounds: [[{ wire: true, status: 'CANCEL', cause: 0 }, GIVEN_UP]],
        callerCause: 127,
        ...LEFT,
      },
      'cancelled 16 cancelled caller',
    ],
    [
      'caller leaves while an answered menu rings a phone',
      {
        rounds: [[{ cause: 127 }]],
        callerCause: 0,
        ...LEFT,
        callerWasWaiting: true,
        systemUp: 'before-dial',
      },
      'cancelled 16 cancelled caller',
    ],
    [
      'caller leaves a queue that rings an agent',
      {
        rounds: [[{ status: 'CANCEL', cause: 0 }]],
        callerCause: 0,
        ...LEFT,
        systemUp: 'before-dial',
      },
      'cancelled 16 cancelled caller',
    ],

    [
      'caller leaves a menu',
      { callerCause: 0, ...LEFT, systemUp: 'last' },
      'normal_clearing 16 system caller',
    ],
    [
      'caller leaves a menu by 16',
      { callerCause: 16, ...LEFT, systemUp: 'last' },
      'normal_clearing 16 system caller',
    ],
    [
      'caller leaves the menu that a busy phone led back to',
      { rounds: [[BUSY]], callerCause: 0, ...LEFT, systemUp: 'before-dial' },
      'normal_clearing 16 system caller',
    ],
    [
      'caller leaves voicemail after no answer',
      { rounds: [[RANG_OUT]], callerCause: 0, ...LEFT, systemUp: 'last' },
      'normal_clearing 16 system caller',
    ],
    [
      'voicemail hangs up after no answer',
      { rounds: [[RANG_OUT]], callerCause: 16, systemUp: 'last' },
      'normal_clearing 16 system system',
    ],
    [
      'an announcement hangs up',
      { callerCause: 16, systemUp: 'last' },
      'normal_clearing 16 system system',
    ],
    [
      'an announcement hangs up with Hangup(1)',
      { callerCause: 1, systemUp: 'last' },
      'normal_clearing 16 system system',
    ],

    ['phone is busy', { rounds: [[BUSY]], callerCause: 17 }, 'user_busy 17 busy callee'],
    [
      'agent of a queue is busy',
      { rounds: [[{ status: 'NOANSWER', cause: 17 }]], callerCause: 16 },
      'user_busy 17 busy callee',
    ],
    [
      'phone is busy by its dial alone',
      { rounds: [[{ status: 'BUSY' }]], callerCause: 17 },
      'user_busy 17 busy callee',
    ],
    ['dialplan says Busy()', { callerCause: 17, ...LEFT }, 'user_busy 17 busy system'],
    [
      'a menu dials a busy phone and ends',
      { rounds: [[BUSY]], callerCause: 16, systemUp: 'before-dial' },
      'user_busy 17 busy callee',
    ],

    [
      'phone declines',
      { rounds: [[DECLINED]], callerCause: 21 },
      'call_rejected 21 rejected callee',
    ],
    [
      'phone declines on chan_sip',
      { rounds: [[{ status: 'BUSY', cause: 21 }]], callerCause: 21 },
      'call_rejected 21 rejected callee',
    ],

    ['it rings out', { rounds: [[RANG_OUT]], callerCause: 16 }, 'no_answer 19 no_answer system'],
    [
      'phone is on do-not-disturb (480)',
      { rounds: [[{ status: 'NOANSWER', cause: 19, asked: true }]], callerCause: 19 },
      'no_answer 19 no_answer callee',
    ],
    [
      'phone does not respond',
      { rounds: [[{ status: 'NOANSWER', cause: 18 }]], callerCause: 18 },
      'no_answer 19 no_answer system',
    ],
    [
      'confirmation is refused',
      { rounds: [[{ status: 'ABORT', cause: 16 }]], callerCause: 16 },
      'no_answer 19 no_answer system',
    ],
    [
      'confirmation is refused by the one of a group who lifted',
      {
        rounds: [
          [
            { status: 'CANCEL', cause: 26 },
            { status: 'ABORT', cause: 16 },
          ],
        ],
        callerCause: 16,
      },
      'no_answer 19 no_answer system',
    ],
    [
      'queue times out: its second word for a leg does not count',
      { rounds: [[RANG_OUT]], callerCause: 16 },
      'no_answer 19 no_answer system',
    ],
    [
      'an originated phone is not lifted',
      { rounds: [[{ cause: 19 }]], callerCause: 19 },
      'no_answer 19 no_answer system',
    ],

    ['phone is not registered', { callerCause: 3 }, 'unreachable 20 failed system'],
    [
      'phone is not registered, in the words of a driver',
      { callerCause: 20 },
      'unreachable 20 failed system',
    ],
    [
      'phone behind a Local channel is not registered',
      { rounds: [[{ wire: true, status: 'CHANUNAVAIL', cause: 0 }]], callerCause: 20 },
      'unreachable 20 failed system',
    ],

    [
      'trunk does not know the number',
      { rounds: [[{ status: 'NOANSWER', cause: 1, asked: true }]], callerCause: 1 },
      'unallocated 1 failed callee',
    ],
    [
      'trunk is full',
      { rounds: [[{ status: 'CONGESTION', cause: 34 }]], callerCause: 34 },
      'normal_circuit_congestion 34 failed system',
    ],
    ['network is out of order', { callerCause: 38 }, 'network_out_of_order 38 failed system'],
    ['network has a cause that nobody knows', { callerCause: 39 }, 'unknown 39 failed system'],
    ['network says that nobody answered', { callerCause: 19 }, 'no_answer 19 no_answer system'],
    [
      'network says that the phone did not respond',
      { callerCause: 18 },
      'no_user_response 18 no_answer system',
    ],
    ['network says that it was declined', { callerCause: 21 }, 'call_rejected 21 rejected system'],
    [
      'dialled leg found no route',
      { rounds: [[{ status: 'CHANUNAVAIL', cause: 3 }]], callerCause: 3 },
      'no_route_destination 3 failed system',
    ],

    ['and nothing tells why', { callerCause: 0 }, 'unknown 0 unknown -'],
    ['and nothing was seen at all', {}, 'unknown 0 unknown -'],
  ])('as it does where %s', (_, seen, expected) => {
    expect(row(endingOf(factsOf(seen), false))).toBe(expected);
  });
});

describe('phones that end differently', () => {
  const UNREGISTERED: LegSeen = { status: 'CHANUNAVAIL', cause: 20 };
  const NOT_THERE: LegSeen = { status: 'NOANSWER', cause: 1 };
  const ended = (rounds: Seen['rounds'] & object) =>
    row(endingOf(factsOf({ rounds, callerCause: 16 }), false));

  it.each([
    ['rejected before busy', [BUSY, RANG_OUT, DECLINED], 'call_rejected 21 rejected system'],
    ['busy before no answer', [RANG_OUT, BUSY], 'user_busy 17 busy system'],
    [
      'no answer before what never rang',
      [UNREGISTERED, NOT_THERE, RANG_OUT],
      'no_answer 19 no_answer system',
    ],
    [
      'anything before a redirect',
      [{ status: 'CANCEL', cause: 23, forwarded: true }, BUSY],
      'user_busy 17 busy callee',
    ],
  ] as const)('count in a group by what says most: %s', (_, legs, expected) => {
    expect(ended([legs])).toBe(expected);
  });

  it('count in a hunt by the last attempt', () => {
    expect(ended([[BUSY], [RANG_OUT]])).toBe('no_answer 19 no_answer system');
    expect(
      ended([
        [DECLINED, BUSY],
        [RANG_OUT, BUSY],
      ]),
    ).toBe('user_busy 17 busy system');
  });

  it('are hung up by the callee where all of them refuse, and by the system where one rings out', () => {
    expect(ended([[BUSY, DECLINED]])).toBe('call_rejected 21 rejected callee');
    expect(ended([[BUSY, RANG_OUT]])).toBe('user_busy 17 busy system');
  });

  it('count in a hunt behind a Local channel by the last attempt', () => {
    const facts = noFacts();
    dialBegan(facts, 'wire', { isPerson: false, dialler: 'caller', isCallers: true });
    for (const [id, leg] of [
      ['first', BUSY],
      ['second', RANG_OUT],
    ] as const) {
      dialBegan(facts, id, { isPerson: true, dialler: 'far end', isCallers: false });
      endLeg(facts, id, leg);
    }
    expect(row(endingOf({ ...facts, callerCause: 16 }, false))).toBe(
      'no_answer 19 no_answer system',
    );
  });

  it('count all in a group of Local channels, whoever was faster', () => {
    const facts = noFacts();
    for (const id of ['wire 1', 'wire 2'])
      dialBegan(facts, id, { isPerson: false, dialler: 'caller', isCallers: true });
    dialBegan(facts, 'first', { isPerson: true, dialler: 'far end 1', isCallers: false });
    endLeg(facts, 'first', BUSY);
    dialBegan(facts, 'second', { isPerson: true, dialler: 'far end 2', isCallers: false });
    endLeg(facts, 'second', RANG_OUT);
    expect(row(endingOf({ ...facts, callerCause: 16 }, false))).toBe('user_busy 17 busy system');
  });

  it('are waited for until the last of them has ended, one way or another', () => {
    const facts = noFacts();
    expect(isWaiting(facts)).toBe(false);
    dialBegan(facts, 'a', { isPerson: true, dialler: 'caller', isCallers: true });
    dialBegan(facts, 'b', { isPerson: true, dialler: 'caller', isCallers: true });
    expect(isWaiting(facts)).toBe(true);
    endLeg(facts, 'a', BUSY);
    expect(isWaiting(facts)).toBe(true);
    endLeg(facts, 'b', { cause: 16 });
    expect(isWaiting(facts)).toBe(false);
  });

  it('are not waited for any more behind a wire that was given up', () => {
    const facts = noFacts();
    dialBegan(facts, 'wire', { isPerson: false, dialler: 'caller', isCallers: true });
    dialBegan(facts, 'phone', { isPerson: true, dialler: 'far end', isCallers: false });
    expect(isWaiting(facts)).toBe(true);
    endLeg(facts, 'wire', RANG_OUT);
    expect(isWaiting(facts)).toBe(false);
  });

  it('are waited for behind a wire that was answered', () => {
    const facts = noFacts();
    dialBegan(facts, 'wire', { isPerson: false, dialler: 'caller', isCallers: true });
    endLeg(facts, 'wire', { status: 'ANSWER' });
    dialBegan(facts, 'phone', { isPerson: true, dialler: 'far end', isCallers: false });
    expect(isWaiting(facts)).toBe(true);
  });

  it('end with their first word: for the loser of a queue a second one follows', () => {
    const facts = factsOf({ rounds: [[RANG_OUT]] });
    dialEnded(facts, '0.0', { status: 'CANCEL', forwarded: false });
    dialEnded(facts, 'never dialled', { status: 'BUSY', forwarded: false });
    expect(row(endingOf({ ...facts, callerCause: 16 }, false))).toBe(
      'no_answer 19 no_answer system',
    );
  });

  it('come after the system that answered before them', () => {
    const facts = factsOf({ systemUp: 'last' });
    dialBegan(facts, 'a', { isPerson: true, dialler: 'caller', isCallers: true });
    expect(facts.systemUp).toBe('before-dial');
  });
});

describe('any other call ends', () => {
  it.each([16, 17, 127, 0, 1, 34, undefined])(
    'normally where it was answered, whatever the cause: %s',
    (callerCause) => {
      const seen = { rounds: [[BUSY]], callerCause, ...LEFT } as const;
      expect(row(endingOf(factsOf(seen), true))).toBe('normal_clearing 16 answered system');
      for (const by of ['caller', 'callee'] as const) {
        const facts = factsOf({ ...seen, firstToHangUp: by });
        expect(row(endingOf(facts, true))).toBe(`normal_clearing 16 answered ${by}`);
      }
    },
  );

  it('with Asterisk where that goes down, answered or not', () => {
    const facts = factsOf({ pbxWentDown: true, callerCause: 16, ...LEFT });
    expect(row(endingOf(facts, false))).toBe('pbx_restart 41 failed system');
    expect(row(endingOf(facts, true))).toBe('pbx_restart 41 answered system');
    expect(pbxRestart(true)).toEqual(endingOf(facts, true));
  });

  it('in another call where it is merged', () => {
    expect(row(merged(false))).toBe('normal_clearing 16 merged -');
    expect(row(merged(true))).toBe('normal_clearing 16 answered -');
  });

  it('for a reason that nobody knows where it was not seen to', () => {
    expect(row(unseenEnding(false))).toBe('unknown 0 unknown -');
    expect(row(unseenEnding(true))).toBe('unknown 0 answered -');
  });
});

describe('an ending says which row decided', () => {
  const GROUP = [RANG_OUT, BUSY, DECLINED];

  it.each<Row>([
    ['a group with one who declined', { rounds: [GROUP] }, 'one declined'],
    ['a group with one who was busy', { rounds: [GROUP.slice(0, 2)] }, 'one was busy'],
    ['a group that rang out', { rounds: [[RANG_OUT]] }, 'none was connected'],
    ['a leg with a cause of its own', { rounds: [[{ status: 'CHANUNAVAIL', cause: 38 }]] }, '38'],
    ['a leg to nobody', { rounds: [[{ status: 'CHANUNAVAIL', cause: 20 }]] }, 'not registered'],
    ['nothing dialled, and no phone there', { callerCause: 3 }, 'No phone was ever dialled'],
    ['nothing but a cause', { callerCause: 34 }, 'cause 34'],
    ['nothing at all', {}, 'nothing tells'],
    ['a queue', { queue: 'failed' }, 'let go by a queue'],
    ['a caller who waited', { ...LEFT, callerWasWaiting: true }, 'was being rung'],
    ['a dial given up', { rounds: [[GIVEN_UP]] }, "caller's own channel dialled was given up"],
    ['a caller who asked', { ...LEFT, callerCause: 16 }, 'before anybody answered'],
    [
      'a caller in a menu',
      { ...LEFT, callerCause: 16, systemUp: 'last' },
      'caller asked to hang up',
    ],
    ['a menu that is over', { callerCause: 16, systemUp: 'last' }, 'it ended the call'],
    ['a PBX that went down', { pbxWentDown: true }, 'went down'],
  ])('%s', (_, seen, words) => {
    expect(endingOf(factsOf(seen), false).why).toContain(words);
  });

  it('and of an answered one who asked first', () => {
    const why = (seen: Seen) => endingOf(factsOf(seen), true).why;
    expect(why({ firstToHangUp: 'callee' })).toContain('first to ask to hang up was the callee');
    expect(why({})).toContain('the PBX ended it');
  });
});
