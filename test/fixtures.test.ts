// Every recording of a real Asterisk, against what the phones did. A scenario in code says everything that must be told of
// it (`tells`). Of the others there are two witnesses: the calls as the phones lived them, and the events that were looked at
// by a person and written down (<scenario>.events.json, renewed by `npx vitest run --project unit test/fixtures.test.ts -u`).
// What is not told right yet is named in not-yet.json; one that has become right must leave it.

import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { isDeepStrictEqual } from 'node:util';
import { describe, expect, it } from 'vitest';
import { compareIds } from '../src/core/call/call-book.ts';
import { sanitize } from '../src/core/capture/sanitize.ts';
import type { ToldCall } from './lab/tells.ts';
import { payloadsOf } from './support/captures.ts';
import { runs } from './support/property-runs.ts';
import { shapesOf, type Payload as Told } from './support/tells.ts';
import { type Recording, toldLines, withoutTimes } from './support/told-lines.ts';

const FOLDER = 'testdata/fixtures';

type Payload = {
  readonly event: string;
  readonly call_id: string;
  readonly timestamp: string;
  readonly sequence: number;
  readonly cause?: string;
  readonly disposition?: string;
  readonly hungup_by?: string;
  readonly talk_duration_seconds?: number;
  readonly ring_duration_seconds?: number;
  readonly inferred?: boolean;
};

/** Epoch milliseconds of the phones' own clock, which is that of the machine that Asterisk ran on. */
type TruthCall = {
  readonly rang?: number;
  readonly answered?: number;
  readonly ended: number;
  readonly endedBy: string;
};

/** From a phone's message on the wire to Asterisk's event. */
const TOLERANCE_MS = 150;

/** What costs time is asked by `npm run test:all` only: the recordings of Asterisk 16, and all that holds for every one. */
const isThorough = runs(1) > 1;

const scenarios = readdirSync(FOLDER)
  .filter((file) => file.endsWith('.raw'))
  .map((file) => file.slice(0, -'.raw'.length));

const played = isThorough ? scenarios : scenarios.filter((scenario) => !scenario.endsWith('.16'));

type Truth = {
  readonly calls?: readonly TruthCall[];
  readonly tells?: readonly ToldCall[];
  /** As right: a race that only the PBX decided. */
  readonly orElse?: readonly ToldCall[];
};

/** What truly happened; nothing where the recording was made by hand: no phone lived it. */
const truths = new Map<string, Truth>(
  scenarios.map((scenario) => [scenario, readJson(`${FOLDER}/${scenario}.json`)]),
);
const notYet: readonly string[] = JSON.parse(readFileSync(`${FOLDER}/not-yet.json`, 'utf8'));

it('there are recordings to test', () => {
  expect(scenarios.length).toBeGreaterThan(40);
});

it('what is not told right yet has a recording', () => {
  expect(notYet.filter((name) => !truths.has(name))).toEqual([]);
});

describe.each(played.filter((scenario) => truths.get(scenario)?.tells))('%s', (scenario) => {
  const test = notYet.includes(scenario) ? it.fails : it;
  const { tells = [], orElse } = truths.get(scenario) ?? {};
  const stories = orElse === undefined ? [tells] : [tells, orElse];

  test('tells what the phones did, and nothing else', () => {
    const payloads = payloadsOf(`${FOLDER}/${scenario}.raw`) as unknown as readonly Told[];
    const byCall = [...Map.groupBy(payloads, ({ call_id }) => call_id).values()];
    const calls = byCall.toSorted(([a], [b]) => compareIds(a?.call_id ?? '', b?.call_id ?? ''));
    const shapes = stories.map((story) => shapesOf(calls, story));
    const { told, expected } = shapes.find(isAsExpected) ?? shapes[0] ?? shapesOf(calls, []);
    expect(told).toEqual(expected);
  });

  if (isThorough) it('has nothing left to sanitize', () => expectSanitized(scenario));
});

