// What open calls have become since it was last committed: of each only the last.

import type { CallChanges } from '../../ports.ts';

type Changes = {
  readonly saved: readonly (readonly [id: string, state: string])[];
  readonly removed: readonly string[];
};

export class UncommittedCalls {
  readonly #saved = new Map<string, string>();
  readonly #removed = new Set<string>();

  add({ saved, removed }: CallChanges): void {
    for (const [id, state] of saved) {
      this.#saved.set(id, state);
      this.#removed.delete(id);
    }
    for (const id of removed) {
      this.#saved.delete(id);
      this.#removed.add(id);
    }
  }

  get changes(): Changes {
    return { saved: [...this.#saved], removed: [...this.#removed] };
  }

  /** These are on the disk; what came meanwhile stays. */
  committed({ saved, removed }: Changes): void {
    for (const [id, state] of saved) if (this.#saved.get(id) === state) this.#saved.delete(id);
    for (const id of removed) this.#removed.delete(id);
  }
}
