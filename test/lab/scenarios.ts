/** A phone that is called. All times in milliseconds. */
export interface Phone {
  /** 101..109, or `outside`: who answers behind the trunk. */
  readonly at: string;
  /** How many calls it takes before it is done; default 1. */
  readonly calls?: number;
  /** What it says before the final answer: it rings (180, the default), sends early media (183), or nothing. */
  readonly alert?: 0 | 180 | 183;
  /** From the INVITE to the final answer; default 800. */
  readonly ring?: number;
  /** The final answer; default 200. */
  readonly code?: 200 | 302 | 404 | 480 | 486 | 503 | 603;
  /** Where a 302 sends the caller. */
  readonly forward?: string;
  /** From the answer until it hangs up; without it the other side does. */
  readonly talk?: number;
}

/** Somebody who places a call. All times in milliseconds. */
export interface Caller {
  /** 101..110, or an outside number, whose calls come in through the trunk. */
  readonly from: string;
  readonly dials: string;
  /** Until the call is placed; default 0. */
  readonly delay?: number;
  /** From the first ring until the caller gives up; without it the caller waits. */
  readonly cancel?: number;
  /** From the answer until the caller hangs up; without it the other side does. */
  readonly talk?: number;
  /** The SIP status with which the INVITE must end. */
  readonly ends: number;
}

export interface Scenario {
  readonly story: string;
  readonly phones: readonly Phone[];
  readonly callers: readonly Caller[];
}

/** Rings until the caller or the PBX gives up. */
const FOREVER = 60_000;

