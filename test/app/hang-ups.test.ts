// Real sockets: a broker of MQTT 3.1.1 has no other way to refuse a message than to hang up.

import { afterEach, describe, expect, it, vi } from 'vitest';
import { runDelivery } from '../../src/app/delivery.ts';
import { HangUps, WatchedPublisher } from '../../src/app/hang-ups.ts';
import { Retained } from '../../src/app/retained.ts';
import type { Publication } from '../../src/core/event/publication.ts';
import { ConnectorError } from '../../src/errors.ts';
import { connectBroker } from '../../src/io/mqtt/client.ts';
import { brokerConnections } from '../../src/io/mqtt/reconnect.ts';
import { MemoryOutbox } from '../../src/io/store/memory-outbox.ts';
import type { Notice } from '../../src/telemetry/notice.ts';
import { MockPublisher } from '../support/mock-publisher.ts';
import { acknowledged, type Script, scriptedBroker } from '../support/scripted-broker.ts';

const POISON = 'x'.repeat(5_000);

describe('a broker that hangs up on a message', () => {
  it.each(['3.1.1', '5'] as const)(
    'is spared it in the end, and gets all others (%s)',
    async (version) => {
      const acked: string[] = [];
      const { outbox, notices } = await deliver(version, {
        onPublish: ({ payload, topic, messageId }, peer) => {
          if (payload.length > 4_000) return peer.hangUp();
          acked.push(topic);
          peer.send(acknowledged(messageId));
        },
      });
      expect(outbox.totals).toMatchObject({ settled: 59, refused: 1, shed: 0 });
      expect(new Set(acked).size).toBe(59);
      expect(acked.filter((topic) => topic.startsWith('c20/'))).toEqual(['c20/0', 'c20/2']);
      const refusals = notices.filter(({ type }) => type === 'publish-failed');
      expect(refusals).toMatchObject([{ error: { code: 'MQTT_PUBLISH_REFUSED' } }]);
      expect(JSON.stringify(refusals)).not.toContain(POISON);
    },
  );

  it('because others take its client id loses nothing', async () => {
    let count = 0;
    const { outbox } = await deliver('3.1.1', {
      onPublish: ({ messageId }, peer) => {
        count += 1;
        if (count % 4 === 0) peer.hangUp();
        else peer.send(acknowledged(messageId));
      },
    });
    expect(outbox.totals).toMatchObject({ settled: 60, refused: 0 });
  });
});

