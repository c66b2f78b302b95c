// What holds for any order of signals, sane or not.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Correlator } from '../../../src/core/call/correlator.ts';
import type { CallEvent } from '../../../src/core/event/call-event.ts';
import type { ChannelSnapshot, Signal } from '../../../src/core/pbx/signal.ts';
import { atOnce } from '../../support/at-once.ts';
import { runs } from '../../support/property-runs.ts';
import {
  asksToHangUp,
  bridge,
  channel,
  created,
  dialEnds,
  dials,
  enters,
  goesUp,
  type Happening,
  hangsUp,
  leaves,
  picksUp,
  progresses,
  rings,
  showsCallerId,
  timed,
} from '../../support/signals.ts';

const KINDS = [
  'answered',
  'cancelled',
  'busy',
  'declined',
  'no-answer',
  'unreachable',
  'group',
  'local',
] as const;
type Kind = (typeof KINDS)[number];

/** The people of the n-th call. */
function peopleOf(n: number): readonly [ChannelSnapshot, ChannelSnapshot, ChannelSnapshot] {
  const linkedId = `17700000${10 + n}.1`;
  const at = (index: number) => `17700000${10 + n}.${index}`;
  return [
    channel(`PJSIP/${100 + n}-0000000${n}`, linkedId, { exten: '600', state: 4 }),
    channel(`PJSIP/${200 + n}-0000000${n}`, at(2), { linkedId }),
    channel(`PJSIP/${300 + n}-0000000${n}`, at(3), { linkedId }),
  ];
}

/** All that the n-th call gives, in an order as Asterisk has it. */
function storyOf(kind: Kind, n: number): readonly Happening[] {
  const [a, b, c] = peopleOf(n);
  const where = bridge(`bridge-${n}`);
  const begin = [created(a), created(b), dials(a, b), rings(b)];
  const talk = [dialEnds(a, b, 'ANSWER'), goesUp(a), enters(b, where), enters(a, where)];
  const fail = (status: string, cause: number) => [
    ...[...begin, dialEnds(a, b, status), hangsUp(b, cause), hangsUp(a, cause === 0 ? 16 : cause)],
  ];
  const stories: Readonly<Record<Kind, readonly Happening[]>> = {
    answered: [...begin, ...talk, asksToHangUp(b), leaves(b, where), hangsUp(b), hangsUp(a)],
    cancelled: [
      ...begin,
      asksToHangUp(a),
      dialEnds(a, b, 'CANCEL'),
      hangsUp(b, 127),
      hangsUp(a, 127),
    ],
    busy: fail('BUSY', 17),
    declined: fail('NOANSWER', 21),
    'no-answer': fail('NOANSWER', 0),
    unreachable: [created(a), hangsUp(a, 3)],
    group: [
      ...[created(a), created(b), created(c), dials(a, b), dials(a, c), rings(b), rings(c)],
      ...[dialEnds(a, c, 'CANCEL'), hangsUp(c, 26), ...talk, hangsUp(a), hangsUp(b)],
    ],
    local: throughWire(n),
  };
  return stories[kind];
}

function throughWire(n: number): readonly Happening[] {
  const [a, b] = peopleOf(n);
  const end = (index: number) =>
    channel(`Local/1@x-0000000${n};${index}`, `${a.id}${index}`, { linkedId: a.id });
  const [near, far, inner, outer] = [end(1), end(2), bridge(`inner-${n}`), bridge(`outer-${n}`)];
  return [
    ...[
      created(a),
      created(near),
      created(far),
      dials(a, near),
      created(b),
      dials(far, b),
      rings(b),
    ],
    ...[
      dialEnds(far, b, 'ANSWER'),
      enters(b, inner),
      enters(far, inner),
      dialEnds(a, near, 'ANSWER'),
    ],
    ...[goesUp(a), enters(near, outer), enters(a, outer), asksToHangUp(a), hangsUp(a)],
    ...[hangsUp(near), hangsUp(far), hangsUp(b)],
  ];
}

function tell(signals: readonly Signal[], correlator = new Correlator()): readonly CallEvent[] {
  return signals.flatMap((signal) => correlator.handle(signal));
}

/** The lists as one, in which each keeps its order and the picks say whose turn it is. */
function interleave<T>(lists: readonly (readonly T[])[], picks: readonly number[]): readonly T[] {
  const left = lists.map((list) => [...list]);
  const woven = picks.flatMap((pick) => left[pick % left.length]?.splice(0, 1) ?? []);
  return [...woven, ...left.flat()];
}

