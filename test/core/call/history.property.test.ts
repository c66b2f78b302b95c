// What holds of whatever happens in an Asterisk, in every order in which it may say so, and with what only refines the
// story left unsaid now and then.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Correlator } from '../../../src/core/call/correlator.ts';
import type { OpenCalls } from '../../../src/core/call/teller.ts';
import type { CallEvent } from '../../../src/core/event/call-event.ts';
import { heapUsed } from '../../support/heap.ts';
import { PLAIN } from '../../support/paper/calls.ts';
import {
  busyDay,
  type Heard,
  type History,
  histories,
  reorderings,
} from '../../support/paper/histories.ts';
import { ALL, ASKING_BACK, ORDERLY } from '../../support/paper/transfers.ts';
import type { Life } from '../../support/paper/truth.ts';
import { runs } from '../../support/property-runs.ts';

type Told = { readonly events: readonly CallEvent[]; readonly open: OpenCalls };
type EventOf<T extends CallEvent['event']> = Extract<CallEvent, { event: T }>;

/** What is told of each thing heard, with how many calls are open after it. */
function listen(heard: readonly Heard[], correlator = new Correlator()): readonly Told[] {
  return heard.map((one) => {
    const events = one.type === 'silence' ? correlator.elapse(one.at) : correlator.handle(one);
    return { events, open: correlator.openCalls };
  });
}

const flat = (told: readonly Told[]) => told.flatMap(({ events }) => events);
const byCall = (events: readonly CallEvent[]) => Map.groupBy(events, ({ callId }) => callId);

function find<T extends CallEvent['event']>(
  events: readonly CallEvent[],
  name: T,
): EventOf<T> | undefined {
  return events.find((event): event is EventOf<T> => event.event === name);
}

/** The check; where it fails, the error shows what was told too. */
function expectOf(history: History, check: (told: readonly Told[]) => void): void {
  const told = listen(history.heard);
  try {
    check(told);
  } catch (error) {
    const events = flat(told).map((event) => JSON.stringify(event));
    const reason = error instanceof Error ? error.message : '';
    throw new Error(`${reason}\n${events.join('\n')}`, { cause: error });
  }
}

const ONCE = ['ringing', 'answered', 'system_answered', 'hungup'];

function expectOneLife(events: readonly CallEvent[]): void {
  const names = events.map(({ event }) => event);
  for (const name of ONCE) {
    expect(names.filter((one) => one === name).length, name).toBeLessThanOrEqual(1);
  }
  expect(names.at(-1), 'the last event').toBe('hungup');
  expect(events.map(({ sequence }) => sequence)).toEqual(events.map((_, index) => index + 1));
}

/** Before the first, no second. */
const FIRST_THINGS = [
  ['ringing', 'answered', 'order'],
  ['system_answered', 'answered', 'order'],
  ['answered', 'transferred', 'needed'],
  ['held', 'resumed', 'needed'],
  ['queued', 'left_queue', 'needed'],
] as const;

function expectOrder(events: readonly CallEvent[]): void {
  const names: readonly string[] = events.map(({ event }) => event);
  for (const [first, second, how] of FIRST_THINGS) {
    const at = names.indexOf(second);
    if (at < 0 || (how === 'order' && !names.includes(first))) continue;
    expect(names.slice(0, at), `before ${second}`).toContain(first);
  }
  const ids = events.map((one) => `${one.event} ${'occurrence' in one ? one.occurrence : ''}`);
  expect(new Set(ids).size, 'ids that differ').toBe(ids.length);
}

/** Stamps may step back by a millisecond. */
const STEP_BACK_MS = 1;

function expectTimesAddUp(events: readonly CallEvent[]): void {
  const [rang, answered] = [find(events, 'ringing'), find(events, 'answered')];
  const over = find(events, 'hungup');
  if (over === undefined) return;
  const [ring, talk, total] = [answered?.ringSeconds ?? 0, over.talkSeconds, over.totalSeconds];
  expect(ring + talk).toBeLessThanOrEqual(total + (2 * STEP_BACK_MS) / 1_000);
  expect(Math.min(ring, talk, total)).toBeGreaterThanOrEqual(0);
  const moments = [rang, answered, over].flatMap((event) => (event === undefined ? [] : event.at));
  for (const [index, at] of moments.entries()) {
    expect(at).toBeGreaterThanOrEqual((moments[index - 1] ?? 0) - STEP_BACK_MS);
  }
}

/** Who is who does not change, but for the `to` of a phone that was called first. */
function expectSamePeople(events: readonly CallEvent[]): void {
  const [first, last] = [events[0], events.at(-1)];
  for (const { from, to } of events) {
    expect(from).toEqual(first?.from);
    if (to.extension !== '') expect(to).toEqual(last?.to);
  }
  const answerers = events.flatMap((event) => ('answeredBy' in event ? [event.answeredBy] : []));
  for (const one of answerers) expect(one).toEqual(answerers[0]);
}

