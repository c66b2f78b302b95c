// What a manager session says of calls, each of which is another one, as texts: all kinds of them, or ordinary ones that
// stop somewhere.

import { isSignalEvent } from '../../src/core/pbx/signal-readers.ts';
import { seeded } from '../../test/support/seeded.ts';
import { type Due, happen, Numbering, type Template } from '../../test/support/template.ts';
import { callRecordings } from '../streams.ts';

/** An ordinary call of two phones, cut behind that message of it. */
const STATES = {
  ringing: { event: 'DialState', times: 1 },
  talking: { event: 'BridgeEnter', times: 2 },
} as const;

export type State = keyof typeof STATES;

const ORDINARY = 'answered-internal';
const STARTED_AT = 1_770_800_000_000;

export class CallsHeard {
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
