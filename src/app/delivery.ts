// The half of the pipeline that waits: outbox → broker. A window of unacknowledged messages of our own; everything that
// is unacknowledged when a connection is lost goes again, in the old order, over the next one.

import { payloadAt } from '../core/event/publication.ts';
import { ConnectorError } from '../errors.ts';
import type { BrokerConnection } from '../io/mqtt/client.ts';
import type { Outbox, OutboxEntry, Publisher } from '../ports.ts';
import type { Report } from '../telemetry/notice.ts';
import type { Retained } from './retained.ts';

export type DeliveryOptions = {
  readonly outbox: Outbox;
  readonly retained: Retained;
  readonly report: Report;
  readonly now: () => number;
  /** Ends the delivery and its connection. */
  readonly signal: AbortSignal;
  /** How long a message waits that the broker does not allow; default 10,000. */
  readonly deniedMs?: number;
};

/** Delivers over one connection after another, until there are no more. Never throws. */
export async function runDelivery(
  connections: AsyncIterable<BrokerConnection>,
  options: DeliveryOptions,
): Promise<void> {
  for await (const connection of connections) await deliverOver(connection, options);
}

/** Resolves when the connection is lost, or has been ended. */
async function deliverOver(connection: BrokerConnection, options: DeliveryOptions): Promise<void> {
  const { outbox, retained, signal } = options;
  const over = new AbortController();
  void connection.closed.then((error) => over.abort(error));
  const end = () => void connection.end();
  signal.addEventListener('abort', end, { once: true });
  if (signal.aborted) end();
  const lanes = new Lanes(connection, options);
  try {
    await retained.attach(connection.publisher);
    for (;;) {
      await lanes.free(over.signal);
      await outbox.ready(over.signal);
      const entry = outbox.take();
      if (entry !== undefined) lanes.add(entry);
    }
  } catch (error) {
    if (!over.signal.aborted) throw error;
  } finally {
    signal.removeEventListener('abort', end);
    retained.detach();
    lanes.close();
    outbox.rewind();
  }
}

/** With MQTT 5 the broker's Receive Maximum counts if it is smaller; 3.1.1 has none, and brokers drop what is more. */
const WINDOW = { '5': 512, '3.1.1': 64 } as const;
/**
 * So many may be on their way, not allowed by the broker, or behind one of these. Then everything else waits in the
 * outbox, which can shed only what is there.
 */
const MAX_HANDED_OUT = 10_000;
const DENIED_MS = 10_000;
/** What is lost is told, but not a thousand times in a row. */
const REFUSED_QUIET_MS = 60_000;

/**
 * The messages of one call follow each other in a lane of their own: the next one leaves when the one before is
 * acknowledged. So a message that the broker does not allow now holds up its own call, and no other.
 */
class Lanes {
  readonly #options: DeliveryOptions;
  readonly #publisher: Publisher;
  readonly #window: number;
  readonly #lanes = new Map<string, OutboxEntry[]>();
  readonly #timers = new Set<NodeJS.Timeout>();
  #inFlight = 0;
  #waiting = 0;
  /** Lanes whose first message the broker does not allow now. */
  readonly #denied = new Set<string>();
  #refusedAt = -Infinity;
  #freed = Promise.withResolvers<void>();

  constructor(connection: BrokerConnection, options: DeliveryOptions) {
    const { publisher, receiveMaximum, protocolVersion } = connection;
    this.#options = options;
    this.#publisher = publisher;
    this.#window = Math.min(receiveMaximum, WINDOW[protocolVersion]);
  }

  /** Resolves when there is room for one more; rejects when the signal is aborted. */
  async free(signal: AbortSignal): Promise<void> {
    while (this.#isFull) {
      signal.throwIfAborted();
      this.#freed = Promise.withResolvers<void>();
      await orAborted(this.#freed.promise, signal);
    }
    signal.throwIfAborted();
  }

  get #isFull(): boolean {
    const handedOut = this.#inFlight + this.#waiting + this.#denied.size;
    return this.#inFlight >= this.#window || handedOut >= MAX_HANDED_OUT;
  }

  add(entry: OutboxEntry): void {
    const name = entry.publication.callId ?? entry.publication.topic;
    const lane = this.#lanes.get(name);
    if (lane === undefined) {
      this.#lanes.set(name, [entry]);
      void this.#send(name, entry);
    } else {
      lane.push(entry);
      this.#waiting += 1;
    }
  }

  close(): void {
    for (const timer of this.#timers) clearTimeout(timer);
    this.#lanes.clear();
  }

  async #send(name: string, entry: OutboxEntry): Promise<void> {
    const { outbox, now } = this.#options;
    const { publication } = entry;
    this.#inFlight += 1;
    try {
      await this.#publisher.publish({ ...publication, payload: payloadAt(publication, now()) });
      outbox.settle(entry);
      this.#onAllowed(name);
      this.#next(name);
    } catch (error) {
      this.#onFailure(error, name, entry);
    } finally {
      this.#inFlight -= 1;
      this.#freed.resolve();
    }
  }

  /** Anything else than a word of the broker means that the connection is lost: then all goes again. */
  #onFailure(error: unknown, name: string, entry: OutboxEntry): void {
    if (!(error instanceof ConnectorError)) throw error;
    if (error.code === 'MQTT_PUBLISH_REFUSED') {
      this.#tellRefused(error);
      this.#options.outbox.refuse(entry);
      this.#onAllowed(name);
      this.#next(name);
    }
    if (error.code === 'MQTT_PUBLISH_DENIED') this.#sendLater(error, name, entry);
  }

  #tellRefused(error: ConnectorError): void {
    const now = this.#options.now();
    const repeated = now - this.#refusedAt < REFUSED_QUIET_MS;
    this.#refusedAt = now;
    this.#options.report({ type: 'publish-failed', error, repeated });
  }

  #sendLater(error: ConnectorError, name: string, entry: OutboxEntry): void {
    this.#options.report({ type: 'publish-failed', error, repeated: this.#denied.size > 0 });
    this.#denied.add(name);
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      void this.#send(name, entry);
    }, this.#options.deniedMs ?? DENIED_MS).unref();
    this.#timers.add(timer);
  }

  #onAllowed(name: string): void {
    if (!this.#denied.delete(name) || this.#denied.size > 0) return;
    this.#options.report({ type: 'publish-allowed' });
  }

  #next(name: string): void {
    const lane = this.#lanes.get(name);
    lane?.shift();
    const next = lane?.[0];
    if (next === undefined) {
      this.#lanes.delete(name);
    } else {
      this.#waiting -= 1;
      void this.#send(name, next);
    }
  }
}

function orAborted(promise: Promise<void>, signal: AbortSignal): Promise<void> {
  const aborted = Promise.withResolvers<never>();
  const onAbort = () => aborted.reject(signal.reason);
  signal.addEventListener('abort', onAbort, { once: true });
  return Promise.race([promise, aborted.promise]).finally(() =>
    signal.removeEventListener('abort', onAbort),
  );
}
