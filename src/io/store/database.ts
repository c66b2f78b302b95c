// The one SQLite file of the outbox: locked for this process, brought to the version of this program, and set aside where
// it is damaged.

import { closeSync, existsSync, openSync, renameSync, rmSync, statSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { ConnectorError } from '../../errors.ts';
import { MIGRATIONS } from './schema.ts';
import { isDamage, isLock } from './sqlite-error.ts';

export type OpenedDatabase = {
  readonly db: DatabaseSync;
  readonly setAside?: SetAside;
};

/** The damaged file that was there before: where it is now, and when it was written last (epoch milliseconds). */
export type SetAside = { readonly path: string; readonly writtenAt: number };

export type HowToOpen =
  /** Where it is damaged, it is set aside, and a new one is begun. */
  | 'as-it-is'
  /** It is known to be damaged: it is set aside unread. */
  | 'anew'
  /** It was sound a moment ago: if it is damaged now, that is an error of SQLite, and it stays where it is. */
  | 'again';

export type DatabaseOptions = {
  readonly path: string;
  readonly migrations?: readonly string[];
  /** Default: as it is. */
  readonly how?: HowToOpen;
  /** Reads what must be readable; throws where the file is damaged. */
  readonly prove: (db: DatabaseSync) => void;
};

/**
 * A database for this process alone, of the newest version.
 * @throws ConnectorError DATA_DIR_IN_USE, OUTBOX_TOO_NEW, OUTBOX_UNOPENABLE; `again`, also the error of SQLite
 */
export function openDatabase(options: DatabaseOptions): OpenedDatabase {
  try {
    const writtenAt = lastWritten(options.path); // looking for damage may write, too
    return options.how === 'anew'
      ? openAnew(options, writtenAt)
      : openOrBeginAnew(options, writtenAt);
  } catch (error) {
    if (options.how === 'again' && isDamage(error)) throw error;
    throw toConnectorError(error, options.path);
  }
}

function openOrBeginAnew(options: DatabaseOptions, writtenAt: number): OpenedDatabase {
  try {
    return { db: open(options) };
  } catch (error) {
    if (!isDamage(error) || options.how === 'again') throw error;
    return openAnew(options, writtenAt);
  }
}

/** Where no new file can be begun, the old one comes back: it is set aside once, not at every try. */
function openAnew(options: DatabaseOptions, writtenAt: number): OpenedDatabase {
  const { path } = options;
  const aside = `${path}.damaged-${new Date().toISOString().replaceAll(/[-:]|\.\d+/g, '')}`;
  rename(path, aside);
  try {
    return { db: open(options), setAside: { path: aside, writtenAt } };
  } catch (error) {
    if (existsSync(aside)) putBack(aside, path);
    throw error;
  }
}

function lastWritten(path: string): number {
  const times = ['', '-wal'].map(
    (part) => statSync(path + part, { throwIfNoEntry: false })?.mtimeMs,
  );
  return Math.round(Math.max(0, ...times.filter((time) => time !== undefined)));
}

function open({ path, migrations = MIGRATIONS, prove }: DatabaseOptions): DatabaseSync {
  if (path !== ':memory:') closeSync(openSync(path, 'a', 0o600)); // phone numbers are in it: for no other user of the machine
  const db = new DatabaseSync(path, { timeout: LOCK_MS });
  try {
    db.exec(SETTINGS);
    db.exec(`PRAGMA wal_autocheckpoint = ${Math.round(JOURNAL_BYTES / pageBytes(db))}`);
    db.exec('BEGIN IMMEDIATE; COMMIT'); // takes the lock, which stays
    migrate(db, migrations);
    prove(db);
    return db;
  } catch (error) {
    db.close();
    throw error;
  }
}

/** The bridge before may still be ending: a killed one lets go at once. */
const LOCK_MS = 500;

/** At so much the journal is written back: at 4 MB, commits wait for that twice as long in all. */
const JOURNAL_BYTES = 16 * 1_024 * 1_024;

/**
 * EXCLUSIVE before WAL: the lock stays until the process is gone, and no shared memory is needed. NORMAL: a commit does not
 * wait for the disk; a killed process loses nothing, a power cut may undo the last commits. Pages have 4 KiB: in those of 2,
 * a commit writes an eighth less (13.4 kB in place of 15.4), and takes half as long again (25 µs in place of 18).
 */
const SETTINGS = `
  PRAGMA locking_mode = EXCLUSIVE;
  PRAGMA journal_mode = WAL;
  PRAGMA synchronous = NORMAL;
  PRAGMA journal_size_limit = ${JOURNAL_BYTES};
  PRAGMA cache_size = -2048;
  PRAGMA temp_store = MEMORY;
`;

/** An older file keeps the pages that it was begun with. */
function pageBytes(db: DatabaseSync): number {
  return Number(db.prepare('PRAGMA page_size').get()?.page_size);
}

function migrate(db: DatabaseSync, migrations: readonly string[]): void {
  const version = Number(db.prepare('PRAGMA user_version').get()?.user_version);
  if (version > migrations.length) {
    const text = `The outbox was written by a newer version (${version}, this one knows ${migrations.length})`;
    throw new ConnectorError('OUTBOX_TOO_NEW', text);
  }
  for (const [index, step] of migrations.entries()) {
    if (index < version) continue;
    db.exec(`BEGIN IMMEDIATE; ${step}; PRAGMA user_version = ${index + 1}; COMMIT`);
  }
}

/** With its journal, in which the last commits may be. */
const PARTS = ['', '-wal', '-shm', '-journal'];

function rename(from: string, to: string): void {
  for (const part of PARTS) {
    if (existsSync(from + part)) renameSync(from + part, to + part);
  }
}

/** What was begun in its place goes, also its journal. */
function putBack(setAside: string, path: string): void {
  for (const part of PARTS) rmSync(path + part, { force: true });
  rename(setAside, path);
}

function toConnectorError(cause: unknown, path: string): ConnectorError {
  if (cause instanceof ConnectorError) return cause;
  if (isLock(cause)) {
    return new ConnectorError('DATA_DIR_IN_USE', `Another process uses ${path}`, { cause });
  }
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new ConnectorError('OUTBOX_UNOPENABLE', `${path} cannot be opened (${reason})`, { cause });
}