describe.each(played.filter((scenario) => !truths.get(scenario)?.tells))('%s', (scenario) => {
  const payloads = payloadsOf(`${FOLDER}/${scenario}.raw`) as unknown as readonly Payload[];
  const calls = Map.groupBy(payloads, ({ call_id }) => call_id);

  it('is told as it was written down', async () => {
    await expectAsWrittenDown(scenario, payloads);
  });

  it('tells each call in order, once, to its end', () => {
    for (const told of calls.values()) {
      const words = told.map(({ event }) => event);
      expect(words).toEqual([...new Set(words)]);
      expect(words).toEqual(words.toSorted((a, b) => ORDER.indexOf(a) - ORDER.indexOf(b)));
      expect(words.at(-1)).toBe('hungup');
      expect(told.map(({ sequence }) => sequence)).toEqual(told.map((_, index) => index + 1));
    }
  });

  it('has nothing left to sanitize', () => expectSanitized(scenario));

  const lived = truths.get(scenario)?.calls;
  if (lived === undefined) return;

  it('agrees with what the phones did', () => {
    const told = [...calls.values()];
    // Asterisk itself answers for an extension that does not exist: there is no channel, and nothing to tell.
    expect(told.length).toBe(scenario.startsWith('unknown-extension') ? 0 : lived.length);
    for (const [index, events] of told.toSorted(byCallId).entries()) {
      expectAgreement(events, lived[index]);
    }
  });
});

/** Those that were recorded on both, without races that only the PBX decided, and thirty calls that never overlap alike. */
const twins = scenarios
  .filter((scenario) => scenario.endsWith('.16'))
  .map((scenario) => scenario.slice(0, -'.16'.length))
  .filter((scenario) => truths.get(scenario)?.orElse === undefined && truths.has(scenario))
  .filter((scenario) => scenario !== 'interleaved-30');

it.each(isThorough ? twins : twins.filter((_, index) => index % 10 === 0))(
  'Asterisk 16 and 22 are told alike: %s',
  (scenario) => {
    const [older, newer] = [`${scenario}.16`, scenario].map((name) => {
      const recording = truths.get(name) as Truth & Recording;
      return withoutTimes(toldLines(`${FOLDER}/${name}.raw`, recording));
    });
    expect(older).toBe(newer);
  },
);

const ORDER = ['ringing', 'answered', 'hungup'];

function expectAgreement(events: readonly Payload[], lived: TruthCall | undefined): void {
  const at = (word: string) => events.find(({ event }) => event === word)?.timestamp;
  expectSameMoment(at('ringing'), lived?.rang ?? lived?.answered);
  expectSameMoment(at('answered'), lived?.answered);
  expectSameMoment(at('hungup'), lived?.ended);
  if (lived?.answered === undefined) return;
  const { talk_duration_seconds: talked, hungup_by: by } = events.at(-1) ?? {};
  expect(by).toBe(lived.endedBy);
  expect(Math.abs((talked ?? 0) * 1_000 - (lived.ended - lived.answered))).toBeLessThan(
    TOLERANCE_MS,
  );
}

function expectSameMoment(told: string | undefined, lived: number | undefined): void {
  expect(told === undefined).toBe(lived === undefined);
  if (told === undefined || lived === undefined) return;
  expect(Math.abs(Date.parse(told) - lived)).toBeLessThan(TOLERANCE_MS);
}

function isAsExpected({ told, expected }: ReturnType<typeof shapesOf>): boolean {
  return isDeepStrictEqual(told, expected);
}

function expectSanitized(scenario: string): void {
  const text = readFileSync(`${FOLDER}/${scenario}.raw`, 'latin1');
  const capture = { startedAt: 0, text, reads: [{ offset: 0, ms: 0 }] };
  expect(sanitize(capture).capture).toBe(capture);
}

async function expectAsWrittenDown(scenario: string, payloads: readonly object[]): Promise<void> {
  const lines = payloads.map((payload) => JSON.stringify(payload)).join(',\n');
  await expect(`[\n${lines}\n]\n`).toMatchFileSnapshot(`../${FOLDER}/${scenario}.events.json`);
}

/** An empty object where there is no such file. */
function readJson<T>(path: string): T {
  return JSON.parse(existsSync(path) ? readFileSync(path, 'utf8') : '{}');
}

function byCallId([a]: readonly Payload[], [b]: readonly Payload[]): number {
  return compareIds(a?.call_id ?? '', b?.call_id ?? '');
}
