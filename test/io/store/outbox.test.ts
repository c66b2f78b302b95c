import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Publication } from '../../../src/core/event/publication.ts';
import { Disk } from '../../../src/io/store/disk.ts';
import { inThisThread } from '../../../src/io/store/disk-link.ts';
import { DurableOutbox } from '../../../src/io/store/durable-outbox.ts';
import { MemoryOutbox, type MemoryOutboxOptions } from '../../../src/io/store/memory-outbox.ts';
import type { ShedSummary } from '../../../src/io/store/shed-counts.ts';
import type { OutboxEntry } from '../../../src/ports.ts';
import { runs } from '../../support/property-runs.ts';

const never = new AbortController().signal;

/** Either outbox, after all that follows from what is done to it. */
class Settled {
  readonly outbox: MemoryOutbox | DurableOutbox;

  constructor(outbox: MemoryOutbox | DurableOutbox) {
    this.outbox = outbox;
  }

  async append(publications: readonly Publication[]): Promise<void> {
    this.outbox.append(publications);
    await this.#settle();
  }

  async take(): Promise<OutboxEntry | undefined> {
    const entry = this.outbox.take();
    await this.#settle();
    return entry ?? this.outbox.take();
  }

  async settle(entry: OutboxEntry): Promise<void> {
    this.outbox.settle(entry);
    await this.#settle();
  }

  async refuse(entry: OutboxEntry): Promise<void> {
    this.outbox.refuse(entry);
    await this.#settle();
  }

  async rewind(): Promise<void> {
    this.outbox.rewind();
    await this.#settle();
  }

  ready(signal: AbortSignal): Promise<void> {
    return this.outbox.ready(signal);
  }

  async close(): Promise<void> {
    await this.outbox.close();
  }

  get pending() {
    return this.outbox.pending;
  }

  get totals() {
    return this.outbox.totals;
  }

  async #settle(): Promise<void> {
    if (this.outbox instanceof DurableOutbox) await this.outbox.flush();
  }
}

type Create = (options?: Partial<MemoryOutboxOptions>) => Promise<Settled>;

const DEFAULTS: MemoryOutboxOptions = {
  maxEvents: 1_000,
  maxBytes: 1_000_000,
  maxAgeMs: 1_000_000,
  onShed: () => {},
};

const inMemory: Create = async (options) =>
  new Settled(new MemoryOutbox({ ...DEFAULTS, ...options }));

const onDisk: Create = async (options) => {
  const outbox = new DurableOutbox({
    ...DEFAULTS,
    ...options,
    maxMemoryBytes: Infinity,
    openDisk: async () => inThisThread(new Disk(':memory:')),
    onFailed: (error) => expect.unreachable(String(error.cause)),
    onRecovered: () => {},
    onSetAside: () => {},
  });
  await outbox.open();
  return new Settled(outbox);
};

