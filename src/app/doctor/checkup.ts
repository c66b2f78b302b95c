// What every check is given, and the steps of a way that ends where one of them fails.

import type { Config } from '../../config/config.ts';
import { type Finding, ok, skipped } from './findings.ts';

export type Checkup = {
  readonly config: Config;
  /** Aborted when time is up or somebody ends it. */
  readonly signal: AbortSignal;
  /** Says what was found, in the order in which it is to be read. */
  readonly tell: (...findings: readonly Finding[]) => void;
};

/** A step on the way in, and what is told where it went well. */
export type Step = { readonly name: string; readonly passed: string };

/** What was found at the step of that name: what stands before it went well, what stands behind it is skipped. */
export function endedAt(
  failed: string,
  finding: Finding,
  steps: readonly Step[],
): readonly Finding[] {
  const index = steps.findIndex(({ name }) => name === failed);
  return [
    ...steps.slice(0, index).map(({ passed }) => ok(passed)),
    finding,
    ...steps.slice(index + 1).map(({ name }) => skipped(name, `"${failed}" failed`)),
  ];
}
