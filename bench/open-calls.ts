// What open calls cost: memory for each, and time per signal while many are open and an hour of others comes and goes. The
// hour is that of the stream, played as fast as it is read: nothing waits, and nothing leaves the process.

import process from 'node:process';
import { seeded } from '../test/support/seeded.ts';
import { type Due, happen, Numbering, type Template } from '../test/support/template.ts';
import { type Heard, Hearing } from './hearing.ts';
import { atMost, type Bench, median, type Row, toRow } from './rows.ts';
import { callRecordings } from './streams.ts';

/** An ordinary call of two phones, cut behind that message of it. */
const STATES = {
  ringing: { event: 'DialState', times: 1 },
  talking: { event: 'BridgeEnter', times: 2 },
} as const;

type State = keyof typeof STATES;

const ORDINARY = 'answered-internal';
const STARTED_AT = 1_770_800_000_000;
const MEGABYTE = 1e6;
const MANY = 100_000;
/** At 100 a second. */
const AN_HOUR = 360_000;
/** Calls of which the cost is taken together. */
const ROUND = 4_000;

export const openCalls: Bench = async (form) => {
  if (form === 'quick') return quickRows();
  const rows = [...memoryRows('ringing', MANY), ...memoryRows('talking', MANY)];
  return [...rows, ...timeRows({ open: MANY, calls: AN_HOUR })];
};

function quickRows(): readonly Row[] {
  const { heap, calls } = grown('talking', 20_000);
  const { alone, costs } = costsBeside({ open: calls, calls: ROUND });
  return [
    toRow(
      'heap of 10,000 open calls',
      { figure: perTenThousand(heap, calls), unit: 'MB' },
      atMost(40),
    ),
    toRow('a signal beside them', { figure: median(costs) / alone, unit: '× alone' }, atMost(2.5)),
  ];
}

function memoryRows(state: State, calls: number): readonly Row[] {
  const { rss, heap } = grown(state, calls);
  const title = `10,000 open calls (${state}, of ${calls.toLocaleString('en')})`;
  return [
    toRow(`${title}: RSS`, { figure: perTenThousand(rss, calls), unit: 'MB' }, atMost(15)),
    toRow(`${title}: heap`, { figure: perTenThousand(heap, calls), unit: 'MB' }),
  ];
}

function perTenThousand(bytes: number, calls: number): number {
  return (bytes / calls) * (10_000 / MEGABYTE);
}

/** Bytes that so many open calls have added. */
function grown(state: State, calls: number) {
  const hearing = new Hearing();
  const numbering = new Numbering();
  hearing.hear(inFull(2_000, numbering));
  const before = memory();
  hearing.hear(upTo(state, calls, numbering));
  expectOpen(hearing, calls);
  const after = memory();
  return { rss: after.rss - before.rss, heap: after.heapUsed - before.heapUsed, calls };
}

/** Calls of all kinds at 100 a second, with none and with many others open. */
function timeRows(plan: Plan): readonly Row[] {
  const { alone, costs, heap } = costsBeside(plan);
  const beside = median(costs);
  const tenth = Math.ceil(costs.length / 10);
  const later = median(costs.slice(-tenth)) / median(costs.slice(0, tenth));
  const title = `with ${plan.open.toLocaleString('en')} calls open`;
  return [
    toRow('time per signal with no other call open', { figure: alone, unit: 'µs' }),
    toRow(`time per signal ${title}`, { figure: beside, unit: 'µs' }),
    toRow('the same, beside none open', { figure: beside / alone, unit: '×' }, atMost(1.2)),
    toRow(
      'the last tenth of the hour, beside the first',
      { figure: later, unit: '×' },
      atMost(1.2),
    ),
    toRow(
      `heap after ${plan.calls.toLocaleString('en')} more calls ${title}`,
      { figure: heap / MEGABYTE, unit: 'MB more' },
      atMost(5),
    ),
  ];
}

type Plan = { readonly open: number; readonly calls: number };

/** Microseconds per signal, and bytes that are kept more than before. */
function costsBeside({ open, calls }: Plan) {
  const numbering = new Numbering();
  const hearing = new Hearing();
  hearing.hear(traffic(2_000, numbering));
  const alone = median(Array.from({ length: 3 }, () => cost(hearing, traffic(ROUND, numbering))));
  hearing.hear(upTo('talking', open, numbering));
  hearing.hear(traffic(1_000, numbering));
  const before = memory();
  const costs: number[] = [];
  for (let done = 0; done < calls; done += ROUND) {
    costs.push(cost(hearing, traffic(ROUND, numbering)));
  }
  expectOpen(hearing, open);
  const after = memory();
  return { alone, costs, heap: after.heapUsed - before.heapUsed };
}

/** Microseconds per signal. */
function cost(hearing: Hearing, texts: Iterable<string>): number {
  hearing.take();
  hearing.hear(texts);
  const { milliseconds, signals }: Heard = hearing.take();
  return (milliseconds * 1_000) / signals;
}

function* upTo(state: State, calls: number, numbering: Numbering): Generator<string> {
  for (const happening of ordinaryCalls(calls, numbering))
    yield* cutBehind(STATES[state], happening);
}

function* inFull(calls: number, numbering: Numbering): Generator<string> {
  for (const happening of ordinaryCalls(calls, numbering)) {
    for (const { text } of happening) yield text;
  }
}

function* ordinaryCalls(calls: number, numbering: Numbering): Generator<Iterable<Due>> {
  const template = callRecordings().find(({ name }) => name === ORDINARY);
  if (template === undefined) throw new Error(`there is no recording ${ORDINARY}`);
  for (let n = 0; n < calls; n += 1) yield happen(template, STARTED_AT + n, numbering);
}

function* cutBehind(
  { event, times }: (typeof STATES)[State],
  happening: Iterable<Due>,
): Generator<string> {
  let left: number = times;
  for (const { text } of happening) {
    yield text;
    if (text.startsWith(`Event: ${event}\r`)) left -= 1;
    if (left === 0) return;
  }
}

/** Calls of all recordings, as many at a time as there are at 100 a second. */
function* traffic(calls: number, numbering: Numbering): Generator<string> {
  const random = seeded(1);
  const all = callRecordings();
  const running: Iterator<Due>[] = [];
  for (let begun = 0; begun < calls || running.length > 0; ) {
    if (begun < calls && running.length < 500) {
      const template = all[Math.floor(random() * all.length)] as Template; // never beyond the last
      running.push(happen(template, STARTED_AT + begun * 10, numbering));
      begun += 1;
    }
    const at = Math.floor(random() * running.length);
    const next = running[at]?.next();
    if (next?.done === false) yield next.value.text;
    else running.splice(at, 1);
  }
}

function expectOpen(hearing: Hearing, calls: number): void {
  if (hearing.openCalls !== calls) throw new Error(`${hearing.openCalls} calls are open`);
}

function memory(): NodeJS.MemoryUsage {
  if (globalThis.gc === undefined) throw new Error('Run it with node --expose-gc.');
  globalThis.gc();
  globalThis.gc();
  return process.memoryUsage();
}
