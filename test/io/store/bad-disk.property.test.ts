// The outbox over a disk that is slow, fails or is lost with its thread at any moment, with nobody waiting for it.

import { setImmediate as turn } from 'node:timers/promises';
import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import { Disk, type Done, type Work } from '../../../src/io/store/disk.ts';
import { DiskGone, type DiskLink } from '../../../src/io/store/disk-link.ts';
import type { DurableOutbox } from '../../../src/io/store/durable-outbox.ts';
import type { ShedSummary } from '../../../src/io/store/shed-counts.ts';
import type { OutboxEntry } from '../../../src/ports.ts';
import { event, openOutbox, takeAll } from '../../support/outbox-on-disk.ts';
import { runs } from '../../support/property-runs.ts';

type Step =
  | { readonly type: 'append'; readonly calls: readonly (readonly [string, boolean])[] }
  | { readonly type: 'take' | 'turn' | 'rewind' | 'break' | 'mend' | 'slow' | 'fast' | 'die' }
  | { readonly type: 'settle' | 'refuse'; readonly which: number };

const steps: fc.Arbitrary<readonly Step[]> = fc.array(
  fc.oneof(
    fc.record({
      type: fc.constant('append' as const),
      calls: fc.array(fc.tuple(fc.constantFrom('a', 'b', 'c'), fc.boolean()), { maxLength: 5 }),
    }),
    fc.record({ type: fc.constantFrom('take' as const, 'turn' as const) }),
    fc.record({ type: fc.constantFrom('take' as const, 'turn' as const) }),
    fc.record({
      type: fc.constantFrom('rewind', 'break', 'mend', 'slow', 'fast', 'die', 'turn' as const),
    }),
    fc.record({ type: fc.constantFrom('settle' as const, 'refuse' as const), which: fc.nat(9) }),
  ),
  { maxLength: 80 },
);

const toShedReport = (summary: ShedSummary) => ({
  ...{ topic: 'bridge/event', retain: false, at: summary.to },
  payload: JSON.stringify(summary),
});

describe('over a disk that is slow, fails or is lost at any moment', () => {
  it.each([
    ['nothing is lost and nothing comes twice', {}],
    ['nothing is lost but what is counted as shed', { maxEvents: 8 }],
    ['what is shed is told', { maxEvents: 8, toShedReport }],
    ['memory does not grow', { maxMemoryBytes: 200, toShedReport }],
  ])('%s', async (_, options) => {
    await fc.assert(
      fc.asyncProperty(steps, async (all) => {
        const disk = new BadDisk();
        const { outbox } = await openOutbox(async () => disk, { ...options, retryMs: 1 });
        const life = { outbox, disk, out: [] as OutboxEntry[], live: new Set<string>(), count: 0 };
        for (const step of all) {
          await apply(life, step);
          expectBalance(outbox);
        }
        await expectAllThere(life);
        await outbox.close();
      }),
      { numRuns: runs(9) },
    );
  });
});

type Life = {
  readonly outbox: DurableOutbox;
  readonly disk: BadDisk;
  readonly out: OutboxEntry[];
  readonly live: Set<string>;
  count: number;
};

async function apply(life: Life, step: Step): Promise<void> {
  const { outbox, disk, out, live } = life;
  if (step.type === 'append') append(life, step.calls);
  else if (step.type === 'take')
    out.push(...[outbox.take()].filter((entry) => entry !== undefined));
  else if (step.type === 'turn') await turn();
  else if (step.type === 'rewind') {
    outbox.rewind();
    out.length = 0;
  } else if (step.type === 'settle' || step.type === 'refuse') {
    const [entry] = out.splice(step.which % Math.max(out.length, 1), 1);
    if (entry !== undefined) outbox[step.type](entry);
    live.delete(entry?.publication.topic ?? '');
  } else disk.become(step.type);
}

function append(life: Life, calls: readonly (readonly [string, boolean])[]): void {
  const publications = calls.map(([callId, ends]) => ({ ...event(callId, ++life.count), ends }));
  for (const { topic } of publications) life.live.add(topic);
  life.outbox.append(publications);
}

function expectBalance({ totals, pending }: DurableOutbox): void {
  const { appended, settled, shed, refused } = totals;
  expect(appended).toBe(settled + shed + refused + pending.events);
}

/** When the disk works again, all that has not left is there once, each call in order. */
async function expectAllThere({ outbox, disk, live }: Life): Promise<void> {
  disk.become('mend');
  disk.become('fast');
  outbox.rewind();
  const { promise, resolve } = Promise.withResolvers<void>();
  setTimeout(resolve, 3); // until it was tried again
  await promise;
  await outbox.flush();
  const entries = await takeAll(outbox);
  const taken = entries.map(({ publication }) => publication);
  const told = taken.filter(({ callId }) => callId !== undefined);
  expect(outbox.pending.events).toBe(taken.length);
  expect(new Set(told.map(({ topic }) => topic)).size).toBe(told.length);
  for (const { topic } of told) expect(live).toContain(topic);
  if (outbox.totals.shed === 0) expect(told).toHaveLength(live.size);
  expect(told.map(({ at }) => at)).toEqual(told.map(({ at }) => at).toSorted((a, b) => a - b));
  for (const entry of entries) outbox.settle(entry);
  await vi.waitFor(() => expect(disk.rows).toEqual([])); // where it was lost again, it is opened again
  expect(outbox.pending).toEqual({ events: 0, bytes: 0 });
}

class BadDisk implements DiskLink {
  readonly #disk = new Disk(':memory:');
  readonly found = this.#disk.found;
  #isBroken = false;
  #isSlow = false;
  #isDying = false;

  become(state: 'break' | 'mend' | 'slow' | 'fast' | 'die'): void {
    if (state === 'die') this.#isDying = true;
    else if (state === 'break' || state === 'mend') this.#isBroken = state === 'break';
    else this.#isSlow = state === 'slow';
  }

  async run(work: Work) {
    if (this.#isSlow) await turn();
    if (this.#isSlow) await turn();
    if (this.#isBroken) throw new Error('disk I/O error');
    const done = this.#disk.run(work);
    if (!this.#isDying) return done;
    this.#isDying = false;
    throw new DiskGone('gone'); // behind what it did
  }

  /** It is opened again as it is. */
  async close(): Promise<void> {}

  get rows(): Done['read'] {
    const read = { after: 0, rows: 100, bytes: 1e6 };
    return this.#disk.run({ events: [], gone: [], saved: [], removed: [], read }).read;
  }
}
