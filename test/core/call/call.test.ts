import { describe, expect, it } from 'vitest';
import {
  type Call,
  type CallState,
  type Happening,
  type Story,
  step,
  tell,
} from '../../../src/core/call/call.ts';
import { CallBook } from '../../../src/core/call/call-book.ts';
import { type Ending, factsOf } from '../../../src/core/call/ending.ts';
import { toChannel } from '../../../src/core/pbx/channel.ts';
import { Switchboard } from '../../../src/core/pbx/switchboard.ts';
import { channel } from '../../support/signals.ts';

const BOB = { extension: '102', name: 'Bob' };
const CLEARED: Ending = {
  cause: 'normal_clearing',
  causeCode: 16,
  disposition: 'answered',
  hungupBy: 'caller',
  why: 'It was answered.',
};

const ring = (at: number): Happening => ({ type: 'ring', at });
const answer = (at: number, unrung = false): Happening => ({
  type: 'answer',
  at,
  by: BOB,
  unrung,
});
const end = (at: number): Happening => ({ type: 'end', at, ending: CLEARED });

/** A call that began at 1,000 and to which this has happened. */
function callAfter(...happenings: readonly Happening[]): Call {
  const book = new CallBook(new Switchboard());
  const { call } = book.adopt(toChannel(channel('PJSIP/101-00000001', '1.1')), 1_000);
  call.from = { extension: '101' };
  call.to = { extension: '102' };
  for (const happening of happenings) step(call, happening);
  return call;
}

const WAYS: Readonly<Record<CallState, readonly Happening[]>> = {
  dialing: [],
  ringing: [ring(2_000)],
  answered: [ring(2_000), answer(5_000)],
  hungup: [end(2_000)],
};

