// The topics that keep their last value at the broker. They are not queued: only the last value of each counts, it is
// published when it changes, and again on every connection.

import type { Publication } from '../core/event/publication.ts';
import type { RetainedTopic } from '../core/event/topic.ts';
import type { Outlet } from './outlet.ts';

export type RetainedOptions = {
  /** How long a topic rests after it was published: its next value waits, and only the last one leaves. */
  readonly restMs?: Readonly<Partial<Record<RetainedTopic, number>>>;
};

/** Open calls change many times a second; nobody needs to see every step. */
const REST_MS: NonNullable<RetainedOptions['restMs']> = { calls: 1_000 };
/** How long a topic rests that the broker does not allow. */
const DENIED_MS = 10_000;

/** Makes the message of a topic's last value; asked when it is about to leave. */
export type ToPublication = () => Publication;

type Slot = {
  readonly restMs: number;
  toPublication: ToPublication;
  isPublished: boolean;
  /** The payload that was published last over this connection. */
  told: string | undefined;
  /** Runs while the topic has to rest after it was published. */
  timer: NodeJS.Timeout | undefined;
};

export class Retained {
  readonly #restMs: NonNullable<RetainedOptions['restMs']>;
  readonly #slots = new Map<RetainedTopic, Slot>();
  /** Resolves when everything that was published is answered. */
  #answered: Promise<void> = Promise.resolve();
  #outlet: Pick<Outlet, 'publish'> | undefined;

  constructor({ restMs = REST_MS }: RetainedOptions = {}) {
    this.#restMs = restMs;
  }

  /** The topic has a new value. */
  set(topic: RetainedTopic, toPublication: ToPublication): void {
    const slot = this.#slots.get(topic) ?? this.#newSlot(topic, toPublication);
    slot.toPublication = toPublication;
    slot.isPublished = false;
    if (slot.timer === undefined) this.#publish(slot);
  }

  /**
   * A new connection: it is told everything, in the order in which the topics had their first values. Resolves when
   * the broker has answered all of it or the connection is lost.
   */
  async attach(outlet: Pick<Outlet, 'publish'>): Promise<void> {
    this.#outlet = outlet;
    for (const slot of this.#slots.values()) {
      slot.isPublished = false;
      slot.told = undefined;
    }
    await this.flush();
  }

  detach(): void {
    this.#outlet = undefined;
  }

  /** Publishes at once what is not published. Resolves as `attach` does. */
  async flush(): Promise<void> {
    for (const slot of this.#slots.values()) {
      if (!slot.isPublished) this.#publish(slot);
    }
    await this.#answered;
  }

  #newSlot(topic: RetainedTopic, toPublication: ToPublication): Slot {
    const restMs = this.#restMs[topic] ?? 0;
    const state = { isPublished: false, told: undefined, timer: undefined };
    const slot = { restMs, toPublication, ...state };
    this.#slots.set(topic, slot);
    return slot;
  }

  #publish(slot: Slot): void {
    const outlet = this.#outlet;
    if (outlet === undefined) return;
    slot.isPublished = true;
    const publication = slot.toPublication();
    if (publication.payload === slot.told) return;
    slot.told = publication.payload;
    this.#rest(slot, slot.restMs);
    const before = this.#answered;
    this.#answered = outlet.publish(publication).then((outcome) => {
      if (outcome === 'denied') this.#publishLater(slot);
      return before;
    });
  }

  #publishLater(slot: Slot): void {
    slot.isPublished = false;
    slot.told = undefined;
    this.#rest(slot, DENIED_MS);
  }

  #rest(slot: Slot, ms: number): void {
    clearTimeout(slot.timer);
    slot.timer = undefined;
    if (ms === 0) return;
    slot.timer = setTimeout(() => {
      slot.timer = undefined;
      if (!slot.isPublished) this.#publish(slot);
    }, ms).unref();
  }
}
