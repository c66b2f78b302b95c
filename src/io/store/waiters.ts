// Who waits until there is something to take.

export class Waiters {
  readonly #waiting = new Set<() => void>();

  /** Resolves at the next `wake`; rejects with the signal's reason when that is aborted. */
  async wait(signal: AbortSignal): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const onAbort = () => reject(signal.reason);
    signal.addEventListener('abort', onAbort, { once: true });
    this.#waiting.add(resolve);
    try {
      await promise;
    } finally {
      this.#waiting.delete(resolve);
      signal.removeEventListener('abort', onAbort);
    }
  }

  wake(): void {
    for (const wake of this.#waiting) wake();
  }
}
