// The tables of the outbox on disk, as steps from one version to the next. A step that was released never changes.

export const MIGRATIONS: readonly string[] = [
  // Handed-out and settled rows are found by seq; those of a finished call by the end that waits, then by the call. While few
  // wait, no index is kept, and an open call is found by its number: with indices of both, a commit takes half as long again.
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
     told TEXT,
     indexed INTEGER NOT NULL
   ) STRICT;
   CREATE INDEX events_of_call ON events (call_id) WHERE indexed = 1 AND call_id IS NOT NULL;
   CREATE INDEX ends_of_calls ON events (seq) WHERE indexed = 1 AND ends = 1;
   CREATE TABLE open_calls (number INTEGER PRIMARY KEY, id TEXT NOT NULL, state TEXT NOT NULL) STRICT;
   CREATE TABLE clock (set_by_ms REAL NOT NULL) STRICT;
   INSERT INTO clock VALUES (0);`,
];
