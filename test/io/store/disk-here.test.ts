import { mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Work } from '../../../src/io/store/disk.ts';
import { DiskHere } from '../../../src/io/store/disk-here.ts';
import { openDisk } from '../../../src/io/store/disk-link.ts';
import { StoredEntry } from '../../../src/io/store/row.ts';
import { event, temporaryFolder } from '../../support/outbox-on-disk.ts';

const NOTHING: Work = { events: [], gone: [], saved: [], removed: [] };
const ALL: Work = { ...NOTHING, read: { after: 0, rows: 10, bytes: 1e6 } };

function put(seq: number): Work {
  const entry = new StoredEntry(event('a', seq), seq);
  entry.seq = seq;
  return { ...NOTHING, events: [entry.toRow()] };
}

/** In the folder, with clocks that stand still but for work that takes its time. */
function begin(folder: string) {
  const path = join(folder, 'outbox.sqlite');
  let now = 0;
  let worked = 0;
  const busy: number[] = [];
  const refusals: unknown[] = [];
  const disk = new DiskHere({
    path,
    onBusy: (ms) => busy.push(ms),
    onRefused: (error) => refusals.push(error),
    clock: { wall: () => now, steady: () => now },
    workedMs: () => worked,
  });
  const work = (ms: number) => {
    now += ms;
    worked += ms;
  };
  const taking = (ms: number, error?: Error): Work => ({
    ...NOTHING,
    get read() {
      work(ms);
      if (error !== undefined) throw error;
      return undefined;
    },
  });
  const pause = (ms: number) => {
    now += ms;
  };
  const seqs = async () => (await disk.run(ALL)).read.map(([seq]) => seq);
  return { disk, path, busy, refusals, taking, work, pause, seqs };
}

function threads(): number {
  return readdirSync('/proc/self/task').length;
}

describe('a disk in this thread', () => {
  it('does the same as in another, and needs none', async () => {
    using folder = temporaryFolder();
    const before = threads();
    const { disk, busy } = begin(folder.path);
    for (let seq = 1; seq <= 39; seq++) await disk.run(put(seq));
    expect(threads()).toBe(before);
    await disk.close();
    const { disk: after } = begin(folder.path);
    expect(after.found).toMatchObject({ events: 39, lastSeq: 39 });
    await after.close();
    expect(busy).toEqual([]);
  });

  it('is left for a thread when it has been slow for a tenth of a second, in one piece or in some', async () => {
    using folder = temporaryFolder();
    const { disk, path, busy, refusals, taking, pause, seqs } = begin(folder.path);
    const before = threads();
    await disk.run(put(1));
    for (let piece = 0; piece < 20; piece++) await disk.run(taking(19));
    pause(5_000);
    await disk.run(taking(0));
    for (let windows = 0; windows < 3; windows++) {
      await disk.run(taking(49));
      pause(4_900);
      await disk.run(taking(50));
      pause(1);
      await disk.run(taking(0));
    }
    expect(threads()).toBe(before);
    expect(busy).toEqual([]);
    await disk.run(taking(49));
    pause(900);
    await disk.run(taking(51));
    expect(busy).toEqual([100]);
    await disk.run(put(2));
    expect(threads()).toBeGreaterThan(before);
    expect(await seqs()).toEqual([1, 2]);
    await expect(openDisk(path, 'as-it-is')).rejects.toMatchObject({ code: 'DATA_DIR_IN_USE' });
    await disk.close();
    const after = await openDisk(path, 'as-it-is');
    expect(after.found).toMatchObject({ events: 2, lastSeq: 2 });
    await after.close();
    expect(refusals).toEqual([]);
  });

  it.each([
    { what: 'the disk has less than a tenth', seconds: 30, pieces: 9, idleMs: 0, left: [] },
    { what: 'the thread has time to spare', seconds: 30, pieces: 40, idleMs: 60, left: [] },
    { what: 'it is over soon', seconds: 4, pieces: 40, idleMs: 0, left: [] },
    { what: 'it has none for five seconds', seconds: 6, pieces: 12, idleMs: 40, left: [610] },
  ])('is left where this thread has no time for what the disk takes: $what', async (life) => {
    using folder = temporaryFolder();
    const { disk, busy, taking, work, pause, seqs } = begin(folder.path);
    for (let second = 0; second < life.seconds; second++) {
      for (let piece = 0; piece < life.pieces; piece++) await disk.run(taking(10));
      work(1_000 - life.idleMs - life.pieces * 10);
      pause(life.idleMs);
    }
    expect(busy).toEqual(life.left);
    await disk.run(put(1));
    expect(await seqs()).toEqual([1]);
    await disk.close();
  });

  it('is left also where it fails after so long', async () => {
    using folder = temporaryFolder();
    const { disk, busy, taking, seqs } = begin(folder.path);
    await expect(disk.run(taking(250, new Error('disk I/O error')))).rejects.toThrow('I/O');
    expect(busy).toEqual([250]);
    await disk.run(put(1));
    expect(await seqs()).toEqual([1]);
    await disk.close();
  });

  it('lets go of the file where it is closed on its way to the thread', async () => {
    using folder = temporaryFolder();
    const { disk, path, taking } = begin(folder.path);
    await disk.run(taking(100));
    await disk.close();
    const after = await openDisk(path, 'as-it-is');
    await after.close();
  });

  it('says so where the thread cannot open the file', async () => {
    using folder = temporaryFolder();
    const { disk, path, refusals, taking } = begin(folder.path);
    await disk.run(taking(100));
    rmSync(path);
    mkdirSync(path);
    await expect(disk.run(put(1))).rejects.toMatchObject({ code: 'OUTBOX_UNOPENABLE' });
    expect(refusals).toEqual([expect.objectContaining({ code: 'OUTBOX_UNOPENABLE' })]);
    await disk.close();
  });
});
