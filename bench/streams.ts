// Streams of a manager session made from the recordings: any number of calls, each a recording that happens again with
// other people on other channels, overlapping as they would at that rate. The same seed gives the same bytes.
// What an hour of them holds is made while it is read: what is kept is the calls that are open.

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { loadFixture } from '../test/support/load-fixtures.ts';
import { seeded } from '../test/support/seeded.ts';
import { type Due, happen, Numbering, type Template } from '../test/support/template.ts';

export type StreamOptions = {
  readonly recordings: readonly Template[];
  readonly callsPerSecond: number;
  /** Default: without end. */
  readonly calls?: number;
  readonly seed?: number;
  /** Epoch milliseconds at which it begins. */
  readonly startAt?: number;
  /** Of several streams of one session; default: one of its own. */
  readonly numbering?: Numbering;
};

const EVENT = '\nEvent: ';
const FEWEST = 25;
const MOST = 50;
/** So much of a stream is put in order at a time. */
const WINDOW_MS = 50;

/**
 * `call`: what the bridge asks for (`call,agent,system`), in calls as they are usual: the recordings of Asterisk 22 that
 * tell of one call, which ends, in 25 to 50 events.
 */
export function callRecordings(): readonly Template[] {
  const isUsual = (text: string) => text.split(EVENT).length <= 2 * MOST; // more need not be understood
  return recordingsOf('fixtures', isUsual).filter(
    ({ messages: { length } }) => length >= FEWEST && length <= MOST,
  );
}

/** `read = all`: also variables, steps of the dialplan, reports of the audio, who has logged in. */
export function fullRecordings(): readonly Template[] {
  return recordingsOf('full-class', () => true);
}

/** Those that tell of one call, which ends. */
function recordingsOf(folder: string, isWanted: (text: string) => boolean): readonly Template[] {
  const path = join(import.meta.dirname, '../testdata', folder);
  const names = readdirSync(path)
    .filter((file) => file.endsWith('.raw') && !file.endsWith('.16.raw'))
    .map((file) => file.slice(0, -'.raw'.length));
  return names.flatMap((name) => {
    const text = readFileSync(join(path, `${name}.raw`), 'latin1');
    if (!isWanted(text)) return [];
    const fixture = loadFixture(name, path);
    return fixture?.calls === 1 ? [fixture.template] : [];
  });
}

/** Those of two phones, up to where people talk: such calls stay open. */
export function talkRecordings(recordings: readonly Template[]): readonly Template[] {
  return recordings.flatMap((recording) => {
    const { messages, uniques } = recording;
    const end = messages.findIndex((message) => isOf(message, ENDS));
    const isTalk = messages.slice(0, end).some((message) => isOf(message, ['BridgeEnter']));
    return isTalk && uniques === 2 ? [{ ...recording, messages: messages.slice(0, end) }] : [];
  });
}

const ENDS = ['HangupRequest', 'SoftHangupRequest', 'BridgeLeave', 'Hangup'];

function isOf({ parts: [start] }: Template['messages'][number], names: readonly string[]): boolean {
  return names.some((name) => String(start).startsWith(`Event: ${name}\r`));
}

/** Its messages, each with its empty line, in the order in which they happen. */
export function* stream(options: StreamOptions): Generator<Due, void, void> {
  const { startAt = 1_770_888_000_000 } = options;
  const beginning = begin({ ...options, startAt });
  let open: Happening[] = [];
  let last = following(beginning);
  for (let until = startAt + WINDOW_MS; last !== undefined || open.length > 0; until += WINDOW_MS) {
    for (; last !== undefined && last.next.at < until; last = following(beginning)) open.push(last);
    const due = open.flatMap((happening) => takeUntil(happening, until));
    open = open.filter(({ next }) => next !== OVER);
    yield* due.sort((a, b) => a.at - b.at);
  }
}

/** The bytes of them in pieces of that size, as a socket would give them. */
export function* toReads(dues: Iterable<Due>, size: number): Generator<Buffer, void, void> {
  let rest = '';
  for (const { text } of dues) {
    rest += text;
    if (rest.length < size) continue;
    const whole = Buffer.from(rest, 'latin1');
    let from = 0;
    for (; whole.length - from >= size; from += size) yield whole.subarray(from, from + size);
    rest = rest.slice(from);
  }
  if (rest !== '') yield Buffer.from(rest, 'latin1');
}

type Happening = { next: Due; readonly rest: Iterator<Due, unknown> };

const OVER: Due = { at: Number.POSITIVE_INFINITY, text: '' };

function* begin(options: StreamOptions & { readonly startAt: number }): Generator<Happening> {
  const { recordings, callsPerSecond, calls = Infinity, seed = 1, startAt } = options;
  const { numbering = new Numbering() } = options;
  const random = seeded(seed);
  for (let n = 0; n < calls; n++) {
    const recording = recordings[Math.floor(random() * recordings.length)];
    if (recording === undefined) throw new Error('there are no recordings');
    const rest = happen(recording, startAt + (n * 1_000) / callsPerSecond, numbering);
    yield { next: following(rest) ?? OVER, rest };
  }
}

function takeUntil(happening: Happening, until: number): readonly Due[] {
  const due: Due[] = [];
  for (; happening.next.at < until; happening.next = following(happening.rest) ?? OVER) {
    due.push(happening.next);
  }
  return due;
}

function following<T>(iterator: Iterator<T, unknown>): T | undefined {
  const { done, value } = iterator.next();
  return done === true ? undefined : value;
}
