// What open calls cost: memory for each, and time per signal while many are open.

import process from 'node:process';
import { seeded } from '../test/faults/load.ts';
import { type Due, happen, Numbering, type Template } from '../test/faults/template.ts';
import { type Heard, Hearing } from './hearing.ts';
import { atMost, type Bench, median, type Row, toRow } from './rows.ts';
import { templates } from './streams.ts';

/** An ordinary call of two phones, cut behind that message of it. */
const STATES = {
  ringing: { event: 'DialState', times: 1 },
  talking: { event: 'BridgeEnter', times: 2 },
} as const;

type State = keyof typeof STATES;

const ORDINARY = 'answered-internal';
const STARTED_AT = 1_770_800_000_000;
const MEGABYTE = 1e6;

export const openCalls: Bench = async (form) => {
  const many = form === 'full' ? 100_000 : 20_000;
  const rows = [...memoryRows('ringing', many), ...memoryRows('talking', many)];
  return [...rows, ...timeRows({ open: many, calls: form === 'full' ? 360_000 : 2_000 })];
};

/** Of what so many open calls have added, for 10,000. */
function memoryRows(state: State, calls: number): readonly Row[] {
  const hearing = new Hearing();
  const numbering = new Numbering();
  hearing.hear(inFull(2_000, numbering));
  const before = memory();
  hearing.hear(upTo(state, calls, numbering));
  expectOpen(hearing, calls);
  const after = memory();
  const per10k = (bytes: number) => (bytes / calls) * (10_000 / MEGABYTE);
  const title = `10,000 open calls (${state}, of ${calls.toLocaleString('en')})`;
  return [
    toRow(`${title}: RSS`, { figure: per10k(after.rss - before.rss), unit: 'MB' }, atMost(15)),
    toRow(`${title}: heap`, { figure: per10k(after.heapUsed - before.heapUsed), unit: 'MB' }),
  ];
}

/** Calls of all kinds at 100 a second, with none and with many others open. */
function timeRows({ open, calls }: { open: number; calls: number }): readonly Row[] {
  const numbering = new Numbering();
  const hearing = new Hearing();
  hearing.hear(traffic(2_000, numbering));
  const alone = cost(hearing, traffic(4_000, numbering));
  hearing.hear(upTo('talking', open, numbering));
  hearing.hear(traffic(1_000, numbering));
  const before = memory();
  const costs: number[] = [];
  for (let done = 0; done < calls; done += 4_000)
    costs.push(cost(hearing, traffic(4_000, numbering)));
  expectOpen(hearing, open);
  const after = memory();
  const beside = median(costs);
  const title = `with ${open.toLocaleString('en')} calls open`;
  return [
    toRow('time per signal with no other call open', { figure: alone, unit: 'µs' }),
    toRow(`time per signal ${title}`, { figure: beside, unit: 'µs' }),
    toRow(`the same, beside none open`, { figure: beside / alone, unit: '×' }, atMost(1.2)),
    toRow(
      `heap after ${calls.toLocaleString('en')} more calls ${title}`,
      { figure: (after.heapUsed - before.heapUsed) / MEGABYTE, unit: 'MB more' },
      atMost(5),
    ),
  ];
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
  const template = templates().find(({ name }) => name === ORDINARY);
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
  const all = templates();
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
