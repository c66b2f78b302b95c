// A subscriber that keeps every message: its time, its user properties and its payload. Its session stays when it or the
// broker is away, so that it misses nothing that the broker has acknowledged.

import { connectAsync, type IPublishPacket } from 'mqtt';
import type { Delivery } from './checker.ts';

type Client = Awaited<ReturnType<typeof connectAsync>>;

export class SubscriberRecorder implements AsyncDisposable {
  readonly #client: Client;
  readonly deliveries: Delivery[] = [];
  /** By topic: of what is retained, the last. */
  readonly retained = new Map<string, string>();

  static async connect(url: string, prefix: string): Promise<SubscriberRecorder> {
    const client = await connectAsync(url, {
      clientId: `recorder-${process.pid}`,
      protocolVersion: 5,
      clean: false,
      properties: { sessionExpiryInterval: 3_600, receiveMaximum: 1_000 },
      reconnectPeriod: 100,
      connectTimeout: 2_000,
      keepalive: 5,
    });
    const recorder = new SubscriberRecorder(client, prefix);
    await client.subscribeAsync(`${prefix}/#`, { qos: 1 });
    return recorder;
  }

  private constructor(client: Client, prefix: string) {
    this.#client = client;
    client.on('error', () => undefined); // it tries again by itself
    client.on('message', (topic, bytes, packet) => {
      const payload = bytes.toString();
      const isEvent = topic.startsWith(`${prefix}/call/`) || topic === `${prefix}/bridge/event`;
      if (isEvent) this.deliveries.push(toDelivery(topic, payload, packet));
      else this.retained.set(topic, payload);
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#client.endAsync(true);
  }
}

function toDelivery(topic: string, payload: string, { properties }: IPublishPacket): Delivery {
  const id = properties?.userProperties?.id;
  return {
    topic,
    payload,
    receivedAt: Date.now(),
    ...(typeof id === 'string' && { propertyId: id }),
  };
}