describe('a call', () => {
  it.each<readonly [CallState, Happening['type'], readonly string[], CallState]>([
    ['dialing', 'ring', ['ringing'], 'ringing'],
    ['dialing', 'answer', ['ringing', 'answered'], 'answered'],
    ['dialing', 'end', ['hungup'], 'hungup'],
    ['ringing', 'ring', [], 'ringing'],
    ['ringing', 'answer', ['answered'], 'answered'],
    ['ringing', 'end', ['hungup'], 'hungup'],
    ['answered', 'ring', [], 'answered'],
    ['answered', 'answer', [], 'answered'],
    ['answered', 'end', ['hungup'], 'hungup'],
    ['hungup', 'ring', [], 'hungup'],
    ['hungup', 'answer', [], 'hungup'],
    ['hungup', 'end', [], 'hungup'],
  ])('%s, on %s, tells %j and is %s', (...row) => {
    const [state, type, events, next] = row;
    const call = callAfter(...WAYS[state]);
    expect(call.state).toBe(state);
    const before = call.sequence;
    const told = step(call, { ring: ring(9_000), answer: answer(9_000), end: end(9_000) }[type]);
    expect(told.map(({ event }) => event)).toEqual(events);
    expect(told.map(({ sequence }) => sequence)).toEqual(
      events.map((_, index) => before + index + 1),
    );
    expect(call.state).toBe(next);
  });

  it('rings for no time where it is answered at once', () => {
    expect(step(callAfter(), answer(4_000))).toMatchObject([
      { event: 'ringing', at: 4_000, sequence: 1 },
      { event: 'answered', at: 4_000, sequence: 2, answeredBy: BOB, ringSeconds: 0 },
    ]);
  });

  it('is answered by a conference without ringing', () => {
    expect(step(callAfter(), answer(4_000, true))).toMatchObject([
      { event: 'answered', sequence: 1, ringSeconds: 0 },
    ]);
  });

  it('first seen talking rang unseen', () => {
    const told = step(callAfter(), {
      type: 'answer',
      at: 4_000,
      by: BOB,
      unrung: false,
      inferred: true,
    });
    expect(told).toEqual([
      {
        callId: '1.1',
        from: { extension: '101' },
        to: { extension: '102' },
        at: 4_000,
        sequence: 1,
        inferred: true,
        event: 'answered',
        answeredBy: BOB,
      },
    ]);
  });

  it('says that a ring was learned of later', () => {
    expect(step(callAfter(), { type: 'ring', at: 4_000, inferred: true })).toMatchObject([
      { event: 'ringing', inferred: true },
    ]);
  });

  it('is between people whom nobody knows until they are known', () => {
    const call = callAfter();
    call.from = undefined;
    call.to = undefined;
    expect(step(call, ring(1))).toMatchObject([{ from: { extension: '' }, to: { extension: '' } }]);
  });

  it.each<readonly [string, readonly Happening[], object]>([
    ['from its start where nothing rang', [end(3_500)], { talkSeconds: 0, totalSeconds: 2.5 }],
    ['from the first ring', [ring(2_000), end(3_500)], { talkSeconds: 0, totalSeconds: 1.5 }],
    [
      'of talk from the answer',
      [ring(2_000), answer(5_123), end(9_000)],
      { talkSeconds: 3.877, totalSeconds: 7 },
    ],
    [
      'and never backwards, though a clock does',
      [ring(2_000), answer(1_999), end(1_998)],
      { talkSeconds: 0, totalSeconds: 0 },
    ],
    [
      'up to the last sign of life where the end was not seen',
      [ring(2_000), answer(5_000), { type: 'end', at: 60_000, ending: CLEARED, lastSeenAt: 8_000 }],
      { talkSeconds: 3, totalSeconds: 6, at: 60_000, lastSeenAt: 8_000, inferred: true },
    ],
  ])('counts its seconds %s', (_, happenings, expected) => {
    const call = callAfter(...happenings.slice(0, -1));
    const last = happenings.at(-1);
    expect(last && step(call, last)).toMatchObject([{ event: 'hungup', ...expected }]);
  });

  it('ends with all that was seen, and nothing else', () => {
    const call = callAfter(ring(2_000), answer(5_000));
    factsOf(call).callerCause = 127;
    expect(step(call, { type: 'end', at: 6_000, ending: CLEARED, mergedInto: '1.9' })).toEqual([
      {
        callId: '1.1',
        from: { extension: '101' },
        to: { extension: '102' },
        at: 6_000,
        sequence: 3,
        event: 'hungup',
        answeredBy: BOB,
        cause: 'normal_clearing',
        causeCode: 16,
        pbxCauseCode: 127,
        talkSeconds: 1,
        totalSeconds: 4,
        disposition: 'answered',
        rang: true,
        hungupBy: 'caller',
        mergedInto: '1.9',
        why: 'It was answered.',
      },
    ]);
    const unseen = { ...CLEARED, hungupBy: undefined };
    const bare = step(callAfter(), { type: 'end', at: 1_000, ending: unseen })[0];
    expect(Object.keys(bare ?? {})).toEqual([
      ...['callId', 'from', 'to', 'at', 'sequence', 'event', 'cause', 'causeCode'],
      ...['talkSeconds', 'totalSeconds', 'disposition', 'why'],
    ]);
  });

  it('tells digits until its end, each with a name of its own', () => {
    const call = callAfter();
    const digit: Story = { event: 'dtmf', digit: '5', by: BOB, durationSeconds: 0.12 };
    expect(tell(call, digit, { at: 1_500 })).toMatchObject([
      { ...digit, sequence: 1, occurrence: '1' },
    ]);
    expect(tell(call, digit, { at: 1_770_888_509_123, micros: 456 })).toMatchObject([
      { sequence: 2, occurrence: '1770888509123456' },
    ]);
    expect(tell(call, digit, { at: 1_500 })).toMatchObject([{ sequence: 3, occurrence: '3' }]);
    expect(tell(call, digit, { at: 1_770_888_509_123, micros: 6 })).toMatchObject([
      { sequence: 4, occurrence: '1770888509123006' },
    ]);
    step(call, end(2_000));
    expect(tell(call, digit, { at: 2_500 })).toEqual([]);
  });
});
