// How long the event loop stands still while the disk fails and a broker is away: with many events in memory, when the
// broker comes and goes, and when the disk takes all of it in the end.
//   node bench/failing-disk.ts [EVENTS]

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import process from 'node:process';
import { setTimeout as delay, setImmediate as turn } from 'node:timers/promises';
import { type DiskLink, openDisk } from '../src/io/store/disk-link.ts';
import { DurableOutbox } from '../src/io/store/durable-outbox.ts';
import type { OutboxEntry } from '../src/ports.ts';
import { publication } from './publications.ts';

const EVENTS = Number(process.argv[2] ?? 300_000);
/** Somewhat less than they have, so that all do not have room. */
const EVENT_BYTES = 450;
const IN_FLIGHT = 512;

let isBroken = false;
const folder = mkdtempSync(join(tmpdir(), 'bench-'));
const outbox = new DurableOutbox({
  maxEvents: 10 * EVENTS,
  maxBytes: 1e10,
  maxAgeMs: 1e10,
  maxMemoryBytes: EVENTS * EVENT_BYTES,
  retryMs: 100,
  onShed: ({ reason, events }) => print(`  shed ${events}: ${reason}`),
  openDisk: async (how) => breakable(await openDisk(join(folder, 'outbox.sqlite'), how)),
  onFailed: () => {},
  onRecovered: () => print('  the disk works again'),
  onSetAside: () => {},
});
const loop = monitorEventLoopDelay({ resolution: 1 });

try {
  await outbox.open();
  isBroken = true;
  await measure(`${EVENTS} come while the disk fails`, () => fill(EVENTS));
  await measure('20,000 more, for which others go', () => fill(20_000));
  await measure('tried again for 2 s', () => delay(2_000));
  await measure('100 times the broker comes and goes', async () => {
    for (let times = 0; times < 100; times++) await comeAndGo();
  });
  await measure(`${EVENTS / 10} delivered`, () => deliver(EVENTS / 10));
  isBroken = false;
  await measure('all of it to the disk', async () => {
    await delay(150);
    await outbox.flush();
  });
  await measure(`${EVENTS / 2} delivered`, () => deliver(EVENTS / 2));
  await measure('closed', () => outbox.close());
} finally {
  rmSync(folder, { recursive: true });
}

async function measure(name: string, act: () => Promise<unknown>): Promise<void> {
  loop.enable();
  loop.reset();
  const startedAt = performance.now();
  await act();
  const ms = Math.round(performance.now() - startedAt);
  await delay(5);
  print(
    `${name}: ${ms} ms; the event loop stood still for ${Math.round(loop.max / 1e6)} ms at most`,
  );
  loop.disable();
}

async function fill(events: number): Promise<void> {
  for (let n = 0; n < events; n += 10) {
    outbox.append(Array.from({ length: 10 }, (_, i) => publication(n + i)));
    await (n % 200 === 0 ? delay(1) : turn());
  }
}

/** What was on its way is acknowledged when it is to go again already. */
async function comeAndGo(): Promise<void> {
  const entries = Array.from({ length: IN_FLIGHT }, () => outbox.take());
  await turn();
  outbox.rewind();
  for (const entry of entries.slice(0, 20)) if (entry !== undefined) outbox.settle(entry);
  await turn();
}

async function deliver(events: number): Promise<void> {
  const out: OutboxEntry[] = [];
  const { signal } = new AbortController();
  for (let taken = 0; taken < events; ) {
    await outbox.ready(signal);
    const entry = outbox.take();
    if (entry === undefined) continue;
    taken += 1;
    out.push(entry);
    if (out.length < 50) continue;
    for (const one of out.splice(0)) outbox.settle(one);
    await turn();
  }
}

function breakable(disk: DiskLink): DiskLink {
  return {
    ...disk,
    async run(work) {
      if (!isBroken) return await disk.run(work);
      structuredClone(work); // as if it were handed to the thread
      await turn();
      throw new Error('disk I/O error');
    },
  };
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}
