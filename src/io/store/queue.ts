// What waits in order, from which the first leaves in constant time on average: an array moves all its items for that,
// where it is large.

const WORTH_CUTTING = 1_024;

export class Queue<T> {
  #items: (T | undefined)[];
  #start = 0;

  constructor(items: readonly T[] = []) {
    this.#items = [...items];
  }

  get length(): number {
    return this.#items.length - this.#start;
  }

  /** From the front; a negative index is from the end. */
  at(index: number): T | undefined {
    if (index < 0) return index < -this.length ? undefined : this.#items.at(index);
    return this.#items[this.#start + index];
  }

  push(item: T): void {
    this.#items.push(item);
  }

  shift(): T | undefined {
    const item = this.#items[this.#start];
    if (this.length === 0) return undefined;
    this.#items[this.#start] = undefined;
    this.#start += 1;
    if (this.#start > WORTH_CUTTING && this.#start * 2 > this.#items.length) this.#cut();
    return item;
  }

  toArray(): readonly T[] {
    return this.#items.slice(this.#start) as T[]; // what is taken out is before the start
  }

  #cut(): void {
    this.#items = this.#items.slice(this.#start);
    this.#start = 0;
  }
}
