import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Correlator } from '../../../src/core/call/correlator.ts';
import { messagesOf, signalsOf } from '../../support/captures.ts';
import { runs } from '../../support/property-runs.ts';

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
    const state = JSON.stringify({ ...JSON.parse(TEXT), version: 2 });
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
      { numRuns: runs(50) },
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
