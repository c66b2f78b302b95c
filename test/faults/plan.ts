// For how long, and under how many calls, a fault is done.

import { isOfAsterisk, PHONES_CALLS_PER_SECOND } from './abouts.ts';
import { FAULTS, type Fault } from './faults.ts';
import { MIXTURES } from './mixture.ts';

export const RUN_OPTIONS = {
  quick: { type: 'boolean', default: false },
  only: { type: 'string' },
  seconds: { type: 'string' },
  calls: { type: 'string' },
  seed: { type: 'string', default: '1' },
  keep: { type: 'boolean', default: false },
} as const;

type Values = {
  readonly quick: boolean;
  readonly seconds?: string | undefined;
  readonly calls?: string | undefined;
};

export type Plan = {
  readonly seconds: number;
  readonly outageSeconds: number;
  readonly callsPerSecond: number;
  /** `undefined` where a real Asterisk is asked for. */
  readonly fault: Fault | undefined;
};

export function planOf(name: string, { quick, seconds, calls }: Values): Plan {
  const fault = FAULTS[name] ?? MIXTURES[name];
  const usualSeconds = quick ? 10 : (fault?.seconds ?? 60);
  const usualCalls = isOfAsterisk(name) ? PHONES_CALLS_PER_SECOND : (fault?.callsPerSecond ?? 200);
  return {
    seconds: Number(seconds ?? usualSeconds),
    outageSeconds: quick ? 3 : 10,
    callsPerSecond: isOfAsterisk(name) ? usualCalls : Number(calls ?? usualCalls),
    fault,
  };
}
