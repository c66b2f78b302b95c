import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { BENCHES } from '../../bench/benches.ts';
import { type Results, toPage, toTable } from '../../bench/results.ts';
import { atLeast, atMost, median, toRow } from '../../bench/rows.ts';

const FOLDER = join(import.meta.dirname, '../../bench');
const results: Results = JSON.parse(readFileSync(join(FOLDER, 'results.json'), 'utf8'));

it('bench/RESULTS.md shows what was run', () => {
  const names = Object.keys(BENCHES);
  expect(readFileSync(join(FOLDER, 'RESULTS.md'), 'utf8')).toBe(toPage(results, names));
  expect(Object.keys(results).filter((name) => !names.includes(name))).toEqual([]);
});

it('no two figures have the same name', () => {
  const measures = Object.values(results).flatMap(({ rows }) => rows.map(({ measure }) => measure));
  expect(measures).toEqual([...new Set(measures)]);
});

describe('a figure', () => {
  it('is met at its goal, and not beyond it', () => {
    const met = (figure: number, goal = atLeast(0.5)) => toRow('m', { figure, unit: '' }, goal).met;
    expect([met(0.5), met(0.49)]).toEqual([true, false]);
    expect([met(60, atMost(60)), met(60.1, atMost(60))]).toEqual([true, false]);
    expect(met(Number.NaN)).toBe(false);
  });

  it('stands beside its goal', () => {
    const rows = [
      toRow('reading', { figure: 0.51234, unit: '× bare scan' }, atLeast(0.55)),
      toRow('memory', { figure: 12_345.6, unit: 'MB' }),
    ];
    expect(toTable(rows)).toBe(
      [
        '  measure  figure             goal    met\n',
        '  reading  0.512 × bare scan  ≥ 0.55  no\n',
        '  memory   12,346 MB\n',
      ].join(''),
    );
  });
});

it('the median is the middle one, or lies between the two in the middle', () => {
  expect(median([9, 1, 2])).toBe(2);
  expect(median([4, 1, 2, 9])).toBe(3);
});