describe('the suspicion', () => {
  afterEach(() => void vi.useRealTimers());

  it('convicts nothing before the fourth time, nor where no message of a call passes', () => {
    const hangUps = new HangUps();
    const bad = event('bad', 0);
    const state: Publication = { topic: 'calls', payload: '', retain: true, at: 0 };
    for (let times = 0; times < 3; times++) hangUps.hungUp([bad]);
    hangUps.acknowledged(event('good', 0));
    expect(() => hangUps.refuseHopeless(bad)).not.toThrow();
    hangUps.acknowledged(bad);
    for (let times = 0; times < 9; times++) hangUps.hungUp([bad]);
    hangUps.acknowledged(state);
    expect(() => hangUps.refuseHopeless(bad)).not.toThrow();
    hangUps.acknowledged(event('good', 0));
    expect(() => hangUps.refuseHopeless(bad)).toThrow('9 times');
  });

  it('falls on no message where it would fall on all', () => {
    const hangUps = new HangUps();
    const all = Array.from({ length: 17 }, (_, n) => event(`c${n}`, 0));
    for (let times = 0; times < 9; times++) for (const one of all) hangUps.hungUp([one]);
    hangUps.acknowledged(event('good', 0));
    for (const one of all) expect(() => hangUps.refuseHopeless(one)).not.toThrow();
  });

  it('has a suspect go last, and go in the end where nothing else is to be sent', async () => {
    vi.useFakeTimers();
    const hangUps = new HangUps();
    for (let times = 0; times < 2; times++) hangUps.hungUp([event('bad', 0)]);
    const { publisher, watched } = watch(hangUps);
    const sent = () => publisher.topics;
    void watched.publish(event('bad', 0));
    void watched.publish(event('good', 0));
    await vi.advanceTimersByTimeAsync(0);
    expect(sent()).toEqual(['good/0', 'bad/0']);
    for (let times = 0; times < 2; times++) hangUps.hungUp([event('bad', 1)]);
    const next = watch(hangUps);
    void next.watched.publish(event('bad', 1));
    await vi.advanceTimersByTimeAsync(1_999);
    expect(next.publisher.topics).toEqual([]);
    await vi.advanceTimersByTimeAsync(1);
    expect(next.publisher.topics).toEqual(['bad/1']);
  });

  it('is over after a hundred acknowledgements, and falls on nobody whose connection we end', async () => {
    const hangUps = new HangUps();
    hangUps.hungUp([]);
    expect(hangUps.isCareful).toBe(false);
    const { watched, publisher } = watch(hangUps);
    publisher.hold();
    const lost = watched.publish(event('a', 0)).catch(() => 'lost');
    watched.lose(GONE, { isHangUp: false });
    expect(hangUps.isCareful).toBe(false);
    publisher.release();
    await lost;
    hangUps.hungUp([event('a', 0)]);
    for (let n = 0; n < 99; n++) hangUps.acknowledged(event('a', n));
    expect(hangUps.isCareful).toBe(true);
    hangUps.acknowledged(event('a', 0));
    expect(hangUps.isCareful).toBe(false);
  });

  it('once it is over, holds up nothing that had waited', async () => {
    const hangUps = new HangUps();
    hangUps.hungUp([event('a', 0), event('b', 0)]);
    const { watched, publisher } = watch(hangUps);
    for (let call = 0; call < 300; call++) {
      const first = watched.publish(event(`c${call}`, 0));
      void first.then(() => watched.publish(event(`c${call}`, 1)));
    }
    await vi.waitFor(() => expect(publisher.topics).toHaveLength(600));
    expect(publisher.mostUnacknowledged).toBeGreaterThan(100);
  });

  it('sends nothing over a connection that is over', async () => {
    const { watched } = watch(new HangUps());
    watched.lose(GONE, { isHangUp: false });
    await expect(watched.publish(event('a', 0))).rejects.toBe(GONE);
  });
});

const GONE = new ConnectorError('MQTT_DISCONNECTED', 'gone');

function watch(hangUps: HangUps) {
  const publisher = new MockPublisher();
  return { publisher, watched: new WatchedPublisher(publisher, hangUps) };
}

function event(callId: string, n: number, payload = ''): Publication {
  return { topic: `${callId}/${n}`, payload, retain: false, at: n, callId };
}

/** Twenty calls of three events each, of which one is too large, until the outbox is empty. */
async function deliver(version: '3.1.1' | '5', script: Script) {
  const broker = await scriptedBroker(script);
  const controller = new AbortController();
  const { signal } = controller;
  const notices: Notice[] = [];
  const report = (notice: Notice) => void notices.push(notice);
  const outbox = new MemoryOutbox({
    maxEvents: 1e6,
    maxBytes: 1e9,
    maxAgeMs: 1e9,
    onShed: () => {},
  });
  for (let n = 0; n < 3; n++) {
    for (let call = 1; call <= 20; call++) {
      outbox.append([event(`c${call}`, n, n === 1 && call === 20 ? POISON : '')]);
    }
  }
  const connect = (protocolVersion: '3.1.1' | '5', attempt: AbortSignal) =>
    connectBroker(
      { url: broker.url, clientId: 'x', stateTopic: 's', keepaliveSeconds: 30, protocolVersion },
      attempt,
    );
  const connections = brokerConnections({
    ...{ connect, protocolVersion: version, broker: 'broker', report, signal },
    wait: async () => undefined,
  });
  const options = { outbox, retained: new Retained(), report, signal, now: Date.now };
  const running = runDelivery(connections, options);
  await vi.waitFor(() => expect(outbox.pending.events).toBe(0), { timeout: 4_000 });
  controller.abort();
  await running;
  await broker[Symbol.asyncDispose]();
  return { outbox, notices };
}
