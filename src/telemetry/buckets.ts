// One series of a histogram: how many values fell below each bound. Observing a value costs a few comparisons and
// allocates nothing, since it happens for every message; prom-client is given the counts on scrape.

export class Buckets {
  readonly #bounds: readonly number[];
  /** One for each bound, and the last one for what is above all of them. Not cumulative. */
  readonly #counts: number[];
  #sum = 0;

  /** `bounds`: ascending. */
  constructor(bounds: readonly number[]) {
    this.#bounds = bounds;
    this.#counts = new Array(bounds.length + 1).fill(0);
  }

  observe(value: number): void {
    let index = 0;
    while (value > (this.#bounds[index] ?? Infinity)) index += 1;
    this.#counts[index] = (this.#counts[index] ?? 0) + 1;
    this.#sum += value;
  }

  get sum(): number {
    return this.#sum;
  }

  /** How many values were at most as large as each bound; the last one counts all. */
  cumulative(): readonly (readonly [bound: number, count: number])[] {
    let total = 0;
    return this.#counts.map((count, index) => {
      total += count;
      return [this.#bounds[index] ?? Infinity, total];
    });
  }
}
