// What can be taken next, in order: the first of what waits, read ahead from the disk. Behind it, the rest lies there
// unread.

import { Queue } from './queue.ts';
import type { StoredEntry } from './row.ts';

const ROOM = { rows: 1_024, bytes: 2_097_152 };
/** From here on more is read, so much at a time. */
const LOW = 256;
const READ = { rows: 512, bytes: 1_048_576 };

export class Window {
  #entries = new Queue<StoredEntry>();
  #bytes = 0;
  #readUpTo = 0;
  /** How many lie on the disk behind it. */
  unread = 0;

  get length(): number {
    return this.#entries.length;
  }

  /** From the front; a negative index is from the end. */
  at(index: number): StoredEntry | undefined {
    return this.#entries.at(index);
  }

  /** What is to be read now, if anything is. */
  get nextRead(): (typeof READ & { readonly after: number }) | undefined {
    if (this.unread === 0 || this.length >= LOW) return undefined;
    return { after: this.#readUpTo, ...READ };
  }

  /** An entry that is on the disk: it comes in where there is room and nothing before it; else it is to be read from there. */
  place(entry: StoredEntry): void {
    const hasRoom = this.length < ROOM.rows && this.#bytes < ROOM.bytes;
    if (this.unread === 0 && hasRoom) this.push(entry);
    else this.unread += 1;
  }

  push(entry: StoredEntry): void {
    entry.isRead = true;
    this.#readUpTo = Math.max(this.#readUpTo, entry.seq);
    this.#entries.push(entry);
    this.#bytes += entry.bytes;
  }

  shift(): StoredEntry | undefined {
    const entry = this.#entries.shift();
    if (entry !== undefined) this.#bytes -= entry.bytes;
    return entry;
  }

  /** Before all others, in this order. */
  putBack(entries: readonly StoredEntry[]): void {
    for (const entry of entries) this.#bytes += entry.bytes;
    this.#entries = new Queue([...entries, ...this.toArray()]);
  }

  /** These have left, and so has what is marked so. Returns how many it were. */
  remove(seqs: ReadonlySet<number>): number {
    if (seqs.size === 0) return 0;
    const before = this.length;
    const staying: StoredEntry[] = [];
    for (const entry of this.toArray()) {
      entry.hasLeft ||= seqs.has(entry.seq);
      if (entry.hasLeft) this.#bytes -= entry.bytes;
      else staying.push(entry);
    }
    this.#entries = new Queue(staying);
    return before - staying.length;
  }

  toArray(): readonly StoredEntry[] {
    return this.#entries.toArray();
  }
}
