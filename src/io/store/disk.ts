// The outbox's side of the disk: one transaction at a time, which takes in what is new, lets go what is gone, sheds what
// is too much and reads ahead. It blocks while the disk does.

import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { ShedReason } from '../../core/event/bridge-event.ts';
import { type DatabaseOptions, openDatabase, type SetAside } from './database.ts';
import { type ShedSummary, sum, toSummary } from './shed-counts.ts';

/** An event as it lies on the disk, in the order of the columns. */
export type Row = readonly [
  seq: number,
  topic: string,
  payload: string,
  schema: string | null,
  id: string | null,
  at: number,
  readAt: number | null,
  appendedAt: number,
  callId: string | null,
  ends: 0 | 1,
  bytes: number,
  told: string | null,
];

/** What is to be done in one transaction, in this order. Moments in milliseconds, sizes in bytes. */
export type Work = {
  /** New ones, and those that say something else now. */
  readonly events: readonly Row[];
  readonly gone: readonly number[];
  /** So many wait now that what is to be shed of these is found by an index. */
  readonly isLong?: boolean | undefined;
  readonly saved: readonly (readonly [number: number, id: string, state: string])[];
  /** Numbers of open calls. */
  readonly removed: readonly number[];
  readonly shed?: ShedWork | undefined;
  readonly read?:
    | { readonly after: number; readonly rows: number; readonly bytes: number }
    | undefined;
};

export type ShedWork = {
  /** Up to this one, all is on its way to the broker. */
  readonly after: number;
  /** What was appended before goes. */
  readonly allowedFrom: number;
  readonly surplus: { readonly events: number; readonly bytes: number };
  /**
   * The report of what is shed, which is not shed itself, and what it tells so far. A new one is not in the surplus: it
   * comes with the first that is shed.
   */
  readonly report?:
    | { readonly seq: number; readonly told: ShedSummary; readonly isNew: boolean }
    | undefined;
};

export type Shed = {
  readonly seq: number;
  readonly reason: ShedReason;
  readonly at: number;
  readonly bytes: number;
  /** What a report told that was shed. */
  readonly told?: ShedSummary;
};

export type Done = {
  readonly shed: readonly Shed[];
  /** Whether there is more to shed: one step is bounded. */
  readonly more: boolean;
  readonly read: readonly Row[];
};

/** What was found when the file was opened. */
export type Found = {
  readonly events: number;
  readonly bytes: number;
  readonly lastSeq: number;
  /** The last that is in no index. */
  readonly unindexedUpTo: number;
  /** Who needs them takes them out: their states may be more than all else in memory. None where it `goesOn`. */
  readonly openCalls: SavedCall[];
  readonly setAside?: SetAside | undefined;
};

export type SavedCall = { readonly number: number; readonly id: string; readonly state: string };

/** So many are shed in one step at most, or one call more. */
const SHED_STEP = 1_000;

const COLUMNS =
  'seq, topic, payload, schema, id, at, read_at, appended_at, call_id, ends, bytes, told';

export type Clock = { readonly wall: () => number; readonly steady: () => number };

type DiskOptions = Pick<DatabaseOptions, 'migrations' | 'how'> & {
  readonly clock?: Clock;
  /** Another of this process had the file before: all in it is by the clock that runs now, and its open calls are known. */
  readonly goesOn?: boolean;
};

export const CLOCK: Clock = { wall: Date.now, steady: () => performance.now() };
/** Less is no setting of the clock. */
const CLOCK_SET_MS = 1_000;

function startOf({ wall, steady }: Clock): number {
  return wall() - steady();
}

/** The file, locked for this process and not in use yet. */
export type HeldFile = { readonly found: Found; readonly letGo: () => void };

