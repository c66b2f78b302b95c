import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { expect, it } from 'vitest';
import { openDatabase } from '../../../src/io/store/database.ts';
import { temporaryFolder } from '../../support/outbox-on-disk.ts';

it.each([
  { file: 'a new one', existing: undefined, pageBytes: 4_096 },
  { file: 'one of smaller pages', existing: 2_048, pageBytes: 2_048 },
])('writes the journal of $file back at 16 MiB', ({ existing, pageBytes }) => {
  using folder = temporaryFolder();
  const path = join(folder.path, 'outbox.sqlite');
  if (existing !== undefined) begin(path, existing);
  const { db } = openDatabase({ path, prove: () => {} });
  const pragma = (name: string) => Object.values(db.prepare(`PRAGMA ${name}`).get() ?? {})[0];
  expect(pragma('page_size')).toBe(pageBytes);
  expect(Number(pragma('wal_autocheckpoint')) * pageBytes).toBe(16 * 1_024 * 1_024);
  db.close();
});

function begin(path: string, pageBytes: number): void {
  const db = new DatabaseSync(path);
  db.exec(`PRAGMA page_size = ${pageBytes}; CREATE TABLE anything (x)`);
  db.close();
}
