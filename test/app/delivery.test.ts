import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type DeliveryOptions, runDelivery } from '../../src/app/delivery.ts';
import { Retained } from '../../src/app/retained.ts';
import { Rush } from '../../src/app/rush.ts';
import type { Publication } from '../../src/core/event/publication.ts';
import { ConnectorError } from '../../src/errors.ts';
import { MemoryOutbox } from '../../src/io/store/memory-outbox.ts';
import type { Notice } from '../../src/telemetry/notice.ts';
import { type MockConnection, mockConnection } from '../support/mock-publisher.ts';

type NoticeOf<T extends Notice['type']> = Extract<Notice, { type: T }>;

const DENIED_MS = 10_000;

beforeEach(() => void vi.useFakeTimers({ now: 0 }));
afterEach(() => void vi.useRealTimers());

describe('delivery', () => {
  it('tells the retained topics first, then the outbox in order', async () => {
    const { outbox, retained, connect } = start();
    retained.set('bridge/state', () => state('online'));
    outbox.append([event('a', 1), event('b', 1), event('a', 2)]);
    const { publisher } = await connect();
    expect(publisher.topics).toEqual(['bridge/state', 'a/1', 'b/1', 'a/2']);
    outbox.append([event('b', 2)]);
    await settled();
    expect(publisher.topics.at(-1)).toBe('b/2');
    expect(outbox.totals).toMatchObject({ appended: 4, settled: 4 });
  });

  it('waits while more comes in than is understood', async () => {
    const rush = new Rush({ report: () => {}, waitingBytes: () => 0 });
    const { outbox, retained, connect } = start({}, rush);
    retained.set('bridge/state', () => state('online'));
    outbox.append([event('a', 1)]);
    rush.begin();
    const { publisher } = await connect();
    expect(publisher.topics).toEqual(['bridge/state']);
    rush.end();
    await settled();
    expect(publisher.topics).toEqual(['bridge/state', 'a/1']);
  });

  it('goes on over the next connection, where one is lost in a rush', async () => {
    const rush = new Rush({ report: () => {}, waitingBytes: () => 0 });
    const { outbox, connect } = start({}, rush);
    rush.begin();
    outbox.append([event('a', 1)]);
    const first = await connect();
    first.lose();
    const second = await connect();
    rush.end();
    await settled();
    expect(first.publisher.topics).toEqual([]);
    expect(second.publisher.topics).toEqual(['a/1']);
  });

  it('says how late a message is when it leaves', async () => {
    const { outbox, connect } = start();
    outbox.append([{ ...event('a', 0), payload: '{"x":1}', schema: 'asterisk-mqtt/call/1' }]);
    vi.setSystemTime(60_000);
    const { publisher } = await connect();
    expect(publisher.published[0]?.payload).toBe('{"x":1,"delayed_seconds":60}');
  });

  it('sends the next event of a call only when the one before is acknowledged', async () => {
    const { outbox, connect } = start();
    outbox.append([event('a', 1), event('a', 2), event('b', 1)]);
    const connection = await connect((publisher) => publisher.hold());
    expect(connection.publisher.sent.map(({ topic }) => topic)).toEqual(['a/1', 'b/1']);
    connection.publisher.release();
    await settled();
    expect(connection.publisher.topics).toEqual(['a/1', 'b/1', 'a/2']);
  });

  it.each([
    ['the Receive Maximum of the broker', { receiveMaximum: 3 }, 3],
    ['512', {}, 512],
    ['20 with MQTT 3.1.1', { protocolVersion: '3.1.1' as const }, 20],
  ])('has no more unacknowledged than %s', async (_, changes, most) => {
    const { outbox, connect } = start();
    outbox.append(Array.from({ length: 600 }, (_, i) => event(`c${i}`, 1)));
    const { publisher } = await connect((held) => held.hold(), changes);
    expect(publisher.unacknowledged).toBe(most);
    publisher.release();
    await settled();
    expect(publisher.published).toHaveLength(600);
    expect(publisher.mostUnacknowledged).toBe(most);
  });
});

