// The outbox in memory. Bounded by count, bytes and age. What does not fit any more goes in this order: events of
// finished calls, the call that ended first before the others; then the oldest; never what is on its way to the broker.
// Every step takes constant time on average, also with a million entries.

import type { ShedReason } from '../../core/event/bridge-event.ts';
import type { Publication } from '../../core/event/publication.ts';
import type { Outbox, OutboxEntry } from '../../ports.ts';
import { Entry } from './entry.ts';
import { FinishedCalls } from './finished-calls.ts';
import { LinkedList } from './linked-list.ts';
import { type OnShed, ShedCounts, type ShedSummary } from './shed-counts.ts';
import { Waiters } from './waiters.ts';

export type OutboxLimits = {
  readonly maxEvents: number;
  /** Of topics and payloads together, as UTF-8. */
  readonly maxBytes: number;
  /** Since it was appended. */
  readonly maxAgeMs: number;
};

export type MemoryOutboxOptions = OutboxLimits & {
  /** Milliseconds since any moment; a clock that is never set is the better one. */
  readonly now?: () => number;
  /** Told at most once a second for each reason. */
  readonly onShed: OnShed;
  /**
   * Makes the message that tells subscribers what was shed. One at most waits in the outbox at a time, and what is shed
   * meanwhile is added to it: so it is made for good when it is taken. Where that one is refused, none is made for it.
   */
  readonly toShedReport?: (summary: ShedSummary) => Publication;
};

export class MemoryOutbox implements Outbox {
  readonly #options: MemoryOutboxOptions;
  readonly #now: () => number;
  readonly #entries = new LinkedList<Entry>();
  readonly #finished = new FinishedCalls();
  readonly #counts: ShedCounts;
  readonly #waiters = new Waiters();
  /** The oldest entry that is not handed out; all before it are. */
  #cursor: Entry | undefined;
  /** The report of what was shed, until it is handed out. */
  #report: Entry | undefined;
  #pending = { events: 0, bytes: 0 };
  #totals = { appended: 0, restored: 0, settled: 0, shed: 0, refused: 0 };

  constructor(options: MemoryOutboxOptions) {
    this.#options = options;
    this.#now = options.now ?? (() => performance.now());
    this.#counts = new ShedCounts(options.onShed);
  }

  append(publications: readonly Publication[]): void {
    for (const publication of publications) this.#add(new Entry(publication, this.#now()));
    this.#shedOld();
    this.#shedSurplus();
    this.#wake();
  }

  take(): OutboxEntry | undefined {
    this.#shedOld();
    const entry = this.#cursor;
    if (entry === undefined) return undefined;
    this.#cursor = entry.next;
    this.#finished.remove(entry);
    entry.isHandedOut = true;
    if (entry === this.#report) this.#finishReport(entry);
    return entry;
  }

  settle(entry: OutboxEntry): void {
    if (this.#remove(entry)) this.#totals.settled += 1;
  }

  refuse(entry: OutboxEntry): void {
    if (!this.#remove(entry)) return;
    this.#totals.refused += 1;
    this.#counts.count('refused', entry.publication);
    if (entry.told === undefined) this.#ensureReport();
    this.#shedSurplus();
    this.#wake();
  }

  rewind(): void {
    const handedOut = [];
    for (let entry = this.#entries.first; entry !== this.#cursor; entry = entry?.next) {
      if (entry === undefined) break;
      entry.isHandedOut = false;
      handedOut.push(entry);
    }
    this.#finished.takeBack(handedOut);
    this.#cursor = this.#entries.first;
    this.#shedSurplus();
    this.#wake();
  }

  async ready(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    if (this.#cursor !== undefined) return;
    await this.#waiters.wait(signal);
  }

  /** Nothing more will be shed: the operator is told now what was. */
  close(): void {
    this.#counts.tell();
  }

  /** How many outlive the process. */
  get kept(): number {
    return 0;
  }

  /** There is none. */
  get isDiskFailing(): boolean {
    return false;
  }

  get pending(): Outbox['pending'] {
    const oldest = this.#entries.first;
    return { ...this.#pending, ...(oldest && { oldestAt: oldest.publication.at }) };
  }

  get totals(): Outbox['totals'] {
    return { ...this.#totals };
  }

  #add(entry: Entry): void {
    this.#entries.append(entry);
    this.#cursor ??= entry;
    this.#finished.add(entry);
    this.#totals.appended += 1;
    this.#pending.events += 1;
    this.#pending.bytes += entry.bytes;
  }

  /** False where it has left already. */
  #remove(entry: OutboxEntry): entry is Entry {
    if (!(entry instanceof Entry) || entry.hasLeft) return false;
    if (entry === this.#cursor) this.#cursor = entry.next;
    this.#entries.remove(entry);
    this.#finished.remove(entry);
    entry.hasLeft = true;
    this.#pending.events -= 1;
    this.#pending.bytes -= entry.bytes;
    return true;
  }

  #shedOld(): void {
    const allowedFrom = this.#now() - this.#options.maxAgeMs;
    for (let entry = this.#oldest(); entry !== undefined; entry = this.#oldest()) {
      if (entry.appendedAt >= allowedFrom) return;
      this.#shed(entry, 'max_age');
    }
  }

  #shedSurplus(): void {
    for (let reason = this.#surplus(); reason !== undefined; reason = this.#surplus()) {
      const oldest = this.#oldest();
      const entries = this.#finished.oldest() ?? (oldest && [oldest]);
      if (entries === undefined) return; // all that is left is on its way
      for (const entry of entries) this.#shed(entry, reason);
    }
  }

  #surplus(): ShedReason | undefined {
    if (this.#pending.events > this.#options.maxEvents) return 'max_events';
    return this.#pending.bytes > this.#options.maxBytes ? 'max_bytes' : undefined;
  }

  /** The oldest that can be shed. */
  #oldest(): Entry | undefined {
    return this.#cursor === this.#report ? this.#cursor?.next : this.#cursor;
  }

  #shed(entry: Entry, reason: ShedReason): void {
    this.#remove(entry);
    this.#totals.shed += 1;
    this.#counts.count(reason, entry.publication);
    if (entry.told !== undefined) this.#counts.add(entry.told);
    this.#ensureReport();
  }

  #ensureReport(): void {
    const { toShedReport } = this.#options;
    if (toShedReport === undefined) return;
    const publication = toShedReport(this.#counts.summary);
    if (this.#report === undefined) {
      this.#report = new Entry(publication, this.#now()).asReport();
      this.#add(this.#report);
    } else this.#report.preview(publication);
  }

  /** From here on it is a message like any other. */
  #finishReport(entry: Entry): void {
    this.#report = undefined;
    const told = this.#counts.takeSummary();
    const publication = this.#options.toShedReport?.(told) ?? entry.publication;
    this.#pending.bytes += entry.finish(publication, told);
  }

  #wake(): void {
    if (this.#cursor !== undefined) this.#waiters.wake();
  }
}
