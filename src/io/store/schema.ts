// The tables of the outbox on disk, as steps from one version to the next. A step that was released never changes.

export const MIGRATIONS: readonly string[] = [
  // Handed-out and settled rows are found by seq; those of a finished call by the end that waits, then by the call. Open calls
  // have row ids: without, a state of 1.4 KB lies on a page of its own, and a commit takes and writes an eighth more.
  `CREATE TABLE events (
     seq INTEGER PRIMARY KEY,
     topic TEXT NOT NULL,
     payload TEXT NOT NULL,
     schema TEXT,
     id TEXT,
     at REAL NOT NULL,
     read_at REAL,
     appended_at REAL NOT NULL,
     call_id TEXT,
     ends INTEGER NOT NULL,
     bytes INTEGER NOT NULL,
     told TEXT
   ) STRICT;
   CREATE INDEX events_of_call ON events (call_id) WHERE call_id IS NOT NULL;
   CREATE INDEX ends_of_calls ON events (seq) WHERE ends = 1;
   CREATE TABLE open_calls (id TEXT PRIMARY KEY, state TEXT NOT NULL) STRICT;
   CREATE TABLE clock (set_by_ms REAL NOT NULL) STRICT;
   INSERT INTO clock VALUES (0);`,
];
