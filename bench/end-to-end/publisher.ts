// A process that publishes over the bare mqtt package, QoS 1: what the broker and the library cost by themselves.

import { setTimeout as delay } from 'node:timers/promises';
import { connectAsync, type MqttClient } from 'mqtt';
import { type Moments, now, toKey } from './clock.ts';
import { toOptions, toPayload } from './message.ts';
import { serve } from './process.ts';

const WINDOW = 512;
const EVERY_MS = 10;

let client: MqttClient;
let hopping = false;
let hops: Promise<Moments>;
let runs = 0;

serve({
  async start({ port }: { readonly port: number }) {
    client = await connectAsync(`mqtt://127.0.0.1:${port}`, {
      protocolVersion: 5,
      reconnectPeriod: 0,
    });
    const { stream } = client as unknown as { stream: { setNoDelay(on: boolean): void } };
    stream.setNoDelay(true);
  },
  /** A message now and then, while others do their work. */
  async hop({ bytes }: { readonly bytes: number }) {
    hopping = true;
    hops = hop(bytes);
  },
  async hopped() {
    hopping = false;
    return await hops;
  },
  /** Messages a second that the broker acknowledges. */
  flatOut: ({ bytes, messages }: { readonly bytes: number; readonly messages: number }) =>
    flatOut(bytes, messages),
});

async function hop(bytes: number): Promise<Moments> {
  const sent: Moments = new Map();
  const callId = `hop${++runs}`;
  for (let n = 1; hopping; n++) {
    sent.set(toKey(callId, n), now());
    client.publish('bare/hop', toPayload(callId, n, bytes), toOptions(toKey(callId, n)));
    await delay(EVERY_MS);
  }
  return sent;
}

async function flatOut(bytes: number, messages: number): Promise<number> {
  const callId = `flat${++runs}`;
  const payload = toPayload(callId, 1, bytes);
  const done = Promise.withResolvers<void>();
  let sent = 0;
  let acknowledged = 0;
  const startedAt = now();
  const send = () => {
    sent += 1;
    const topic = `bare/call/1770888509.${sent}/answered`;
    client.publish(topic, payload, toOptions(topic), () => {
      acknowledged += 1;
      if (sent < messages) send();
      else if (acknowledged === messages) done.resolve();
    });
  };
  while (sent < WINDOW) send();
  await done.promise;
  return messages / ((now() - startedAt) / 1_000);
}
