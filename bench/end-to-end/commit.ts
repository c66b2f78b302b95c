// What it costs that the disk has a thread of its own: the same commits through that thread and without it, alone, as often
// as the events of 100 calls per second come.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { setTimeout as delay } from 'node:timers/promises';
import { Disk, type Work } from '../../src/io/store/disk.ts';
import { type DiskLink, inThisThread, openDisk } from '../../src/io/store/disk-link.ts';
import { quantiles, type Row, toRow } from '../rows.ts';
import { STEADY, toWork } from './work.ts';

const EVERY_MS = 3;
const COMMITS = 2_000;
/** What was acknowledged is let go of every 50 ms, as in src/io/store/durable-outbox.ts. */
const SETTLED = 17;

const PLACES: Readonly<Record<string, (path: string) => Promise<DiskLink>>> = {
  'through the thread of the outbox': (path) => openDisk(path, 'as-it-is'),
  'without a thread': async (path) => inThisThread(new Disk(path)),
};

export async function commitRows(): Promise<readonly Row[]> {
  const timers = await pace(async () => {});
  const rows: Row[] = [];
  for (const [how, open] of Object.entries(PLACES)) {
    const { p50, p99, processorMs } = await costOf(open);
    const measure = `a commit every ${EVERY_MS} ms, ${how}`;
    const processor = (processorMs - timers.processorMs) * 1_000;
    rows.push(toRow(`${measure}, p50`, { figure: p50, unit: 'ms' }));
    rows.push(toRow(`${measure}, p99`, { figure: p99, unit: 'ms' }));
    rows.push(toRow(`${measure}, processor`, { figure: processor, unit: 'µs' }));
  }
  return rows;
}

async function costOf(open: (path: string) => Promise<DiskLink>): Promise<Cost> {
  const folder = mkdtempSync(join(tmpdir(), 'asterisk-mqtt-bench-'));
  const disk = await open(join(folder, 'outbox.sqlite'));
  for (let n = 1; n <= STEADY; n++) await disk.run(nth(n));
  const cost = await pace(async (n) => void (await disk.run(nth(STEADY + n))));
  await disk.close();
  rmSync(folder, { recursive: true });
  return cost;
}

type Cost = { readonly p50: number; readonly p99: number; readonly processorMs: number };

/** Of one: how long it takes, milliseconds, and how much of the processor, with the timers besides. */
async function pace(commit: (n: number) => Promise<void>): Promise<Cost> {
  const times: number[] = [];
  const before = process.cpuUsage();
  for (let n = 1; n <= COMMITS; n++) {
    await delay(EVERY_MS);
    const startedAt = performance.now();
    await commit(n);
    times.push(performance.now() - startedAt);
  }
  const { user, system } = process.cpuUsage(before);
  return { ...quantiles(times), processorMs: (user + system) / 1_000 / COMMITS };
}

function nth(n: number): Work {
  const settled =
    n % SETTLED === 0 ? Array.from({ length: SETTLED }, (_, k) => n - SETTLED + k) : [];
  return toWork([n], settled);
}
