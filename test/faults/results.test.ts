import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { ABOUTS } from './abouts.ts';
import { type Results, toPage, toRow } from './results.ts';

const ROOT = join(import.meta.dirname, '../..');

it('docs/faults.md shows what was run', () => {
  const results: Results = JSON.parse(readFileSync(join(ROOT, 'test/faults/results.json'), 'utf8'));
  expect(readFileSync(join(ROOT, 'docs/faults.md'), 'utf8')).toBe(toPage(results, ABOUTS));
  expect(Object.keys(results).filter((name) => !ABOUTS.has(name))).toEqual([]);
});

it('a row counts what is wrong by its kind, and what is lost apart', () => {
  const row = toRow({
    seconds: 10,
    callsPerSecond: 200,
    trial: {
      verdict: {
        ...{ calls: 1, facts: 3, messages: 2, repeats: 0, shed: 0, excused: 1, inferred: 0 },
        gaps: [{ from: 0, to: 2_500, comparedAt: 2_500 }],
        findings: (['lost', 'lost', 'hole'] as const).map((kind) => ({
          kind,
          callId: '',
          text: '',
        })),
      },
      ...{
        recoverySeconds: 0.123,
        residentMebibytes: 1.6,
        mebibytesPerHour: undefined,
        undelivered: 4,
      },
      ...{ truthIsWhole: true, isSeen: true, log: '', fixtureOf: () => undefined },
    },
  });
  expect(row).toMatchObject({ lost: 2, wrong: { hole: 1, undelivered: 4 }, gapSeconds: 2.5 });
  expect(
    toPage(
      { x: row },
      new Map([
        ['x', 'about x'],
        ['y', 'about y'],
      ]),
    )
      .split('\n')
      .at(-2),
  ).toBe(
    '| **x**<br>about x | 200/s for 10 s | 1 | 3 | 0 | 1 (2.5 s) | 1 | **2** | hole 1<br>undelivered 4 | 0.12 s | 2 MiB |',
  );
});
