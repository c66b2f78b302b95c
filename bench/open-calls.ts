// What an open call costs: memory, and time per event with many of them open.
//   node --expose-gc bench/open-calls.ts

import process from 'node:process';
import { Correlator } from '../src/core/call/correlator.ts';
import {
  bridge,
  channel,
  created,
  dialEnds,
  dials,
  enters,
  goesUp,
  type Happening,
  hangsUp,
  rings,
  timed,
} from '../test/support/signals.ts';

const CALLS = 100_000;
const SAMPLE = 10_000;

for (const state of ['ringing', 'talking'] as const) measure(state);

function measure(state: 'ringing' | 'talking'): void {
  const correlator = new Correlator();
  const before = usedBytes();
  const first = play(correlator, { from: 0, to: SAMPLE, state });
  play(correlator, { from: SAMPLE, to: CALLS - SAMPLE, state });
  const last = play(correlator, { from: CALLS - SAMPLE, to: CALLS, state });
  correlator.elapse(Number.MAX_SAFE_INTEGER);
  const bytes = Math.round((usedBytes() - before) / CALLS);
  const { active } = correlator.openCalls;
  const perEvent = (ms: number) =>
    `${((ms * 1_000) / (SAMPLE * eventsOf(0, state).length)).toFixed(2)} µs`;
  process.stdout.write(
    `${active} calls ${state}: ${bytes} bytes each, with their channels; ${perEvent(first)} per event at first, ${perEvent(last)} at last\n`,
  );
  for (let n = 0; n < CALLS; n++) end(correlator, n);
  process.stdout.write(`${correlator.openCalls.active} calls after their end\n`);
}

type Range = { readonly from: number; readonly to: number; readonly state: 'ringing' | 'talking' };

/** Milliseconds. */
function play(correlator: Correlator, { from, to, state }: Range): number {
  const startedAt = performance.now();
  for (let n = from; n < to; n++) {
    for (const signal of timed(eventsOf(n, state), n, 1)) correlator.handle(signal);
  }
  return performance.now() - startedAt;
}

function end(correlator: Correlator, n: number): void {
  const [caller, callee] = peopleOf(n);
  for (const signal of timed([hangsUp(callee), hangsUp(caller)], CALLS + n, 1))
    correlator.handle(signal);
}

function eventsOf(n: number, state: 'ringing' | 'talking'): readonly Happening[] {
  const [caller, callee] = peopleOf(n);
  const begin = [created(caller), created(callee), dials(caller, callee), rings(callee)];
  if (state === 'ringing') return begin;
  const where = bridge(`bridge-${n}`);
  const lift = [goesUp(callee), dialEnds(caller, callee, 'ANSWER'), goesUp(caller)];
  return [...begin, ...lift, enters(callee, where), enters(caller, where)];
}

function peopleOf(n: number) {
  const linkedId = `1770000000.${2 * n}`;
  const instance = (2 * n).toString(16).padStart(8, '0');
  return [
    channel(`PJSIP/${1_000 + n}-${instance}`, linkedId, {
      callerName: `Alice ${n}`,
      exten: `${500_000 + n}`,
      state: 4,
    }),
    channel(`PJSIP/${500_000 + n}-${instance}`, `1770000000.${2 * n + 1}`, {
      linkedId,
      callerName: `Bob ${n}`,
    }),
  ] as const;
}

function usedBytes(): number {
  if (globalThis.gc === undefined) throw new Error('Run it with node --expose-gc.');
  globalThis.gc();
  return process.memoryUsage().heapUsed;
}
