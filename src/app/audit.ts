// When Asterisk is asked again what goes on in it, though the session is up: calls that have been silent for long may have
// ended unseen, and what cannot be believed may have hidden something.

export type AuditOptions = {
  /** Asks, and mends; only if a call has been silent for so long, where that is given. */
  readonly ask: (silentMs?: number) => Promise<void>;
  /** Called where it fails. */
  readonly onError: (error: unknown) => void;
};

const EVERY_MS = 3 * 60_000;
/** A call of which nothing is heard for so long is asked for; people talk for longer than that, and that is heard then. */
const SILENT_MS = 10 * 60_000;
/** Whoever can make Asterisk say odd things cannot make the bridge ask more often than that. */
const SUSPECT_EVERY_MS = 10_000;
/** What is damaged seldom comes alone. */
const SUSPECT_AFTER_MS = 250;

export class Audit {
  readonly #options: AuditOptions;
  #timer: NodeJS.Timeout | undefined;
  #suspectTimer: NodeJS.Timeout | undefined;
  #askedAt = Number.NEGATIVE_INFINITY;
  #isAsking = false;

  constructor(options: AuditOptions) {
    this.#options = options;
  }

  /** Asterisk has just said what goes on. */
  begin(): void {
    this.end();
    this.#timer = setInterval(() => void this.#ask(SILENT_MS), EVERY_MS).unref();
  }

  end(): void {
    clearInterval(this.#timer);
    clearTimeout(this.#suspectTimer);
    this.#timer = undefined;
    this.#suspectTimer = undefined;
  }

  /** Something came that cannot be believed, or was lost: any call may have changed. */
  suspect(): void {
    if (this.#timer === undefined || this.#suspectTimer !== undefined) return;
    const sinceAsked = performance.now() - this.#askedAt;
    const inMs = Math.max(SUSPECT_AFTER_MS, SUSPECT_EVERY_MS - sinceAsked);
    this.#suspectTimer = setTimeout(() => this.#askOfSuspect(), inMs).unref();
  }

  /** What is being asked already may have been answered before that came: once more then. */
  #askOfSuspect(): void {
    this.#suspectTimer = undefined;
    if (this.#isAsking) {
      this.suspect();
      return;
    }
    this.#askedAt = performance.now();
    void this.#ask();
  }

  async #ask(silentMs?: number): Promise<void> {
    if (this.#isAsking) return;
    this.#isAsking = true;
    try {
      await this.#options.ask(silentMs);
    } catch (error) {
      this.#options.onError(error);
    } finally {
      this.#isAsking = false;
    }
  }
}