describe.each([
  ['in memory', inMemory],
  ['on disk', onDisk],
])('%s', (_, create) => {
  describe('an outbox', () => {
    it('hands out in order what was appended', async () => {
      const outbox = await create();
      await outbox.append([event('a', 1), event('b', 1)]);
      await outbox.append([event('a', 2)]);
      expect(await takeAll(outbox)).toEqual(['a/1', 'b/1', 'a/2']);
      expect(await outbox.take()).toBeUndefined();
    });

    it('keeps what is handed out until it is settled', async () => {
      const outbox = await create();
      await outbox.append([event('a', 1), event('a', 2)]);
      const [first, second] = [await outbox.take(), await outbox.take()] as [
        OutboxEntry,
        OutboxEntry,
      ];
      expect(outbox.pending).toEqual({ events: 2, bytes: 6, oldestAt: 1 });
      await outbox.settle(second);
      await outbox.settle(second);
      expect(outbox.pending).toEqual({ events: 1, bytes: 3, oldestAt: 1 });
      await outbox.settle(first);
      expect(outbox.pending).toEqual({ events: 0, bytes: 0 });
      expect(outbox.totals).toEqual({ appended: 2, restored: 0, settled: 2, shed: 0, refused: 0 });
    });

    it('hands out again, in the old order, what is not settled when the connection is lost', async () => {
      const outbox = await create();
      await outbox.append([event('a', 1), event('a', 2), event('a', 3), event('a', 4)]);
      await outbox.take();
      const second = (await outbox.take()) as OutboxEntry;
      await outbox.take();
      await outbox.settle(second);
      await outbox.rewind();
      expect(await takeAll(outbox)).toEqual(['a/1', 'a/3', 'a/4']);
    });

    it('counts what was refused apart from what was shed', async () => {
      const outbox = await create();
      await outbox.append([event('a', 1)]);
      await outbox.refuse((await outbox.take()) as OutboxEntry);
      expect(outbox.totals).toEqual({ appended: 1, restored: 0, settled: 0, shed: 0, refused: 1 });
      expect(outbox.pending.events).toBe(0);
    });

    it('wakes who waits for something to take', async () => {
      const outbox = await create();
      const ready = outbox.ready(never);
      await outbox.append([event('a', 1)]);
      await ready;
      await outbox.ready(never);
      await outbox.take();
      const again = outbox.ready(never);
      await outbox.rewind();
      await again;
    });

    it('lets who waits go where the signal is aborted', async () => {
      const controller = new AbortController();
      const outbox = await create();
      const ready = outbox.ready(controller.signal);
      controller.abort(new Error('stopping'));
      await expect(ready).rejects.toThrow('stopping');
      await expect(outbox.ready(controller.signal)).rejects.toThrow('stopping');
    });
  });

  describe('at its limits', () => {
    beforeEach(() => void vi.useFakeTimers());
    afterEach(() => void vi.useRealTimers());

    it('sheds finished calls first, the one that ended first before the others', async () => {
      const outbox = await create({ maxEvents: 6 });
      await outbox.append([event('open', 1), event('b', 1), event('a', 1)]);
      await outbox.append([last('a', 2), last('b', 2), event('open', 2)]);
      await outbox.append([event('c', 1)]);
      expect(outbox.totals.shed).toBe(2);
      expect(await takeAll(outbox)).toEqual(['open/1', 'b/1', 'b/2', 'open/2', 'c/1']);
    });

    it('sheds the oldest where no call is finished', async () => {
      const outbox = await create({ maxEvents: 2 });
      await outbox.append([event('a', 1), event('b', 1), event('a', 2), event('b', 2)]);
      expect(await takeAll(outbox)).toEqual(['a/2', 'b/2']);
    });

    it('never sheds what is on its way to the broker', async () => {
      const outbox = await create({ maxEvents: 3 });
      await outbox.append([event('a', 1), last('a', 2), event('b', 1)]);
      const sent = (await outbox.take()) as OutboxEntry;
      await outbox.append([event('b', 2)]);
      expect(outbox.totals.shed).toBe(1);
      await outbox.settle(sent);
      expect(outbox.totals.settled).toBe(1);
      expect(await takeAll(outbox)).toEqual(['b/1', 'b/2']);
    });

    it('knows a finished call of which only the end is left', async () => {
      const outbox = await create({ maxEvents: 2 });
      await outbox.append([event('a', 1), event('a', 2)]);
      for (let entry = await outbox.take(); entry !== undefined; entry = await outbox.take())
        await outbox.settle(entry);
      await outbox.append([event('open', 1), last('a', 3)]);
      await outbox.append([event('b', 1)]);
      expect(await takeAll(outbox)).toEqual(['open/1', 'b/1']);
    });

    it('knows a finished call of which the beginning is settled already', async () => {
      const outbox = await create({ maxEvents: 4 });
      await outbox.append([event('a', 1), event('a', 2), event('open', 1), last('a', 3)]);
      await outbox.settle((await outbox.take()) as OutboxEntry);
      await outbox.settle((await outbox.take()) as OutboxEntry);
      await outbox.append([event('b', 1), event('b', 2), event('b', 3)]);
      expect(await takeAll(outbox)).toEqual(['open/1', 'b/1', 'b/2', 'b/3']);
    });

    it('sheds what came last where all else is on its way', async () => {
      const outbox = await create({ maxEvents: 2 });
      await outbox.append([event('a', 1), event('a', 2)]);
      await takeAll(outbox);
      await outbox.append([event('a', 3)]);
      expect(outbox.pending.events).toBe(2);
      await outbox.rewind();
      expect(await takeAll(outbox)).toEqual(['a/1', 'a/2']);
    });

    it('knows a call for finished again after a lost connection', async () => {
      const outbox = await create({ maxEvents: 4 });
      await outbox.append([event('open', 1), event('a', 1), last('a', 2), event('b', 1)]);
      await takeAll(outbox);
      await outbox.rewind();
      await outbox.append([event('b', 2)]);
      expect(await takeAll(outbox)).toEqual(['open/1', 'b/1', 'b/2']);
    });

    it('sheds the call that ended first also where its end was on its way in between', async () => {
      const outbox = await create({ maxEvents: 4 });
      await outbox.append([event('a', 1), last('a', 2), event('b', 1), last('b', 2)]);
      await outbox.take();
      await outbox.take();
      await outbox.rewind();
      await outbox.append([event('c', 1)]);
      expect(await takeAll(outbox)).toEqual(['b/1', 'b/2', 'c/1']);
    });

    it('counts bytes of topics and payloads as they are sent', async () => {
      const outbox = await create({ maxBytes: 10 });
      await outbox.append([
        { ...event('a', 1), payload: 'ü' },
        { ...event('a', 2), payload: 'xx' },
      ]);
      expect(outbox.pending).toMatchObject({ events: 2, bytes: 10 });
      await outbox.append([{ ...event('a', 3), payload: '' }]);
      expect(outbox.pending).toMatchObject({ events: 2, bytes: 8 });
    });

    it('sheds what is too old, also while nothing is appended', async () => {
      let now = 0;
      const outbox = await create({ maxAgeMs: 1_000, now: () => now });
      await outbox.append([event('a', 1)]);
      now = 600;
      await outbox.append([event('a', 2)]);
      now = 1_001;
      expect(await takeAll(outbox)).toEqual(['a/2']);
    });

    it('tells the operator what was shed once a second', async () => {
      const onShed = vi.fn();
      const outbox = await create({ maxEvents: 1, onShed });
      for (let i = 0; i < 10; i++) await outbox.append([event('a', i)]);
      expect(onShed).not.toHaveBeenCalled();
      vi.advanceTimersByTime(1_000);
      await outbox.refuse((await outbox.take()) as OutboxEntry);
      vi.advanceTimersByTime(1_000);
      expect(onShed.mock.calls).toEqual([
        [{ reason: 'max_events', events: 9 }],
        [{ reason: 'refused', events: 1 }],
      ]);
    });

    it('tells at the end what was shed and not told yet', async () => {
      const onShed = vi.fn();
      const outbox = await create({ maxEvents: 1, onShed });
      await outbox.append([event('a', 1), event('a', 2)]);
      await outbox.close();
      expect(onShed.mock.calls).toEqual([[{ reason: 'max_events', events: 1 }]]);
      vi.runAllTimers();
      expect(onShed).toHaveBeenCalledOnce();
    });

    it('stays quick with many entries, also while nothing leaves but what is shed', async () => {
      const outbox = await create({ maxEvents: 5_000 });
      for (let i = 0; i < 10_000; i += 100) {
        const numbers = Array.from({ length: 100 }, (_, n) => i + n);
        await outbox.append(numbers.flatMap((n) => [event(`c${n}`, 1), last(`c${n}`, 2)]));
      }
      expect(outbox.pending.events).toBe(5_000);
      for (let entry = await outbox.take(); entry !== undefined; entry = await outbox.take())
        await outbox.settle(entry);
      expect(outbox.totals).toEqual({
        appended: 20_000,
        restored: 0,
        settled: 5_000,
        shed: 15_000,
        refused: 0,
      });
    });
  });

  describe('the report of what was shed', () => {
    beforeEach(() => void vi.useFakeTimers());
    afterEach(() => void vi.useRealTimers());

    it('waits in the outbox, and tells all that was shed until it is taken', async () => {
      const outbox = await create({ maxEvents: 2, toShedReport });
      for (let i = 1; i <= 5; i++) await outbox.append([event('a', i)]);
      expect(outbox.pending.events).toBe(2);
      const report = JSON.parse((await takePayloads(outbox))[0] ?? '');
      expect(report).toEqual({ events: 4, reasons: { max_events: 4 }, from: 1, to: 4 });
    });

    it('is followed by another one where more is shed after it was taken', async () => {
      const outbox = await create({ maxEvents: 2, toShedReport });
      await outbox.append([event('a', 1), event('a', 2), event('a', 3)]);
      for (let entry = await outbox.take(); entry !== undefined; entry = await outbox.take())
        await outbox.settle(entry);
      await outbox.append([event('a', 4), event('a', 5), event('a', 6)]);
      const report = JSON.parse((await takePayloads(outbox))[0] ?? '');
      expect(report).toEqual({ events: 2, reasons: { max_events: 2 }, from: 4, to: 5 });
    });

    it('tells what was refused, but not that it was refused itself', async () => {
      const outbox = await create({ toShedReport });
      await outbox.append([event('a', 1)]);
      await outbox.refuse((await outbox.take()) as OutboxEntry);
      const report = (await outbox.take()) as OutboxEntry;
      expect(JSON.parse(report.publication.payload)).toMatchObject({ reasons: { refused: 1 } });
      await outbox.refuse(report);
      expect(outbox.pending.events).toBe(0);
      expect(outbox.totals).toEqual({ appended: 2, restored: 0, settled: 0, shed: 0, refused: 2 });
    });

    it('makes no room for itself on the way to the broker, but after a lost connection', async () => {
      const outbox = await create({ maxEvents: 2, toShedReport });
      await outbox.append([event('a', 1), event('a', 2)]);
      await takeAll(outbox);
      await outbox.append([event('a', 3)]);
      expect(outbox.pending.events).toBe(3);
      await outbox.rewind();
      expect(outbox.pending.events).toBe(2);
      expect(await takeAll(outbox)).toEqual(['a/2', 'bridge/event']);
    });

    it('is not lost where it is shed after a lost connection: the next one tells it too', async () => {
      let now = 0;
      const outbox = await create({ maxEvents: 2, maxAgeMs: 1_000, toShedReport, now: () => now });
      await outbox.append([event('a', 1), event('a', 2), event('a', 3)]);
      await takeAll(outbox);
      await outbox.rewind();
      now = 2_000;
      const [payload = ''] = await takePayloads(outbox);
      expect(JSON.parse(payload).reasons).toEqual({ max_events: 2, max_age: 2 });
    });
  });
});

