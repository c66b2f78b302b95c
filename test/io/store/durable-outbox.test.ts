import {
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setImmediate as turn } from 'node:timers/promises';
import { describe, expect, it, vi } from 'vitest';
import type { HowToOpen } from '../../../src/io/store/database.ts';
import { Disk, type Done, type Row, type Work } from '../../../src/io/store/disk.ts';
import {
  beginDisk,
  DiskGone,
  type DiskLink,
  handOver,
  inThisThread,
  openDisk,
} from '../../../src/io/store/disk-link.ts';
import { StoredEntry } from '../../../src/io/store/row.ts';
import { MIGRATIONS } from '../../../src/io/store/schema.ts';
import type { ShedSummary } from '../../../src/io/store/shed-counts.ts';
import type { OutboxEntry } from '../../../src/ports.ts';
import {
  event,
  last,
  openOutbox,
  openOutboxInThread,
  takeAll,
  temporaryFolder,
  topicsOf,
} from '../../support/outbox-on-disk.ts';

const never = new AbortController().signal;

describe('after the process was started anew', () => {
  it('hands out what was not acknowledged, as it was, and knows what it found', async () => {
    using folder = temporaryFolder();
    const path = join(folder.path, 'outbox.sqlite');
    const { outbox: before } = await openOutbox(path);
    before.append([event('a', 1), { ...event('a', 2), readAt: 5 }, last('a', 3)]);
    await before.flush();
    before.settle(before.take() as OutboxEntry);
    await before.close();
    const { outbox, said } = await openOutbox(path);
    expect(outbox.totals).toMatchObject({ restored: 2, appended: 0 });
    expect(outbox.pending).toMatchObject({ events: 2, oldestAt: 2 });
    const found = (await takeAll(outbox)).map(({ publication }) => publication);
    expect(found).toEqual([{ ...event('a', 2), ends: false }, last('a', 3)]);
    expect(said).toEqual([]);
    await outbox.close();
  });

  it('goes on behind what it found', async () => {
    using folder = temporaryFolder();
    const path = join(folder.path, 'outbox.sqlite');
    const { outbox: before } = await openOutbox(path);
    before.append([event('a', 1)]);
    await before.close();
    const { outbox } = await openOutbox(path);
    outbox.append([event('a', 2)]);
    expect(topicsOf(await takeAll(outbox))).toEqual(['a/1', 'a/2']);
    await outbox.close();
  });

  it('gives back the open calls, each as it was last, and none that is over', async () => {
    using folder = temporaryFolder();
    const path = join(folder.path, 'outbox.sqlite');
    const { outbox: before } = await openOutbox(path);
    before.append([event('a', 1)], {
      saved: new Map([
        ['a', 'rings'],
        ['b', 'rings'],
      ]),
      removed: [],
    });
    before.append([], {
      saved: new Map([
        ['a', 'talks'],
        ['c', 'rings'],
      ]),
      removed: ['b'],
    });
    await before.flush();
    before.append([], { saved: new Map(), removed: ['c'] });
    await before.close();
    const { outbox } = await openOutbox(path);
    expect(outbox.takeOpenCalls()).toEqual([{ id: 'a', state: 'talks' }]);
    await outbox.close();
  });

  it('keeps nothing of the calls that it found, once they are taken', async () => {
    using folder = temporaryFolder();
    const path = join(folder.path, 'outbox.sqlite');
    const { outbox: before } = await openOutbox(path);
    before.append([], { saved: new Map([['a', 'talks']]), removed: [] });
    await before.close();
    const disk = inThisThread(new Disk(path));
    expect(disk.found.openCalls).toEqual([{ number: 1, id: 'a', state: 'talks' }]);
    const { outbox } = await openOutbox(async () => disk);
    expect(disk.found.openCalls).toEqual([]);
    expect(outbox.takeOpenCalls()).toEqual([{ id: 'a', state: 'talks' }]);
    expect(outbox.takeOpenCalls()).toEqual([]);
    await outbox.close();
  });

  it('still tells what was shed, in the words in which it was sent before', async () => {
    using folder = temporaryFolder();
    const path = join(folder.path, 'outbox.sqlite');
    const toShedReport = (summary: ShedSummary) => ({
      ...{ topic: 'bridge/event', retain: false, at: 1 },
      payload: JSON.stringify(summary),
    });
    const { outbox: before } = await openOutbox(path, { maxEvents: 2, toShedReport });
    before.append([event('a', 1), event('a', 2), event('a', 3)]);
    await before.close();
    const { outbox: between } = await openOutbox(path, { maxEvents: 2, toShedReport });
    const [, report] = await takeAll(between);
    expect(JSON.parse(report?.publication.payload ?? '')).toMatchObject({ events: 2 });
    await between.close();
    const { outbox } = await openOutbox(path, {
      toShedReport: () => expect.unreachable('it was sent already'),
    });
    const [, again] = await takeAll(outbox);
    expect(again?.publication).toEqual(report?.publication);
    await outbox.close();
  });

  it('sheds what waited for too long meanwhile', async () => {
    using folder = temporaryFolder();
    const path = join(folder.path, 'outbox.sqlite');
    const { outbox: before } = await openOutbox(path, { now: () => 1_000 });
    before.append(Array.from({ length: 2_500 }, (_, n) => event('a', n)));
    await before.close();
    const { outbox } = await openOutbox(path, { now: () => 9_000, maxAgeMs: 5_000 });
    expect(await takeAll(outbox)).toEqual([]);
    expect(outbox.totals).toMatchObject({ restored: 2_500, shed: 2_500 });
    expect(outbox.pending.events).toBe(0);
    await outbox.close();
  });

  it('knows how long it waited also where the clock was set meanwhile', async () => {
    using folder = temporaryFolder();
    const path = join(folder.path, 'outbox.sqlite');
    const day = 86_400_000;
    let wall = 0;
    const clock = { wall: () => wall, steady: () => 0 };
    const { outbox: before } = await openOutbox(
      async () => inThisThread(new Disk(path, { clock })),
      {
        now: () => 1_000, // 1970, as it was at the start
      },
    );
    before.append([event('a', 1)]);
    await before.flush();
    wall = 100 * day;
    before.append([event('a', 2)]);
    await before.close();
    const { outbox } = await openOutbox(path, { now: () => 101 * day, maxAgeMs: 7 * day });
    expect(topicsOf(await takeAll(outbox))).toEqual(['a/1', 'a/2']);
    await outbox.close();
  });

  it('knows it also where another thread of the same process had the file then', async () => {
    using folder = temporaryFolder();
    const path = join(folder.path, 'outbox.sqlite');
    const day = 86_400_000;
    let wall = 0;
    const clock = { wall: () => wall, steady: () => 0 };
    const first = new Disk(path, { clock });
    first.run({ ...NOTHING, events: [toRow(1, 1_000)] });
    wall = 100 * day;
    first.run({ ...NOTHING, events: [toRow(2, 2_000)] });
    first.close();
    const second = new Disk(path, { clock, how: 'again', goesOn: true });
    expect(ages(second)).toEqual([1_000, 2_000]);
    wall = 101 * day;
    second.run({ ...NOTHING, events: [toRow(3, 3_000)] });
    second.close();
    const next = new Disk(path, { clock });
    expect(ages(next)).toEqual([101 * day + 1_000, 101 * day + 2_000, 101 * day + 3_000]);
    next.close();
    const last = new Disk(path, { clock });
    expect(ages(last)[0]).toBe(101 * day + 1_000);
    last.close();
  });
});

