// The outbox on disk. It behaves as the one in memory, but for this: what is appended can be taken only when it is
// committed, and what waits lies on the disk, of which a window is read ahead. SQLite is given one transaction at a time, in
// this thread or another; while the disk fails, everything goes on in memory and is committed when it works again: what
// is tried then, and when, is in disk-outage.ts.

import { setImmediate as turn } from 'node:timers/promises';
import type { Publication } from '../../core/event/publication.ts';
import { ConnectorError } from '../../errors.ts';
import type { CallChanges, Outbox, OutboxEntry } from '../../ports.ts';
import { UncommittedCalls } from './call-changes.ts';
import type { HowToOpen, SetAside } from './database.ts';
import { type Done, isWriting, type Row, type Shed, type ShedWork, type Work } from './disk.ts';
import { DiskGone, type DiskLink } from './disk-link.ts';
import { DiskOutage } from './disk-outage.ts';
import type { MemoryOutboxOptions } from './memory-outbox.ts';
import { StoredEntry } from './row.ts';
import { ShedCounts, type ShedSummary } from './shed-counts.ts';
import { Tail } from './tail.ts';
import { Waiters } from './waiters.ts';
import { Window } from './window.ts';

export type DurableOutboxOptions = MemoryOutboxOptions & {
  /** Milliseconds since any moment that stays the same when the process is started anew. */
  readonly now?: () => number;
  /** What may wait in memory for a disk that fails or stalls; beyond it is shed. */
  readonly maxMemoryBytes: number;
  /** How long after a failure it is tried again. */
  readonly retryMs?: number;
  readonly openDisk: (how: HowToOpen) => Promise<DiskLink>;
  /** The first time, where that is done in another way. */
  readonly beginDisk?: () => Promise<DiskLink>;
  /** The disk does not take what it is given, or hangs; told once, until it does again. */
  readonly onFailed: (error: ConnectorError) => void;
  readonly onRecovered: () => void;
  /** The file was damaged, and is now under another name; with it, what was saved of open calls. */
  readonly onSetAside: (file: SetAside) => void;
};

export type OpenCall = { readonly id: string; readonly state: string };

/** So long the acknowledged are gathered: where each commit lets go of some, it takes 30 µs in place of 16. */
const SETTLE_MS = 50;
const RETRY_MS = 1_000;
const CLOSE_MS = 1_000;
/** So many are read in 0.1 ms when something is to be shed: the disk needs no index of them. */
const FEW = 256;
/** Of a thousand events each: a backlog must not hold up what Asterisk says. */
const JOBS_A_TURN = 3;
/** A disk that takes longer than that for one transaction hangs. */
const STALL_MS = 10_000;

type Job = {
  readonly entries: readonly StoredEntry[];
  readonly rewritten: readonly StoredEntry[];
  readonly newReport: StoredEntry | undefined;
  readonly work: Work;
  /** While the disk does not take anything. */
  readonly onlyReads: boolean;
};

export class DurableOutbox implements Outbox {
  readonly #options: DurableOutboxOptions;
  readonly #now: () => number;
  readonly #counts: ShedCounts;
  readonly #waiters = new Waiters();
  #disk: DiskLink | undefined;
  #openCalls: readonly OpenCall[] = [];
  /** Appended and not on the disk yet, in order. */
  readonly #tail = new Tail();
  /** Reports that say something else than on the disk. */
  #rewritten = new Set<StoredEntry>();
  readonly #calls = new UncommittedCalls();
  readonly #window = new Window();
  readonly #out = new Set<StoredEntry>();
  #lastOut = 0;
  /** Have left, and are still on the disk; the next transaction lets go of them where that is due. */
  readonly #gone: number[] = [];
  #goneDue = false;
  #lastSeq = 0;
  /** Up to here it is from an earlier process, of which the clock is not ours. */
  #restoredUpTo = 0;
  #report: StoredEntry | undefined;
  #oldestAt: number | undefined;
  #pending = { events: 0, bytes: 0 };
  #totals = { appended: 0, restored: 0, settled: 0, shed: 0, refused: 0 };
  /** Which limits are to be looked at with the next transaction. */
  #check = { surplus: false, age: false };
  #job: Job | undefined;
  #working: Promise<void> | undefined;
  readonly #outage: DiskOutage;
  #isStalled = false;
  /** When what has changed is committed: first, all that changes until then does. */
  #due: 'never' | 'at-once' | 'next-turn' = 'never';
  #settleTimer: NodeJS.Timeout | undefined;
  #stallTimer: NodeJS.Timeout | undefined;