/** @throws ConnectorError DATA_DIR_IN_USE, OUTBOX_TOO_NEW, OUTBOX_UNOPENABLE */
export function holdFile(path: string): HeldFile {
  let found = NOTHING_FOUND;
  const prove = (db: DatabaseSync) => {
    setRight(db);
    found = { ...look(db), openCalls: savedCalls(db) };
  };
  const { db, setAside } = openDatabase({ path, prove });
  emptyJournal(db);
  return { found: { ...found, setAside }, letGo: () => db.close() };
}

/** Nobody is listened to yet; to let go of the file with a journal in it would write that back, and wait for the disk. */
function emptyJournal(db: DatabaseSync): void {
  try {
    db.exec('PRAGMA wal_checkpoint(TRUNCATE)');
  } catch {
    // A disk that is full shows when something is kept.
  }
}

/** What grew while the broker was away is given back. */
function shrink(db: DatabaseSync): void {
  try {
    db.exec('VACUUM');
  } catch {
    // A disk that is full shows when something is kept.
  }
}

export class Disk {
  readonly found: Found;
  readonly #db: DatabaseSync;
  readonly #statements: ReturnType<typeof prepare>;
  readonly #clock: Clock;
  readonly #startedAt: number;
  #setByMs: number;
  /** Up to here, there are only as many as can be read one by one. */
  #unindexedUpTo: number;

  /** @throws ConnectorError DATA_DIR_IN_USE, OUTBOX_TOO_NEW, OUTBOX_UNOPENABLE; `again`, also the error of SQLite */
  constructor(path: string, options: DiskOptions = {}) {
    const { clock = CLOCK, goesOn = false } = options;
    let found = NOTHING_FOUND;
    const prove = (db: DatabaseSync) => {
      if (!goesOn) setRight(db);
      found = { ...look(db), openCalls: goesOn ? provenCalls(db) : savedCalls(db) };
    };
    const { db, setAside } = openDatabase({ ...options, path, prove });
    this.#db = db;
    this.#clock = clock;
    this.#setByMs = setByMs(db);
    this.#startedAt = startOf(clock) - this.#setByMs;
    this.found = { ...found, setAside };
    this.#unindexedUpTo = found.unindexedUpTo;
    if (found.events === 0) shrink(db);
    this.#statements = prepare(db);
  }

