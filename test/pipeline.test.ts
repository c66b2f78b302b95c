// Capture in, mock publisher out: everything between the bytes of Asterisk and the broker, without a socket.

import { readFileSync } from 'node:fs';
import { setImmediate as turn } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { runDelivery } from '../src/app/delivery.ts';
import { Intake } from '../src/app/intake.ts';
import { Limits } from '../src/app/limits.ts';
import { Retained } from '../src/app/retained.ts';
import { toMessage } from '../src/core/ami/message.ts';
import type { Publication } from '../src/core/event/publication.ts';
import { Framing } from '../src/io/ami/framing.ts';
import type { BrokerConnection } from '../src/io/mqtt/client.ts';
import { MemoryOutbox } from '../src/io/store/memory-outbox.ts';
import { mockConnection } from './support/mock-publisher.ts';

const FOLDER = 'testdata/fixtures';

describe.each([
  'answered-internal',
  'unanswered-cancel',
  'unanswered-huntgroup',
  'busy',
  'declined',
  'no-answer',
  'forwarded',
  'interleaved-30',
])('%s', (scenario) => {
  const bytes = readFileSync(`${FOLDER}/${scenario}.raw`);
  const expected = JSON.parse(readFileSync(`${FOLDER}/${scenario}.events.json`, 'utf8'));

  it('is published as it was written down: every call in order, on its topics', async () => {
    const published = await publish([bytes]);
    expect(byCall(published.map(({ payload }) => JSON.parse(payload)))).toEqual(byCall(expected));
    for (const { topic, payload, ...rest } of published) {
      const { call_id, event, id } = JSON.parse(payload);
      expect(topic).toBe(`asterisk/call/${call_id}/${event}`);
      expect(rest).toMatchObject({ retain: false, schema: 'asterisk-mqtt/call/1', id });
    }
  });

  it('is published the same however the stream is cut', async () => {
    const whole = await publish([bytes]);
    const pieces: Buffer[] = [];
    for (let from = 0; from < bytes.length; from += 1_021) {
      pieces.push(bytes.subarray(from, from + 1_021));
    }
    expect(byTopic(await publish(pieces))).toEqual(byTopic(whole));
  });
});

describe('a call whose id is a trap for topics', () => {
  it('has its id encoded in the topic and plain in the payload', async () => {
    const raw = readFileSync(`${FOLDER}/busy.raw`, 'latin1');
    const [, id = ''] = /Linkedid: (\S+)/.exec(raw) ?? [];
    const hostile = Buffer.from(raw.replaceAll(id, '+/#%'), 'latin1');
    const published = await publish([hostile]);
    expect(published.map(({ topic }) => topic)).toEqual(['asterisk/call/%2B%2F%23%25/hungup']);
    expect(JSON.parse(published[0]?.payload ?? '')).toMatchObject({ call_id: '+/#%' });
  });
});

/** What the broker gets when Asterisk sends this in these pieces. */
async function publish(pieces: readonly Buffer[]): Promise<readonly Publication[]> {
  const outbox = new MemoryOutbox({
    maxEvents: 1_000,
    maxBytes: 1e6,
    maxAgeMs: 1e6,
    onShed: () => {},
  });
  const { intake, now } = createIntake(outbox);
  const framing = new Framing({ onMessage: (text) => intake.onMessage(toMessage(text)) });
  for (const piece of pieces) framing.push(piece);
  const connection = mockConnection();
  const controller = new AbortController();
  const { signal } = controller;
  const retained = new Retained();
  const running = runDelivery(one(connection), { outbox, retained, report: () => {}, now, signal });
  while (outbox.pending.events > 0) await turn();
  controller.abort();
  await running;
  return connection.publisher.published;
}

function createIntake(outbox: MemoryOutbox) {
  const now = () => 0;
  const intake = new Intake({
    topicPrefix: 'asterisk',
    outbox,
    report: () => {},
    limits: new Limits({ username: 'bridge', classes: [], report: () => {} }),
    now,
    digits: false,
    onCalls: () => {},
    onError: () => {},
  });
  return { intake, now };
}

async function* one(connection: BrokerConnection) {
  yield connection;
}

type Event = { readonly call_id: string };

/** The order between two calls is nobody's business. */
function byCall(events: readonly Event[]): ReadonlyMap<string, readonly Event[]> {
  return Map.groupBy(events, ({ call_id }) => call_id);
}

function byTopic(published: readonly Publication[]): ReadonlyMap<string, string> {
  return new Map(published.map(({ topic, payload }) => [topic, payload]));
}
