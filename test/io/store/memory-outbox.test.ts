import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Publication } from '../../../src/core/event/publication.ts';
import { MemoryOutbox, type MemoryOutboxOptions } from '../../../src/io/store/memory-outbox.ts';
import type { ShedSummary } from '../../../src/io/store/shed-counts.ts';
import type { OutboxEntry } from '../../../src/ports.ts';
import { runs } from '../../support/property-runs.ts';

const never = new AbortController().signal;

describe('the outbox in memory', () => {
  it('hands out in order what was appended', () => {
    const outbox = create();
    outbox.append([event('a', 1), event('b', 1)]);
    outbox.append([event('a', 2)]);
    expect(takeAll(outbox)).toEqual(['a/1', 'b/1', 'a/2']);
    expect(outbox.take()).toBeUndefined();
  });

  it('keeps what is handed out until it is settled', () => {
    const outbox = create();
    outbox.append([event('a', 1), event('a', 2)]);
    const [first, second] = [outbox.take(), outbox.take()] as [OutboxEntry, OutboxEntry];
    expect(outbox.pending).toEqual({ events: 2, bytes: 6, oldestAt: 1 });
    outbox.settle(second);
    outbox.settle(second);
    expect(outbox.pending).toEqual({ events: 1, bytes: 3, oldestAt: 1 });
    outbox.settle(first);
    expect(outbox.pending).toEqual({ events: 0, bytes: 0 });
    expect(outbox.totals).toEqual({ appended: 2, settled: 2, shed: 0, refused: 0 });
  });

  it('hands out again, in the old order, what is not settled when the connection is lost', () => {
    const outbox = create();
    outbox.append([event('a', 1), event('a', 2), event('a', 3), event('a', 4)]);
    outbox.take();
    const second = outbox.take() as OutboxEntry;
    outbox.take();
    outbox.settle(second);
    outbox.rewind();
    expect(takeAll(outbox)).toEqual(['a/1', 'a/3', 'a/4']);
  });

  it('counts what was refused apart from what was shed', () => {
    const outbox = create();
    outbox.append([event('a', 1)]);
    outbox.refuse(outbox.take() as OutboxEntry);
    expect(outbox.totals).toEqual({ appended: 1, settled: 0, shed: 0, refused: 1 });
    expect(outbox.pending.events).toBe(0);
  });

  it('wakes who waits for something to take', async () => {
    const outbox = create();
    const ready = outbox.ready(never);
    outbox.append([event('a', 1)]);
    await ready;
    await outbox.ready(never);
    outbox.take();
    const again = outbox.ready(never);
    outbox.rewind();
    await again;
  });

  it('lets who waits go where the signal is aborted', async () => {
    const controller = new AbortController();
    const ready = create().ready(controller.signal);
    controller.abort(new Error('stopping'));
    await expect(ready).rejects.toThrow('stopping');
    await expect(create().ready(controller.signal)).rejects.toThrow('stopping');
  });
});

