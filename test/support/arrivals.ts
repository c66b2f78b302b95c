// What has come so far, and a way to wait for more without looking again and again.

export class Arrivals<T> {
  readonly all: T[] = [];
  readonly #waiting = new Set<() => void>();

  add(item: T): void {
    this.all.push(item);
    for (const look of this.#waiting) look();
  }

  /** Resolves when what has come is enough. */
  async until(isEnough: (all: readonly T[]) => boolean): Promise<void> {
    if (isEnough(this.all)) return;
    await new Promise<void>((resolve) => {
      const look = () => {
        if (!isEnough(this.all)) return;
        this.#waiting.delete(look);
        resolve();
      };
      this.#waiting.add(look);
    });
  }

  async untilOne(matches: (item: T) => boolean): Promise<void> {
    await this.until((all) => all.some(matches));
  }
}
