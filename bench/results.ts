// Figures as people read them: the table of a run, and the page that keeps the last run of each bench.

import type { Row } from './rows.ts';

export type Kept = {
  /** Of the day, such as `2026-11-21`. */
  readonly date: string;
  /** The machine, and the versions. */
  readonly on: string;
  readonly rows: readonly Row[];
};

/** By the name of the bench. */
export type Results = Readonly<Record<string, Kept>>;

const HEAD = ['measure', 'figure', 'goal', 'met'] as const;

/** Of plain text, with aligned columns. */
export function toTable(rows: readonly Row[]): string {
  const cells = [HEAD, ...rows.map(toCells)];
  const widths = HEAD.map((_, column) => Math.max(...cells.map((row) => row[column]?.length ?? 0)));
  const toLine = (row: readonly string[]) =>
    row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  ');
  return cells.map((row) => `  ${toLine(row).trimEnd()}\n`).join('');
}

/** `names`: the benches, in the order of the page. */
export function toPage(results: Results, names: readonly string[]): string {
  return [INTRODUCTION, ...names.flatMap((name) => toSection(name, results[name]))].join('\n');
}

const INTRODUCTION = `# Figures

<!-- Made by \`npm run bench\` from bench/results.json. -->

The last run of each bench. A bench that was not run with the others shows its own date. Ratios are taken within one run, and are medians
of several turns. What each measures stands at the head of its file in this folder; how cost grows with load is drawn in
[docs/performance.md](../docs/performance.md).
`;

function toSection(name: string, kept: Kept | undefined): readonly string[] {
  if (kept === undefined) return [];
  return [
    `## ${name}`,
    '',
    `${kept.date}: ${kept.on}`,
    '',
    `| ${HEAD.join(' | ')} |`,
    '|---|---|---|---|',
    ...kept.rows.map((row) => `| ${toCells(row).join(' | ')} |`),
    '',
  ];
}

function toCells({ measure, figure, unit, goal, met }: Row): readonly string[] {
  const verdict = met === undefined ? '' : met ? 'yes' : 'no';
  return [measure, `${toDigits(figure)} ${unit}`.trim(), goal, verdict];
}

/** Three digits that mean something. */
export function toDigits(figure: number): string {
  if (Math.abs(figure) >= 100) return Math.round(figure).toLocaleString('en');
  return String(Number(figure.toPrecision(3)));
}