const LIMITS = { maxEvents: 8, maxBytes: 80, maxAgeMs: 50 };

type Operation =
  | { readonly type: 'append'; readonly calls: readonly (readonly [string, boolean])[] }
  | { readonly type: 'take' | 'rewind' }
  | { readonly type: 'settle' | 'refuse' | 'pass'; readonly which: number };

const operations: fc.Arbitrary<Operation> = fc.oneof(
  fc.record({
    type: fc.constant('append' as const),
    calls: fc.array(fc.tuple(fc.constantFrom('a', 'b', 'c', 'd'), fc.boolean()), { maxLength: 6 }),
  }),
  fc.record({ type: fc.constantFrom('take' as const, 'take' as const, 'rewind' as const) }),
  fc.record({
    type: fc.constantFrom('settle' as const, 'refuse' as const, 'pass' as const),
    which: fc.nat(20),
  }),
);

describe('whatever happens to them', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it.each([
    ['with', { toShedReport }],
    ['without', {}],
  ])(
    'the accounts balance, the limits hold, the order is kept, and both do the same, %s reports',
    async (_, options) => {
      await fc.assert(
        fc.asyncProperty(fc.array(operations, { maxLength: 60 }), (steps) =>
          compare(steps, { ...LIMITS, ...options }),
        ),
        { numRuns: runs(50) },
      );
    },
  );
});

