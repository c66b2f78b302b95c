// What SQLite's errors mean to the outbox.

const SQLITE = { busy: 5, locked: 6, corrupt: 11, notADatabase: 26 };

/** Of a file that SQLite cannot make sense of. */
export function isDamage(error: unknown): boolean {
  const code = sqliteCode(error);
  return code === SQLITE.corrupt || code === SQLITE.notADatabase;
}

/** Somebody else has it. */
export function isLock(error: unknown): boolean {
  const code = sqliteCode(error);
  return code === SQLITE.busy || code === SQLITE.locked;
}

/** SQLite's primary result code; `undefined` for any other error. */
function sqliteCode(error: unknown): number | undefined {
  if (!(error instanceof Error) || !('errcode' in error)) return undefined;
  return Number(error.errcode) & 0xff;
}