export const SCENARIOS: Readonly<Record<string, Scenario>> = {
  'answered-internal': {
    story: '101 calls 102, who answers and later hangs up',
    phones: [{ at: '102', talk: 1500 }],
    callers: [{ from: '101', dials: '102', ends: 200 }],
  },
  'answered-caller-hangs-up': {
    story: '101 calls 102, who answers; 101 hangs up',
    phones: [{ at: '102' }],
    callers: [{ from: '101', dials: '102', talk: 1500, ends: 200 }],
  },
  'answered-outbound': {
    story: '101 calls an outside number as the company; outside answers and hangs up',
    phones: [{ at: 'outside', talk: 1500 }],
    callers: [{ from: '101', dials: '95558888', ends: 200 }],
  },
  'inbound-answered': {
    story: 'an outside number calls 102, who answers; outside hangs up',
    phones: [{ at: '102' }],
    callers: [{ from: '5557777', dials: '5550102', talk: 1500, ends: 200 }],
  },
  'unanswered-cancel': {
    story: '101 calls 102, which rings; 101 gives up',
    phones: [{ at: '102', ring: FOREVER }],
    callers: [{ from: '101', dials: '102', cancel: 1200, ends: 487 }],
  },
  busy: {
    story: '101 calls 102, which is busy (486) and does not ring',
    phones: [{ at: '102', alert: 0, ring: 50, code: 486 }],
    callers: [{ from: '101', dials: '102', ends: 486 }],
  },
  declined: {
    story: '101 calls 102, which rings and is declined (603)',
    phones: [{ at: '102', code: 603 }],
    callers: [{ from: '101', dials: '102', ends: 403 }],
  },
  'no-answer': {
    story: '101 calls 108, which rings until the PBX gives up after 3 s',
    phones: [{ at: '108', ring: FOREVER }],
    callers: [{ from: '101', dials: '108', ends: 603 }],
  },
  'do-not-disturb': {
    story: '101 calls 102, which is not to be disturbed (480) and does not ring',
    phones: [{ at: '102', alert: 0, ring: 50, code: 480 }],
    callers: [{ from: '101', dials: '102', ends: 480 }],
  },
  unregistered: {
    story: '101 calls 110, which is not registered',
    phones: [],
    callers: [{ from: '101', dials: '110', ends: 404 }],
  },
  'unknown-extension': {
    story: '101 dials 7777, which does not exist',
    phones: [],
    callers: [{ from: '101', dials: '7777', ends: 404 }],
  },
  'ring-group-answered': {
    story: '104 calls the group 600; 101, 102 and 103 ring; 102 answers and later hangs up',
    phones: [
      { at: '101', ring: FOREVER },
      { at: '102', ring: 1200, talk: 1500 },
      { at: '103', ring: FOREVER },
    ],
    callers: [{ from: '104', dials: '600', ends: 200 }],
  },
  'ring-group-all-decline': {
    story: '104 calls the group 600; 101, 102 and 103 ring, and all decline',
    phones: [
      { at: '101', ring: 600, code: 603 },
      { at: '102', ring: 900, code: 603 },
      { at: '103', ring: 1200, code: 603 },
    ],
    callers: [{ from: '104', dials: '600', ends: 403 }],
  },
  'unanswered-huntgroup': {
    story: '104 calls the group 601; 101, 102 and 103 ring until the PBX gives up after 3 s',
    phones: [
      { at: '101', ring: FOREVER },
      { at: '102', ring: FOREVER },
      { at: '103', ring: FOREVER },
    ],
    callers: [{ from: '104', dials: '601', ends: 603 }],
  },
  'ring-group-cancelled': {
    story: '104 calls the group 600; 101, 102 and 103 ring; 104 gives up',
    phones: [
      { at: '101', ring: FOREVER },
      { at: '102', ring: FOREVER },
      { at: '103', ring: FOREVER },
    ],
    callers: [{ from: '104', dials: '600', cancel: 1200, ends: 487 }],
  },
  'hunt-second-answers': {
    story: '101 calls the hunt 610; 102 rings for 2 s, then 103 rings and answers; 101 hangs up',
    phones: [{ at: '102', ring: FOREVER }, { at: '103' }],
    callers: [{ from: '101', dials: '610', talk: 1500, ends: 200 }],
  },
  'hunt-nobody': {
    story: '101 calls the hunt 610; 102, 103 and 104 ring for 2 s each, nobody answers',
    phones: [
      { at: '102', ring: FOREVER },
      { at: '103', ring: FOREVER },
      { at: '104', ring: FOREVER },
    ],
    callers: [{ from: '101', dials: '610', ends: 603 }],
  },
  'hunt-busy-second-answers': {
    story: '101 calls the hunt 610; 102 is busy, 103 rings and answers and later hangs up',
    phones: [
      { at: '102', alert: 0, ring: 50, code: 486 },
      { at: '103', talk: 1500 },
    ],
    callers: [{ from: '101', dials: '610', ends: 200 }],
  },
  'early-media': {
    story:
      '101 calls 102, which sends early media (183) instead of 180, answers and later hangs up',
    phones: [{ at: '102', alert: 183, talk: 1500 }],
    callers: [{ from: '101', dials: '102', ends: 200 }],
  },
  'answer-without-ringing': {
    story: '101 calls 102, which answers without ringing; 101 hangs up',
    phones: [{ at: '102', alert: 0, ring: 50 }],
    callers: [{ from: '101', dials: '102', talk: 1500, ends: 200 }],
  },
  forwarded: {
    story: '101 calls 660, a Local channel to 103 that is optimised away; 103 answers and hangs up',
    phones: [{ at: '103', talk: 1500 }],
    callers: [{ from: '101', dials: '660', ends: 200 }],
  },
  'forwarded-n': {
    story: '101 calls 661, a Local channel to 103 that stays (/n); 103 answers and hangs up',
    phones: [{ at: '103', talk: 1500 }],
    callers: [{ from: '101', dials: '661', ends: 200 }],
  },
  'forwarded-302': {
    story: '101 calls 102, whose phone forwards to 103 (302); 103 answers and hangs up',
    phones: [
      { at: '102', alert: 0, ring: 50, code: 302, forward: '103' },
      { at: '103', talk: 1500 },
    ],
    callers: [{ from: '101', dials: '102', ends: 200 }],
  },
  'two-calls-same-phone': {
    story: '101 calls 102 and, while they talk, 103; both answer; the second call ends first',
    phones: [
      { at: '102', talk: 4000 },
      { at: '103', talk: 1000 },
    ],
    callers: [
      { from: '101', dials: '102', ends: 200 },
      { from: '101', dials: '103', delay: 1500, ends: 200 },
    ],
  },
  'two-calls-to-one-phone': {
    story: '101 and 104 call 102, which answers both; the first caller hangs up first',
    phones: [{ at: '102', calls: 2 }],
    callers: [
      { from: '101', dials: '102', talk: 2000, ends: 200 },
      { from: '104', dials: '102', delay: 500, talk: 2500, ends: 200 },
    ],
  },
  'interleaved-30': interleaved(),
  'hunt-busy-cancelled': {
    story: '101 calls 610: 102 is busy, 103 rings; 101 gives up',
    phones: [
      { at: '102', alert: 0, ring: 50, code: 486 },
      { at: '103', ring: FOREVER },
    ],
    callers: [{ from: '101', dials: '610', cancel: 1200, ends: 487 }],
  },
  'ring-group-declined-cancelled': {
    story: '104 calls 600: 101 declines, 102 and 103 ring on; 104 gives up',
    phones: [
      { at: '101', ring: 400, code: 603 },
      { at: '102', ring: FOREVER },
      { at: '103', ring: FOREVER },
    ],
    callers: [{ from: '104', dials: '600', cancel: 1500, ends: 487 }],
  },
  'forwarded-no-answer': {
    story: '101 calls 662, a Local channel to 103, which rings until the PBX gives up after 3 s',
    phones: [{ at: '103', ring: FOREVER }],
    callers: [{ from: '101', dials: '662', ends: 603 }],
  },
  'forwarded-n-no-answer': {
    story:
      '101 calls 663, a Local channel (/n) to 103, which rings until the PBX gives up after 3 s',
    phones: [{ at: '103', ring: FOREVER }],
    callers: [{ from: '101', dials: '663', ends: 603 }],
  },
  'forwarded-302-no-answer': {
    story:
      '101 calls 664; 102 sends the call on to 103, which rings until the PBX gives up after 3 s',
    phones: [
      { at: '102', alert: 0, ring: 50, code: 302, forward: '103' },
      { at: '103', ring: FOREVER },
    ],
    callers: [{ from: '101', dials: '664', ends: 603 }],
  },
  'forwarded-302-unregistered': {
    story: '101 calls 102, which sends the call on to 110, which is not registered',
    phones: [{ at: '102', alert: 0, ring: 50, code: 302, forward: '110' }],
    callers: [{ from: '101', dials: '102', ends: 404 }],
  },
  'names-quoted': {
    story:
      'a name with an apostrophe calls one with quotes, a colon and a comma; it answers and hangs up',
    phones: [{ at: '105', talk: 1000 }],
    callers: [{ from: '104', dials: '105', ends: 200 }],
  },
  'names-utf8': {
    story: 'a name with umlauts, an emoji and Japanese letters calls 102, who answers and hangs up',
    phones: [{ at: '102', talk: 1000 }],
    callers: [{ from: '106', dials: '102', ends: 200 }],
  },
  'caller-without-name': {
    story: '107, who has no name, calls 102, who answers and hangs up',
    phones: [{ at: '102', talk: 1000 }],
    callers: [{ from: '107', dials: '102', ends: 200 }],
  },
  'trunk-404': {
    story: '101 calls an outside number that does not exist (404)',
    phones: [{ at: 'outside', alert: 0, ring: 50, code: 404 }],
    callers: [{ from: '101', dials: '95550404', ends: 404 }],
  },
  'trunk-503': {
    story: '101 calls an outside number; the provider is out of order (503)',
    phones: [{ at: 'outside', alert: 0, ring: 50, code: 503 }],
    callers: [{ from: '101', dials: '95550503', ends: 503 }],
  },
  'inbound-ring-group': {
    story: 'an outside number calls the group 600; 103 answers; outside hangs up',
    phones: [
      { at: '101', ring: FOREVER },
      { at: '102', ring: FOREVER },
      { at: '103', ring: 1000 },
    ],
    callers: [{ from: '5557777', dials: '5550600', talk: 1500, ends: 200 }],
  },
  'cancel-in-group-through-local': {
    story: '104 calls 602, Local channels to 101, 102 and 103, which ring; 104 gives up',
    phones: [
      { at: '101', ring: FOREVER },
      { at: '102', ring: FOREVER },
      { at: '103', ring: FOREVER },
    ],
    callers: [{ from: '104', dials: '602', cancel: 1200, ends: 487 }],
  },
};

