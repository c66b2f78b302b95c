import { mkdtempSync, readdirSync, readlinkSync, rmSync, writeFileSync } from 'node:fs';
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

/** '' where it is closed meanwhile. */
function targetOf(link: string): string {
  try {
    return readlinkSync(link);
  } catch {
    return '';
  }
}

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
    journal.close();
  });

  it('keeps no room on the disk when it is closed, also in the middle of a flush', async () => {
    const isOpen = () => {
      const links = readdirSync('/proc/self/fd').map((fd) => targetOf(`/proc/self/fd/${fd}`));
      return links.some((path) => path.startsWith(folder));
    };
    const journal = new FlushAhead(join(folder, 'outbox.sqlite'));
    expect(isOpen()).toBe(true);
    journal.close();
    expect(isOpen()).toBe(false);
    const another = new FlushAhead(join(folder, 'outbox.sqlite'));
    for (let n = 0; n < 40; n++) another.committed();
    another.close();
    await vi.waitFor(() => expect(isOpen()).toBe(false));
  });
});
