import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { type Growth, type Point, toSvg } from '../../bench/load/growth.ts';

const ROOT = join(import.meta.dirname, '../..');

function point(at: number, microsPerEvent: number, megabytes: number): Point {
  return { at, microsPerEvent, megabytes, usualMegabytes: megabytes };
}

const growth = {
  rate: [point(10, 288, 104), point(1_000, 30.4, 190), point(4_000, 19, 280)],
  open: [point(1, 100, 104), point(100_000, 108, 420)],
};

it('docs/performance.svg is drawn from what was measured', () => {
  const measured: Growth = JSON.parse(readFileSync(join(ROOT, 'bench/load/growth.json'), 'utf8'));
  expect(readFileSync(join(ROOT, 'docs/performance.svg'), 'utf8')).toBe(toSvg(measured));
});

it('the drawing has a line of each chart, from left to right', () => {
  const lines = [...toSvg(growth).matchAll(/<polyline class="line" points="(.+?)"/g)];
  const across = lines.map(([, points = '']) =>
    points.split(' ').map((pair) => Number(pair.split(',')[0])),
  );
  expect(across.map(({ length }) => length)).toEqual([3, 2, 3, 2]);
  for (const line of across) expect(line).toEqual(line.toSorted((a, b) => a - b));
});

it('equal steps of the drawing are equal factors', () => {
  const open = [1, 10, 100].map((at) => point(at, 100, 100));
  const [, line = ''] = [...toSvg({ ...growth, open }).matchAll(/points="(.+?)"/g)][1] ?? [];
  const [first = 0, second = 0, third = 0] = line.split(' ').map((pair) => Number.parseFloat(pair));
  expect(third - second).toBeCloseTo(second - first);
});

it('what is more is drawn higher, and nothing outside', () => {
  const svg = toSvg(growth);
  const [, line = ''] = [...svg.matchAll(/points="(.+?)"/g)][2] ?? [];
  const heights = line.split(' ').map((pair) => Number(pair.split(',')[1]));
  expect(heights).toEqual(heights.toSorted((a, b) => b - a));
  for (const height of heights) expect(height).toBeGreaterThan(30);
});

it('each point says how much it is, and of what', () => {
  const texts = [...toSvg(growth).matchAll(/<text .*?>(.+?)<\/text>/g)].map(([, words]) => words);
  for (const words of ['288', '30', '420', '10', '1k', '100k']) expect(texts).toContain(words);
  expect(texts).toContain('MB resident, highest');
  expect(texts).toContain('µs of processor time per event');
});