  /** @throws Error of SQLite; then nothing of it is done */
  run(work: Work): Done {
    if (!isWriting(work)) return { shed: [], more: false, read: this.#read(work) };
    const { begin, commit } = this.#statements;
    begin.run();
    try {
      this.#write(work);
      this.#noteClock();
      const shed = work.shed === undefined ? [] : this.#shed(work.shed);
      const read = this.#read(work);
      commit.run();
      return { shed, more: shed.length >= SHED_STEP, read };
    } catch (error) {
      if (this.#db.isTransaction) this.#db.exec('ROLLBACK');
      throw error;
    }
  }

  close(): void {
    this.#db.close();
  }

  #write({ events, isLong = false, gone, saved, removed }: Work): void {
    const { put, removeRun, save, forget } = this.#statements;
    for (const row of events) {
      put.run(...row, isLong ? 1 : 0);
      if (!isLong) this.#unindexedUpTo = Math.max(this.#unindexedUpTo, row[0]);
    }
    for (const [from, to] of runsOf(gone)) removeRun.run(from, to);
    for (const call of saved) save.run(...call);
    for (const number of removed) forget.run(number);
  }

  /** For the next process: what was appended here bears the time of a clock that was wrong by so much. */
  #noteClock(): void {
    const setByMs = startOf(this.#clock) - this.#startedAt;
    if (Math.abs(setByMs - this.#setByMs) < CLOCK_SET_MS) return;
    this.#setByMs = setByMs;
    this.#statements.setClock.run(setByMs);
  }

  #shed(work: ShedWork): readonly Shed[] {
    const shed = [...this.#shedOld(work)];
    let { events, bytes } = lessen(work.surplus, shed);
    if (shed.length > 0) events += newReports(work);
    while ((events > 0 || bytes > 0) && shed.length < SHED_STEP) {
      const reason = events > 0 ? 'max_events' : 'max_bytes';
      const dropped = this.#nextToShed(work).map((victim) => this.#drop(victim, reason));
      if (dropped.length === 0) break;
      if (shed.length === 0) events += newReports(work);
      shed.push(...dropped);
      ({ events, bytes } = lessen({ events, bytes }, dropped));
    }
    this.#tell(work, shed);
    return shed;
  }

  #shedOld({ after, allowedFrom, report }: ShedWork): readonly Shed[] {
    const old: Victim[] = [];
    const oldest = this.#statements.oldest.iterate(after, report?.seq ?? -1, SHED_STEP);
    for (const victim of oldest as Iterable<unknown> as Iterable<Victim>) {
      if (victim.appended_at >= allowedFrom) break;
      old.push(victim);
    }
    return old.map((victim) => this.#drop(victim, 'max_age'));
  }

  /** The call that ended first; where none has, the oldest event. */
  #nextToShed({ after, report }: ShedWork): readonly Victim[] {
    const { fewFirstEnd, firstEnd, fewOfCall, ofCall, oldest } = this.#statements;
    const few = this.#unindexedUpTo;
    const behind = Math.max(after, few);
    const end = fewFirstEnd.get(after, few) ?? firstEnd.get(behind);
    if (end === undefined) return oldest.all(after, report?.seq ?? -1, 1) as Victim[];
    const id = String(end.call_id);
    return [...fewOfCall.all(id, after, few), ...ofCall.all(id, behind)] as Victim[];
  }

  #drop({ seq, at, bytes, told }: Victim, reason: ShedReason): Shed {
    this.#statements.remove.run(seq);
    return { seq, reason, at, bytes, ...(told !== null && { told: toSummary(told, { at }) }) };
  }

  /** In the same transaction: what is gone is told also where the process is killed now. */
  #tell({ report }: ShedWork, shed: readonly Shed[]): void {
    if (report === undefined || shed.length === 0) return;
    const told = shed.reduce((all, one) => withShed(all, one), report.told);
    this.#statements.tell.run(JSON.stringify(told), report.seq);
  }

  #read({ read }: Work): readonly Row[] {
    if (read === undefined) return [];
    const rows: Row[] = [];
    let bytes = 0;
    const { ahead } = this.#statements;
    for (const row of ahead.iterate(read.after, read.rows) as Iterable<unknown> as Iterable<Row>) {
      rows.push(row);
      bytes += row[10];
      if (bytes >= read.bytes) break;
    }
    return rows;
  }
}

/** Numbers that follow each other, as the first and the last of them: what is acknowledged together was appended together. */
function runsOf(seqs: readonly number[]): readonly (readonly [from: number, to: number])[] {
  const runs: [number, number][] = [];
  for (const seq of seqs.toSorted((a, b) => a - b)) {
    const last = runs.at(-1);
    if (last !== undefined && seq - last[1] <= 1) last[1] = seq;
    else runs.push([seq, seq]);
  }
  return runs;
}

type Surplus = ShedWork['surplus'];

function lessen({ events, bytes }: Surplus, shed: readonly Shed[]): Surplus {
  const shedBytes = shed.reduce((all, one) => all + one.bytes, 0);
  return { events: events - shed.length, bytes: bytes - shedBytes };
}

function newReports({ report }: ShedWork): number {
  return report?.isNew === true ? 1 : 0;
}

/** A summary with one more; and with what it told, where it was a report. */
export function withShed(summary: ShedSummary, { reason, at, told }: Shed): ShedSummary {
  const one = { events: 1, reasons: { [reason]: 1 }, from: at, to: at };
  return told === undefined ? sum(summary, one) : sum(sum(summary, one), told);
}

type Victim = {
  readonly seq: number;
  readonly at: number;
  readonly bytes: number;
  readonly appended_at: number;
  readonly told: string | null;
};

