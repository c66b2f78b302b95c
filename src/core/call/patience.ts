// What is seen and not sure yet: a moment later Asterisk may say what it was for. Nothing here waits; time comes in with
// what happens, and where nothing does, from outside.

/** Seen: 0 to 2 ms from a thing to the word about it. */
const SURE_AFTER_MS = 250;

type Doubt = { readonly dueAt: number; readonly resolve: () => void };

export class Patience {
  /** In the order of their time. */
  readonly #doubts: Doubt[] = [];

  /** Epoch milliseconds of the PBX's clock at which `elapse` has something to do. */
  get nextAt(): number | undefined {
    return this.#doubts[0]?.dueAt;
  }

  /** When the oldest was seen of which is not sure what it was for. */
  get since(): number | undefined {
    return this.nextAt === undefined ? undefined : this.nextAt - SURE_AFTER_MS;
  }

  /** How much there is that is not sure yet. */
  get size(): number {
    return this.#doubts.length;
  }

  /** Calls back once it is sure what was seen at `at`; whether it still matters is for the callee to see. */
  wait(at: number, resolve: () => void): void {
    const dueAt = at + SURE_AFTER_MS;
    const before = this.#doubts.findLastIndex((doubt) => doubt.dueAt <= dueAt);
    this.#doubts.splice(before + 1, 0, { dueAt, resolve });
  }

  elapse(at: number): void {
    for (let first = this.#doubts[0]; first !== undefined; first = this.#doubts[0]) {
      if (first.dueAt > at) return;
      this.#doubts.shift();
      first.resolve();
    }
  }
}