async function compare(
  steps: readonly Operation[],
  options: Partial<MemoryOutboxOptions>,
): Promise<void> {
  let time = 0;
  const settings = { ...options, now: () => time };
  const memory = await toModel(inMemory, settings);
  const disk = await toModel(onDisk, settings);
  for (const [index, step] of steps.entries()) {
    time += step.type === 'pass' ? step.which : 0;
    for (const model of [memory, disk]) await apply(model, step, index * 10);
    check(memory);
    expect(seen(disk)).toEqual(seen(memory));
  }
  await disk.outbox.close();
}

const manyAtATime = fc.oneof(
  fc.record({
    type: fc.constant('append' as const),
    calls: fc.array(fc.tuple(fc.nat(40).map(String), fc.boolean()), {
      minLength: 50,
      maxLength: 250,
      size: 'max',
    }),
  }),
  fc.record({ type: fc.constant('settle' as const), events: fc.nat(450) }),
  fc.record({ type: fc.constant('rewind' as const) }),
);

it('sheds the same in memory and on disk where many wait, or few among which there were many', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(manyAtATime, { minLength: 8, maxLength: 15 }), async (steps) => {
      const limits = { maxEvents: 500, now: () => 0 };
      const left = [];
      for (const create of [inMemory, onDisk]) {
        const outbox = await create(limits);
        for (const [index, step] of steps.entries()) await doMany(outbox, step, index * 1_000);
        left.push({ totals: outbox.totals, topics: await takeAll(outbox) });
        await outbox.close();
      }
      expect(left[1]).toEqual(left[0]);
    }),
    { numRuns: runs(15), examples: [[FEW_AMONG_MANY]] },
  );
});

