// So many calls a second, each a fixture that happens anew. What is due is told every few milliseconds, in the order in
// which it happened.

import type { Fixture } from '../support/load-fixtures.ts';
import { type Due, happen, Numbering } from '../support/template.ts';

export type LoadOptions = {
  readonly fixtures: readonly Fixture[];
  readonly callsPerSecond: number;
  /** From 0 to below 1. */
  readonly random: () => number;
  readonly tell: (texts: readonly string[]) => void;
};

const TICK_MS = 5;

type Happening = { next: Due; readonly rest: Iterator<Due, unknown> };

export type Changes = {
  /** Of each message, whole, with its empty line. */
  readonly change?: (text: string) => string;
  /** It comes no further than to so many of them. */
  readonly messages?: number;
};

export class Load {
  readonly #options: LoadOptions;
  readonly #numbering = new Numbering();
  #happenings: Happening[] = [];
  #timer: NodeJS.Timeout | undefined;
  #startedAt = 0;
  #stopped = false;
  #calls = 0;
  /** From which number of a channel on, in order. */
  readonly #begun: { readonly from: number; readonly name: string }[] = [];
  #idle = Promise.withResolvers<void>();

  constructor(options: LoadOptions) {
    this.#options = options;
  }

  /** Calls begun so far. */
  get calls(): number {
    return this.#calls;
  }

  /** The fixture that a call is of. */
  fixtureOf(callId: string): string | undefined {
    const count = Number(callId.split('.').at(-1));
    return this.#begun.findLast(({ from }) => from <= count)?.name;
  }

  start(): void {
    this.#startedAt = Date.now();
    this.#timer = setInterval(() => this.#tick(Date.now()), TICK_MS);
  }

  /** What has happened by now and is not told, as this process was late. */
  tellDue(): void {
    if (this.#timer !== undefined) this.#tick(Date.now());
  }

  /** No new calls; resolves when those that are open have ended. */
  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#idle.promise;
    clearInterval(this.#timer);
  }

  /** One more, besides those that come by themselves. */
  add({ template }: Fixture, { change = (text) => text, messages = Infinity }: Changes = {}): void {
    this.#begun.push({ from: this.#numbering.uniques, name: template.name });
    const rest = happen(template, Date.now(), this.#numbering)
      .take(messages)
      .map(({ at, text }) => ({
        at,
        text: change(text),
      }));
    const next = following(rest);
    if (next !== undefined) this.#happenings.push({ next, rest });
  }

  #tick(now: number): void {
    if (!this.#stopped) this.#begin(now);
    const due: Due[] = [];
    for (const happening of this.#happenings) {
      for (let next: Due | undefined = happening.next; next !== undefined && next.at <= now; ) {
        due.push(next);
        next = following(happening.rest);
        happening.next = next ?? OVER;
      }
    }
    this.#happenings = this.#happenings.filter(({ next }) => next !== OVER);
    this.#options.tell(due.sort((a, b) => a.at - b.at).map(({ text }) => text));
    if (this.#stopped && this.#happenings.length === 0) this.#idle.resolve();
  }

  /** As many as should have begun until now. */
  #begin(now: number): void {
    const { callsPerSecond, fixtures, random } = this.#options;
    const target = ((now - this.#startedAt) / 1_000) * callsPerSecond;
    while (this.#calls < target) {
      const fixture = fixtures[Math.floor(random() * fixtures.length)];
      if (fixture === undefined) return;
      this.#calls += fixture.calls;
      this.add(fixture);
    }
  }
}

function following(rest: Iterator<Due, unknown>): Due | undefined {
  const { done, value } = rest.next();
  return done === true ? undefined : value;
}

const OVER: Due = { at: Number.POSITIVE_INFINITY, text: '' };
