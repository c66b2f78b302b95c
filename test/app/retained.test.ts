import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Outlet } from '../../src/app/outlet.ts';
import { Retained } from '../../src/app/retained.ts';
import type { Publication } from '../../src/core/event/publication.ts';
import type { Publisher } from '../../src/ports.ts';
import type { Notice } from '../../src/telemetry/notice.ts';
import { MockPublisher } from '../support/mock-publisher.ts';

beforeEach(() => void vi.useFakeTimers({ now: 0 }));
afterEach(() => void vi.useRealTimers());

describe('a retained topic', () => {
  it('is published with its last value on every connection, in the order of the first values', async () => {
    const { retained, outlet } = create();
    retained.set('bridge/state', value('bridge/state', 'online'));
    retained.set('pbx/state', value('pbx/state', 'offline'));
    retained.set('pbx/state', value('pbx/state', 'online'));
    for (const publisher of [new MockPublisher(), new MockPublisher()]) {
      await retained.attach(outlet(publisher));
      expect(told(publisher)).toEqual(['bridge/state online', 'pbx/state online']);
      retained.detach();
    }
  });

  it('is published at once when it changes while there is a connection', async () => {
    const { retained, outlet } = create();
    const publisher = new MockPublisher();
    await retained.attach(outlet(publisher));
    retained.set('pbx/state', value('pbx/state', 'online'));
    expect(publisher.sent).toHaveLength(1);
    retained.detach();
    retained.set('pbx/state', value('pbx/state', 'offline'));
    await vi.runAllTimersAsync();
    expect(publisher.sent).toHaveLength(1);
  });

  it('is not published again where its value is the one that stands there', async () => {
    const { retained, outlet } = create();
    const publisher = new MockPublisher();
    await retained.attach(outlet(publisher));
    for (const state of ['online', 'online', 'offline', 'online']) {
      retained.set('pbx/state', value('pbx/state', state));
    }
    await retained.flush();
    expect(told(publisher)).toEqual(['pbx/state online', 'pbx/state offline', 'pbx/state online']);
  });

  it('rests for a second where it changes often, and then tells the last value', async () => {
    const { retained, outlet } = create();
    const publisher = new MockPublisher();
    await retained.attach(outlet(publisher));
    for (const active of ['1', '2', '3']) {
      retained.set('calls', value('calls', active));
      await vi.advanceTimersByTimeAsync(300);
    }
    expect(told(publisher)).toEqual(['calls 1']);
    await vi.advanceTimersByTimeAsync(100);
    expect(told(publisher)).toEqual(['calls 1', 'calls 3']);
    await vi.advanceTimersByTimeAsync(5_000);
    expect(told(publisher)).toEqual(['calls 1', 'calls 3']);
  });

  it('tells its last value at once where that is asked for', async () => {
    const { retained, outlet } = create();
    const publisher = new MockPublisher();
    await retained.attach(outlet(publisher));
    retained.set('calls', value('calls', '1'));
    retained.set('calls', value('calls', '0'));
    await retained.flush();
    expect(told(publisher)).toEqual(['calls 1', 'calls 0']);
  });

  it('that the broker does not allow is told once and tried again slowly', async () => {
    const { retained, notices, outlet } = create();
    const publisher = new MockPublisher();
    publisher.deny(() => true);
    retained.set('bridge/state', value('bridge/state', 'online'));
    await retained.attach(outlet(publisher));
    await vi.advanceTimersByTimeAsync(20_000);
    expect(notices.map((notice) => 'repeated' in notice && notice.repeated)).toEqual([
      false,
      true,
      true,
    ]);
    retained.set('bridge/state', value('bridge/state', 'online'));
    expect(publisher.sent).toHaveLength(3);
    publisher.deny(() => false);
    await vi.advanceTimersByTimeAsync(10_000);
    expect(notices.at(-1)).toEqual({ type: 'publish-allowed' });
    expect(told(publisher)).toEqual(['bridge/state online']);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(told(publisher)).toHaveLength(1);
  });

  it('that the broker refuses is told, and not tried again', async () => {
    const { retained, notices, outlet } = create();
    const publisher = new MockPublisher();
    publisher.refuse(() => true);
    retained.set('bridge/state', value('bridge/state', 'online'));
    await retained.attach(outlet(publisher));
    await vi.advanceTimersByTimeAsync(60_000);
    expect(publisher.sent).toHaveLength(1);
    expect(notices).toHaveLength(1);
  });

  it('waits for the next connection where this one is lost', async () => {
    const { retained, notices, outlet } = create();
    const lost = new MockPublisher();
    lost.hold();
    retained.set('bridge/state', value('bridge/state', 'online'));
    const attached = retained.attach(outlet(lost));
    lost.die();
    await attached;
    expect(notices).toEqual([]);
    const next = new MockPublisher();
    await retained.attach(outlet(next));
    expect(told(next)).toEqual(['bridge/state online']);
  });

  it('is not told any more without a connection', async () => {
    const { retained, outlet } = create();
    const publisher = new MockPublisher();
    await retained.attach(outlet(publisher));
    retained.set('calls', value('calls', '1'));
    retained.set('calls', value('calls', '2'));
    retained.detach();
    await vi.advanceTimersByTimeAsync(5_000);
    expect(publisher.sent).toHaveLength(1);
  });
});

function create() {
  const notices: Notice[] = [];
  const outlet = (publisher: Publisher) =>
    new Outlet({
      publisher,
      report: (notice) => void notices.push(notice),
      now: Date.now,
      onLost: () => {},
    });
  return { retained: new Retained(), notices, outlet };
}

function value(topic: string, payload: string): () => Publication {
  return () => ({ topic, payload, retain: true, at: 0 });
}

function told(publisher: MockPublisher): string[] {
  return publisher.published.map(({ topic, payload }) => `${topic} ${payload}`);
}
