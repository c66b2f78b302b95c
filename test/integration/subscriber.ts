import { EventEmitter, on } from 'node:events';
import { connectAsync } from 'mqtt';

export interface Received {
  readonly topic: string;
  readonly payload: string;
  readonly retain: boolean;
}

/** A call event as a subscriber reads it. */
export interface ToldEvent {
  readonly event: string;
  readonly call_id: string;
  readonly from: { readonly extension: string; readonly name?: string };
  readonly to: { readonly extension: string; readonly name?: string };
  readonly [key: string]: unknown;
}

/** Everything that any subscriber of the broker gets, from the subscription on. */
export class Subscriber implements AsyncDisposable {
  readonly #client: Awaited<ReturnType<typeof connectAsync>>;
  readonly #arrivals = new EventEmitter();
  #received: Received[] = [];
  readonly #ids = new Set<string>();

  static async connect(url: string): Promise<Subscriber> {
    // A session that stays: what is published before this client is back is not lost.
    const client = await connectAsync(url, {
      clientId: 'integration-test',
      protocolVersion: 5,
      clean: false,
      properties: { sessionExpiryInterval: 3600 },
      reconnectPeriod: 100,
    });
    const subscriber = new Subscriber(client);
    await client.subscribeAsync('#', { qos: 1 });
    return subscriber;
  }

  private constructor(client: Awaited<ReturnType<typeof connectAsync>>) {
    this.#client = client;
    client.on('error', () => undefined); // it tries again by itself
    client.on('message', (topic, payload, { retain, properties }) => {
      if (this.#isRepeat(properties?.userProperties?.id)) return;
      this.#received.push({ topic, payload: payload.toString(), retain });
      this.#arrivals.emit('message');
    });
  }

  /** A broker that is killed may deliver once more what it had delivered: consumers drop repeats by id. */
  #isRepeat(id: unknown): boolean {
    if (typeof id !== 'string') return false;
    const isSeen = this.#ids.has(id);
    this.#ids.add(id);
    return isSeen;
  }

  /** Forgets what came so far. */
  clear(): void {
    this.#received = [];
  }

  /** Waits until what came since the last `clear` is enough. */
  async until(
    isEnough: (received: readonly Received[]) => boolean,
    signal: AbortSignal,
  ): Promise<readonly Received[]> {
    if (isEnough(this.#received)) return this.#received;
    for await (const _ of on(this.#arrivals, 'message', { signal })) {
      if (isEnough(this.#received)) break;
    }
    return this.#received;
  }

  /** Waits until so many calls have ended; their events, call by call. */
  async untilHungUp(calls: number, signal: AbortSignal): Promise<ToldEvent[][]> {
    const isHungUp = ({ topic }: Received) => topic.endsWith('/hungup');
    const received = await this.until((all) => all.filter(isHungUp).length >= calls, signal);
    return [...Map.groupBy(toEvents(received), ({ call_id }) => call_id).values()];
  }

  async untilTopic(topic: string, payload: string, signal: AbortSignal): Promise<void> {
    await this.until(
      (all) => all.findLast((one) => one.topic === topic)?.payload === payload,
      signal,
    );
  }

  async untilEvent(event: string, signal: AbortSignal): Promise<ToldEvent> {
    const find = (all: readonly Received[]) => toEvents(all).find((told) => told.event === event);
    const received = await this.until((all) => find(all) !== undefined, signal);
    return find(received) as ToldEvent;
  }

  /** Waits for what is told of the stream itself. */
  async untilBridgeEvent(event: string, signal: AbortSignal): Promise<Record<string, unknown>> {
    const find = (all: readonly Received[]) =>
      all
        .filter(({ topic }) => topic === 'asterisk/bridge/event')
        .map(({ payload }): Record<string, unknown> => JSON.parse(payload))
        .find((told) => told.event === event);
    const received = await this.until((all) => find(all) !== undefined, signal);
    return find(received) ?? {};
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#client.endAsync(true);
  }
}

function toEvents(received: readonly Received[]): ToldEvent[] {
  return received
    .filter(({ topic }) => topic.startsWith('asterisk/call/'))
    .map(({ payload }) => JSON.parse(payload));
}
