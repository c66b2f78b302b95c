// A rush: more comes from Asterisk than is understood at once. Understanding goes first then: what is told is safe in the
// outbox, and what is not read is lost.

import { Waiters } from '../io/store/waiters.ts';
import type { Report } from '../telemetry/notice.ts';

/** A shorter one is nothing to tell of. */
const TOLD_AFTER_MS = 1_000;

export type RushOptions = {
  readonly report: Report;
  /** What was read and waits to be understood. */
  readonly waitingBytes: () => number;
};

export class Rush {
  readonly #options: RushOptions;
  readonly #waiters = new Waiters();
  /** When it began, by a clock that is never set. */
  #since: number | undefined;
  #timer: NodeJS.Timeout | undefined;
  #isTold = false;

  constructor(options: RushOptions) {
    this.#options = options;
  }

  get isOn(): boolean {
    return this.#since !== undefined;
  }

  /** Resolves when it is over; rejects with the signal's reason when that is aborted. */
  async over(signal: AbortSignal): Promise<void> {
    while (this.isOn) await this.#waiters.wait(signal);
  }

  begin(): void {
    this.#since ??= performance.now();
    this.#timer ??= setTimeout(() => this.#tell(), TOLD_AFTER_MS).unref();
  }

  #tell(): void {
    this.#isTold = true;
    const { report, waitingBytes } = this.#options;
    report({ type: 'ami-rush', waitingBytes: waitingBytes() });
  }

  end(): void {
    clearTimeout(this.#timer);
    const ms = performance.now() - (this.#since ?? performance.now());
    this.#since = undefined;
    this.#timer = undefined;
    this.#waiters.wake();
    if (this.#isTold) this.#options.report({ type: 'ami-rush-over', seconds: ms / 1_000 });
    this.#isTold = false;
  }
}