describe('how long it took', () => {
  it('is told of every message: from the hand of the bridge to the acknowledgement', async () => {
    const { outbox, retained, connect, acknowledged } = start();
    retained.set('bridge/state', () => state('online'));
    outbox.append([{ ...event('a', 1), readAt: performance.now() }]);
    const { publisher } = await connect((held) => held.hold());
    vi.advanceTimersByTime(20);
    publisher.release();
    await settled();
    expect(acknowledged).toMatchObject([{ latencyMs: 20 }, { latencyMs: 0 }]);
  });

  it('counts for a call event from when it was read, all waiting for the broker included', async () => {
    const { outbox, connect, acknowledged } = start();
    outbox.append([{ ...event('a', 1), readAt: performance.now() }]);
    vi.advanceTimersByTime(90_000);
    const { publisher } = await connect((held) => held.hold());
    vi.advanceTimersByTime(0.5);
    publisher.release();
    await settled();
    expect(acknowledged).toEqual([
      { type: 'message-acknowledged', latencyMs: 0.5, delayMs: 90_000.5 },
    ]);
  });

  it('goes by the time of learning where an earlier process read it, and never below zero', async () => {
    const { outbox, connect, acknowledged } = start();
    outbox.append([
      { ...event('a', 1), at: -3_000 },
      { ...event('b', 1), at: 3_000 },
    ]);
    await connect();
    expect(acknowledged).toMatchObject([{ delayMs: 3_000 }, { delayMs: 0 }]);
  });

  it('has no beginning with what no event of Asterisk tells', async () => {
    const { outbox, connect, acknowledged } = start();
    outbox.append([{ topic: 'bridge/event', payload: '{}', retain: false, at: 0 }]);
    await connect();
    expect(acknowledged).toEqual([{ type: 'message-acknowledged', latencyMs: 0 }]);
  });
});

describe('a lost connection', () => {
  it('has all that is unacknowledged delivered by the next one, in the old order', async () => {
    const { outbox, connect } = start();
    outbox.append([event('a', 1), event('b', 1), event('a', 2), event('c', 1)]);
    const first = await connect((publisher) => publisher.hold());
    first.publisher.release(1);
    await settled();
    expect(first.publisher.topics).toEqual(['a/1']);
    first.lose();
    await settled();
    const { publisher } = await connect();
    expect(publisher.topics).toEqual(['b/1', 'a/2', 'c/1']);
    expect(outbox.totals).toMatchObject({ appended: 4, settled: 4 });
  });

  it('takes the retained topics along', async () => {
    const { retained, connect } = start();
    const { publisher, lose } = await connect();
    const publish = vi.spyOn(publisher, 'publish');
    lose();
    await settled();
    retained.set('bridge/state', () => state('online'));
    expect(publish).not.toHaveBeenCalled();
    const next = await connect();
    expect(next.publisher.topics).toEqual(['bridge/state']);
  });

  it('that is lost while the retained topics are told is no trouble', async () => {
    const { outbox, retained, connect } = start();
    retained.set('bridge/state', () => state('online'));
    outbox.append([event('a', 1)]);
    const first = await connect((publisher) => publisher.hold());
    first.lose();
    const { publisher } = await connect();
    expect(publisher.topics).toEqual(['bridge/state', 'a/1']);
  });
});

describe('a message that the broker will never take', () => {
  it('is set aside and told; the stream and its call go on', async () => {
    const { outbox, connect, notices } = start();
    outbox.append([event('a', 1), event('a', 2), event('b', 1)]);
    const { publisher } = await connect((mock) => mock.refuse(({ topic }) => topic === 'a/1'));
    expect(publisher.topics.toSorted()).toEqual(['a/2', 'b/1']);
    expect(outbox.totals).toEqual({ appended: 3, restored: 0, settled: 2, shed: 0, refused: 1 });
    expect(notices).toMatchObject([{ type: 'publish-failed', repeated: false }]);
  });

  it('is told as a repetition where another one was refused just before', async () => {
    const { outbox, connect, notices } = start();
    outbox.append([event('a', 1), event('b', 1)]);
    await connect((mock) => mock.refuse(() => true));
    await vi.advanceTimersByTimeAsync(60_000);
    outbox.append([event('c', 1)]);
    await settled();
    expect(notices.map((notice) => 'repeated' in notice && notice.repeated)).toEqual([
      false,
      true,
      false,
    ]);
  });
});