  constructor(options: DurableOutboxOptions) {
    this.#options = options;
    this.#now = options.now ?? (() => performance.timeOrigin + performance.now());
    this.#counts = new ShedCounts(options.onShed);
    const { retryMs = RETRY_MS } = options;
    this.#outage = new DiskOutage({ retryMs, onRetry: () => this.#retry() });
  }

  /**
   * To be called once, before anything else.
   * @throws ConnectorError DATA_DIR_IN_USE, OUTBOX_TOO_NEW, OUTBOX_UNOPENABLE
   */
  async open(): Promise<void> {
    const { openDisk, beginDisk = () => openDisk('as-it-is') } = this.#options;
    this.#disk = await beginDisk();
    const { events, bytes, lastSeq, openCalls, setAside } = this.#disk.found;
    this.#calls.found(openCalls);
    this.#openCalls = openCalls.splice(0).map(({ id, state }) => ({ id, state }));
    this.#pending = { events, bytes };
    this.#totals.restored = events;
    this.#window.unread = events;
    this.#lastSeq = lastSeq;
    this.#restoredUpTo = lastSeq;
    if (setAside !== undefined) this.#options.onSetAside(setAside);
    this.#pump();
    await this.#working;
  }

  /** The calls that were open when the process before ended; of them nothing is kept here. */
  takeOpenCalls(): readonly OpenCall[] {
    const openCalls = this.#openCalls;
    this.#openCalls = [];
    return openCalls;
  }

  append(publications: readonly Publication[], calls?: CallChanges): void {
    for (const publication of publications) this.#add(new StoredEntry(publication, this.#now()));
    if (calls !== undefined) this.#calls.add(calls);
    this.#check = { surplus: true, age: true };
    this.#boundMemory();
    this.#afterThis();
  }

