// What was appended and is not on the disk yet, in order. It is in memory only, and has a bound there.

import type { StoredEntry } from './row.ts';
import { chooseVictims } from './victims.ts';

/** More than this takes too long to be handed to the other thread at once. */
const AT_ONCE = { events: 1_000, bytes: 4_194_304 };
/** At the bound, so much of it is kept: room for a while. */
const KEPT = 0.98;

export class Tail {
  readonly #entries = new Set<StoredEntry>();
  #bytes = 0;

  get size(): number {
    return this.#entries.size;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** Those that will not outlive the process as it stands. */
  get staying(): number {
    let staying = 0;
    for (const { hasLeft } of this.#entries) if (!hasLeft) staying += 1;
    return staying;
  }

  [Symbol.iterator](): Iterator<StoredEntry> {
    return this.#entries.values();
  }

  has(entry: StoredEntry): boolean {
    return this.#entries.has(entry);
  }

  add(entry: StoredEntry): void {
    this.#entries.add(entry);
    this.#bytes += entry.bytes;
  }

  delete(entry: StoredEntry): void {
    if (this.#entries.delete(entry)) this.#bytes -= entry.bytes;
  }

  /** An entry of it has become so much larger. */
  grow(bytes: number): void {
    this.#bytes += bytes;
  }

  /** All that is to be written, where the disk has nothing any more. */
  replace(entries: Iterable<StoredEntry>): void {
    this.#entries.clear();
    this.#bytes = 0;
    for (const entry of entries) if (!entry.hasLeft) this.add(entry);
  }

  /** For one transaction. */
  next(): readonly StoredEntry[] {
    const entries: StoredEntry[] = [];
    let bytes = 0;
    for (const entry of this.#entries) {
      if (entry.hasLeft) this.delete(entry);
      else entries.push(entry);
      bytes += entry.bytes;
      if (entries.length >= AT_ONCE.events || bytes >= AT_ONCE.bytes) break;
    }
    return entries;
  }

  /** What must go, as it is larger than allowed. */
  surplus(maxBytes: number, isFree: (entry: StoredEntry) => boolean): readonly StoredEntry[] {
    return chooseVictims(this.#entries, { isFree, bytes: this.#bytes - KEPT * maxBytes });
  }
}