/** Into one that goes on, and that they have to do with. */
function expectMerged(events: readonly CallEvent[], { familyOf }: History): void {
  for (const [index, event] of events.entries()) {
    if (event.event !== 'hungup' || event.mergedInto === undefined) continue;
    const into = event.mergedInto;
    const end = events.findIndex((one) => one.callId === into && one.event === 'hungup');
    expect(end, `the end of ${into}`).toBeGreaterThan(index);
    expect(familyOf(into), `those of ${into}`).toBe(familyOf(event.callId));
  }
}

type State = 'dialing' | 'ringing' | 'answered';

function follow(states: Map<string, State>, { callId, event }: CallEvent): void {
  if (event === 'hungup') states.delete(callId);
  else if (event === 'ringing' || event === 'answered') states.set(callId, event);
  else if (!states.has(callId)) states.set(callId, 'dialing');
}

/** Counted anew from what was told; of those that have not told that they ring, some may have told nothing at all. */
function expectCounted(told: readonly Told[]): void {
  const states = new Map<string, State>();
  const counts = told.map(({ events }) => {
    for (const event of events) follow(states, event);
    return count([...states.values()]);
  });
  expect(told.map(({ open }) => [open.ringing, open.answered])).toEqual(
    counts.map(({ ringing, answered }) => [ringing, answered]),
  );
  const tooFew = told.filter(({ open }, index) => open.active < (counts[index]?.active ?? 0));
  expect(tooFew, 'more calls told than open').toEqual([]);
  expect(told.at(-1)?.open).toEqual({ active: 0, ringing: 0, answered: 0 });
}

function count(states: readonly State[]): OpenCalls {
  const of = (state: State) => states.filter((one) => one === state).length;
  return { active: states.length, ringing: of('ringing'), answered: of('answered') };
}

const happens = histories({ commands: ALL, maxLength: 40, hasWires: true });

describe('whatever happens', () => {
  it('every call is told in order, once, to its end, and counted while it lasts', () => {
    const check = (history: History) => (told: readonly Told[]) => {
      for (const events of byCall(flat(told)).values()) {
        expectOneLife(events);
        expectOrder(events);
        expectTimesAddUp(events);
        expectSamePeople(events);
      }
      expectMerged(flat(told), history);
      expectCounted(told);
    };
    fc.assert(
      fc.property(happens, (history) => expectOf(history, check(history))),
      { numRuns: runs(10) },
    );
  });

  it('the same is told whether or not somebody looks at the clock when nothing happens', () => {
    fc.assert(
      fc.property(happens, ({ heard }) => {
        const last = heard.at(-1);
        const signals = heard.filter((one) => one.type !== 'silence' || one === last);
        expect(flat(listen(withEveryTick(heard)))).toEqual(flat(listen(signals)));
      }),
      { numRuns: runs(10) },
    );
  });

  it('the same is told whatever happens besides to other people', () => {
    const { shutDown: _, ...commands } = ALL;
    const kind = { commands, maxLength: 20, hasWires: true };
    const two = [1_770_000_000, 1_780_000_000].map((epoch) => histories({ ...kind, epoch }));
    fc.assert(
      fc.property(fc.tuple(...two), (both) => {
        const alone = both.flatMap(({ heard }) => [...byCall(flat(listen(heard)))]);
        const together = byCall(flat(listen(weave(both.map(({ heard }) => heard)))));
        expect(together).toEqual(new Map(alone));
      }),
      { numRuns: runs(10) },
    );
  });
});

/** So many of each, whenever all is quiet. */
function countsOf({ heard }: History) {
  const told = listen(heard);
  const quiet = heard.flatMap((one, index) => (one.type === 'silence' ? [{ one, index }] : []));
  return {
    families: quiet.map(({ one }) => one.families),
    calls: quiet.map(({ index }) => told[index]?.open.active),
  };
}

const WITHOUT_WIRES = { ...ORDERLY, ...ASKING_BACK };

describe('people who have to do with each other', () => {
  it.each([
    ['simple calls through wires', { commands: PLAIN, hasWires: true }],
    ['transferred, picked up and parked', { commands: WITHOUT_WIRES, hasWires: false }],
  ])('are one call as long as one of them is there: %s', (_, kind) => {
    fc.assert(
      fc.property(histories({ ...kind, maxLength: 30 }), (history) => {
        const { calls, families } = countsOf(history);
        expect(calls).toEqual(families);
      }),
      { numRuns: runs(10) },
    );
  });
});