const NOTHING: Work = { events: [], gone: [], saved: [], removed: [] };

function toRow(seq: number, appendedAt: number): Row {
  const entry = new StoredEntry(event('a', seq), appendedAt);
  entry.seq = seq;
  return entry.toRow();
}

function ages(disk: Disk): readonly number[] {
  const { read } = disk.run({ ...NOTHING, read: { after: 0, rows: 10, bytes: 1e6 } });
  return read.map(([, , , , , , , appendedAt]) => appendedAt);
}

describe('with more than it reads ahead', () => {
  it('hands out all of it, in order, also where something comes in between', async () => {
    const { outbox } = await openOutbox(':memory:');
    const topics = Array.from({ length: 3_000 }, (_, n) => `c${n % 7}/${n}`);
    const publications = topics.map((topic, n) => ({ ...event(`c${n % 7}`, n), topic }));
    outbox.append(publications.slice(0, 2_900));
    await outbox.flush();
    const taken = [outbox.take() as OutboxEntry];
    outbox.append(publications.slice(2_900));
    taken.push(...(await takeAll(outbox)));
    expect(topicsOf(taken)).toEqual(topics);
    outbox.rewind();
    expect(topicsOf(await takeAll(outbox))).toEqual(topics);
    await outbox.close();
  });

  it('makes who waits wait until it is read', async () => {
    const { outbox } = await openOutbox(':memory:');
    outbox.append(Array.from({ length: 2_000 }, (_, n) => event('a', n)));
    let taken = 0;
    while (taken < 2_000) {
      await outbox.ready(never);
      if (outbox.take() !== undefined) taken += 1;
    }
    expect(outbox.take()).toBeUndefined();
    await outbox.close();
  });
});

describe('in one turn of the event loop', () => {
  it('commits once, before anything can be taken', async () => {
    const works: Work[] = [];
    const { outbox } = await openOutbox(async () => watched(works));
    outbox.append([event('a', 1)], { saved: new Map([['a', 'x']]), removed: [] });
    outbox.append([event('b', 1)], { saved: new Map([['b', 'x']]), removed: ['a'] });
    expect(outbox.take()).toBeUndefined();
    expect(outbox.pending.events).toBe(2);
    await outbox.ready(never);
    expect(works).toMatchObject([
      { events: [{ 1: 'a/1' }, { 1: 'b/1' }], saved: [[1, 'b', 'x']], removed: [] }, // it never came there
    ]);
    await outbox.close();
  });

  it('lets go of what was acknowledged within 100 ms, together', async () => {
    const works: Work[] = [];
    const { outbox } = await openOutbox(async () => watched(works));
    outbox.append([event('a', 1), event('b', 1)]);
    await outbox.ready(never);
    for (const entry of await takeAll(outbox)) outbox.settle(entry);
    await vi.waitFor(() => expect(works.at(-1)?.gone).toHaveLength(2), {
      timeout: 100,
      interval: 5,
    });
    await outbox.close();
  });

  it('does not let go of it with what comes in these', async () => {
    const works: Work[] = [];
    const { outbox } = await openOutbox(async () => watched(works));
    outbox.append([event('a', 1)]);
    await outbox.ready(never);
    outbox.settle(outbox.take() as OutboxEntry);
    outbox.append([event('b', 1)]);
    await outbox.ready(never);
    expect(works.map(({ events, gone }) => [events.length, gone.length])).toEqual([
      [1, 0],
      [1, 0],
    ]);
    await outbox.close();
    expect(works.at(-1)?.gone).toHaveLength(1);
  });

  it('lets go of it before anything is shed', async () => {
    const works: Work[] = [];
    const { outbox } = await openOutbox(async () => watched(works), { maxEvents: 1 });
    outbox.append([event('a', 1)]);
    await outbox.ready(never);
    outbox.settle(outbox.take() as OutboxEntry);
    outbox.append([event('b', 1), event('c', 1)]);
    await outbox.ready(never);
    expect(works.find(({ shed }) => shed !== undefined)?.gone).toHaveLength(1);
    expect(outbox.totals).toMatchObject({ settled: 1, shed: 1 });
    await outbox.close();
  });
});

function watched(works: Work[]): DiskLink {
  const disk = inThisThread(new Disk(':memory:'));
  const run = (work: Work): Promise<Done> => {
    works.push(work);
    return disk.run(work);
  };
  return { ...disk, run };
}