describe('at its limits', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it('sheds finished calls first, the one that ended first before the others', () => {
    const outbox = create({ maxEvents: 6 });
    outbox.append([event('open', 1), event('b', 1), event('a', 1)]);
    outbox.append([last('a', 2), last('b', 2), event('open', 2)]);
    outbox.append([event('c', 1)]);
    expect(outbox.totals.shed).toBe(2);
    expect(takeAll(outbox)).toEqual(['open/1', 'b/1', 'b/2', 'open/2', 'c/1']);
  });

  it('sheds the oldest where no call is finished', () => {
    const outbox = create({ maxEvents: 2 });
    outbox.append([event('a', 1), event('b', 1), event('a', 2), event('b', 2)]);
    expect(takeAll(outbox)).toEqual(['a/2', 'b/2']);
  });

  it('never sheds what is on its way to the broker', () => {
    const outbox = create({ maxEvents: 3 });
    outbox.append([event('a', 1), last('a', 2), event('b', 1)]);
    const sent = outbox.take() as OutboxEntry;
    outbox.append([event('b', 2)]);
    expect(outbox.totals.shed).toBe(1);
    outbox.settle(sent);
    expect(outbox.totals.settled).toBe(1);
    expect(takeAll(outbox)).toEqual(['b/1', 'b/2']);
  });

  it('knows a finished call of which only the end is left', () => {
    const outbox = create({ maxEvents: 2 });
    outbox.append([event('a', 1), event('a', 2)]);
    for (let entry = outbox.take(); entry !== undefined; entry = outbox.take())
      outbox.settle(entry);
    outbox.append([event('open', 1), last('a', 3)]);
    outbox.append([event('b', 1)]);
    expect(takeAll(outbox)).toEqual(['open/1', 'b/1']);
  });

  it('knows a finished call of which the beginning is settled already', () => {
    const outbox = create({ maxEvents: 4 });
    outbox.append([event('a', 1), event('a', 2), event('open', 1), last('a', 3)]);
    outbox.settle(outbox.take() as OutboxEntry);
    outbox.settle(outbox.take() as OutboxEntry);
    outbox.append([event('b', 1), event('b', 2), event('b', 3)]);
    expect(takeAll(outbox)).toEqual(['open/1', 'b/1', 'b/2', 'b/3']);
  });

  it('sheds what came last where all else is on its way', () => {
    const outbox = create({ maxEvents: 2 });
    outbox.append([event('a', 1), event('a', 2)]);
    takeAll(outbox);
    outbox.append([event('a', 3)]);
    expect(outbox.pending.events).toBe(2);
    outbox.rewind();
    expect(takeAll(outbox)).toEqual(['a/1', 'a/2']);
  });

  it('knows a call for finished again after a lost connection', () => {
    const outbox = create({ maxEvents: 4 });
    outbox.append([event('open', 1), event('a', 1), last('a', 2), event('b', 1)]);
    takeAll(outbox);
    outbox.rewind();
    outbox.append([event('b', 2)]);
    expect(takeAll(outbox)).toEqual(['open/1', 'b/1', 'b/2']);
  });

  it('counts bytes of topics and payloads as they are sent', () => {
    const outbox = create({ maxBytes: 10 });
    outbox.append([
      { ...event('a', 1), payload: 'ü' },
      { ...event('a', 2), payload: 'xx' },
    ]);
    expect(outbox.pending).toMatchObject({ events: 2, bytes: 10 });
    outbox.append([{ ...event('a', 3), payload: '' }]);
    expect(outbox.pending).toMatchObject({ events: 2, bytes: 8 });
  });

  it('sheds what is too old, also while nothing is appended', () => {
    let now = 0;
    const outbox = create({ maxAgeMs: 1_000, now: () => now });
    outbox.append([event('a', 1)]);
    now = 600;
    outbox.append([event('a', 2)]);
    now = 1_001;
    expect(takeAll(outbox)).toEqual(['a/2']);
  });

  it('tells the operator what was shed once a second', () => {
    const onShed = vi.fn();
    const outbox = create({ maxEvents: 1, onShed });
    for (let i = 0; i < 10; i++) outbox.append([event('a', i)]);
    expect(onShed).not.toHaveBeenCalled();
    vi.advanceTimersByTime(1_000);
    outbox.refuse(outbox.take() as OutboxEntry);
    vi.advanceTimersByTime(1_000);
    expect(onShed.mock.calls).toEqual([
      [{ reason: 'max_events', events: 9 }],
      [{ reason: 'refused', events: 1 }],
    ]);
  });

  it('tells at the end what was shed and not told yet', () => {
    const onShed = vi.fn();
    const outbox = create({ maxEvents: 1, onShed });
    outbox.append([event('a', 1), event('a', 2)]);
    outbox.close();
    expect(onShed.mock.calls).toEqual([[{ reason: 'max_events', events: 1 }]]);
    vi.runAllTimers();
    expect(onShed).toHaveBeenCalledOnce();
  });

  it('stays quick with many entries, also while nothing leaves but what is shed', () => {
    const outbox = create({ maxEvents: 20_000 });
    for (let i = 0; i < 40_000; i++) outbox.append([event(`c${i}`, 1), last(`c${i}`, 2)]);
    expect(outbox.pending.events).toBe(20_000);
    for (let entry = outbox.take(); entry !== undefined; entry = outbox.take())
      outbox.settle(entry);
    expect(outbox.totals).toEqual({
      appended: 80_000,
      settled: 20_000,
      shed: 60_000,
      refused: 0,
    });
  });
});

describe('the report of what was shed', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it('waits in the outbox, and tells all that was shed until it is taken', () => {
    const outbox = create({ maxEvents: 2, toShedReport });
    for (let i = 1; i <= 5; i++) outbox.append([event('a', i)]);
    expect(outbox.pending.events).toBe(2);
    const report = JSON.parse(takePayloads(outbox)[0] ?? '');
    expect(report).toEqual({ events: 4, reasons: { max_events: 4 }, from: 1, to: 4 });
  });

  it('is followed by another one where more is shed after it was taken', () => {
    const outbox = create({ maxEvents: 2, toShedReport });
    outbox.append([event('a', 1), event('a', 2), event('a', 3)]);
    for (let entry = outbox.take(); entry !== undefined; entry = outbox.take())
      outbox.settle(entry);
    outbox.append([event('a', 4), event('a', 5), event('a', 6)]);
    const report = JSON.parse(takePayloads(outbox)[0] ?? '');
    expect(report).toEqual({ events: 2, reasons: { max_events: 2 }, from: 4, to: 5 });
  });

  it('tells what was refused, but not that it was refused itself', () => {
    const outbox = create({ toShedReport });
    outbox.append([event('a', 1)]);
    outbox.refuse(outbox.take() as OutboxEntry);
    const report = outbox.take() as OutboxEntry;
    expect(JSON.parse(report.publication.payload)).toMatchObject({ reasons: { refused: 1 } });
    outbox.refuse(report);
    expect(outbox.pending.events).toBe(0);
    expect(outbox.totals).toEqual({ appended: 2, settled: 0, shed: 0, refused: 2 });
  });

  it('makes no room for itself on the way to the broker, but after a lost connection', () => {
    const outbox = create({ maxEvents: 2, toShedReport });
    outbox.append([event('a', 1), event('a', 2)]);
    takeAll(outbox);
    outbox.append([event('a', 3)]);
    expect(outbox.pending.events).toBe(3);
    outbox.rewind();
    expect(outbox.pending.events).toBe(2);
    expect(takeAll(outbox)).toEqual(['a/2', 'bridge/event']);
  });

  it('is not lost where it is shed after a lost connection: the next one tells it too', () => {
    let now = 0;
    const outbox = create({ maxEvents: 2, maxAgeMs: 1_000, toShedReport, now: () => now });
    outbox.append([event('a', 1), event('a', 2), event('a', 3)]);
    takeAll(outbox);
    outbox.rewind();
    now = 2_000;
    const [payload = ''] = takePayloads(outbox);
    expect(JSON.parse(payload).reasons).toEqual({ max_events: 2, max_age: 2 });
  });
});

