// What open calls cost: memory for each, and time per signal while many are open and an hour of others comes and goes. The
// hour is that of the stream, played as fast as it is read: nothing waits, and nothing leaves the process.

import process from 'node:process';
import { isSignalEvent } from '../src/core/pbx/signal-readers.ts';
import { seeded } from '../test/support/seeded.ts';
import { type Due, happen, Numbering, type Template } from '../test/support/template.ts';
import { Hearing } from './hearing.ts';
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
/** So many calls are measured together. */
const LAP = 2_000;
/** An hour of 100 calls a second. */
const HOUR = 360_000;
/** The part of it that growth is not counted in. */
const BEGIN = 0.2;
const MANY = 100_000;
const FEWER = 10_000;

export const openCalls: Bench = async (form) => {
  if (form === 'quick') return quickRows();
  const memoryRows = [...memoryOf('ringing', MANY), ...memoryOf('talking', MANY)];
  return [...memoryRows, ...timeBeside({ open: MANY, calls: HOUR })];
};

function quickRows(): readonly Row[] {
  const { heap } = grownBy('talking', FEWER);
  const { alone, beside } = costsBeside({ open: FEWER, calls: 3 * LAP });
  const figure = median(beside) / alone;
  return [
    toRow('heap of 10,000 open calls', { figure: heap, unit: 'MB' }, atMost(40)),
    toRow('a signal beside them', { figure, unit: '× with none open' }, atMost(3)),
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
  const load = new Load();
  hearing.hear(load.upTo('talking', LAP)); // code that has run once takes memory, too
  const before = memory();
  hearing.hear(load.upTo(state, calls));
  expectOpen(hearing, LAP + calls);
  const after = memory();
  const per10k = (bytes: number) => (bytes / calls / MEGABYTE) * 10_000;
  return { rss: per10k(after.rss - before.rss), heap: per10k(after.heapUsed - before.heapUsed) };
}

/** Calls of all kinds, from their signals to what is told, first with no others open and then with many. */
function timeBeside(plan: Plan): readonly Row[] {
  const { alone, beside, grown } = costsBeside(plan);
  const figure = median(beside);
  const tenth = Math.ceil(beside.length / 10);
  const later = median(beside.slice(-tenth)) / median(beside.slice(0, tenth));
  const title = `beside ${plan.open.toLocaleString('en')} open calls`;
  const many = plan.calls.toLocaleString('en');
  const unit = '× with none open';
  return [
    toRow('time per signal with no other call open', { figure: alone, unit: 'µs' }),
    toRow(`time per signal ${title}`, { figure, unit: 'µs' }),
    toRow(`slower ${title}`, { figure: figure / alone, unit }, atMost(1.2)),
    toRow(`slower at the end ${title}`, { figure: later, unit: '× at first' }, atMost(1.2)),
    toRow(
      `heap grown in the last four fifths of ${many} calls ${title}`,
      { figure: grown, unit: 'MB' },
      atMost(5),
    ),
  ];
}

type Plan = { readonly open: number; readonly calls: number };

/** Microseconds per signal, of each lap where many are open; and megabytes that are kept more than before. */
function costsBeside({ open, calls }: Plan) {
  const hearing = new Hearing();
  const load = new Load();
  lapsOf(hearing, load, 2 * LAP); // until it is compiled
  const alone = median(lapsOf(hearing, load, 5 * LAP));
  hearing.hear(load.upTo('talking', open));
  const begin = lapsOf(hearing, load, calls * BEGIN); // maps double their tables once: 20 MB beside 100,000
  const before = memory();
  const rest = lapsOf(hearing, load, calls * (1 - BEGIN));
  expectOpen(hearing, open);
  const grown = (memory().heapUsed - before.heapUsed) / MEGABYTE;
  return { alone, beside: [...begin, ...rest], grown };
}

/** Microseconds per signal, of each lap. */
function lapsOf(hearing: Hearing, load: Load, calls: number): readonly number[] {
  const laps: number[] = [];
  for (let done = 0; done < calls; done += LAP) {
    hearing.take();
    hearing.hear(load.wholeCalls(LAP));
    const { milliseconds, signals } = hearing.take();
    laps.push((milliseconds * 1_000) / signals);
  }
  return laps;
}

/** What a manager session says of calls, each of which is another one. */
class Load {
  readonly #templates = callRecordings().map(onlySignals);
  readonly #ordinary = this.#templates.find(({ name }) => name === ORDINARY);
  readonly #numbering = new Numbering();
  readonly #random = seeded(1);
  #at = STARTED_AT;

  /** Ordinary calls that have come so far and go no further. */
  *upTo(state: State, calls: number): Generator<string> {
    if (this.#ordinary === undefined) throw new Error(`There is no recording ${ORDINARY}.`);
    for (let n = 0; n < calls; n += 1) {
      this.#at += 10;
      yield* cutBehind(STATES[state], happen(this.#ordinary, this.#at, this.#numbering));
    }
  }

  /** Calls of all recordings, 100 a second, some seconds of them at a time. */
  *wholeCalls(calls: number): Generator<string> {
    for (let done = 0; done < calls; done += 200) {
      const due = Array.from({ length: 200 }, () => this.#next()).flat();
      due.sort((a, b) => a.at - b.at);
      for (const { text } of due) yield text;
      this.#at = Math.ceil(due.at(-1)?.at ?? this.#at);
    }
  }

  #next(): readonly Due[] {
    const template = this.#templates[Math.floor(this.#random() * this.#templates.length)];
    if (template === undefined) throw new Error('There are no recordings.');
    this.#at += 10;
    return [...happen(template, this.#at, this.#numbering)];
  }
}

/** Reading is measured elsewhere. */
function onlySignals(template: Template): Template {
  const messages = template.messages.filter(({ parts: [first] }) =>
    isSignalEvent(/^Event: (.*)\r/.exec(String(first))?.[1] ?? ''),
  );
  return { ...template, messages };
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

function expectOpen(hearing: Hearing, calls: number): void {
  if (hearing.openCalls !== calls) throw new Error(`${hearing.openCalls} calls are open`);
}

/** Without what is not needed any more, and without the room that V8 keeps for what may come. */
function memory(): NodeJS.MemoryUsage {
  if (globalThis.gc === undefined) throw new Error('Run it with node --expose-gc.');
  globalThis.gc({ type: 'major', execution: 'sync', flavor: 'last-resort' });
  return process.memoryUsage();
}
