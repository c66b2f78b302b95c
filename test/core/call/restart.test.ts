// What subscribers are told when the bridge is stopped or killed in the middle of what happens, and goes on later: with every
// recording, cut anywhere.

import { readdirSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { CallEvent } from '../../../src/core/event/call-event.ts';
import { runs } from '../../support/property-runs.ts';
import {
  type Cut,
  momentsOf,
  type Told,
  tellAsked,
  tellCut,
  tellJoined,
  tellUncut,
} from '../../support/restarts.ts';

const FOLDER = 'testdata/fixtures';
const scenarios = readdirSync(FOLDER).filter((file) => file.endsWith('.raw'));

const ANYWHERE = fc.record({
  scenario: fc.constantFrom(...scenarios),
  at: fc.double({ min: 0, max: 1, noNaN: true }),
  missing: fc.double({ min: 0, max: 1, noNaN: true }),
});
type Anywhere = { readonly scenario: string; readonly at: number; readonly missing: number };

/** The recording with that cut in it; nothing is missing where it is told not to be. */
function play({ scenario, at, missing }: Anywhere, how: Cut['how']) {
  const moments = momentsOf(`${FOLDER}/${scenario}`);
  const from = Math.floor(at * moments.length);
  const to = from + Math.floor(missing * (moments.length - from));
  return { uncut: tellUncut(moments), cut: tellCut(moments, { from, to, how }) };
}

describe('a bridge that is stopped and at once started again', () => {
  it('tells what it would have told', () => {
    fc.assert(
      fc.property(ANYWHERE, (where) => {
        const { uncut, cut } = play({ ...where, missing: 0 }, 'stopped');
        expect(byCall(all(cut).map(withoutDoubt))).toEqual(byCall(uncut.map(withoutDoubt)));
      }),
      { numRuns: runs(20) },
    );
  });
});

describe('a bridge that asks in mid-session what exists', () => {
  it('tells what it would have told, however late it hears the answer', () => {
    fc.assert(
      fc.property(ANYWHERE, ({ scenario, at, missing }) => {
        const moments = momentsOf(`${FOLDER}/${scenario}`);
        const from = Math.floor(at * moments.length);
        const to = Math.min(moments.length, from + Math.floor(missing * 40));
        const told = tellAsked(moments, { from, to });
        expect(byCall(told.map(withoutDoubt))).toEqual(
          byCall(tellUncut(moments).map(withoutDoubt)),
        );
      }),
      { numRuns: runs(20) },
    );
  });
});

describe('a bridge that comes into what is under way', () => {
  it('tells each call once and to its end, however late it hears what exists', () => {
    fc.assert(
      fc.property(ANYWHERE, ({ scenario, at, missing }) => {
        const moments = momentsOf(`${FOLDER}/${scenario}`);
        const from = Math.floor(at * moments.length);
        const to = Math.min(moments.length, from + Math.floor(missing * 40));
        for (const events of byCall(tellJoined(moments, { from, to })).values()) {
          expectOneCall(events);
        }
      }),
      { numRuns: runs(20) },
    );
  });
});

describe.each(['stopped', 'killed'] as const)('a bridge that is %s', (how) => {
  it('goes on with the same calls, wherever and however long it was away', () => {
    fc.assert(
      fc.property(ANYWHERE, (where) => {
        const { cut } = play(where, how);
        for (const events of byCall(all(cut)).values()) expectOneCall(events);
      }),
      { numRuns: runs(20) },
    );
  });

  it('measures what it saw both ends of', () => {
    fc.assert(
      fc.property(ANYWHERE, (where) => {
        const { cut, uncut } = play({ ...where, missing: 0 }, how);
        const lived = byCall(uncut);
        for (const [id, events] of byCall(all(cut))) {
          expectSameDurations(events, lived.get(id) ?? []);
        }
      }),
      { numRuns: runs(20) },
    );
  });

  it('says of what ended meanwhile that it was not seen, and when it was last', () => {
    fc.assert(
      fc.property(ANYWHERE, (where) => {
        const { cut } = play(where, how);
        for (const event of cut.meanwhile) {
          if (event.event !== 'hungup' || event.mergedInto !== undefined) continue;
          expect(event).toMatchObject({ inferred: true, at: cut.againAt, cause: 'unknown' });
          expect(event.lastSeenAt).toBeLessThanOrEqual(cut.againAt);
        }
      }),
      { numRuns: runs(20) },
    );
  });
});

function all({ before, meanwhile, after }: Told): readonly CallEvent[] {
  return [...before, ...meanwhile, ...after];
}

function byCall<E extends Pick<CallEvent, 'callId'>>(events: readonly E[]): Map<string, E[]> {
  return Map.groupBy(events, ({ callId }) => callId);
}

/** What was waited for at the stop may be learned of by asking. */
function withoutDoubt({ inferred: _, ...event }: CallEvent) {
  return event;
}

/** Counted without a hole or a repeat, ringing and answered once at the most, and one end behind everything. */
function expectOneCall(events: readonly CallEvent[]): void {
  const words = events.map(({ event }) => event);
  expect(events.map(({ sequence }) => sequence)).toEqual(events.map((_, index) => index + 1));
  for (const word of ['ringing', 'answered', 'system_answered']) {
    expect(words.filter((each) => each === word).length).toBeLessThanOrEqual(1);
  }
  expect(words.indexOf('hungup')).toBe(words.length - 1);
}

function expectSameDurations(events: readonly CallEvent[], lived: readonly CallEvent[]): void {
  const [answered, before] = [events, lived].map((all) =>
    all.find(({ event }) => event === 'answered'),
  );
  const [end, endBefore] = [events, lived].map((all) => all.find((one) => one.event === 'hungup'));
  if (answered?.at !== before?.at || end?.inferred) return;
  expect(end?.talkSeconds).toBe(endBefore?.talkSeconds);
}