describe('a message that the broker does not allow now', () => {
  it('holds up its own call and no other, and is tried again slowly', async () => {
    const { outbox, connect, notices } = start();
    outbox.append([event('a', 1), event('b', 1), event('a', 2)]);
    const { publisher } = await connect((mock) => mock.deny(({ callId }) => callId === 'a'));
    outbox.append([event('b', 2), event('a', 3)]);
    await vi.advanceTimersByTimeAsync(DENIED_MS - 1);
    expect(publisher.topics).toEqual(['b/1', 'b/2']);
    expect(publisher.sent).toHaveLength(3);
    publisher.deny(() => false);
    await vi.advanceTimersByTimeAsync(1);
    expect(publisher.topics).toEqual(['b/1', 'b/2', 'a/1', 'a/2', 'a/3']);
    expect(notices.map(({ type }) => type)).toEqual(['publish-failed', 'publish-allowed']);
  });

  it('is told once, until all is allowed again', async () => {
    const { outbox, connect, notices } = start();
    outbox.append([event('a', 1), event('b', 1)]);
    const { publisher } = await connect((mock) => mock.deny(() => true));
    await vi.advanceTimersByTimeAsync(3 * DENIED_MS);
    const repeated = notices.map((notice) => 'repeated' in notice && notice.repeated);
    expect(repeated).toEqual([false, true, true, true, true, true]);
    publisher.deny(() => false);
    await vi.advanceTimersByTimeAsync(4 * DENIED_MS);
    expect(notices.slice(6).map(({ type }) => type)).toEqual(['publish-allowed']);
  });

  it('is tried again after 10, 20, 40 and then every 60 seconds', async () => {
    const { outbox, connect } = start();
    const sentAt: number[] = [];
    outbox.append([event('a', 1)]);
    await connect((mock) =>
      mock.deny(() => {
        sentAt.push(Date.now() / 1_000);
        return true;
      }),
    );
    await vi.advanceTimersByTimeAsync(200_000);
    expect(sentAt).toEqual([0, 10, 30, 70, 130, 190]);
  });

  it('is a new trouble after one that is over', async () => {
    const { outbox, connect } = start();
    const isDenied = { a1: true, a2: false };
    outbox.append([event('a', 1), event('a', 2)]);
    const { publisher } = await connect((mock) =>
      mock.deny(({ topic }) => (topic === 'a/1' ? isDenied.a1 : isDenied.a2)),
    );
    await vi.advanceTimersByTimeAsync(10_000 + 20_000);
    Object.assign(isDenied, { a1: false, a2: true });
    await vi.advanceTimersByTimeAsync(40_000);
    isDenied.a2 = false;
    expect(publisher.topics).toEqual(['a/1']);
    await vi.advanceTimersByTimeAsync(10_000);
    expect(publisher.topics).toEqual(['a/1', 'a/2']);
  });

  it('leaves no trace where the broker refuses it in the end', async () => {
    const { outbox, connect, notices } = start();
    outbox.append([event('a', 1), event('a', 2)]);
    const { publisher } = await connect((mock) => mock.deny(() => true));
    publisher.deny(() => false);
    publisher.refuse(({ topic }) => topic === 'a/1');
    await vi.advanceTimersByTimeAsync(DENIED_MS);
    expect(publisher.topics).toEqual(['a/2']);
    expect(notices.map(({ type }) => type)).toEqual([
      'publish-failed',
      'publish-failed',
      'publish-allowed',
    ]);
  });

  it('is one trouble, whether retained or not', async () => {
    const { outbox, retained, connect, notices } = start();
    retained.set('bridge/state', () => state('online'));
    outbox.append([event('a', 1)]);
    const { publisher } = await connect((mock) => mock.deny(() => true));
    publisher.deny(({ retain }) => !retain);
    await vi.advanceTimersByTimeAsync(DENIED_MS);
    publisher.deny(() => false);
    await vi.advanceTimersByTimeAsync(2 * DENIED_MS);
    expect(notices).toMatchObject([
      { type: 'publish-failed', repeated: false },
      { type: 'publish-failed', repeated: true },
      { type: 'publish-failed', repeated: true },
      { type: 'publish-allowed' },
    ]);
  });

  it('cannot draw the whole outbox into memory, however many calls it concerns', async () => {
    const { outbox, connect } = start({ maxEvents: 11_000 });
    const { publisher } = await connect((mock) => mock.deny(() => true));
    for (let i = 0; i < 12; i++) {
      outbox.append(Array.from({ length: 1_000 }, (_, j) => event(`c${i}-${j}`, 1)));
      await settled();
    }
    expect(publisher.sent).toHaveLength(10_000);
    expect(outbox.pending.events).toBe(11_000);
  });

  it('takes no place from those that are delivered, however many they are', async () => {
    const { outbox, connect } = start();
    outbox.append(Array.from({ length: 10_100 }, (_, i) => event(i % 2 === 0 ? 'a' : `c${i}`, i)));
    const { publisher } = await connect((mock) => mock.deny(({ topic }) => topic === 'c1/1'));
    expect(publisher.topics).toHaveLength(10_099);
  });

  it('is tried again at once on the next connection', async () => {
    const { outbox, connect } = start();
    outbox.append([event('a', 1), event('a', 2)]);
    const first = await connect((mock) => mock.deny(() => true));
    first.lose();
    const { publisher } = await connect();
    expect(publisher.topics).toEqual(['a/1', 'a/2']);
    expect(first.publisher.sent).toHaveLength(1);
    expect(vi.getTimerCount()).toBe(0);
  });
});

