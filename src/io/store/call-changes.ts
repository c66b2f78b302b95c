// What open calls have become since it was last committed: of each only the last. A call that was never on the disk need
// not be removed from it: while the disk fails, those that come and go leave nothing behind.

import type { CallChanges } from '../../ports.ts';

/** On the disk, a call has a number, which no other call gets. */
type Changes = {
  readonly saved: readonly (readonly [number: number, id: string, state: string])[];
  readonly removed: readonly number[];
};

export class UncommittedCalls {
  readonly #saved = new Map<string, string>();
  /** Ids by number. */
  readonly #removed = new Map<number, string>();
  /** Of calls that are on the disk, or may be, by id. */
  readonly #numbers = new Map<string, number>();
  /** Of these, the ids of those that are on their way there for the first time. */
  #onTheWay: readonly string[] = [];
  #lastNumber = 0;

  /** These are on the disk from the start. */
  found(calls: readonly { readonly number: number; readonly id: string }[]): void {
    for (const { number, id } of calls) {
      this.#numbers.set(id, number);
      this.#lastNumber = Math.max(this.#lastNumber, number);
    }
  }

  add({ saved, removed }: CallChanges): void {
    for (const [id, state] of saved) {
      this.#saved.set(id, state);
      const number = this.#numbers.get(id);
      if (number !== undefined) this.#removed.delete(number);
    }
    for (const id of removed) {
      this.#saved.delete(id);
      const number = this.#numbers.get(id);
      if (number !== undefined) this.#removed.set(number, id);
    }
  }

  /** For one transaction; to be followed by `committed`, `failed` or `doubt`, unless there are none. */
  hand(): Changes {
    this.#onTheWay = [...this.#saved.keys()].filter((id) => !this.#numbers.has(id));
    const saved = Array.from(
      this.#saved,
      ([id, state]) => [this.#numberOf(id), id, state] as const,
    );
    return { saved, removed: [...this.#removed.keys()] };
  }

  #numberOf(id: string): number {
    const known = this.#numbers.get(id);
    if (known !== undefined) return known;
    this.#lastNumber += 1;
    this.#numbers.set(id, this.#lastNumber);
    return this.#lastNumber;
  }

  /** These are on the disk; what came meanwhile stays. */
  committed({ saved, removed }: Changes): void {
    this.#onTheWay = [];
    for (const [, id, state] of saved) if (this.#saved.get(id) === state) this.#saved.delete(id);
    for (const number of removed) {
      const id = this.#removed.get(number);
      if (id === undefined) continue;
      this.#removed.delete(number);
      this.#numbers.delete(id);
    }
  }

  /** It is on the disk, or not: their numbers stay theirs. */
  doubt(): void {
    this.#onTheWay = [];
  }

  /** Nothing of it is on the disk. */
  failed(): void {
    for (const id of this.#onTheWay) {
      this.#removed.delete(this.#numberOf(id));
      this.#numbers.delete(id);
    }
    this.#onTheWay = [];
  }

  /** The file is another one, and empty. */
  beginAnew(): void {
    this.#numbers.clear();
    this.#removed.clear();
    this.#onTheWay = [];
  }
}