const VICTIM = 'seq, at, bytes, appended_at, told';
const FIRST_END = 'SELECT call_id FROM events WHERE ends = 1 AND call_id IS NOT NULL';
const OF_CALL = `SELECT ${VICTIM} FROM events WHERE call_id = ?`;

function prepare(db: DatabaseSync) {
  const one = (sql: string): StatementSync => db.prepare(sql);
  const ahead = one(`SELECT ${COLUMNS} FROM events WHERE seq > ? ORDER BY seq LIMIT ?`);
  ahead.setReturnArrays(true); // a Row each
  return {
    begin: one('BEGIN IMMEDIATE'),
    commit: one('COMMIT'),
    ahead,
    put: one(`REPLACE INTO events (${COLUMNS}, indexed) VALUES (${'?, '.repeat(12)}?)`),
    remove: one('DELETE FROM events WHERE seq = ?'),
    removeRun: one('DELETE FROM events WHERE seq BETWEEN ? AND ?'),
    save: one('REPLACE INTO open_calls (number, id, state) VALUES (?, ?, ?)'),
    forget: one('DELETE FROM open_calls WHERE number = ?'),
    oldest: one(`SELECT ${VICTIM} FROM events WHERE seq > ? AND seq <> ? ORDER BY seq LIMIT ?`),
    fewFirstEnd: one(`${FIRST_END} AND seq > ? AND seq <= ? ORDER BY seq LIMIT 1`),
    firstEnd: one(`${FIRST_END} AND indexed = 1 AND seq > ? ORDER BY seq LIMIT 1`),
    fewOfCall: one(`${OF_CALL} AND seq > ? AND seq <= ? ORDER BY seq`),
    ofCall: one(`${OF_CALL} AND indexed = 1 AND seq > ? ORDER BY seq`),
    setClock: one('UPDATE clock SET set_by_ms = ?'),
    tell: one('UPDATE events SET told = ? WHERE seq = ?'),
  };
}

const NOTHING_FOUND: Found = {
  events: 0,
  bytes: 0,
  lastSeq: 0,
  unindexedUpTo: 0,
  openCalls: [],
};

/**
 * A machine without a battery begins with a wrong time, and is set right later. Ages are counted by the time at the
 * start; what a process left behind is brought to the time that was right when it ended.
 */
function setRight(db: DatabaseSync): void {
  const ms = setByMs(db);
  if (ms === 0) return;
  db.exec('BEGIN IMMEDIATE');
  db.prepare('UPDATE events SET appended_at = appended_at + ?').run(ms);
  db.exec('UPDATE clock SET set_by_ms = 0; COMMIT');
}

function setByMs(db: DatabaseSync): number {
  return Number(db.prepare('SELECT set_by_ms FROM clock').get()?.set_by_ms ?? 0);
}

/** Reads every event once, so that a damage comes out now. */
function look(db: DatabaseSync): Omit<Found, 'openCalls'> {
  const events = db
    .prepare(`SELECT count(*) n, total(bytes) bytes, max(seq) last,
      max(seq) FILTER (WHERE indexed = 0) unindexed FROM events NOT INDEXED`)
    .get();
  return {
    events: Number(events?.n),
    bytes: Number(events?.bytes),
    lastSeq: Number(events?.last ?? 0),
    unindexedUpTo: Number(events?.unindexed ?? 0),
  };
}

/** None: they are known. Reads all of them, so that a damage comes out now. */
function provenCalls(db: DatabaseSync): SavedCall[] {
  db.prepare('SELECT total(length(state)) FROM open_calls').get();
  return [];
}

function savedCalls(db: DatabaseSync): SavedCall[] {
  const rows = db.prepare('SELECT number, id, state FROM open_calls ORDER BY id').all();
  return rows.map(({ number, id, state }) => ({
    number: Number(number),
    id: String(id),
    state: String(state),
  }));
}

/** Whether it changes anything. */
export function isWriting({ events, gone, saved, removed, shed }: Work): boolean {
  return events.length + gone.length + saved.length + removed.length > 0 || shed !== undefined;
}
