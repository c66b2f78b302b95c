// What is left to chance in a history, and things that are said in any order but for what must come first.

/** Of the seed 0 comes nothing but zeros: the usual, to which a failing case shrinks. */
export class Chance {
  readonly #isUsual: boolean;
  #state: number;

  constructor(seed: number) {
    this.#isUsual = seed === 0;
    this.#state = Math.imul(seed, 0x9e3779b1) | 1;
  }

  /** A whole number from 0 to `limit` - 1. */
  below(limit: number): number {
    if (this.#isUsual) return 0;
    this.#state ^= this.#state << 13; // xorshift32 (Marsaglia)
    this.#state ^= this.#state >>> 17;
    this.#state ^= this.#state << 5;
    return (this.#state >>> 0) % limit;
  }

  /** Mostly not. */
  rarely(): boolean {
    return this.below(4) === 3;
  }
}

/** `word` is absent where it was left unsaid: what comes after it keeps its place all the same. */
export type Said<T> = { readonly word: T | undefined; readonly after: readonly Said<T>[] };

export class PartialOrder<T> {
  #said: Said<T>[] = [];

  /** Only after all of these; between it and the rest either may be first. */
  say(word: T | undefined, after: readonly Said<T>[]): Said<T> {
    const said = { word, after };
    this.#said.push(said);
    return said;
  }

  /** All that was said since the last time, in one of its orders: without chance the one in which it was said. */
  take(chance: Chance): readonly T[] {
    const waiting = this.#said;
    this.#said = [];
    const left = new Set(waiting);
    const inOrder: T[] = [];
    while (left.size > 0) {
      const ready = [...left].filter(({ after }) => !after.some((first) => left.has(first)));
      const next = ready[chance.below(ready.length)];
      if (next === undefined) throw new Error('something is to come after itself');
      left.delete(next);
      if (next.word !== undefined) inOrder.push(next.word);
    }
    return inOrder;
  }
}