function byCall(events: readonly CallEvent[]): ReadonlyMap<string, readonly CallEvent[]> {
  return Map.groupBy(events, ({ callId }) => callId);
}

function expectSound(events: readonly CallEvent[]): void {
  for (const told of byCall(events).values()) {
    const names = told.map(({ event }) => event);
    expect(names.filter((name) => name === 'hungup').length).toBe(1);
    expect(names.at(-1)).toBe('hungup');
    expect(names.filter((name) => name === 'ringing').length).toBeLessThanOrEqual(1);
    expect(names.filter((name) => name === 'answered').length).toBeLessThanOrEqual(1);
    expect(told.map(({ sequence }) => sequence)).toEqual(told.map((_, index) => index + 1));
  }
}

describe('calls that have nothing to do with each other', () => {
  it('are told as if each were alone, however they are woven together', () => {
    const kinds = fc.array(fc.constantFrom(...KINDS), { minLength: 1, maxLength: 8 });
    const picks = fc.array(fc.nat({ max: 7 }), { maxLength: 160 });
    fc.assert(
      fc.property(kinds, picks, (chosen, order) => {
        const stories = chosen.map((kind, n) => timed(storyOf(kind, n), 1_000, 5));
        const correlator = new Correlator();
        const events = tell(interleave(stories, order), correlator);
        const together = byCall(events);
        for (const [n, story] of stories.entries()) {
          expect(together.get(peopleOf(n)[0].id)).toEqual(tell(story));
        }
        expect(together.size).toBe(stories.length);
        expectSound(events);
        expect(correlator.openCalls).toEqual({ active: 0, ringing: 0, answered: 0 });
      }),
    );
  });
});

describe('signals in no order at all', () => {
  const channels = [
    ...peopleOf(0),
    ...peopleOf(1),
    ...throughWire(2).flatMap((one) => (one.type === 'channel-created' ? [one.channel] : [])),
  ];
  const places = [bridge('b'), bridge('h', 'holding'), bridge('c', 'conference'), bridge('d')];
  const one = fc.constantFrom(...channels);
  const where = fc.constantFrom(...places);
  const cause = fc.constantFrom(0, 1, 3, 16, 17, 21, 26, 127);
  const happening: fc.Arbitrary<Happening> = fc.oneof(
    { weight: 3, arbitrary: one.map(created) },
    one.map(rings),
    one.map(goesUp),
    one.map((channelThere) => showsCallerId(channelThere, true)),
    one.map(asksToHangUp),
    fc.tuple(one, one).map(([from, to]) => dials(from, to)),
    one.map((to) => progresses(to, 'RINGING')),
    fc
      .tuple(fc.option(one, { nil: undefined }), one, fc.constantFrom('ANSWER', 'CANCEL', 'BUSY'))
      .map((dial) => dialEnds(...dial)),
    { weight: 3, arbitrary: fc.tuple(one, where).map((there) => enters(...there)) },
    fc.tuple(one, where).map((there) => leaves(...there)),
    fc.tuple(one, one).map(([picker, target]) => picksUp(picker, target)),
    { weight: 2, arbitrary: fc.tuple(one, cause).map((end) => hangsUp(...end)) },
    fc.constant({ type: 'pbx-shutdown' } as const),
  );

  it('tell of no call more than one ring, one answer and one end, which is the last', () => {
    fc.assert(
      fc.property(fc.array(happening, { maxLength: 60 }), (happenings) => {
        const correlator = new Correlator();
        const all = [...happenings, ...channels.map((channelThere) => hangsUp(channelThere))];
        expectSound(tell(timed(all), correlator));
        expect(correlator.openCalls).toEqual({ active: 0, ringing: 0, answered: 0 });
      }),
      { numRuns: runs(50) },
    );
  });

  it('tell no call twice as over, though a gap comes between', () => {
    fc.assert(
      fc.property(fc.array(happening, { maxLength: 40 }), fc.boolean(), (happenings, isRestart) => {
        const correlator = new Correlator();
        const before = tell(timed(happenings), correlator);
        correlator.beginSession(100_000);
        const { events } = isRestart
          ? atOnce(correlator.restart(100_000))
          : atOnce(correlator.resync({ items: [], isComplete: true }, 100_000));
        expectSound([...before, ...events]);
        expect(correlator.openCalls).toEqual({ active: 0, ringing: 0, answered: 0 });
        expect(
          tell(timed(channels.map((channelThere) => hangsUp(channelThere))), correlator),
        ).toEqual([]);
      }),
    );
  });
});
