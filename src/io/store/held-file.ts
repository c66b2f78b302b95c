// The file of the outbox from the start until its thread begins: locked for this process, and looked at before anybody is
// listened to.

import type { DatabaseSync } from 'node:sqlite';
import { openDatabase } from './database.ts';
import { type Found, look, NOTHING_FOUND } from './disk.ts';
import { Mark } from './mark.ts';

/** The file, locked for this process and not in use yet. */
export type HeldFile = {
  readonly found: Found;
  readonly mark: Mark;
  readonly letGo: () => void;
};

/** @throws ConnectorError DATA_DIR_IN_USE, OUTBOX_TOO_NEW, OUTBOX_UNOPENABLE */
export function holdFile(path: string): HeldFile {
  let found = NOTHING_FOUND;
  const prove = (db: DatabaseSync) => {
    found = look(db);
  };
  const { db, setAside } = openDatabase({ path, prove });
  emptyJournal(db);
  const mark = new Mark(path, found.openCalls);
  const openCalls = mark.states;
  return { found: { ...found, openCalls, setAside }, mark, letGo: () => db.close() };
}

/** Nobody is listened to yet; to let go of the file with a journal in it would write that back, and wait for the disk. */
function emptyJournal(db: DatabaseSync): void {
  try {
    db.exec('PRAGMA wal_checkpoint(TRUNCATE)');
  } catch {
    // A disk that is full shows when something is kept.
  }
}
