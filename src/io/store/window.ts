// What can be taken next, in order: the first of what waits, read ahead from the disk. Behind it, the rest lies there
// unread. While the disk fails it has no bound of its own, and whatever is done to one entry must take no longer then.

import { LinkedList } from './linked-list.ts';
import type { StoredEntry } from './row.ts';

const ROOM = { rows: 1_024, bytes: 2_097_152 };
/** From here on more is read, so much at a time. */
const LOW = 256;
const READ = { rows: 512, bytes: 1_048_576 };

export class Window {
  readonly #entries = new LinkedList<StoredEntry>();
  #length = 0;
  #bytes = 0;
  #readUpTo = 0;
  /** How many lie on the disk behind it. */
  unread = 0;

  get length(): number {
    return this.#length;
  }

  get first(): StoredEntry | undefined {
    return this.#entries.first;
  }

  get last(): StoredEntry | undefined {
    return this.#entries.last;
  }

  *[Symbol.iterator](): Generator<StoredEntry> {
    for (let entry = this.first; entry !== undefined; ) {
      const { next } = entry; // it may leave meanwhile
      yield entry;
      entry = next;
    }
  }

  /** What is to be read now, if anything is. */
  get nextRead(): (typeof READ & { readonly after: number }) | undefined {
    if (this.unread <= 0 || this.#length >= LOW) return undefined;
    return { after: this.#readUpTo, ...READ };
  }

  /** An entry that is on the disk: it comes in where there is room and nothing before it; else it is to be read from there. */
  place(entry: StoredEntry): void {
    const hasRoom = this.#length < ROOM.rows && this.#bytes < ROOM.bytes;
    if (this.unread === 0 && hasRoom) this.push(entry);
    else this.unread += 1;
  }

  push(entry: StoredEntry): void {
    this.#readUpTo = Math.max(this.#readUpTo, entry.seq);
    this.#entries.append(entry);
    this.#count(entry);
  }

  shift(): StoredEntry | undefined {
    const entry = this.first;
    if (entry !== undefined) this.remove(entry);
    return entry;
  }

  /** Before all others, in this order. */
  putBack(entries: readonly StoredEntry[]): void {
    for (const entry of entries.toReversed()) {
      this.#entries.prepend(entry);
      this.#count(entry);
    }
  }

  /** Nothing happens where it is not in here. */
  remove(entry: StoredEntry): void {
    if (!entry.isInWindow) return;
    this.#entries.remove(entry);
    entry.isInWindow = false;
    this.#length -= 1;
    this.#bytes -= entry.bytes;
  }

  /** Those that have these places in the order have left. Returns how many it were. */
  lose(seqs: ReadonlySet<number>): number {
    const before = this.#length;
    for (const entry of this) {
      if (!seqs.has(entry.seq)) continue;
      entry.hasLeft = true;
      this.remove(entry);
    }
    return before - this.#length;
  }

  #count(entry: StoredEntry): void {
    entry.isRead = true;
    entry.isInWindow = true;
    this.#length += 1;
    this.#bytes += entry.bytes;
  }
}