type Step = typeof manyAtATime extends fc.Arbitrary<infer T> ? T : never;

const FEW_AMONG_MANY: Step[] = [
  ...[200, 150].map(toAppend),
  { type: 'settle', events: 250 },
  ...[50, 200, 200, 100].map(toAppend),
];

function toAppend(events: number): Step {
  const calls = Array.from({ length: events }, (_, n) => [String(n % 40), n % 3 === 0] as const);
  return { type: 'append', calls: calls.map(([id, ends]) => [id, ends]) };
}

async function doMany(outbox: Settled, step: Step, count: number): Promise<void> {
  if (step.type === 'append') {
    await outbox.append(
      step.calls.map(([callId, ends], i) => ({ ...event(callId, count + i), ends })),
    );
  } else if (step.type === 'rewind') await outbox.rewind();
  else {
    for (let left = step.events; left > 0; left--) {
      const entry = await outbox.take();
      if (entry === undefined) return;
      await outbox.settle(entry);
    }
  }
}

type Model = { readonly outbox: Settled; readonly out: OutboxEntry[]; lastTaken: number };

async function toModel(create: Create, options: Partial<MemoryOutboxOptions>): Promise<Model> {
  return { outbox: await create(options), out: [], lastTaken: 0 };
}

function seen({ outbox: { pending, totals }, out }: Model) {
  return { pending, totals, out: out.map(({ publication }) => publication) };
}

async function apply(model: Model, step: Operation, count: number): Promise<void> {
  const { outbox, out } = model;
  if (step.type === 'append') {
    await outbox.append(
      step.calls.map(([callId, ends], i) => ({ ...event(callId, count + i + 1), ends })),
    );
  }
  if (step.type === 'take') await take(model);
  if (step.type === 'settle' || step.type === 'refuse') {
    const [entry] = out.splice(step.which % Math.max(out.length, 1), 1);
    const before = outbox.totals;
    if (entry !== undefined) await outbox[step.type](entry);
    const { settled, refused } = outbox.totals;
    expect(settled + refused).toBe(before.settled + before.refused + (entry ? 1 : 0));
  }
  if (step.type === 'rewind') {
    await outbox.rewind();
    out.length = 0;
    model.lastTaken = 0;
  }
}

/** Nothing overtakes: also where things were shed, and after a rewind. */
async function take(model: Model): Promise<void> {
  const entry = await model.outbox.take();
  if (entry === undefined) return;
  model.out.push(entry);
  if (entry.publication.callId === undefined) return;
  expect(entry.publication.at).toBeGreaterThan(model.lastTaken);
  model.lastTaken = entry.publication.at;
}

function check({ outbox, out }: Model): void {
  const { appended, restored, settled, shed, refused } = outbox.totals;
  const { events, bytes } = outbox.pending;
  expect(appended + restored).toBe(settled + shed + refused + events);
  const outBytes = out.reduce((sum, { publication }) => sum + bytesOf(publication), 0);
  const reportAllowance = 120;
  expect(events).toBeLessThanOrEqual(Math.max(LIMITS.maxEvents, out.length + 1));
  expect(bytes).toBeLessThanOrEqual(Math.max(LIMITS.maxBytes, outBytes) + reportAllowance);
}

function bytesOf({ topic, payload }: Publication): number {
  return Buffer.byteLength(topic) + Buffer.byteLength(payload);
}

function event(callId: string, at: number): Publication {
  return { topic: `${callId}/${at}`, payload: '', retain: false, at, callId };
}

function last(callId: string, at: number): Publication {
  return { ...event(callId, at), ends: true };
}

function toShedReport(summary: ShedSummary): Publication {
  return { topic: 'bridge/event', payload: JSON.stringify(summary), retain: false, at: summary.to };
}

async function takeAll(outbox: Settled): Promise<string[]> {
  return (await takePublications(outbox)).map(({ topic }) => topic);
}

async function takePayloads(outbox: Settled): Promise<string[]> {
  return (await takePublications(outbox))
    .map(({ payload }) => payload)
    .filter((payload) => payload !== '');
}

async function takePublications(outbox: Settled): Promise<Publication[]> {
  const taken: Publication[] = [];
  for (let entry = await outbox.take(); entry !== undefined; entry = await outbox.take()) {
    taken.push(entry.publication);
  }
  return taken;
}