/** At the very moment for which the correlator asks. */
function withEveryTick(heard: readonly Heard[]): readonly Heard[] {
  const correlator = new Correlator();
  return heard.flatMap((one) => {
    const ticks: Heard[] = [];
    while (correlator.nextAt !== undefined && correlator.nextAt <= one.at) {
      ticks.push({ type: 'silence', at: correlator.nextAt, families: 0 });
      correlator.elapse(correlator.nextAt);
    }
    if (one.type !== 'silence') correlator.handle(one);
    return [...ticks, one];
  });
}

/** Each keeps its order; who is next is who was heard first. */
function weave(lists: readonly (readonly Heard[])[]): readonly Heard[] {
  const left = lists.map((list) => [...list]);
  const woven: Heard[] = [];
  for (let next = soonest(left); next !== undefined; next = soonest(left)) {
    woven.push(...next.splice(0, 1));
  }
  return woven;
}

function soonest(left: readonly Heard[][]): Heard[] | undefined {
  const at = (list: readonly Heard[]) => list[0]?.at ?? Number.POSITIVE_INFINITY;
  return left.filter((list) => list.length > 0).toSorted((a, b) => at(a) - at(b))[0];
}

const WITHHELD = { extension: '', anonymous: true };
/** Nobody shows a number there; who is called there is known by the digits that were dialled. */
const TRUNK = { from: '', answeredBy: '5558888' };

function expectTruth(events: readonly CallEvent[], life: Life): void {
  const [over, answered] = [find(events, 'hungup'), find(events, 'answered')];
  const from = { extension: life.from === 'trunk' ? TRUNK.from : life.from };
  expect(over?.from).toEqual(life.isWithheld ? WITHHELD : from);
  const isAnswered = life.answeredBy !== undefined;
  expect(find(events, 'ringing') !== undefined, 'it rang').toBe(life.rang || isAnswered);
  const by = life.answeredBy === 'trunk' ? TRUNK.answeredBy : life.answeredBy;
  expect(answered?.answeredBy.extension, 'who answered').toBe(by);
  if (life.disposition !== 'unsure') expect(over?.disposition).toBe(life.disposition);
  if (isAnswered && life.hungupBy !== 'unsure') expect(over?.hungupBy).toBe(life.hungupBy);
}

describe('calls that are left to themselves', () => {
  it('are told as the people in them would tell', () => {
    const check =
      ({ truths }: History) =>
      (told: readonly Told[]) => {
        const calls = byCall(flat(told));
        expect(new Set(calls.keys())).toEqual(new Set(truths.keys()));
        for (const [id, life] of truths) expectTruth(calls.get(id) ?? [], life);
      };
    const happening = histories({ commands: PLAIN, maxLength: 30, hasWires: true });
    fc.assert(
      fc.property(happening, (history) => expectOf(history, check(history))),
      { numRuns: runs(20) },
    );
  });
});

/** But for when. */
function storyOf({ heard }: History): ReadonlyMap<string, readonly string[]> {
  const told = byCall(flat(listen(heard)));
  return new Map([...told].map(([id, events]) => [id, events.map(toSentence)]));
}

/** `to` may be known a moment earlier, where a phone was called first. */
const NO_STORY = /^(?:at|to|callId|occurrence|sequence|pbxCauseCode|why|[a-z]+Seconds)$/;

function toSentence(event: CallEvent): string {
  const facts = Object.entries(event).filter(([key]) => !NO_STORY.test(key));
  return JSON.stringify(facts.sort());
}

describe('the order of what Asterisk says', () => {
  it.each([
    ['simple calls through wires and trunks', { commands: PLAIN, hasWires: true }],
    ['calls that are transferred, picked up and parked', { commands: ORDERLY, hasWires: false }],
    ['calls that are passed on while it rings', { commands: ASKING_BACK, hasWires: false }],
  ])('makes no difference to what is told of %s', (_, kind) => {
    fc.assert(
      fc.property(reorderings({ ...kind, maxLength: 20 }), ([usual, other]) => {
        expect(storyOf(other)).toEqual(storyOf(usual));
      }),
      { numRuns: runs(10) },
    );
  });
});

const isLongRun = runs(1) > 1;

describe('100,000 calls', () => {
  it.runIf(isLongRun)('leave nothing behind', () => {
    const correlator = new Correlator();
    const live = (epoch: number, calls: number) => {
      for (const heard of busyDay({ commands: ALL, hasWires: true, epoch }, calls)) {
        listen(heard, correlator);
        correlator.takeChanges(); // what became of them is kept elsewhere
      }
      return heapUsed();
    };
    const before = live(1_770_000_000, 20_000);
    const after = live(1_780_000_000, 100_000);
    expect(correlator.openCalls).toEqual({ active: 0, ringing: 0, answered: 0 });
    expect(after - before).toBeLessThan(2_000_000); // 20 bytes of each
  });
});