describe('what is said of the stream itself', () => {
  it('leaves after all that was told before it, and before all that was told after', async () => {
    const { outbox, connect } = start();
    outbox.append([event('a', 1), event('a', 2), stream(1), event('a', 3), event('b', 1)]);
    const { publisher } = await connect((mock) => mock.hold());
    const sent = () => publisher.sent.map(({ topic }) => topic);
    expect(sent()).toEqual(['a/1']);
    publisher.release(1);
    await settled();
    expect(sent()).toEqual(['a/1', 'a/2']);
    publisher.release();
    await settled();
    expect(sent().slice(2)).toEqual(['stream/1', 'a/3', 'b/1']);
  });

  it('waits for a call again that was not allowed before', async () => {
    const { outbox, connect } = start();
    outbox.append([event('a', 1)]);
    const { publisher } = await connect((mock) => mock.deny(() => true));
    publisher.deny(() => false);
    await vi.advanceTimersByTimeAsync(DENIED_MS);
    publisher.hold();
    outbox.append([event('b', 1), stream(1)]);
    await settled();
    expect(publisher.sent.at(-1)?.topic).toBe('b/1');
  });

  it('does not wait for what the broker does not allow', async () => {
    const { outbox, connect } = start();
    outbox.append([event('a', 1), stream(1)]);
    const { publisher } = await connect((mock) => mock.deny(({ callId }) => callId === 'a'));
    expect(publisher.topics).toEqual(['stream/1']);
  });
});

