// Some things are only sure once Asterisk has said no more of them for a moment. No clock tells that: what it said may
// still be on its way, or wait for this process to have its turn. But Asterisk answers behind all that it has said
// before (main/manager.c, do_message): an answer to a ping that was sent when the moment was over proves it.

import type { AmiSession } from '../io/ami/connection.ts';

export type SilenceOptions = {
  /** When the next thing is sure, in epoch milliseconds by the clock of Asterisk. */
  readonly nextAt: () => number | undefined;
  /** Nothing more was said up to `at`, by the clock of Asterisk. */
  readonly onProven: (at: number) => void;
  /** Milliseconds by a clock that is never set. */
  readonly steadyNow: () => number;
  /** Called where a ping fails, or what its answer leads to. */
  readonly onError: (error: unknown) => void;
};

type Session = Pick<AmiSession, 'send'>;

/** No moment is longer, whatever the clock of Asterisk does meanwhile. */
const LONGEST_MS = 250;
/** Between two pings; what becomes sure in between shares one. */
const PAUSE_MS = 150;

export class Silence {
  readonly #options: SilenceOptions;
  #session: Session | undefined;
  #timer: NodeJS.Timeout | undefined;
  #isAsking = false;
  #askedAt = Number.NEGATIVE_INFINITY;
  /** When Asterisk said something last, by its clock and by ours. */
  #heard: { readonly at: number; readonly steadyAt: number } | undefined;

  constructor(options: SilenceOptions) {
    this.#options = options;
  }

  begin(session: Session): void {
    this.#session = session;
    this.watch();
  }

  /** Until the next session nothing is proven. */
  end(): void {
    this.#session = undefined;
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  /** Something that was said at `at`; `steadyAt` is when it came, by the clock that is never set. */
  heard(at: number, steadyAt: number): void {
    this.#heard = { at, steadyAt };
    this.watch();
  }

  /** There may be something that is not sure yet. */
  watch(): void {
    if (this.#session === undefined || this.#timer !== undefined || this.#isAsking) return;
    const dueAt = this.#options.nextAt();
    if (dueAt === undefined) return;
    const pauseMs = this.#askedAt + PAUSE_MS - this.#options.steadyNow();
    const inMs = Math.max(this.#leftMs(dueAt), pauseMs);
    this.#timer = setTimeout(() => this.#onDue(dueAt), inMs).unref();
  }

  #leftMs(dueAt: number): number {
    const now = this.#pbxNow();
    return now === undefined ? LONGEST_MS : Math.min(Math.max(dueAt - now, 0), LONGEST_MS);
  }

  /** At the least: what was heard last had been on its way. */
  #pbxNow(): number | undefined {
    if (this.#heard === undefined) return undefined;
    return this.#heard.at + this.#options.steadyNow() - this.#heard.steadyAt;
  }

  #onDue(dueAt: number): void {
    this.#timer = undefined;
    const { nextAt, onError } = this.#options;
    const isOpen = (nextAt() ?? Number.POSITIVE_INFINITY) <= dueAt;
    if (isOpen && this.#session !== undefined) this.#prove(this.#session, dueAt).catch(onError);
    else this.watch();
  }

  async #prove(session: Session, dueAt: number): Promise<void> {
    this.#isAsking = true;
    this.#askedAt = this.#options.steadyNow();
    const provenTo = Math.max(dueAt, this.#pbxNow() ?? dueAt);
    try {
      await session.send({ name: 'Ping' });
      if (session === this.#session) this.#options.onProven(provenTo);
    } finally {
      this.#isAsking = false;
    }
    this.watch();
  }
}
