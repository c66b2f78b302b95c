// What open calls cost: memory for each, and time per signal while many are open and an hour of others comes and goes. The
// hour is that of the stream, played as fast as it is read: nothing waits, and nothing leaves the process. A process that
// has none open takes turns with it, as the machine is not always equally fast.

import { Part } from './end-to-end/process.ts';
import { Hearing } from './hearing.ts';
import { CallsHeard, type State } from './load/calls-heard.ts';
import { memory } from './load/heap.ts';
import { atMost, type Bench, median, type Row, toRow } from './rows.ts';

const MEGABYTE = 1e6;
/** Behind so many calls, what runs is compiled. */
const WARM = 4_000;
/** An hour of 100 calls a second. */
const HOUR = 360_000;
const TURNS = 30;
/** Of the turns, those at first, and those at the end. */
const FEW = 5;
/** Maps double their tables once: 20 MB beside 100,000 calls. */
const SETTLED_AFTER = 6;
const ALONE_CALLS = 4_000;
const MANY = 100_000;
const FEWER = 10_000;

export const openCalls: Bench = async (form) => {
  if (form === 'quick') return await quickRows();
  const memoryRows = [...memoryOf('ringing', MANY), ...memoryOf('talking', MANY)];
  return [...memoryRows, ...(await timeBeside({ open: MANY, calls: HOUR, turns: TURNS }))];
};

async function quickRows(): Promise<readonly Row[]> {
  const { heap } = grownBy('talking', FEWER);
  const { ratios } = await costsBeside({ open: FEWER, calls: WARM, turns: 2 });
  return [
    toRow('heap of 10,000 open calls', { figure: heap, unit: 'MB' }, atMost(40)),
    toRow('a signal beside them', { figure: median(ratios), unit: '× with none open' }, atMost(3)),
  ];
}

function memoryOf(state: State, calls: number): readonly Row[] {
  const { rss, heap } = grownBy(state, calls);
  const title = `10,000 more ${state} calls`;
  return [
    toRow(`${title}: RSS`, { figure: rss, unit: 'MB' }, atMost(15)),
    toRow(`${title}: heap`, { figure: heap, unit: 'MB' }),
  ];
}

/** Megabytes for 10,000 of so many calls. */
function grownBy(state: State, calls: number) {
  const hearing = new Hearing();
  const heard = new CallsHeard();
  hearing.hear(heard.upTo('talking', WARM)); // code that has run once takes memory, too
  const before = memory();
  hearing.hear(heard.upTo(state, calls));
  expectOpen(hearing.openCalls, WARM + calls);
  const after = memory();
  const per10k = (bytes: number) => (bytes / calls / MEGABYTE) * 10_000;
  return { rss: per10k(after.rss - before.rss), heap: per10k(after.heapUsed - before.heapUsed) };
}

/** Calls of all kinds, from their signals to what is told, with no others open and with many. */
async function timeBeside(plan: Plan): Promise<readonly Row[]> {
  const { alone, beside, ratios, grown } = await costsBeside(plan);
  const later = median(ratios.slice(-FEW)) / median(ratios.slice(0, FEW));
  const title = `beside ${plan.open.toLocaleString('en')} open calls`;
  const many = plan.calls.toLocaleString('en');
  const unit = '× with none open';
  return [
    toRow('time per signal with no other call open', { figure: median(alone), unit: 'µs' }),
    toRow(`time per signal ${title}`, { figure: median(beside), unit: 'µs' }),
    toRow(`slower ${title}`, { figure: median(ratios), unit }, atMost(1.2)),
    toRow(`slower at the end ${title}`, { figure: later, unit: '× at first' }, atMost(1.2)),
    toRow(
      `heap grown in the last four fifths of ${many} calls ${title}`,
      { figure: grown, unit: 'MB' },
      atMost(5),
    ),
  ];
}

type Plan = { readonly open: number; readonly calls: number; readonly turns: number };

/** Microseconds per signal, of each turn; and megabytes that are kept more than when all was settled. */
async function costsBeside({ open, calls, turns }: Plan) {
  await using few = new Part('../load/laps');
  await using many = new Part('../load/laps');
  for (const part of [few, many]) await part.ask('run', { calls: WARM });
  await many.ask('open', { calls: open });
  const alone: number[] = [];
  const beside: number[] = [];
  let heapBefore = 0;
  for (let turn = 0; turn < turns; turn++) {
    if (turn === SETTLED_AFTER) heapBefore = await many.ask('heapBytes');
    beside.push(await usual(many, calls / turns));
    alone.push(await usual(few, ALONE_CALLS));
  }
  expectOpen(await many.ask('openCalls'), open);
  const grown = ((await many.ask<number>('heapBytes')) - heapBefore) / MEGABYTE;
  const ratios = beside.map((micros, turn) => micros / (alone[turn] ?? Number.NaN));
  return { alone, beside, ratios, grown };
}

async function usual(part: Part, calls: number): Promise<number> {
  return median(await part.ask<readonly number[]>('run', { calls }));
}

function expectOpen(openNow: number, calls: number): void {
  if (openNow !== calls) throw new Error(`${openNow} calls are open`);
}
