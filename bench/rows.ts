// What a bench gives: figures with their goals beside them. Each bench is a file that exports one `Bench`; the table in
// run.ts names them all.

/** One figure. */
export type Row = {
  /** What is measured, of no other row of any bench: figures are kept by it from one run to the next. */
  readonly measure: string;
  readonly figure: number;
  /** Such as `ms`, `MB`, `events/s`, or a ratio's `× bare scan`. */
  readonly unit: string;
  /** As people read it, such as `≥ 0.55`; empty where there is none. */
  readonly goal: string;
  /** Undefined where there is no goal. */
  readonly met: boolean | undefined;
};

/** `quick` has seconds for all of a bench, on a machine that is busy: its goals are half of what is usual. */
export type Form = 'full' | 'quick';

/** In the quick form it gives only what fails CI when it is not met, or nothing. */
export type Bench = (form: Form) => Promise<readonly Row[]>;

export type Goal = { readonly text: string; readonly holds: (figure: number) => boolean };

/** @example toRow('start to logged in', { figure: 2.3, unit: '× node -e 0' }, atMost(2.5)) */
export function toRow(
  measure: string,
  { figure, unit }: Pick<Row, 'figure' | 'unit'>,
  goal?: Goal,
): Row {
  return { measure, figure, unit, goal: goal?.text ?? '', met: goal?.holds(figure) };
}

export function atLeast(least: number): Goal {
  return { text: `≥ ${least}`, holds: (figure) => figure >= least };
}

export function atMost(most: number): Goal {
  return { text: `≤ ${most}`, holds: (figure) => figure <= most };
}

/** The middle one: what a busy moment of the machine leaves as it is. */
export function median(figures: readonly number[]): number {
  const sorted = figures.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : (upper + (sorted[middle - 1] ?? Number.NaN)) / 2;
}

/** Half of them, and 99 of 100, are not more. */
export function quantiles(figures: readonly number[]): {
  readonly p50: number;
  readonly p99: number;
} {
  const sorted = figures.toSorted((a, b) => a - b);
  const at = (part: number) => sorted[Math.floor(part * (sorted.length - 1))] ?? Number.NaN;
  return { p50: at(0.5), p99: at(0.99) };
}