type Model = {
  readonly outbox: MemoryOutbox;
  readonly out: OutboxEntry[];
  lastTaken: number;
  now: number;
};

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

describe('whatever happens to it', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it.each([
    ['with', { toShedReport }],
    ['without', {}],
  ])('the accounts balance, the limits hold and the order is kept, %s reports', (_, options) => {
    fc.assert(
      fc.property(fc.array(operations, { maxLength: 60 }), (steps) => {
        const model: Model = { outbox: undefined as never, out: [], lastTaken: 0, now: 0 };
        Object.assign(model, { outbox: create({ ...LIMITS, ...options, now: () => model.now }) });
        let count = 0;
        for (const step of steps) {
          count = apply(model, { step, count });
          check(model);
        }
      }),
      { numRuns: runs(200) },
    );
  });
});

function apply(model: Model, { step, count }: { step: Operation; count: number }): number {
  const { outbox, out } = model;
  if (step.type === 'append') {
    const numbered = step.calls.map(([callId, ends], i) => ({
      ...event(callId, count + i + 1),
      ends,
    }));
    outbox.append(numbered);
    return count + numbered.length;
  }
  if (step.type === 'take') take(model);
  if (step.type === 'pass') model.now += step.which;
  if (step.type === 'settle' || step.type === 'refuse') {
    const [entry] = out.splice(step.which % Math.max(out.length, 1), 1);
    const before = outbox.totals;
    if (entry !== undefined) outbox[step.type](entry);
    const { settled, refused } = outbox.totals;
    expect(settled + refused).toBe(before.settled + before.refused + (entry ? 1 : 0));
  }
  if (step.type === 'rewind') {
    outbox.rewind();
    out.length = 0;
    model.lastTaken = 0;
  }
  return count;
}

/** Nothing overtakes: also where things were shed, and after a rewind. */
function take(model: Model): void {
  const entry = model.outbox.take();
  if (entry === undefined) return;
  model.out.push(entry);
  if (entry.publication.callId === undefined) return;
  expect(entry.publication.at).toBeGreaterThan(model.lastTaken);
  model.lastTaken = entry.publication.at;
}

function check({ outbox, out }: Model): void {
  const { appended, settled, shed, refused } = outbox.totals;
  const { events, bytes } = outbox.pending;
  expect(appended).toBe(settled + shed + refused + events);
  const outBytes = out.reduce((sum, { publication }) => sum + bytesOf(publication), 0);
  const reportAllowance = 120;
  expect(events).toBeLessThanOrEqual(Math.max(LIMITS.maxEvents, out.length + 1));
  expect(bytes).toBeLessThanOrEqual(Math.max(LIMITS.maxBytes, outBytes) + reportAllowance);
}

function bytesOf({ topic, payload }: Publication): number {
  return Buffer.byteLength(topic) + Buffer.byteLength(payload);
}

function create(options: Partial<MemoryOutboxOptions> = {}): MemoryOutbox {
  return new MemoryOutbox({
    maxEvents: 1_000,
    maxBytes: 1_000_000,
    maxAgeMs: 1_000_000,
    onShed: () => {},
    ...options,
  });
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

function takeAll(outbox: MemoryOutbox): string[] {
  return takePublications(outbox).map(({ topic }) => topic);
}

function takePayloads(outbox: MemoryOutbox): string[] {
  return takePublications(outbox)
    .map(({ payload }) => payload)
    .filter((payload) => payload !== '');
}

function takePublications(outbox: MemoryOutbox): Publication[] {
  const taken: Publication[] = [];
  for (let entry = outbox.take(); entry !== undefined; entry = outbox.take()) {
    taken.push(entry.publication);
  }
  return taken;
}
