import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Correlator } from '../../../src/core/call/correlator.ts';
import type { ChannelSnapshot } from '../../../src/core/pbx/signal.ts';
import { atOnce } from '../../support/at-once.ts';
import { messagesOf, signalsOf } from '../../support/captures.ts';
import { runs } from '../../support/property-runs.ts';
import {
  bridge,
  channel,
  created,
  dialEnds,
  dials,
  enters,
  goesUp,
  type Happening,
  holds,
  leaves,
  picksUp,
  rings,
  takesBack,
  timed,
} from '../../support/signals.ts';

const HELD = signalsOf(messagesOf(readFileSync('testdata/fixtures/hold.raw')));
const HELD_UNTIL = HELD.findIndex(({ type }) => type === 'held');

/** A call that somebody holds, as it was kept: with everything that can be in one. */
const [ID, TEXT] = savedAfter(HELD_UNTIL + 1);

function savedAfter(count: number): readonly [id: string, text: string] {
  const correlator = new Correlator();
  for (const signal of HELD.slice(0, count)) correlator.handle(signal);
  const [entry] = correlator.takeChanges().saved;
  if (entry === undefined) throw new Error('nothing was saved');
  return entry;
}

function hear(correlator: Correlator, happenings: readonly Happening[]): void {
  for (const signal of timed(happenings, 1_000, 1)) correlator.handle(signal);
}

function restore(...states: readonly { readonly id: string; readonly state: string }[]) {
  const correlator = new Correlator();
  return { correlator, ...correlator.restore(states) };
}

describe('what became of calls', () => {
  it('is asked once: nothing where nothing was told since', () => {
    const correlator = new Correlator();
    for (const signal of HELD.slice(0, HELD_UNTIL + 1)) correlator.handle(signal);
    expect(correlator.takeChanges().saved.size).toBe(1);
    expect(correlator.takeChanges()).toEqual({ saved: new Map(), removed: [] });
  });

  it('is that they are over, once they are', () => {
    const correlator = new Correlator();
    for (const signal of HELD) correlator.handle(signal);
    expect(correlator.takeChanges()).toEqual({ saved: new Map(), removed: [ID] });
  });

  it('is at a stop what every open call is, also one of which nothing was told', () => {
    const correlator = new Correlator();
    for (const signal of HELD.slice(0, 2)) correlator.handle(signal);
    expect(correlator.takeChanges().saved.size).toBe(0);
    expect([...correlator.takeAll().saved.keys()]).toEqual([ID]);
  });
});

describe('a call that another one has become a part of', () => {
  it('has changed, though nothing is told of it', () => {
    const caller = channel('PJSIP/101-00000001', '1.1', { exten: '102', state: 4 });
    const ringing = channel('PJSIP/102-00000002', '1.2', { linkedId: '1.1' });
    const picking = channel('PJSIP/103-00000003', '1.3', { exten: '*8', state: 4 });
    const correlator = new Correlator();
    hear(correlator, [created(caller), created(ringing), dials(caller, ringing), rings(ringing)]);
    correlator.takeChanges();
    hear(correlator, [created(picking), picksUp(picking, ringing)]);
    const { saved, removed } = correlator.takeChanges();
    expect(saved.get('1.1')).toContain(picking.name);
    expect(removed).toEqual(['1.3']);
  });
});