describe('a disk that fails later', () => {
  it('is told once, everything goes on in memory, in order, and is saved when it works again', async () => {
    using folder = temporaryFolder();
    const path = join(folder.path, 'outbox.sqlite');
    const disk = breakable(path);
    const { outbox, said } = await openOutbox(async () => disk);
    outbox.append([event('a', 1)]);
    await outbox.flush();
    disk.isBroken = true;
    outbox.append([event('a', 2)], { saved: new Map([['a', 'talks']]), removed: [] });
    await outbox.flush();
    outbox.append([event('a', 3), event('a', 4)]);
    await outbox.flush();
    const taken = await takeAll(outbox);
    expect(topicsOf(taken)).toEqual(['a/1', 'a/2', 'a/3', 'a/4']);
    for (const entry of taken.slice(0, 3)) outbox.settle(entry);
    expect(outbox.isDiskFailing).toBe(true);
    expect(said).toEqual([
      'OUTBOX_DISK_FAILED: The outbox cannot be written to the disk (disk I/O error); going on in memory',
    ]);
    disk.isBroken = false;
    await vi.waitFor(() => expect(said.at(-1)).toBe('recovered'), { timeout: 3_000 });
    expect(outbox.isDiskFailing).toBe(false);
    await outbox.close();
    const { outbox: after } = await openOutbox(path);
    expect(topicsOf(await takeAll(after))).toEqual(['a/4']);
    expect(after.takeOpenCalls()).toEqual([{ id: 'a', state: 'talks' }]);
    await after.close();
  });

  it('leaves all as quick as ever, also with much in memory', async () => {
    const disk = breakable(':memory:');
    const { outbox } = await openOutbox(async () => disk, { retryMs: 60_000 });
    disk.isBroken = true;
    outbox.append(Array.from({ length: 20_000 }, (_, n) => event('a', n)));
    await outbox.flush();
    const startedAt = performance.now();
    for (let times = 0; times < 100; times++) {
      const late = Array.from({ length: 20 }, () => outbox.take() as OutboxEntry);
      outbox.rewind();
      for (const entry of late) outbox.settle(entry);
    }
    expect(performance.now() - startedAt).toBeLessThan(300); // 600 and more where each step looks at all
    expect(outbox.take()?.publication.at).toBe(2_000);
    await outbox.close();
  });

  it('by being full takes all of a turn or nothing of it', async () => {
    using folder = temporaryFolder();
    const path = join(folder.path, 'outbox.sqlite');
    const disk = new Disk(path, { migrations: [...MIGRATIONS, 'PRAGMA max_page_count = 20'] });
    const { outbox, said } = await openOutbox(async () => inThisThread(disk), { retryMs: 60_000 });
    outbox.append([event('a', 1)], { saved: new Map([['a', 'rings']]), removed: [] });
    await outbox.flush();
    const many = Array.from({ length: 2_000 }, (_, n) => event('a', n + 2));
    outbox.append(many, { saved: new Map([['a', 'talks']]), removed: [] });
    await outbox.flush();
    expect(said).toEqual([expect.stringContaining('(database or disk is full)')]);
    expect(outbox.kept).toBe(1);
    expect(await takeAll(outbox)).toHaveLength(2_001);
    await outbox.close();
    const newer = [...MIGRATIONS, ''];
    const { outbox: after } = await openOutbox(async () =>
      inThisThread(new Disk(path, { migrations: newer })),
    );
    expect(topicsOf(await takeAll(after))).toEqual(['a/1']);
    expect(after.takeOpenCalls()).toEqual([{ id: 'a', state: 'rings' }]);
    await after.close();
  });

  it('where it should be begun anew is tried until it can be', async () => {
    let opened = 0;
    const { outbox, said } = await openOutbox(async () => {
      opened += 1;
      if (opened === 2) throw new Error('still broken');
      const disk = inThisThread(new Disk(':memory:'));
      const run = () => Promise.reject(new DiskGone('gone'));
      return opened === 1 ? { ...disk, run } : disk;
    });
    outbox.append([event('a', 1)]);
    await vi.waitFor(() => expect(said.at(-1)).toBe('recovered'));
    expect(opened).toBe(3);
    expect(topicsOf(await takeAll(outbox))).toEqual(['a/1']);
    await outbox.close();
  });

  it('takes back nothing that was counted, and still tells what was refused meanwhile', async () => {
    const disk = breakable(':memory:');
    const { outbox } = await openOutbox(async () => disk, {
      ...{ retryMs: 60_000, maxEvents: 2 },
      toShedReport: ({ reasons }) => ({ ...event('', 1), topic: JSON.stringify(reasons) }),
    });
    outbox.append([event('a', 1), event('a', 2)]);
    await outbox.flush();
    const first = outbox.take() as OutboxEntry;
    disk.isBroken = true;
    const counted: number[] = [];
    vi.spyOn(disk, 'run').mockImplementation(async () => {
      counted.push(outbox.totals.appended);
      if (counted.length > 1) outbox.refuse(first);
      throw new Error('disk I/O error');
    });
    outbox.append([event('a', 3)]);
    await outbox.flush();
    counted.push(outbox.totals.appended);
    await outbox.close(); // it is tried once more
    expect(counted).toEqual([3, 3, 3]);
    expect(outbox.totals).toMatchObject({ appended: 4, refused: 1 });
    expect(outbox.pending.events).toBe(3);
    expect(topicsOf(await takeAll(outbox))).toEqual(['a/2', 'a/3', '{"refused":1}']);
  });

  it('does not make memory grow: what is too much is shed, finished calls first, and told', async () => {
    const disk = breakable(':memory:');
    const bytes = 10 * event('a', 1).payload.length;
    const { outbox, said } = await openOutbox(async () => disk, { maxMemoryBytes: bytes });
    disk.isBroken = true;
    outbox.append([event('open', 1), event('b', 1), last('b', 2)]);
    await outbox.flush();
    for (let n = 3; n < 10; n++) outbox.append([event('open', n)]);
    const topics = topicsOf(await takeAll(outbox));
    expect(topics).not.toContain('b/1');
    expect(topics.at(-1)).toBe('open/9');
    const { appended, shed } = outbox.totals;
    expect(appended).toBe(shed + outbox.pending.events);
    await outbox.close();
    expect(said).toContain(`shed ${shed} max_bytes`);
  });

  it('does not make memory grow by calls that come and go meanwhile', async () => {
    using folder = temporaryFolder();
    const path = join(folder.path, 'outbox.sqlite');
    const disk = breakable(path);
    const run = vi.spyOn(disk, 'run');
    const { outbox, said } = await openOutbox(async () => disk, { retryMs: 10 });
    const talk = (id: string) => outbox.append([], { saved: new Map([[id, 'x']]), removed: [] });
    const end = (id: string) => outbox.append([], { saved: new Map(), removed: [id] });
    talk('before');
    await outbox.flush();
    disk.isBroken = true;
    talk('stays');
    end('before');
    for (let n = 0; n < 20; n++) {
      talk(`call-${n}`);
      const tried = run.mock.calls.length;
      await vi.waitFor(() => expect(run.mock.calls.length).toBeGreaterThan(tried), { interval: 2 });
      end(`call-${n}`);
    }
    disk.isBroken = false;
    await vi.waitFor(() => expect(said.at(-1)).toBe('recovered'));
    const [work] = run.mock.calls.at(-1) ?? [];
    expect(work).toMatchObject({ saved: [[expect.any(Number), 'stays', 'x']], removed: [1] });
    await outbox.close();
    const { outbox: after } = await openOutbox(path);
    expect(after.takeOpenCalls()).toEqual([{ id: 'stays', state: 'x' }]);
    await after.close();
  });
});

