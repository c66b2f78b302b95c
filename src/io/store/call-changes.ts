// What open calls have become since it was last committed: of each only the last. A call that was never on the disk need
// not be removed from it: while the disk fails, those that come and go leave nothing behind.

import type { CallChanges } from '../../ports.ts';

type Changes = {
  readonly saved: readonly (readonly [id: string, state: string])[];
  readonly removed: readonly string[];
};

export class UncommittedCalls {
  readonly #saved = new Map<string, string>();
  readonly #removed = new Set<string>();
  /** Ids of calls that are on the disk, or may be. */
  readonly #onDisk = new Set<string>();
  /** Of these, the ones that are on their way there for the first time. */
  #onTheWay: readonly string[] = [];

  /** These are on the disk from the start. */
  found(ids: readonly string[]): void {
    for (const id of ids) this.#onDisk.add(id);
  }

  add({ saved, removed }: CallChanges): void {
    for (const [id, state] of saved) {
      this.#saved.set(id, state);
      this.#removed.delete(id);
    }
    for (const id of removed) {
      this.#saved.delete(id);
      if (this.#onDisk.has(id)) this.#removed.add(id);
    }
  }

  /** For one transaction; to be followed by `committed` or `failed`, unless there are none. */
  hand(): Changes {
    this.#onTheWay = [...this.#saved.keys()].filter((id) => !this.#onDisk.has(id));
    this.found(this.#onTheWay);
    return { saved: [...this.#saved], removed: [...this.#removed] };
  }

  /** These are on the disk; what came meanwhile stays. */
  committed({ saved, removed }: Changes): void {
    this.#onTheWay = [];
    for (const [id, state] of saved) if (this.#saved.get(id) === state) this.#saved.delete(id);
    for (const id of removed) {
      this.#removed.delete(id);
      this.#onDisk.delete(id);
    }
  }

  /** Nothing of it is on the disk. */
  failed(): void {
    for (const id of this.#onTheWay) {
      this.#onDisk.delete(id);
      this.#removed.delete(id);
    }
    this.#onTheWay = [];
  }

  /** The file is another one, and empty. */
  beginAnew(): void {
    this.#onDisk.clear();
    this.#removed.clear();
    this.#onTheWay = [];
  }
}