describe('what was not sure when it was kept', () => {
  const caller = channel('PJSIP/101-00000001', '1.1', { exten: '102', state: 4 });
  const callee = channel('PJSIP/102-00000002', '1.2', { linkedId: '1.1' });
  const other = channel('PJSIP/103-00000003', '1.3', { linkedId: '1.1' });
  const where = bridge('b');
  const answered = [
    ...[created(caller), created(callee), dials(caller, callee), rings(callee)],
    ...[goesUp(callee), dialEnds(caller, callee, 'ANSWER'), goesUp(caller)],
    ...[enters(callee, where), enters(caller, where)],
  ];

  /** What is told of this once somebody has said what exists, and some time has passed. */
  function toldLater(happenings: readonly Happening[], present: readonly ChannelSnapshot[]) {
    const first = new Correlator();
    hear(first, happenings);
    const states = [...first.takeAll().saved].map(([id, state]) => ({ id, state }));
    const { correlator } = restore(...states);
    correlator.beginSession(2_000);
    const items = present.map((one) => ({
      channel: { ...one, state: 6 },
      bridge: present.length > 1 ? where : undefined,
      application: '',
      isDialled: false,
      isSpying: false,
      startedAt: undefined,
    }));
    const now = atOnce(correlator.resync({ items, isComplete: true }, 60_000)).events;
    expect(now).toEqual([]);
    return correlator.elapse(60_000).map(({ event }) => event);
  }

  it('is told later: that the system picked up', () => {
    expect(toldLater([created(caller), goesUp(caller)], [caller])).toEqual(['system_answered']);
  });

  it('is told later: that somebody is back from hold', () => {
    const back = [...answered, holds(caller), takesBack(caller)];
    expect(toldLater(back, [caller, callee])).toEqual(['resumed']);
  });

  it('is told later: that somebody new is in the place of another', () => {
    const passed = [...answered, leaves(callee, where), created(other), enters(other, where)];
    expect(toldLater(passed, [caller, other])).toEqual(['transferred']);
  });
});

describe('a call that was kept', () => {
  it('comes back as it was', () => {
    const { correlator, damaged } = restore({ id: ID, state: TEXT });
    expect(damaged).toEqual([]);
    expect(correlator.openCalls).toEqual({ active: 1, ringing: 0, answered: 1 });
    expect(correlator.takeAll().saved.get(ID)).toBe(TEXT);
  });

  it('tells when it was last seen', () => {
    const { lastSeenAt } = restore({ id: ID, state: TEXT });
    expect(lastSeenAt).toBe(JSON.parse(TEXT).call.lastSeenAt);
  });

  it('is left out where it is damaged, and the others come back', () => {
    const { correlator, damaged } = restore(
      { id: 'other', state: '{' },
      { id: ID, state: TEXT },
      { id: 'none', state: 'null' },
    );
    expect(damaged).toEqual(['other', 'none']);
    expect(correlator.openCalls.active).toBe(1);
  });

  it('is left out where it was written by a version that is not known', () => {
    const state = JSON.stringify({ ...JSON.parse(TEXT), version: 1 });
    expect(restore({ id: ID, state }).damaged).toEqual([ID]);
  });

  it('is left out where it is kept under another id, or twice', () => {
    expect(restore({ id: '1.1', state: TEXT }).damaged).toEqual(['1.1']);
    expect(restore({ id: ID, state: TEXT }, { id: ID, state: TEXT }).damaged).toEqual([ID]);
  });

  it('is left out wherever it is cut off', () => {
    fc.assert(
      fc.property(fc.nat(TEXT.length - 1), (length) => {
        expect(restore({ id: ID, state: TEXT.slice(0, length) }).damaged).toEqual([ID]);
      }),
      { numRuns: runs(25) },
    );
  });

  it('is left out whichever part of it is something else', () => {
    const paths = pathsIn(JSON.parse(TEXT));
    expect(paths.length).toBeGreaterThan(60);
    for (const path of paths) {
      const state = JSON.stringify(replaced(JSON.parse(TEXT), path));
      expect([path, restore({ id: ID, state }).damaged]).toEqual([path, [ID]]);
    }
  });
});

type Path = readonly string[];

/** Every part of it, however deep. */
function pathsIn(value: unknown, path: Path = []): readonly Path[] {
  const inside = typeof value === 'object' && value !== null ? Object.entries(value) : [];
  return [path, ...inside.flatMap(([key, part]) => pathsIn(part, [...path, key]))];
}

/** No part of a call is a list in a list of nothing. */
function replaced(value: unknown, [key, ...rest]: Path): unknown {
  if (key === undefined) return [[null]];
  const copy = structuredClone(value) as Record<string, unknown>;
  copy[key] = replaced(copy[key], rest);
  return copy;
}