describe('what is acknowledged while the disk works', () => {
  it('leaves it also where it was there already, and the thread died before it said so', async () => {
    using folder = temporaryFolder();
    const path = join(folder.path, 'outbox.sqlite');
    const disk = gated(path);
    let open = async (): Promise<DiskLink> => disk;
    const { outbox, said } = await openOutbox(() => open());
    disk.fail();
    outbox.append([event('a', 1)]);
    await outbox.flush();
    const [entry] = await takeAll(outbox);
    disk.waiting = 0;
    disk.isDone = true;
    disk.shut();
    await vi.waitFor(() => expect(disk.waiting).toBe(1)); // tried again, and done
    outbox.settle(entry as OutboxEntry);
    open = async () => inThisThread(new Disk(path));
    disk.failNow(new DiskGone('gone'));
    await vi.waitFor(() => expect(said.at(-1)).toBe('recovered'), { timeout: 3_000 });
    await outbox.close();
    const { outbox: after } = await openOutbox(path);
    expect(after.totals.restored).toBe(0);
    await after.close();
  });

  it('is not shed as well, where that fails and memory is full', async () => {
    const disk = gated(':memory:');
    const { outbox } = await openOutbox(async () => disk, { maxMemoryBytes: 60, retryMs: 20 });
    disk.fail();
    outbox.append([event('a', 1)]);
    await outbox.flush();
    const [entry] = await takeAll(outbox);
    disk.waiting = 0;
    disk.shut();
    await vi.waitFor(() => expect(disk.waiting).toBe(1)); // tried again, and under way
    outbox.settle(entry as OutboxEntry);
    disk.failNow();
    await outbox.flush();
    outbox.append([event('b', 1), event('b', 2), event('b', 3)]);
    const { settled, shed } = outbox.totals;
    expect(settled).toBe(1);
    expect(shed).toBeGreaterThan(0);
    expect(outbox.pending.events).toBe(3 - shed);
    expect(await takeAll(outbox)).toHaveLength(3 - shed);
    disk.shut();
    disk.open();
    await outbox.close();
  });

  it('is not shed as well, where it was to be sent again', async () => {
    const disk = gated(':memory:');
    const { outbox } = await openOutbox(async () => disk, { maxEvents: 2 });
    outbox.append([event('a', 1), event('b', 1)]);
    await outbox.flush();
    const [entry] = await takeAll(outbox);
    outbox.rewind();
    await outbox.flush();
    disk.waiting = 0;
    disk.isDone = true;
    disk.shut();
    outbox.append([event('c', 1)]);
    await vi.waitFor(() => expect(disk.waiting).toBe(1)); // it sheds
    outbox.settle(entry as OutboxEntry);
    disk.open();
    await outbox.flush();
    expect(outbox.totals).toMatchObject({ settled: 1, shed: 0 });
    expect(topicsOf(await takeAll(outbox))).toEqual(['b/1', 'c/1']);
    await outbox.close();
  });

  it('leaves the disk with the next transaction', async () => {
    using folder = temporaryFolder();
    const path = join(folder.path, 'outbox.sqlite');
    const disk = gated(path);
    const { outbox } = await openOutbox(async () => disk);
    outbox.append([event('a', 1), event('a', 2)]);
    await outbox.flush();
    const [first, second] = await takeAll(outbox);
    disk.shut();
    outbox.settle(first as OutboxEntry);
    const flushed = outbox.flush();
    outbox.settle(second as OutboxEntry);
    disk.open();
    await flushed;
    await outbox.close();
    const { outbox: after } = await openOutbox(path);
    expect(after.totals.restored).toBe(0);
    await after.close();
  });

  it('leaves it also where that failed at first', async () => {
    const disk = breakable(':memory:');
    const { outbox, said } = await openOutbox(async () => disk);
    outbox.append([event('a', 1)]);
    await outbox.flush();
    disk.isBroken = true;
    outbox.settle(outbox.take() as OutboxEntry);
    await vi.waitFor(() => expect(said).toHaveLength(1));
    disk.isBroken = false;
    await vi.waitFor(() => expect(said.at(-1)).toBe('recovered'), { timeout: 3_000 });
    await outbox.close();
  });

  it('leaves it also where it was not there yet', async () => {
    using folder = temporaryFolder();
    const path = join(folder.path, 'outbox.sqlite');
    const disk = gated(path);
    const { outbox, said } = await openOutbox(async () => disk);
    disk.fail();
    outbox.append([event('a', 1)]);
    await outbox.flush();
    const [entry] = await takeAll(outbox);
    disk.waiting = 0;
    disk.shut();
    await vi.waitFor(() => expect(disk.waiting).toBe(1)); // tried again, and under way
    outbox.settle(entry as OutboxEntry);
    disk.open();
    await vi.waitFor(() => expect(said.at(-1)).toBe('recovered'));
    await outbox.close();
    const { outbox: after } = await openOutbox(path);
    expect(after.totals.restored).toBe(0);
    await after.close();
  });
});

/** Work waits while it is closed. */
function gated(path: string) {
  const { found, run, close } = inThisThread(new Disk(path));
  let gate = Promise.withResolvers<void>();
  gate.resolve();
  return {
    found,
    waiting: 0,
    /** What waits is done already, and not said yet. */
    isDone: false,
    async run(work: Work): Promise<Done> {
      const done = this.isDone ? await run(work) : undefined;
      this.waiting += 1;
      await gate.promise;
      this.waiting -= 1;
      return done ?? (await run(work));
    },
    shut(): void {
      gate = Promise.withResolvers();
    },
    open(): void {
      gate.resolve();
    },
    /** What waits fails. */
    failNow(error: Error = new Error('disk I/O error')): void {
      gate.reject(error);
    },
    /** The next one. */
    fail(): void {
      gate = Promise.withResolvers();
      gate.reject(new Error('disk I/O error'));
      gate.promise.catch(() => {});
    },
    close,
  };
}

