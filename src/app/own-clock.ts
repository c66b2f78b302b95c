// Our own clock, which may be set at any time: by somebody, or when a machine that has no battery learns what time it
// is. Where it was set, whichever agrees better with the clock of Asterisk counts, its time before or after: gaps are dated
// by it, and must cover the events that Asterisk has dated.

/** Less is what clocks round away, or are slowly brought to. */
const SET_MS = 1_000;

export type OwnClockOptions = {
  /** Epoch milliseconds. */
  readonly now: () => number;
  /** Milliseconds by a clock that is never set. */
  readonly steadyNow: () => number;
};

/** So many times that it was set to are remembered. */
const MAX_TIMES = 8;

export class OwnClock {
  readonly #options: OwnClockOptions;
  /** What it shows, minus the clock that is never set. */
  #aheadMs: number;
  /** The same of the times that it was set away from. */
  #before: readonly number[] = [];
  /** The same of the clock of Asterisk; `undefined` where it is not known. */
  #pbxAheadMs: number | undefined;

  constructor(options: OwnClockOptions) {
    this.#options = options;
    this.#aheadMs = options.now() - options.steadyNow();
  }

  /** Epoch milliseconds. */
  now(): number {
    const now = this.#options.now();
    const steadyNow = this.#options.steadyNow();
    const aheadMs = now - steadyNow;
    if (isSet(aheadMs, this.#aheadMs)) this.#remember(aheadMs);
    this.#aheadMs = aheadMs;
    const best = this.#best();
    return best === aheadMs ? now : Math.round(steadyNow + best);
  }

  /** That of Asterisk is so many milliseconds ahead of what it shows. */
  compare(offsetMs: number): void {
    this.#pbxAheadMs = this.#options.now() + offsetMs - this.#options.steadyNow();
  }

  #remember(aheadMs: number): void {
    const others = [...this.#before, this.#aheadMs].filter((before) => isSet(before, aheadMs));
    this.#before = others.slice(-MAX_TIMES);
  }

  #best(): number {
    const pbxAheadMs = this.#pbxAheadMs;
    if (pbxAheadMs === undefined) return this.#aheadMs;
    const offBy = (aheadMs: number) => Math.abs(aheadMs - pbxAheadMs);
    return this.#before.reduce((a, b) => (offBy(b) < offBy(a) ? b : a), this.#aheadMs);
  }
}

function isSet(aheadMs: number, before: number): boolean {
  return Math.abs(aheadMs - before) > SET_MS;
}
