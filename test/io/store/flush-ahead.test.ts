import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { FlushAhead } from '../../../src/io/store/flush-ahead.ts';

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'flush-ahead-'));
  writeFileSync(join(folder, 'outbox.sqlite-wal'), 'x'.repeat(1_000_000));
});

afterEach(() => rmSync(folder, { recursive: true }));

/** Of the file system, on their way. */
function requests(): number {
  return process.getActiveResourcesInfo().filter((name) => name === 'FSReqCallback').length;
}

describe('the journal', () => {
  it('is flushed after 40 commits, once at a time, and again after as many more', async () => {
    const journal = new FlushAhead(join(folder, 'outbox.sqlite'));
    const before = requests();
    const commit = (times: number) => {
      for (let n = 0; n < times; n++) journal.committed();
    };
    commit(39);
    expect(requests()).toBe(before);
    commit(1);
    expect(requests()).toBe(before + 1);
    commit(39);
    expect(requests()).toBe(before + 1);
    await vi.waitFor(() => expect(requests()).toBe(before));
    commit(1);
    expect(requests()).toBe(before + 1);
    commit(400);
    expect(requests()).toBe(before + 1);
    await vi.waitFor(() => expect(requests()).toBe(before));
  });
});