describe('a disk that stalls', () => {
  it('keeps nobody waiting; what came meanwhile is committed afterwards, in order', async () => {
    const disk = inThisThread(new Disk(':memory:'));
    let stall = Promise.resolve();
    const run = async (work: Work) => {
      await stall;
      return await disk.run(work);
    };
    const { outbox, said } = await openOutbox(async () => ({ ...disk, run }));
    outbox.append([event('a', 1)]);
    await outbox.flush();
    const { promise, resolve } = Promise.withResolvers<void>();
    stall = promise;
    for (let n = 2; n <= 600; n++) {
      outbox.append([event('a', n)]);
      if (n % 100 === 0) await turn();
    }
    expect(topicsOf([outbox.take() as OutboxEntry])).toEqual(['a/1']);
    expect(outbox.take()).toBeUndefined(); // it is not committed
    expect(outbox.pending.events).toBe(600);
    resolve();
    const numbers = Array.from({ length: 599 }, (_, n) => `a/${n + 2}`);
    expect(topicsOf(await takeAll(outbox))).toEqual(numbers);
    expect(said).toEqual([]);
    await outbox.close();
  });

  it('is told where it lasts, and when it is over', async () => {
    const disk = inThisThread(new Disk(':memory:'));
    const { promise, resolve } = Promise.withResolvers<void>();
    const run = async (work: Work) => {
      await promise;
      return await disk.run(work);
    };
    const { outbox, said } = await openOutbox(async () => ({ ...disk, run }));
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    outbox.append([event('a', 1)]);
    await turn();
    await vi.advanceTimersByTimeAsync(9_999);
    expect(said).toEqual([]);
    expect(outbox.isDiskFailing).toBe(false);
    await vi.advanceTimersByTimeAsync(20_000);
    vi.useRealTimers();
    expect(said).toEqual([expect.stringMatching(/^OUTBOX_DISK_FAILED: .* not answered .* 10 s/)]);
    expect(outbox.isDiskFailing).toBe(true);
    resolve();
    expect(topicsOf(await takeAll(outbox))).toEqual(['a/1']);
    expect(said.slice(1)).toEqual(['recovered']);
    expect(outbox.isDiskFailing).toBe(false);
    await outbox.close();
  });

  it('keeps no call that ended while it was on its way to the disk', async () => {
    using folder = temporaryFolder();
    const path = join(folder.path, 'outbox.sqlite');
    const disk = inThisThread(new Disk(path));
    const { promise, resolve } = Promise.withResolvers<void>();
    const run = async (work: Work) => {
      await promise;
      return await disk.run(work);
    };
    const { outbox } = await openOutbox(async () => ({ ...disk, run }));
    outbox.append([], { saved: new Map([['a', 'rings']]), removed: [] });
    await turn();
    outbox.append([], { saved: new Map(), removed: ['a'] });
    resolve();
    await outbox.close();
    const { outbox: after } = await openOutbox(path);
    expect(after.takeOpenCalls()).toEqual([]);
    await after.close();
  });

  it('does not make memory grow', async () => {
    const disk = inThisThread(new Disk(':memory:'));
    const { promise, resolve } = Promise.withResolvers<void>();
    const run = async (work: Work) => {
      await promise;
      return await disk.run(work);
    };
    const { outbox } = await openOutbox(async () => ({ ...disk, run }), { maxMemoryBytes: 1_000 });
    for (let n = 1; n <= 600; n++) {
      outbox.append([event('a', n)]);
      if (n === 5) await turn();
    }
    expect(outbox.pending.bytes).toBeLessThan(1_100);
    resolve();
    const taken = topicsOf(await takeAll(outbox));
    expect(taken.slice(0, 5)).toEqual(['a/1', 'a/2', 'a/3', 'a/4', 'a/5']); // on their way to the disk
    expect(taken.at(-1)).toBe('a/600');
    const { appended, shed } = outbox.totals;
    expect(appended).toBe(shed + outbox.pending.events);
    await outbox.close();
  });
});

/** The thread that has it dies when it has done a transaction, before it says so; or it does not do some. */
function lostBehind(path: string) {
  const state = {
    isLost: false,
    fails: 0,
    works: 0,
    async open(how: HowToOpen): Promise<DiskLink> {
      const disk = inThisThread(new Disk(path, { how }));
      return {
        ...disk,
        async run(work) {
          state.works += 1;
          if (state.works > 1_000) await new Promise(() => {}); // it would ask for ever
          if (!state.isLost && state.fails > 0) {
            state.fails -= 1;
            throw Object.assign(new Error('disk I/O error'), { errcode: 10 });
          }
          const done = await disk.run(work);
          if (!state.isLost) return done;
          state.isLost = false;
          throw new DiskGone('gone');
        },
      };
    },
  };
  return state;
}

function breakable(path: string): DiskLink & { isBroken: boolean } {
  const disk = inThisThread(new Disk(path));
  return {
    ...disk,
    isBroken: false,
    async run(work) {
      if (this.isBroken) throw Object.assign(new Error('disk I/O error'), { errcode: 10 });
      return await disk.run(work);
    },
  };
}

