// What open calls cost: memory for each, and time per signal while many are open.

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
/** Calls of one turn: some milliseconds. */
const TURN = 200;
/** Until all is compiled. */
const WARM_LAPS = 10;
/** An hour of 100 calls a second. */
const HOUR = 360_000;

const GOALS = { megabytes: 15, slower: 1.2, growth: 3 };

export const openCalls: Bench = async (form) => {
  if (form === 'quick') {
    const [rss] = memoryOf('talking', { open: 5_000, most: 2 * GOALS.megabytes });
    const [, , slower] = timeBeside({ open: 10_000, laps: 15, most: 2 * GOALS.slower });
    return [rss, slower];
  }
  const open = 100_000;
  return [
    ...memoryOf('ringing', { open, most: GOALS.megabytes }),
    ...memoryOf('talking', { open, most: GOALS.megabytes }),
    ...timeBeside({ open, laps: 200, most: GOALS.slower }),
    growthBeside(open, HOUR),
  ];
};

type Wanted = { readonly open: number; readonly most: number };

function memoryOf(state: State, { open, most }: Wanted): [rss: Row, heap: Row] {
  const hearing = new Hearing();
  const load = new Load();
  hearing.hear(load.wholeCalls(2_000)); // code that has run takes memory, too
  const before = memory();
  hearing.hear(load.upTo(state, open));
  expectOpen(hearing, open);
  const after = memory();
  const per10k = (bytes: number) => ({ figure: (bytes / open / MEGABYTE) * 10_000, unit: 'MB' });
  const title = `10,000 more ${state} calls`;
  return [
    toRow(`${title}: RSS`, per10k(after.rss - before.rss), atMost(most)),
    toRow(`${title}: heap`, per10k(after.heapUsed - before.heapUsed)),
  ];
}

/**
 * Calls of all kinds, from their signals to what is told, heard by two alike, one of which knows many other calls: in
 * turns, so that what else this machine does costs both the same.
 */
function timeBeside({ open, laps, most }: Wanted & { laps: number }): [Row, Row, Row] {
  const load = new Load();
  const alone = new Hearing();
  const beside = new Hearing();
  beside.hear(load.upTo('talking', open));
  const turns = Array.from({ length: WARM_LAPS + laps }, (_, lap) => {
    const texts = [...load.wholeCalls(TURN)];
    if (lap % 2 === 0) return [timeOf(alone, texts), timeOf(beside, texts)] as const;
    return [timeOf(beside, texts), timeOf(alone, texts)].toReversed() as [number, number];
  });
  const middle = (which: (pair: Pair) => number) => median(turns.slice(WARM_LAPS).map(which));
  expectOpen(beside, open);
  const title = `beside ${open.toLocaleString('en')} open calls`;
  return [
    toRow('time per signal, no other call open', { figure: middle(([a]) => a), unit: 'µs' }),
    toRow(`time per signal ${title}`, { figure: middle(([, b]) => b), unit: 'µs' }),
    toRow(
      `the same ${title}`,
      { figure: middle(([a, b]) => b / a), unit: '× with none open' },
      atMost(most),
    ),
  ];
}

type Pair = readonly [alone: number, beside: number];

/** Microseconds per signal. */
function timeOf(hearing: Hearing, texts: readonly string[]): number {
  hearing.take();
  hearing.hear(texts);
  const { milliseconds, signals } = hearing.take();
  return (milliseconds * 1_000) / signals;
}

/** V8 doubles its tables once when keys come and go, and not again: so the first calls are not counted. */
function growthBeside(open: number, calls: number): Row {
  const hearing = new Hearing();
  const load = new Load();
  hearing.hear(load.upTo('talking', open));
  hearing.hear(load.wholeCalls(open));
  const before = memory();
  hearing.hear(load.wholeCalls(calls));
  expectOpen(hearing, open);
  const bytes = memory().heapUsed - before.heapUsed;
  const title = `heap grown by ${calls.toLocaleString('en')} calls beside ${open.toLocaleString('en')} open ones`;
  return toRow(title, { figure: bytes / MEGABYTE, unit: 'MB' }, atMost(GOALS.growth));
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