  take(): OutboxEntry | undefined {
    if (this.#isTooOld()) this.#shedOld();
    const entry = this.#canTake() ? this.#window.shift() : undefined;
    if (entry === undefined) return undefined;
    this.#out.add(entry);
    this.#lastOut = entry.seq;
    this.#finishReport(entry);
    if (this.#window.nextRead !== undefined) this.#pump();
    return entry;
  }

  settle(entry: OutboxEntry): void {
    if (this.#remove(entry)) this.#totals.settled += 1;
  }

  refuse(entry: OutboxEntry): void {
    if (!this.#remove(entry)) return;
    this.#totals.refused += 1;
    this.#counts.count('refused', entry.publication);
    if (entry.told === undefined) this.#tellShed();
    this.#check.surplus = true;
    this.#afterThisTurn();
  }

  rewind(): void {
    this.#window.putBack([...this.#out]);
    this.#out.clear();
    this.#check.surplus = true;
    this.#afterThisTurn();
    this.#wake();
  }

  async ready(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    if (this.#canTake()) return;
    await this.#waiters.wait(signal);
  }

  /** Resolves when the disk has all that happened until now, or does not take it. */
  async flush(): Promise<void> {
    for (;;) {
      this.#goneDue = true;
      this.#commitAll();
      if (this.#working === undefined) return;
      await this.#working;
    }
  }

  /** What the disk does not take within a second is lost with the process. */
  async close(): Promise<void> {
    const deadline = Promise.withResolvers<void>();
    const timer = setTimeout(deadline.resolve, CLOSE_MS);
    this.#outage.allowAll();
    await Promise.race([this.flush(), deadline.promise]);
    clearTimeout(timer);
    clearTimeout(this.#settleTimer);
    clearTimeout(this.#stallTimer);
    this.#outage.stop();
    this.#due = 'never';
    this.#counts.tell();
    await this.#disk?.close();
    this.#disk = undefined;
  }

  /** How many outlive the process. */
  get kept(): number {
    return this.#pending.events - this.#tail.staying;
  }

  /** The disk does not take what it is given: all that is new is in memory only. */
  get isDiskFailing(): boolean {
    return this.#outage.isOn || this.#isStalled;
  }

  get pending(): Outbox['pending'] {
    const { events, bytes } = this.#pending;
    this.#oldestAt = this.#first()?.publication.at ?? (events > 0 ? this.#oldestAt : undefined);
    return { events, bytes, ...(this.#oldestAt !== undefined && { oldestAt: this.#oldestAt }) };
  }

  get totals(): Outbox['totals'] {
    return { ...this.#totals };
  }

  #first(): StoredEntry | undefined {
    const [out] = this.#out;
    const [tail] = this.#tail;
    return out ?? this.#window.first ?? (this.#window.unread === 0 ? tail : undefined);
  }

  #add(entry: StoredEntry): void {
    this.#tail.add(entry);
    this.#countIn(entry);
  }

  #countIn(entry: StoredEntry): void {
    this.#totals.appended += 1;
    this.#pending.events += 1;
    this.#pending.bytes += entry.bytes;
    if (entry.isRead) return;
    if (this.#outage.isOn && this.#window.unread === 0) this.#openEntry(entry);
  }

  /** False where it has left already. */
  #remove(entry: OutboxEntry): entry is StoredEntry {
    if (!(entry instanceof StoredEntry) || entry.hasLeft) return false;
    if (!this.#out.delete(entry)) this.#window.remove(entry);
    this.#leave(entry);
    if (!this.#leaveTail(entry)) this.#gone.push(entry.seq);
    this.#settleTimer ??= setTimeout(() => this.#settleNow(), SETTLE_MS);
    return true;
  }

  #leave(entry: StoredEntry): void {
    entry.hasLeft = true;
    this.#pending.events -= 1;
    this.#pending.bytes -= entry.bytes;
  }

  /** Whether it will never be on the disk, or is taken from there when it is. */
  #leaveTail(entry: StoredEntry): boolean {
    if (!this.#tail.has(entry)) return false;
    if (this.#job?.entries.includes(entry) === true) return true;
    this.#tail.delete(entry);
    if (entry.mayBeOnDisk) this.#letGo(entry.seq);
    return true;
  }

  #letGo(seq: number): void {
    this.#gone.push(seq);
    this.#goneDue = true;
  }

  #settleNow(): void {
    this.#settleTimer = undefined;
    this.#goneDue = true;
    this.#pump();
  }

  #canTake(): boolean {
    if (this.#job?.work.shed !== undefined || this.#window.length === 0) return false;
    return !(this.#check.age && this.#isTooOld());
  }

  /** While the disk fails, nothing can be taken from it for its age. */
  #isTooOld(): boolean {
    const head = this.#firstToShed;
    if (head === undefined || this.#outage.isOn) return false;
    return head.appendedAt < this.#now() - this.#options.maxAgeMs;
  }

  /** Of what is in the window: the report of what was shed is not shed itself. */
  get #firstToShed(): StoredEntry | undefined {
    const { first } = this.#window;
    return first !== undefined && first === this.#report ? first.next : first;
  }

  #shedOld(): void {
    this.#check.age = true;
    this.#pump();
  }

  /** From here on it is a message like any other. */
  #finishReport(entry: StoredEntry): void {
    const { toShedReport } = this.#options;
    const isOurs = entry === this.#report;
    const told = isOurs ? this.#counts.takeSummary() : entry.restored;
    if (told === undefined || toShedReport === undefined) return;
    if (isOurs) this.#report = undefined;
    entry.restored = undefined;
    const bytes = entry.finish(toShedReport(told), told);
    this.#pending.bytes += bytes;
    if (this.#tail.has(entry)) this.#tail.grow(bytes);
    this.#rewritten.add(entry);
    this.#afterThisTurn();
  }

  #tellShed(): void {
    const { toShedReport } = this.#options;
    if (toShedReport === undefined) return;
    const report = this.#report ?? this.#createReport(toShedReport(this.#counts.summary));
    report.preview(toShedReport(this.#counts.summary));
    this.#rewritten.add(report);
  }

  #createReport(publication: Publication): StoredEntry {
    const report = this.#prepareReport(publication);
    this.#countIn(report);
    return report;
  }

  /** It does not count until there is something to report. */
  #prepareReport(publication: Publication): StoredEntry {
    const report = new StoredEntry(publication, this.#now()).asReport();
    this.#report = report;
    this.#tail.add(report);
    return report;
  }

  /** Where something was shed, or refused meanwhile, it counts; else it never was. */
  #concludeReport(report: StoredEntry, shed: number): void {
    if (shed + this.#counts.summary.events > 0) {
      this.#countIn(report);
      return;
    }
    report.hasLeft = true;
    this.#report = undefined;
    this.#tail.delete(report);
    this.#window.remove(report);
  }

  // ---- the disk ----

  /** What was appended. A microtask: with `setImmediate`, what is told of a call comes 0.06 ms later, of 0.3, at 300 calls a second. */
  #afterThis(): void {
    if (this.#due === 'at-once') return;
    this.#due = 'at-once';
    queueMicrotask(() => {
      if (this.#due === 'at-once') this.#commitAll();
    });
  }

  /** What delivery changes: it takes again what was committed, and would not come to an end within a turn. */
  #afterThisTurn(): void {
    if (this.#due !== 'never') return;
    this.#due = 'next-turn';
    setImmediate(() => {
      if (this.#due === 'next-turn') this.#commitAll();
    });
  }

  #commitAll(): void {
    this.#due = 'never';
    this.#pump();
    this.#wake();
  }

  #wake(): void {
    if (this.#canTake()) this.#waiters.wake();
  }

  #pump(): void {
    if (this.#working !== undefined || this.#disk === undefined) return;
    const job = this.#beginJob();
    if (job !== undefined) this.#working = this.#work(this.#disk, job);
  }

  /** What one callback of the event loop appends is committed together. */
  #beginJob(): Job | undefined {
    if (this.#due !== 'never' || this.#disk === undefined) return undefined;
    this.#job = this.#outage.mayWrite ? this.#nextJob() : this.#readingJob();
    return this.#job;
  }

  /** One job after another. Where the disk is in this thread, nothing else goes on while one is done. */
  async #work(disk: DiskLink, first: Job): Promise<void> {
    let inTurn = 0;
    for (let job: Job | undefined = first; job !== undefined; job = this.#beginJob()) {
      if (inTurn === JOBS_A_TURN) {
        await turn();
        inTurn = 0;
      }
      if (this.#disk !== disk) break; // closed meanwhile
      await this.#run(disk, job);
      this.#wake();
      inTurn += 1;
    }
    this.#working = undefined;
  }

  async #run(disk: DiskLink, job: Job): Promise<void> {
    this.#watchForStall();
    try {
      const done = await disk.run(job.work);
      this.#job = undefined;
      this.#onDone(job, done);
    } catch (error) {
      this.#job = undefined;
      this.#onFailed(job, error);
    }
    this.#endStall();
  }

  #nextJob(): Job | undefined {
    const entries = this.#tail.next();
    const { newReport, shed } = this.#nextShed(entries);
    const added = newReport === undefined ? entries : [...entries, newReport];
    const letsGo = this.#goneDue || shed !== undefined; // what has left is not shed
    this.#goneDue = false;
    for (const entry of added) entry.seq ||= ++this.#lastSeq;
    const rewritten = [...this.#rewritten].filter((entry) => !this.#tail.has(entry));
    const isLast = added.length === this.#tail.size;
    const work: Work = {
      events: [...added, ...rewritten.filter(({ hasLeft }) => !hasLeft)].map((e) => this.#toRow(e)),
      isLong: this.#pending.events > FEW,
      gone: letsGo ? [...this.#gone] : [],
      ...(isLast ? this.#calls.hand() : NO_CALLS),
      shed: shed?.(),
      read: this.#window.nextRead,
    };
    if (!isWriting(work) && work.read === undefined) return undefined;
    this.#rewritten.clear();
    return { entries: added, rewritten, newReport, work, onlyReads: false };
  }

  #readingJob(): Job | undefined {
    const read = this.#outage.mayRead ? this.#window.nextRead : undefined;
    if (read === undefined) return undefined;
    const work = { events: [], gone: [], ...NO_CALLS, read };
    return { entries: [], rewritten: [], newReport: undefined, work, onlyReads: true };
  }

  /** The work is made late: the report gets its place in between. */
  #nextShed(entries: readonly StoredEntry[]) {
    const limits = this.#nextLimits();
    const { surplus, allowedFrom } = limits;
    const head = this.#head(entries);
    const isTooMuch = surplus.events > 0 || surplus.bytes > 0;
    const isOld = head !== undefined && head.appendedAt < allowedFrom;
    const canShed = head !== undefined || this.#window.unread > 0; // or all of it is on its way
    if (!canShed || !(isTooMuch || isOld)) return {};
    const { toShedReport } = this.#options;
    const isNew = this.#report === undefined && toShedReport !== undefined;
    const newReport = isNew ? this.#prepareReport(toShedReport(PLACEHOLDER)) : undefined;
    return { newReport, shed: () => this.#toShed(limits, isNew) };
  }

  #nextLimits(): Pick<ShedWork, 'allowedFrom' | 'surplus'> {
    const { surplus, age } = this.#check;
    const mustReadFirst = this.#window.length === 0 && this.#window.unread > 0;
    this.#check = { surplus: false, age: age && mustReadFirst };
    const { maxAgeMs, maxEvents, maxBytes } = this.#options;
    const { events, bytes } = this.#pending;
    return {
      allowedFrom: age ? this.#now() - maxAgeMs : -Infinity,
      surplus: surplus
        ? { events: events - maxEvents, bytes: bytes - maxBytes }
        : { events: 0, bytes: 0 },
    };
  }

  /** The oldest that can be shed, where it is in memory. */
  #head(entries: readonly StoredEntry[]): StoredEntry | undefined {
    const waiting = this.#firstToShed;
    if (waiting !== undefined || this.#window.unread > 0) return waiting;
    return entries.find((entry) => entry !== this.#report && !this.#out.has(entry));
  }

  #toShed(limits: Pick<ShedWork, 'allowedFrom' | 'surplus'>, isNew: boolean): ShedWork {
    const after = this.#out.size > 0 ? this.#lastOut : 0;
    const seq = this.#report?.seq;
    const report = seq === undefined ? undefined : { seq, told: this.#counts.summary, isNew };
    return { ...limits, after, report };
  }

  #toRow(entry: StoredEntry): Row {
    return entry === this.#report ? entry.toRow(this.#counts.summary) : entry.toRow();
  }

  #onDone(job: Job, done: Done): void {
    const hasRead = job.work.read !== undefined;
    if (this.#outage.worked({ onlyReads: job.onlyReads, hasRead })) this.#options.onRecovered();
    this.#gone.splice(0, job.work.gone.length);
    const shed = this.#withoutGone(done.shed);
    if (job.newReport !== undefined) this.#concludeReport(job.newReport, shed.length);
    for (const entry of job.entries) this.#onSaved(entry);
    this.#calls.committed(job.work);
    this.#onShed(shed);
    for (const row of done.read) this.#onRead(row);
    if (hasRead && done.read.length === 0) this.#loseUnread();
    if (this.#outage.isOn) this.#openTail();
    if (done.more) this.#check = { surplus: true, age: true };
  }

  #onSaved(entry: StoredEntry): void {
    this.#tail.delete(entry);
    entry.mayBeOnDisk = false;
    if (entry.hasLeft) this.#letGo(entry.seq);
    else if (!entry.isRead) this.#window.place(entry);
  }

  #onRead(row: Row): void {
    const [seq] = row;
    this.#window.unread -= 1;
    const isReport = this.#report?.seq === seq;
    const entry = isReport ? this.#report : StoredEntry.ofRow(row, seq > this.#restoredUpTo);
    if (entry !== undefined) this.#window.push(entry);
  }

  /** What was acknowledged while it was shed has left already. */
  #withoutGone(shed: readonly Shed[]): readonly Shed[] {
    if (shed.length === 0) return shed;
    const gone = new Set(this.#gone);
    return shed.filter(({ seq }) => !gone.has(seq));
  }

  #onShed(shed: readonly Shed[]): void {
    if (shed.length === 0) return;
    const read = this.#window.lose(new Set(shed.map(({ seq }) => seq)));
    this.#window.unread -= shed.length - read;
    for (const one of shed) this.#countShed(one);
    const { toShedReport } = this.#options;
    if (toShedReport !== undefined) this.#report?.preview(toShedReport(this.#counts.summary));
  }

  #countShed({ reason, at, bytes, told }: Shed): void {
    this.#pending.events -= 1;
    this.#pending.bytes -= bytes;
    this.#totals.shed += 1;
    this.#counts.count(reason, { at });
    if (told !== undefined) this.#counts.add(told);
  }

  // ---- a disk that fails ----

  /** One timer for all work: thousands a second would be made for nothing. */
  #watchForStall(): void {
    this.#stallTimer ??= setTimeout(() => this.#onStalled(), STALL_MS).unref();
    this.#stallTimer.refresh();
  }

  #onStalled(): void {
    if (this.#job === undefined) return;
    if (this.#outage.isOn || this.#outage.isStopped) return;
    this.#isStalled = true;
    const text = `The disk has not answered the outbox for ${STALL_MS / 1_000} s; nothing new is delivered until it does`;
    this.#options.onFailed(new ConnectorError('OUTBOX_DISK_FAILED', text));
  }

  #endStall(): void {
    if (this.#isStalled && !this.#outage.isOn) this.#options.onRecovered();
    this.#isStalled = false;
  }

  #onFailed(job: Job, cause: unknown): void {
    for (const entry of job.rewritten) this.#rewritten.add(entry);
    if (cause instanceof DiskGone) this.#doubt(job);
    else this.#calls.failed();
    this.#check = { surplus: true, age: true };
    this.#goneDue = true;
    const begins = this.#outage.failed(cause, job);
    if (job.newReport !== undefined) this.#displace(job.newReport, cause);
    this.#goOnWithoutFile();
    if (begins) this.#openTail();
    if (job.newReport !== undefined) this.#concludeReport(job.newReport, 0);
    if (begins) this.#tellFailed(cause);
  }

  /** It may be done. */
  #doubt({ entries }: Job): void {
    this.#calls.doubt();
    for (const entry of entries) {
      entry.mayBeOnDisk = true;
      if (entry.hasLeft) this.#leaveTail(entry);
    }
  }

  /** It stands behind what has its place already; where the thread died, its row may be there all the same. */
  #displace(report: StoredEntry, cause: unknown): void {
    if (cause instanceof DiskGone) this.#letGo(report.seq);
    report.seq = 0;
  }

  #tellFailed(cause: unknown): void {
    const reason = cause instanceof Error ? cause.message : String(cause);
    const text = `The outbox cannot be written to the disk (${reason}); going on in memory`;
    this.#options.onFailed(new ConnectorError('OUTBOX_DISK_FAILED', text, { cause }));
  }

