// What callers write into their numbers, dialled extensions and the like is read as a value or not at all: what is told
// is what would be told without the event, or with a value that ends at the line break.

import { readdirSync, readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { CallEvent } from '../src/core/event/call-event.ts';
import { hostileText, idsIn, placesIn, tell, textsOf, writeInto } from './support/hostile.ts';
import { runs } from './support/property-runs.ts';

const FOLDER = 'testdata/fixtures';
const RECORDINGS = readdirSync(FOLDER).filter((file) => file.endsWith('.raw'));
const read = (file: string) => textsOf(readFileSync(`${FOLDER}/${file}`, 'latin1'));
const recording = fc
  .constantFrom(...RECORDINGS)
  .filter((file) => read(file).some((text) => placesIn(text).length > 0));

type Attack = {
  readonly file: string;
  readonly texts: readonly string[];
  readonly at: number;
  readonly attacked: string;
  readonly harmless: string;
};

const attack: fc.Arbitrary<Attack> = recording.chain((file) => {
  const texts = read(file);
  const reached = texts.flatMap((text, at) => placesIn(text).map((place) => ({ at, place })));
  const texting = hostileText(idsIn(texts));
  return fc
    .record({
      start: fc.nat(reached.length - 1),
      values: fc.array(texting, { minLength: 1, maxLength: 3 }),
    })
    .map(({ start, values }) => {
      const at = reached[start]?.at ?? 0;
      const places = reached.slice(start, start + values.length).filter((one) => one.at === at);
      const written = (toValue: (value: string) => string) =>
        places
          .toReversed()
          .reduce(
            (text, { place }, index) => writeInto(text, place, toValue(values[index] ?? '')),
            texts[at] ?? '',
          );
      const toHarmless = (value: string) => value.split('\r\n', 1)[0] ?? '';
      const shown = { file, attacked: written(String), harmless: written(toHarmless) };
      return { ...shown, at, texts, [fc.toStringMethod]: () => JSON.stringify(shown) };
    });
});

describe('a caller who writes anything where he can', () => {
  it('forges nothing, and hides nothing but the event itself', () => {
    fc.assert(
      fc.property(attack, ({ texts, at, attacked, harmless }) => {
        const told = tell(texts.with(at, attacked));
        const possible = [tell(texts.with(at, harmless)), tell(texts.toSpliced(at, 1))];
        expect(possible).toContainEqual(told);
      }),
      { numRuns: runs(20) },
    );
  });
});

const CROWD = read('interleaved-30.raw');
const CROWD_TOLD = tell(CROWD);
const LINKED_IDS = [
  ...new Set(CROWD.flatMap((text) => /^Linkedid: (.*)\r$/m.exec(text)?.[1] ?? [])),
];

describe('a caller who writes it into every event of his call', () => {
  it('changes nothing of what is told of twenty-nine others', () => {
    const attack = fc.record({
      linkedId: fc.constantFrom(...LINKED_IDS),
      value: hostileText(idsIn(CROWD)),
    });
    fc.assert(
      fc.property(attack, ({ linkedId, value }) => {
        const isHis = (text: string) => text.includes(`Linkedid: ${linkedId}\r\n`);
        const attacked = CROWD.map((text) => (isHis(text) ? writeEverywhere(text, value) : text));
        const others = (events: readonly CallEvent[]) =>
          events.filter(({ callId }) => callId !== linkedId);
        expect(others(tell(attacked))).toEqual(others(CROWD_TOLD));
      }),
      { numRuns: runs(4) },
    );
  });
});

function writeEverywhere(text: string, value: string): string {
  return placesIn(text)
    .toReversed()
    .reduce((written, place) => writeInto(written, place, value), text);
}