/** Thirty calls, one every 120 ms, each to a phone with another habit. */
function interleaved(): Scenario {
  const habits: readonly (readonly [
    dials: string,
    habit: Omit<Caller, 'from' | 'dials' | 'delay'>,
  ])[] = [
    ['102', { talk: 1500, ends: 200 }],
    ['103', { ends: 486 }],
    ['104', { ends: 403 }],
    ['105', { cancel: 900, ends: 487 }],
    ['106', { ends: 200 }],
    ['107', { ends: 480 }],
    ['108', { ends: 603 }],
    ['109', { talk: 2200, ends: 200 }],
    ['110', { ends: 404 }],
    ['95558888', { talk: 1000, ends: 200 }],
  ];
  const caller = (n: number): Caller => {
    const [dials, habit] = habits[n % habits.length] as (typeof habits)[number];
    const from = ['101', '104', '108'][Math.floor(n / habits.length)] as string;
    return { from, dials, delay: 120 * n, ...habit };
  };
  return {
    story:
      'thirty calls that overlap, to phones that answer, are busy, decline, ring out, and so on',
    phones: [
      { at: '102', calls: 3, ring: 700 },
      { at: '103', calls: 3, alert: 0, ring: 50, code: 486 },
      { at: '104', calls: 3, ring: 600, code: 603 },
      { at: '105', calls: 3, ring: FOREVER },
      { at: '106', calls: 3, ring: 900, talk: 1800 },
      { at: '107', calls: 3, alert: 0, ring: 50, code: 480 },
      { at: '108', calls: 3, ring: FOREVER },
      { at: '109', calls: 3, alert: 0, ring: 50 },
      { at: 'outside', calls: 3, alert: 183, ring: 1100 },
    ],
    callers: Array.from({ length: 30 }, (_, n) => caller(n)),
  };
}