describe('the file', () => {
  it('is for one process', async () => {
    using folder = temporaryFolder();
    const path = join(folder.path, 'outbox.sqlite');
    const disk = await openDisk(path, 'as-it-is');
    const other = new Disk(join(folder.path, 'other.sqlite'));
    other.close();
    await expect(openDisk(path, 'as-it-is')).rejects.toMatchObject({ code: 'DATA_DIR_IN_USE' });
    await disk.close();
  });

  it('that cannot be opened ends the start, and says why', () => {
    using folder = temporaryFolder();
    const path = join(folder.path, 'outbox.sqlite');
    mkdirSync(path);
    expect(() => new Disk(path)).toThrow(
      expect.objectContaining({
        code: 'OUTBOX_UNOPENABLE',
        message: expect.stringMatching(/outbox\.sqlite cannot be opened \(EISDIR/),
      }),
    );
  });

  it('is for no other user of the machine', async () => {
    using folder = temporaryFolder();
    const path = join(folder.path, 'outbox.sqlite');
    const { outbox } = await openOutbox(path);
    outbox.append([event('a', 1)]);
    await outbox.flush();
    const files = readdirSync(folder.path);
    expect(files).toContain('outbox.sqlite-wal');
    for (const file of files) expect(statSync(join(folder.path, file)).mode & 0o77).toBe(0);
    await outbox.close();
  });

  it('of an older version is brought to this one, with its events and open calls', async () => {
    using folder = temporaryFolder();
    const path = join(folder.path, 'outbox.sqlite');
    const { outbox: before } = await openOutbox(path);
    before.append([event('a', 1)], { saved: new Map([['a', 'talks']]), removed: [] });
    await before.close();
    const newer = [...MIGRATIONS, 'ALTER TABLE open_calls ADD COLUMN since REAL'];
    const { outbox } = await openOutbox(async () =>
      inThisThread(new Disk(path, { migrations: newer })),
    );
    expect(topicsOf(await takeAll(outbox))).toEqual(['a/1']);
    expect(outbox.takeOpenCalls()).toEqual([{ id: 'a', state: 'talks' }]);
    await outbox.close();
    expect(() => new Disk(path)).toThrow(expect.objectContaining({ code: 'OUTBOX_TOO_NEW' }));
  });

  it('of a newer version is refused and left as it is', () => {
    using folder = temporaryFolder();
    const path = join(folder.path, 'outbox.sqlite');
    const db = new DatabaseSync(path);
    db.exec('CREATE TABLE future (x); PRAGMA user_version = 99');
    db.close();
    expect(() => new Disk(path)).toThrow(/newer version \(99, this one knows 1\)/);
    expect(readdirSync(folder.path)).toEqual(['outbox.sqlite']);
  });

  it.each([
    ['is no database at all', (path: string) => writeFileSync(path, 'x'.repeat(10_000))],
    ['was overwritten in the middle', (path: string) => overwrite(path, 4_096, 8_192)],
    ['was cut', (path: string) => truncateSync(path, 8_192)],
  ])('that %s is set aside, and a new one is begun', async (_, damage) => {
    using folder = temporaryFolder();
    const path = join(folder.path, 'outbox.sqlite');
    const { outbox: before } = await openOutbox(path);
    before.append(Array.from({ length: 500 }, (_, n) => event('a', n)));
    await before.close();
    damage(path);
    const { outbox, said } = await openOutbox(path);
    expect(said).toEqual([
      expect.stringMatching(/^set aside .*outbox\.sqlite\.damaged-\d{8}T\d{6}Z$/),
    ]);
    expect(readdirSync(folder.path).some((name) => name.includes('.damaged-'))).toBe(true);
    outbox.append([event('b', 1)]);
    expect(topicsOf(await takeAll(outbox))).toEqual(['b/1']);
    expect(outbox.totals.restored).toBe(0);
    await outbox.close();
  });

  it.each([{}, { maxEvents: 1 }])(
    'holds up nothing where what a report told in it cannot be read (%o)',
    async (limits) => {
      using folder = temporaryFolder();
      const path = join(folder.path, 'outbox.sqlite');
      const { outbox: before } = await openOutbox(path);
      before.append([event('a', 1), event('a', 2), event('a', 3)]);
      await before.close();
      const db = new DatabaseSync(path);
      db.exec(
        "UPDATE events SET told = '{' WHERE seq = 1; UPDATE events SET told = '7' WHERE seq = 2",
      );
      db.close();
      const { outbox, said } = await openOutbox(path, limits);
      outbox.append([event('a', 4)]);
      await outbox.flush();
      const taken = await takeAll(outbox);
      expect(topicsOf(taken).at(-1)).toBe('a/4');
      expect(taken.length + outbox.totals.shed).toBe(4);
      await outbox.close();
      expect(said.join()).not.toContain('OUTBOX_DISK_FAILED');
    },
  );

  it('that is damaged is set aside once, however often a new one cannot be begun', () => {
    using folder = temporaryFolder();
    const path = join(folder.path, 'outbox.sqlite');
    writeFileSync(path, 'what was in it');
    const full = [...MIGRATIONS, 'PRAGMA max_page_count = 2; CREATE TABLE more (x)'];
    for (const how of [{}, { how: 'anew' } as const]) {
      expect(() => new Disk(path, { ...how, migrations: full })).toThrow(
        expect.objectContaining({ code: 'OUTBOX_UNOPENABLE' }),
      );
    }
    expect(readdirSync(folder.path)).toEqual(['outbox.sqlite']);
    const disk = new Disk(path);
    expect(readFileSync(String(disk.found.setAside?.path), 'utf8')).toBe('what was in it');
    expect(readdirSync(folder.path).filter((name) => name.includes('.damaged-'))).toHaveLength(1);
    disk.close();
  });
});

describe('a file that turns out to be damaged later', () => {
  it('is set aside; all that is in memory goes on, and what is lost with it is told', async () => {
    using folder = temporaryFolder();
    const path = join(folder.path, 'outbox.sqlite');
    let isDamaged = false;
    const onSetAside = (file: { readonly path: string }) => {
      said.push(`set aside ${file.path}`);
      outbox.append([], { saved: new Map([['a', 'talks']]), removed: [] });
    };
    const { outbox, said } = await openOutbox(
      async (how) => {
        const disk = inThisThread(new Disk(path, { how }));
        if (how === 'anew') isDamaged = false;
        const run = async (work: Work) => {
          if (isDamaged) throw Object.assign(new Error('malformed'), { errcode: 11 });
          return await disk.run(work);
        };
        return { ...disk, run };
      },
      {
        onSetAside,
        toShedReport: ({ events, reasons }) => ({
          ...event('', 1),
          topic: JSON.stringify({ events, reasons }),
        }),
      },
    );
    outbox.append(Array.from({ length: 2_000 }, (_, n) => event('a', n)));
    await outbox.flush();
    const taken = [outbox.take(), outbox.take()] as OutboxEntry[];
    isDamaged = true;
    outbox.append([event('b', 1)]);
    await vi.waitFor(() => expect(said.at(-1)).toMatch(/set aside|recovered/), { timeout: 3_000 });
    taken.push(...(await takeAll(outbox)));
    const { appended, shed } = outbox.totals;
    expect(topicsOf(taken).slice(0, 3)).toEqual(['a/0', 'a/1', 'a/2']);
    expect(topicsOf(taken)).toContain('b/1');
    expect(topicsOf(taken)).toContain(JSON.stringify({ events: shed, reasons: { damaged: shed } }));
    expect(appended).toBe(shed + outbox.pending.events);
    expect(outbox.pending.bytes).toBe(
      taken.reduce(
        (sum, { publication: p }) => sum + p.topic.length + Buffer.byteLength(p.payload),
        0,
      ),
    );
    await outbox.close();
    const { outbox: after } = await openOutbox(path);
    expect(after.pending.events).toBe(taken.length);
    expect(after.takeOpenCalls()).toEqual([{ id: 'a', state: 'talks' }]);
    await after.close();
  });
});

describe('a disk that does not give back what it has', () => {
  it('is asked again now and then, and gives it when it can', async () => {
    const disk = unreadable(':memory:');
    const { outbox, said } = await openOutbox(async () => disk, { retryMs: 20 });
    outbox.append(Array.from({ length: 2_000 }, (_, n) => event('a', n)));
    await outbox.flush();
    disk.isBroken = true;
    const taken = await takeAll(outbox);
    outbox.append([event('a', 2_000)]);
    await vi.waitFor(() => expect(disk.asked).toBeGreaterThan(5), { interval: 5 });
    expect(disk.asked).toBeLessThan(12); // two for each time
    expect(outbox.take()).toBeUndefined(); // what is on the disk goes first
    disk.isBroken = false;
    await vi.waitFor(() => expect(said.at(-1)).toBe('recovered'));
    taken.push(...(await takeAll(outbox)));
    expect(taken.map(({ publication }) => publication.at)).toEqual([...Array(2_001).keys()]);
    await outbox.close();
  });

  it('is not waited for for ever: delivery goes on without it, and what that costs is told', async () => {
    using folder = temporaryFolder();
    const path = join(folder.path, 'outbox.sqlite');
    const disk = unreadable(path);
    const { outbox, said } = await openOutbox(
      async (how) => {
        if (how === 'as-it-is') return disk;
        if (disk.isBroken) throw new Error('it cannot be opened either');
        return inThisThread(new Disk(path, { how: 'anew' }));
      },
      { retryMs: 1, toShedReport: ({ events }) => ({ ...event('', 1), topic: `lost ${events}` }) },
    );
    outbox.append(Array.from({ length: 2_000 }, (_, n) => event('a', n)));
    await outbox.flush();
    disk.isBroken = true;
    const taken = await takeAll(outbox);
    outbox.append([event('b', 1)]);
    await vi.waitFor(() => expect(outbox.totals.shed).toBeGreaterThan(0));
    taken.push(...(await takeAll(outbox)));
    expect(topicsOf(taken.slice(-2)).toSorted()).toEqual(['b/1', `lost ${outbox.totals.shed}`]);
    disk.isBroken = false;
    await vi.waitFor(() => expect(said.at(-1)).toBe('recovered'));
    const { appended, shed } = outbox.totals;
    expect(appended).toBe(shed + outbox.pending.events);
    expect(outbox.pending.events).toBe(taken.length);
    expect(said).toContainEqual(expect.stringMatching(/^set aside/));
    await outbox.close();
    const { outbox: after } = await openOutbox(path);
    expect(topicsOf(await takeAll(after)).toSorted()).toEqual(topicsOf(taken).toSorted());
    await after.close();
  });
});

/** What would read from it fails, while it is broken. */
function unreadable(path: string): DiskLink & { isBroken: boolean; asked: number } {
  const disk = inThisThread(new Disk(path));
  return {
    ...disk,
    isBroken: false,
    asked: 0,
    async run(work) {
      if (!this.isBroken || work.read === undefined) return await disk.run(work);
      this.asked += 1;
      throw Object.assign(new Error('disk I/O error'), { errcode: 266 });
    },
  };
}

describe('a thread that is gone', () => {
  it('is begun again, and nothing is lost', async () => {
    using folder = temporaryFolder();
    const path = join(folder.path, 'outbox.sqlite');
    let isGone = false;
    const { outbox, said } = await openOutbox(async (how) => {
      isGone = false;
      const disk = await openDisk(path, how);
      const run = async (work: Work) => {
        if (isGone) await disk.close();
        return await disk.run(work);
      };
      return { ...disk, run };
    });
    outbox.append([event('a', 1)]);
    await outbox.flush();
    isGone = true;
    outbox.append([event('a', 2)]);
    await vi.waitFor(() => expect(said.at(-1)).toBe('recovered'), { timeout: 3_000 });
    outbox.append([event('a', 3)]);
    await outbox.flush();
    expect(topicsOf(await takeAll(outbox))).toEqual(['a/1', 'a/2', 'a/3']);
    await outbox.close();
  });

  it('behind work that it has done leaves no event on the disk that was acknowledged meanwhile', async () => {
    using folder = temporaryFolder();
    const disk = lostBehind(join(folder.path, 'outbox.sqlite'));
    const { outbox, said } = await openOutbox(disk.open, { maxEvents: 2 });
    disk.isLost = true;
    outbox.append([event('a', 1), event('a', 2)]);
    await vi.waitFor(() => expect(outbox.isDiskFailing).toBe(true));
    const [first, second] = await takeAll(outbox);
    outbox.settle(first as OutboxEntry);
    await vi.waitFor(() => expect(said.at(-1)).toBe('recovered'), { timeout: 3_000 });
    outbox.settle(second as OutboxEntry);
    await outbox.flush();
    outbox.append([event('b', 1), event('b', 2), event('b', 3)]);
    await outbox.flush();
    expect(outbox.totals).toEqual({ appended: 5, restored: 0, settled: 2, shed: 1, refused: 0 });
    expect(topicsOf(await takeAll(outbox))).toEqual(['b/2', 'b/3']);
    const works = disk.works;
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(disk.works - works).toBeLessThan(3); // it does not ask for ever
    await outbox.close();
    const { outbox: after } = await openOutbox(join(folder.path, 'outbox.sqlite'));
    expect(topicsOf(await takeAll(after))).toEqual(['b/2', 'b/3']);
    await after.close();
  });

  it('behind work that it has done leaves each call with the number it has', async () => {
    using folder = temporaryFolder();
    const path = join(folder.path, 'outbox.sqlite');
    const disk = lostBehind(path);
    const { outbox, said } = await openOutbox(disk.open);
    disk.isLost = true;
    disk.fails = 1; // of which the calls are no part: there are too many events
    outbox.append([event('a', 1)], { saved: new Map([['a', 'rings']]), removed: [] });
    await turn();
    expect(outbox.isDiskFailing).toBe(true);
    outbox.append(Array.from({ length: 1_500 }, (_, n) => event('b', n)));
    await vi.waitFor(() => expect(said.at(-1)).toBe('recovered'), { timeout: 3_000 });
    await outbox.flush();
    outbox.append([], { saved: new Map(), removed: ['a'] });
    await outbox.close();
    const { outbox: after } = await openOutbox(path);
    expect(after.takeOpenCalls()).toEqual([]);
    await after.close();
  });

  it('behind the last of its work leaves nothing on the disk that is not counted', async () => {
    const disk = inThisThread(new Disk(':memory:'));
    let works = 0;
    const run = async (work: Work) => {
      const done = await disk.run(work);
      works += 1;
      if (works > 100) await new Promise(() => {}); // it would ask for ever
      if (works === 4) throw new DiskGone('gone'); // while it shed
      return done;
    };
    const { outbox, said } = await openOutbox(
      async () => ({ found: disk.found, run, close: async () => {} }),
      { retryMs: 1, maxEvents: 3_000, toShedReport: () => event('', 1) },
    );
    for (let n = 0; n < 5_000; n += 1_000) {
      outbox.append(Array.from({ length: 1_000 }, (_, i) => event('a', n + i)));
      await outbox.flush();
    }
    await vi.waitFor(() => expect(said.at(-1)).toBe('recovered'), { interval: 2 });
    const taken = await takeAll(outbox);
    expect(new Set(topicsOf(taken)).size).toBe(taken.length);
    for (const entry of taken) outbox.settle(entry);
    await outbox.flush();
    const { appended, settled, shed } = outbox.totals;
    expect(appended).toBe(settled + shed);
    expect(outbox.pending.events).toBe(0);
    const { read } = await disk.run({
      ...{ events: [], gone: [], saved: [], removed: [] },
      read: { after: 0, rows: 10, bytes: 1e9 },
    });
    expect(read).toEqual([]);
    await outbox.close();
  });

  it.each(['fails', 'can be opened'])(
    'is given up at the end, also where it then %s',
    async (how) => {
      const late = Promise.withResolvers<DiskLink>();
      const disk = inThisThread(new Disk(':memory:'));
      const gone: DiskLink = {
        found: disk.found,
        run: () => Promise.reject(new DiskGone('gone')),
        close: () => Promise.resolve(),
      };
      const run = vi.spyOn(disk, 'run');
      const close = vi.spyOn(disk, 'close').mockResolvedValue();
      const opened = vi.fn<() => Promise<DiskLink>>().mockResolvedValueOnce(gone);
      const { outbox } = await openOutbox(opened.mockReturnValue(late.promise), { retryMs: 1 });
      outbox.append([event('a', 1)]);
      await vi.waitFor(() => expect(opened).toHaveBeenCalledTimes(2), { interval: 2 });
      vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
      const closed = outbox.close();
      await vi.advanceTimersByTimeAsync(1_000);
      await closed;
      if (how === 'fails') late.reject(new Error('disk I/O error'));
      else late.resolve(disk);
      await vi.advanceTimersByTimeAsync(1_000);
      vi.useRealTimers();
      expect(opened).toHaveBeenCalledTimes(2);
      expect(run).not.toHaveBeenCalled();
      expect(close).toHaveBeenCalledTimes(how === 'fails' ? 0 : 1);
    },
  );
});

function overwrite(path: string, from: number, to: number): void {
  const bytes = readFileSync(path);
  bytes.fill(0xa5, from, to);
  writeFileSync(path, bytes);
}

describe('in a thread of its own', () => {
  it('does the same', async () => {
    using folder = temporaryFolder();
    const path = join(folder.path, 'outbox.sqlite');
    const { outbox } = await openOutboxInThread(path);
    outbox.append([event('a', 1), event('a', 2)], { saved: new Map([['a', 'x']]), removed: [] });
    await outbox.ready(never);
    outbox.settle(outbox.take() as OutboxEntry);
    await outbox.close();
    const { outbox: after } = await openOutboxInThread(path);
    expect(after.takeOpenCalls()).toEqual([{ id: 'a', state: 'x' }]);
    expect(topicsOf(await takeAll(after))).toEqual(['a/2']);
    await after.close();
  });

  it('begins while others go on with what is in the file', async () => {
    using folder = temporaryFolder();
    const path = join(folder.path, 'outbox.sqlite');
    const { outbox } = await openOutbox(path);
    outbox.append([event('a', 1)], { saved: new Map([['a', 'x']]), removed: [] });
    await outbox.close();
    const refusals: unknown[] = [];
    const when = Promise.resolve();
    const disk = await beginDisk({ path, when, onRefused: (error) => refusals.push(error) });
    expect(disk.found).toMatchObject({ events: 1, lastSeq: 1, openCalls: [{ id: 'a' }] });
    const { read } = await disk.run({ ...NO_WORK, read: { after: 0, rows: 10, bytes: 1e6 } });
    expect(read.map(([seq, topic]) => [seq, topic])).toEqual([[1, 'a/1']]);
    await expect(beginDisk({ path, when, onRefused: () => {} })).rejects.toMatchObject({
      code: 'DATA_DIR_IN_USE',
    });
    await disk.close();
    expect(refusals).toEqual([]);
  });

  it('is not given the calls again when it takes over, but reads them, so that a damage comes out', async () => {
    using folder = temporaryFolder();
    const path = join(folder.path, 'outbox.sqlite');
    const { outbox } = await openOutbox(path);
    const state = 'in many pages '.repeat(2_000);
    outbox.append([event('a', 1)], { saved: new Map([['a', state]]), removed: [] });
    await outbox.close();
    const refusals: unknown[] = [];
    const onRefused = (error: unknown) => refusals.push(error);
    const disk = await handOver(path, { letGo: () => {}, onRefused });
    expect(disk.found).toMatchObject({ events: 1, lastSeq: 1, openCalls: [] });
    await disk.close();
    await vi.waitFor(() => expect(() => new Disk(path).close()).not.toThrow());
    const text = readFileSync(path, 'latin1').lastIndexOf('in many pages') - 10_000;
    const page = text - (text % 4_096);
    overwrite(path, page, page + 4);
    await expect(handOver(path, { letGo: () => {}, onRefused })).rejects.toMatchObject({
      errcode: 11, // SQLITE_CORRUPT
    });
    expect(refusals).toEqual([]);
  });

  it('says so where it cannot open the file', async () => {
    using folder = temporaryFolder();
    const path = join(folder.path, 'outbox.sqlite');
    const refused = Promise.withResolvers<unknown>();
    const when = Promise.withResolvers<void>();
    const disk = await beginDisk({ path, when: when.promise, onRefused: refused.resolve });
    await expect(openDisk(path, 'as-it-is')).rejects.toMatchObject({ code: 'DATA_DIR_IN_USE' });
    rmSync(path);
    mkdirSync(path);
    when.resolve();
    expect(await refused.promise).toMatchObject({ code: 'OUTBOX_UNOPENABLE' });
    await expect(disk.run(NO_WORK)).rejects.toMatchObject({ code: 'OUTBOX_UNOPENABLE' });
    await disk.close();
  });

  it('tells of a file that was damaged before it had it, and goes on in a new one', async () => {
    using folder = temporaryFolder();
    const path = join(folder.path, 'outbox.sqlite');
    const { outbox: before } = await openOutbox(path);
    before.append([], { saved: new Map([['a', 'x']]), removed: [] });
    await before.close();
    const refusals: unknown[] = [];
    const when = Promise.withResolvers<void>();
    const onRefused = (error: unknown) => refusals.push(error);
    const { outbox, said } = await openOutbox((how) => openDisk(path, how), {
      beginDisk: () => beginDisk({ path, when: when.promise, onRefused }),
    });
    expect(outbox.takeOpenCalls()).toEqual([{ id: 'a', state: 'x' }]);
    overwrite(path, 0, 4_096);
    when.resolve();
    outbox.append([event('b', 1)]);
    await vi.waitFor(() => expect(said.at(-1)).toBe('recovered'), { timeout: 5_000 });
    expect(said).toEqual([
      expect.stringMatching(/^OUTBOX_DISK_FAILED: .*not a database/),
      expect.stringMatching(/^set aside .*outbox\.sqlite\.damaged-\d{8}T\d{6}Z$/),
      'recovered',
    ]);
    expect(refusals).toEqual([]);
    await outbox.close();
    const { outbox: after } = await openOutbox(path);
    expect(topicsOf(await takeAll(after))).toEqual(['b/1']);
    await after.close();
  });

  it('leaves none behind where it cannot open the file, however often that is tried', async () => {
    using folder = temporaryFolder();
    const threads = () => readdirSync('/proc/self/task').length;
    const tryOnce = () => openDisk(folder.path, 'as-it-is').catch(({ code }) => code);
    expect(await tryOnce()).toBe('OUTBOX_UNOPENABLE');
    const before = threads();
    for (let n = 0; n < 3; n++) await tryOnce();
    expect(threads()).toBeLessThanOrEqual(before);
  });
});

const NO_WORK: Work = { events: [], gone: [], saved: [], removed: [] };
