// The topics that keep their last value at the broker. They are not queued: only the last value of each counts, it is
// published when it changes, and again on every connection.

import type { Publication } from '../core/event/publication.ts';
import type { RetainedTopic } from '../core/event/topic.ts';
import { ConnectorError } from '../errors.ts';
import type { Publisher } from '../ports.ts';
import type { Report } from '../telemetry/notice.ts';

export type RetainedOptions = {
  readonly report: Report;
  /** How long a topic rests after it was published: its next value waits, and only the last one leaves. */
  readonly restMs?: Readonly<Partial<Record<RetainedTopic, number>>>;
  /** How long a topic rests that the broker does not allow; default 10,000. */
  readonly deniedMs?: number;
};

/** Open calls change many times a second; nobody needs to see every step. */
const REST_MS: NonNullable<RetainedOptions['restMs']> = { calls: 1_000 };
const DENIED_MS = 10_000;

/** Makes the message of a topic's last value; asked when it is about to leave. */
export type ToPublication = () => Publication;

type Slot = {
  readonly restMs: number;
  toPublication: ToPublication;
  isPublished: boolean;
  /** The broker did not take its last value. */
  hasFailed: boolean;
  /** Runs while the topic has to rest after it was published. */
  timer: NodeJS.Timeout | undefined;
};

export class Retained {
  readonly #options: RetainedOptions;
  readonly #slots = new Map<RetainedTopic, Slot>();
  readonly #inFlight = new Set<Promise<void>>();
  #publisher: Publisher | undefined;

  constructor(options: RetainedOptions) {
    this.#options = options;
  }

  /** The topic has a new value. */
  set(topic: RetainedTopic, toPublication: ToPublication): void {
    const slot = this.#slots.get(topic) ?? this.#newSlot(topic, toPublication);
    slot.toPublication = toPublication;
    slot.isPublished = false;
    if (slot.timer === undefined) this.#publish(slot);
  }

  /** A new connection: it is told everything. Resolves when all of it is acknowledged or the connection is lost. */
  async attach(publisher: Publisher): Promise<void> {
    this.#publisher = publisher;
    for (const slot of this.#slots.values()) slot.isPublished = false;
    await this.flush();
  }

  detach(): void {
    this.#publisher = undefined;
  }

  /** Publishes at once what is not published. Resolves as `attach` does. */
  async flush(): Promise<void> {
    for (const slot of this.#slots.values()) {
      if (!slot.isPublished) this.#publish(slot);
    }
    await Promise.all(this.#inFlight);
  }

  close(): void {
    this.detach();
    for (const { timer } of this.#slots.values()) clearTimeout(timer);
    this.#slots.clear();
  }

  #newSlot(topic: RetainedTopic, toPublication: ToPublication): Slot {
    const restMs = (this.#options.restMs ?? REST_MS)[topic] ?? 0;
    const state = { isPublished: false, hasFailed: false, timer: undefined };
    const slot = { restMs, toPublication, ...state };
    this.#slots.set(topic, slot);
    return slot;
  }

  #publish(slot: Slot): void {
    const publisher = this.#publisher;
    if (publisher === undefined) return;
    slot.isPublished = true;
    this.#rest(slot, slot.restMs);
    const published = publisher
      .publish(slot.toPublication())
      .then(() => {
        slot.hasFailed = false;
      })
      .catch((error) => this.#onFailure(error, slot))
      .finally(() => this.#inFlight.delete(published));
    this.#inFlight.add(published);
  }

  #rest(slot: Slot, restMs: number): void {
    clearTimeout(slot.timer);
    if (restMs === 0) return;
    slot.timer = setTimeout(() => {
      slot.timer = undefined;
      if (!slot.isPublished) this.#publish(slot);
    }, restMs).unref();
  }

  /** A connection that is lost is told elsewhere, and the next one is told everything. */
  #onFailure(error: unknown, slot: Slot): void {
    if (!(error instanceof ConnectorError)) throw error;
    if (error.code !== 'MQTT_PUBLISH_DENIED' && error.code !== 'MQTT_PUBLISH_REFUSED') return;
    this.#options.report({ type: 'publish-failed', error, repeated: slot.hasFailed });
    slot.hasFailed = true;
    if (error.code === 'MQTT_PUBLISH_REFUSED') return;
    slot.isPublished = false;
    this.#rest(slot, this.#options.deniedMs ?? DENIED_MS);
  }
}