describe('an error that nobody expected', () => {
  it('ends the delivery and its connection, and loses nothing', async () => {
    const { outbox, connect, running } = start();
    outbox.append([event('a', 1), event('b', 1)]);
    const failing = expect(running).rejects.toThrow('a bug');
    const connection = await connect((publisher) => {
      publisher.publish = () => Promise.reject(new TypeError('a bug'));
    });
    await failing;
    expect(connection.ended).toBe(true);
    expect(outbox.pending.events).toBe(2);
  });

  it('is the same trouble behind the broker, and with retained topics', async () => {
    const { outbox, connect, running } = start();
    outbox.append([event('a', 1)]);
    outbox.settle = () => {
      throw new TypeError('a bug behind');
    };
    const failing = expect(running).rejects.toThrow('a bug behind');
    await connect();
    await failing;
    const other = start();
    other.retained.set('bridge/state', () => state('online'));
    const ending = expect(other.running).rejects.toThrow('a bug before');
    await other.connect((publisher) => {
      publisher.publish = () => Promise.reject(new TypeError('a bug before'));
    });
    await ending;
  });
});

describe('the end of delivery', () => {
  it('comes with a connection on which messages are lost that says nothing of its end', async () => {
    const { outbox, connect } = start();
    outbox.append([event('a', 1)]);
    const silent = await connect((publisher) => publisher.die());
    expect(silent.ended).toBe(true);
    const next = await connect();
    expect(next.publisher.topics).toEqual(['a/1']);
  });

  it('ends the connection and keeps what is unacknowledged', async () => {
    const { outbox, connect, stop, running } = start();
    outbox.append([event('a', 1)]);
    const connection = await connect((publisher) => publisher.hold());
    stop();
    await running;
    expect(connection.ended).toBe(true);
    expect(outbox.pending.events).toBe(1);
  });

  it('ends a connection that comes too late', async () => {
    const { connect, stop } = start();
    stop();
    expect((await connect()).ended).toBe(true);
  });
});

/** A delivery that runs; `connect` gives it its next connection. */
function start(limits: { readonly maxEvents?: number } = {}, rush?: DeliveryOptions['rush']) {
  const controller = new AbortController();
  const notices: Notice[] = [];
  const acknowledged: NoticeOf<'message-acknowledged'>[] = [];
  const report = (notice: Notice) =>
    void (notice.type === 'message-acknowledged' ? acknowledged : notices).push(notice);
  const outbox = new MemoryOutbox({
    maxEvents: 1_000_000,
    maxBytes: 1e9,
    maxAgeMs: 1e9,
    onShed: () => {},
    ...limits,
  });
  const retained = new Retained();
  const { signal } = controller;
  const options: DeliveryOptions = {
    outbox,
    retained,
    report,
    signal,
    now: Date.now,
    ...(rush && { rush }),
  };
  const { connections, give } = queue(signal);
  const running = runDelivery(connections, options);
  return {
    outbox,
    retained,
    notices,
    acknowledged,
    running,
    stop: () => controller.abort(new ConnectorError('MQTT_DISCONNECTED', 'stopped')),
    connect: async (
      prepare: (publisher: MockConnection['publisher']) => void = () => {},
      changes: Parameters<typeof mockConnection>[0] = {},
    ) => {
      const connection = mockConnection(changes);
      prepare(connection.publisher);
      give(connection);
      await settled();
      return connection;
    },
  };
}

function queue(signal: AbortSignal) {
  const waiting: MockConnection[] = [];
  let wake = () => {};
  signal.addEventListener('abort', () => wake());
  async function* connections() {
    for (;;) {
      const next = waiting.shift();
      if (next !== undefined) yield next;
      else if (signal.aborted) return;
      else
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
    }
  }
  const give = (connection: MockConnection) => {
    waiting.push(connection);
    wake();
  };
  return { connections: connections(), give };
}

/** All that can happen without time passing has happened. */
async function settled(): Promise<void> {
  await vi.advanceTimersByTimeAsync(0);
}

function event(callId: string, at: number): Publication {
  return { topic: `${callId}/${at}`, payload: '', retain: false, at, callId };
}

function stream(at: number): Publication {
  return { topic: `stream/${at}`, payload: '', retain: false, at };
}

function state(payload: string): Publication {
  return { topic: 'bridge/state', payload, retain: true, at: 0 };
}
