import { describe, expect, it } from 'vitest';
import { FactReader } from '../faults/facts.ts';
import { type Fixture, loadFixture } from './load-fixtures.ts';
import { seeded } from './seeded.ts';
import { happen, Numbering } from './template.ts';

const BEGAN = Date.UTC(2026, 0, 1, 12);

function fixture(name: string): Fixture {
  const loaded = loadFixture(name);
  if (loaded === undefined) throw new Error(`${name} does not end`);
  return loaded;
}

function tell(name: string, numbering: Numbering, startAt = BEGAN) {
  const reader = new FactReader('asterisk');
  for (const { text } of happen(fixture(name).template, startAt, numbering)) {
    reader.push(Buffer.from(text, 'latin1'));
  }
  return reader.end().map(({ payload }) => JSON.parse(payload));
}

describe('a fixture that happens again', () => {
  it.each([
    'answered-internal',
    'transfer-attended-key-caller',
    'interleaved-30',
    'park-retrieved',
  ])('tells the same story: %s', (name) => {
    const numbering = new Numbering();
    const first = tell(name, numbering);
    const again = tell(name, numbering);
    const story = (told: typeof first) =>
      told.map(({ event, sequence, disposition }) => [event, sequence, disposition]);
    expect(story(again)).toEqual(story(first));
    expect(first.length).toBeGreaterThan(2);
  });

  it('is of other calls, other people and another time', () => {
    const numbering = new Numbering();
    const [first] = tell('answered-internal', numbering);
    const [again] = tell('answered-internal', numbering, BEGAN + 60_000);
    expect(first).toMatchObject({ event: 'ringing', from: { extension: '5010000' } });
    expect(again).toMatchObject({ event: 'ringing', from: { extension: '5010001' } });
    expect(first.call_id).toBe(`${BEGAN / 1_000}.0`);
    expect(again.call_id).toBe(`${BEGAN / 1_000 + 60}.2`);
    expect(Date.parse(again.timestamp) - Date.parse(first.timestamp)).toBe(60_000);
  });

  it('shares no channel and no bridge with another', () => {
    const numbering = new Numbering();
    const texts = [1, 2].map(() =>
      [...happen(fixture('park-retrieved').template, BEGAN, numbering)]
        .map(({ text }) => text)
        .join(''),
    );
    const [first, second] = texts.map(
      (text) => new Set(text.match(/^\w*(?:Channel|BridgeUniqueid): .*-.*$/gm)),
    );
    expect(first?.size).toBeGreaterThan(3);
    expect(first?.intersection(second ?? new Set())).toEqual(new Set());
  });
});

it('a seed gives the same numbers each time', () => {
  const numbers = (seed: number) => Array.from({ length: 3 }, seeded(seed));
  expect(numbers(7)).toEqual(numbers(7));
  expect(numbers(7)).not.toEqual(numbers(8));
});
