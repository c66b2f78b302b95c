// What the outbox costs, in memory and on disk: events per second through it, memory with a million pending, how long
// the event loop stands still meanwhile, and what one commit takes.
//   node --expose-gc bench/outbox.ts [FOLDER]

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import process from 'node:process';
import { setImmediate as turn } from 'node:timers/promises';
import { Disk, type Work } from '../src/io/store/disk.ts';
import { openDisk } from '../src/io/store/disk-link.ts';
import { DurableOutbox } from '../src/io/store/durable-outbox.ts';
import { MemoryOutbox } from '../src/io/store/memory-outbox.ts';
import { StoredEntry } from '../src/io/store/row.ts';
import { PAYLOAD, publication } from './publications.ts';

const THROUGH = 200_000;
const PENDING = 1_000_000;
const A_TURN = 10;
const SIGNAL = new AbortController().signal;

const folder = mkdtempSync(join(process.argv[2] ?? tmpdir(), 'bench-'));
const LIMITS = { maxEvents: PENDING, maxBytes: 1e10, maxAgeMs: 1e10, onShed: () => {} };

try {
  commits();
  const kind = process.argv[3];
  if (kind !== 'disk') await measure('in memory', () => new MemoryOutbox(LIMITS));
  if (kind !== 'memory') await measure('on disk', createDurable);
} finally {
  rmSync(folder, { recursive: true });
}

async function measure(name: string, create: () => MemoryOutbox | DurableOutbox): Promise<void> {
  const outbox = create();
  if (outbox instanceof DurableOutbox) await outbox.open();
  const rate = await through(outbox);
  print(`${name}: ${rate} events/s appended, taken and settled`);
  const before = usedBytes();
  const loop = monitorEventLoopDelay({ resolution: 1 });
  loop.enable();
  await fill(outbox, PENDING);
  const stood = stands(loop); // before the garbage is collected
  print(`  ${PENDING} pending: ${megabytes(usedBytes() - before)} MB more; ${stood}`);
  loop.reset();
  await fill(outbox, 20_000);
  print(`  20,000 more, and as many shed (${outbox.totals.shed}); ${stands(loop)}`);
  loop.reset();
  const startedAt = performance.now();
  await drain(outbox, PENDING / 2);
  const perSecond = Math.round((PENDING / 2 / (performance.now() - startedAt)) * 1_000);
  print(`  half of them delivered: ${perSecond} events/s; ${stands(loop)}`);
  loop.disable();
  await outbox.close();
  if (outbox instanceof DurableOutbox) await reopen();
}

async function reopen(): Promise<void> {
  const startedAt = performance.now();
  const outbox = createDurable();
  await outbox.open();
  const ms = Math.round(performance.now() - startedAt);
  print(`  opened again with ${outbox.totals.restored} events in ${ms} ms`);
  await outbox.close();
}

function createDurable(): DurableOutbox {
  const nothing = () => {};
  return new DurableOutbox({
    ...LIMITS,
    maxMemoryBytes: 1e9,
    openDisk: (how) => openDisk(join(folder, 'outbox.sqlite'), how),
    onFailed: (error) => print(String(error)),
    onRecovered: nothing,
    onSetAside: nothing,
  });
}

async function through(outbox: MemoryOutbox | DurableOutbox): Promise<number> {
  const startedAt = performance.now();
  const drained = drain(outbox, THROUGH);
  await fill(outbox, THROUGH);
  await drained;
  return Math.round((THROUGH / (performance.now() - startedAt)) * 1_000);
}

async function fill(outbox: MemoryOutbox | DurableOutbox, events: number): Promise<void> {
  for (let n = 0; n < events; n += A_TURN) {
    outbox.append(Array.from({ length: A_TURN }, (_, i) => publication(n + i)));
    await turn();
    if (n % 2_000 === 0 && outbox instanceof DurableOutbox) await outbox.flush(); // no faster than the disk
  }
  if (outbox instanceof DurableOutbox) await outbox.flush();
}

async function drain(outbox: MemoryOutbox | DurableOutbox, events: number): Promise<void> {
  for (let taken = 0; taken < events; ) {
    await outbox.ready(SIGNAL);
    const entry = outbox.take();
    if (entry === undefined) continue;
    taken += 1;
    if (taken % A_TURN === 0) await turn();
    outbox.settle(entry);
  }
}

/** Three events of a call and the end of another one, as one transaction. */
function commits(): void {
  const disk = new Disk(join(folder, 'commits.sqlite'));
  const times: number[] = [];
  for (let n = 0; n < 60_000; n += 3) {
    const startedAt = performance.now();
    disk.run(toWork(n));
    times.push(performance.now() - startedAt);
  }
  disk.close();
  const sorted = times.toSorted((a, b) => a - b);
  const at = (part: number) => sorted[Math.floor(part * (sorted.length - 1))]?.toFixed(2);
  print(`a commit of 3 events: ${at(0.5)} ms, 1 of 100 ${at(0.99)} ms, the longest ${at(1)} ms`);
}

function toWork(from: number): Work {
  const rows = [from + 1, from + 2, from + 3].map((seq) => {
    const entry = new StoredEntry(publication(seq), Date.now());
    entry.seq = seq;
    return entry.toRow();
  });
  const gone = from >= 300 ? [from - 299, from - 298, from - 297] : [];
  return { events: rows, gone, saved: [[from % 100, `call-${from % 100}`, PAYLOAD]], removed: [] };
}

function stands(loop: { readonly max: number }): string {
  return `the event loop stood still for ${Math.round(loop.max / 1e6)} ms at most`;
}

function usedBytes(): number {
  globalThis.gc?.();
  return process.memoryUsage.rss();
}

function megabytes(bytes: number): number {
  return Math.round(bytes / 1e6);
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}