  #retry(): void {
    const { mustOpen } = this.#outage;
    if (mustOpen === undefined || this.#working !== undefined) this.#pump();
    else this.#working = this.#openAgain(mustOpen);
  }

  async #openAgain(how: HowToOpen): Promise<void> {
    try {
      await this.#disk?.close().catch(() => {}); // it is of no use any more
      const disk = await this.#options.openDisk(how);
      if (this.#outage.isStopped) await disk.close();
      else this.#goOnWith(disk);
    } catch {
      this.#outage.openingFailed();
      this.#goOnWithoutFile();
    }
    this.#working = undefined;
    this.#pump();
    this.#wake();
  }

  #goOnWith(disk: DiskLink): void {
    this.#disk = disk;
    this.#outage.opened();
    const { setAside } = disk.found;
    if (setAside !== undefined) this.#beginAnew(setAside);
  }

  /** Where delivery waited for what is on the disk and cannot be read, for long enough. */
  #goOnWithoutFile(): void {
    if (this.#window.unread === 0 || !this.#outage.isUnreadable) return;
    this.#outage.giveUpFile();
    this.#loseUnread();
    this.#openTail();
  }

  /** In an empty file: all that is in memory goes there, what was on the disk only is lost. */
  #beginAnew(setAside: SetAside): void {
    this.#gone.length = 0;
    this.#calls.beginAnew();
    this.#loseUnread();
    this.#tail.replace([...this.#inMemory()]);
    this.#options.onSetAside(setAside);
  }

  #loseUnread(): void {
    this.#saveReport();
    const events = this.#window.unread;
    if (events <= 0) return;
    this.#window.unread = 0;
    this.#pending.events -= events;
    this.#pending.bytes = bytesOf(this.#inMemory());
    this.#totals.shed += events;
    const to = Math.round(this.#now());
    const from = this.#window.last?.publication.at ?? this.#oldestAt ?? to;
    this.#counts.countMany('damaged', { events, from, to });
    this.#tellShed();
  }

  /** What it says is known here also where it lies on the disk, unread. */
  #saveReport(): void {
    const report = this.#report;
    if (report === undefined || this.#inMemory().has(report)) return;
    report.seq = 0; // behind all others
    this.#tail.add(report);
    this.#window.unread -= 1;
  }

  #inMemory(): Set<StoredEntry> {
    return new Set([...this.#out, ...this.#window, ...this.#tail]);
  }

  /** What is not on the disk can be taken all the same; but what is there goes first. */
  #openTail(): void {
    if (this.#window.unread > 0) return;
    for (const entry of this.#tail) {
      if (!entry.isRead && !entry.hasLeft) this.#openEntry(entry);
    }
  }

  #openEntry(entry: StoredEntry): void {
    entry.seq ||= ++this.#lastSeq;
    this.#window.push(entry);
  }

  /** The disk does not take it, or not as fast as it comes. */
  #boundMemory(): void {
    const { maxMemoryBytes } = this.#options;
    if (this.#tail.bytes <= maxMemoryBytes) return;
    const inJob = new Set(this.#job?.entries);
    const victims = this.#tail.surplus(
      maxMemoryBytes,
      (entry) =>
        !(entry.hasLeft || inJob.has(entry) || this.#out.has(entry)) && entry !== this.#report,
    );
    for (const victim of victims) {
      const { seq, publication, bytes } = victim;
      this.#window.remove(victim);
      victim.hasLeft = true;
      this.#countShed({ seq, at: publication.at, bytes, reason: 'max_bytes' });
    }
    for (const victim of victims) this.#leaveTail(victim);
    if (victims.length > 0) this.#tellShed();
  }
}

function bytesOf(entries: Iterable<StoredEntry>): number {
  let bytes = 0;
  for (const entry of entries) if (!entry.hasLeft) bytes += entry.bytes;
  return bytes;
}

const NO_CALLS = { saved: [], removed: [] } as const;

/** A report before anything was shed; it is never told. */
const PLACEHOLDER: ShedSummary = { events: 1, reasons: {}, from: 0, to: 0 };
