// What the edges promise to the pipeline. Types only.

import type { Publication } from './core/event/publication.ts';

/** One connection to a broker. */
export type Publisher = {
  /**
   * Resolves when the broker has acknowledged the message (QoS 1, reason code below 0x80).
   * Order of calls is the order on the wire.
   * @throws ConnectorError MQTT_PUBLISH_REFUSED: never to be sent again; MQTT_PUBLISH_DENIED: later, perhaps;
   *   any other code: the connection is lost and everything unacknowledged must go again.
   */
  publish(publication: Publication): Promise<void>;
};

/** A publication on its way: handed out, not yet settled. */
export type OutboxEntry = {
  readonly publication: Publication;
};

/** What open calls have become, to be kept with what is told of them. */
export type CallChanges = {
  /** By call id: its state as text; made by the core, opaque to the store. */
  readonly saved: ReadonlyMap<string, string>;
  /** Ids of calls that are over, merged or forgotten. */
  readonly removed: readonly string[];
};

/**
 * Everything that is told and not yet acknowledged, in order. Bounded: at a limit, the events of finished calls go
 * first, then the oldest; `onShed` is called with what went.
 */
export type Outbox = {
  /** Never waits and never throws. What one callback of the event loop appends is committed together, before any of it can be taken. */
  append(publications: readonly Publication[], calls?: CallChanges): void;
  /** The oldest entry that is not handed out yet. */
  take(): OutboxEntry | undefined;
  /** The broker has it: it leaves the outbox. */
  settle(entry: OutboxEntry): void;
  /** The broker will never take it: it leaves the outbox, told like what was shed, and counted as refused. */
  refuse(entry: OutboxEntry): void;
  /** The connection is lost: all that was handed out and not settled is to be taken again, in the old order. */
  rewind(): void;
  /** Resolves when there is something to take; rejects with the signal's reason when that is aborted. */
  ready(signal: AbortSignal): Promise<void>;
  /** What is in it, handed out or not; bytes of topics and payloads; epoch milliseconds of the oldest one's event. */
  readonly pending: { readonly events: number; readonly bytes: number; readonly oldestAt?: number };
  /**
   * Publications since the start; `restored`: found there, from an earlier process.
   * At every moment appended + restored = settled + shed + refused + pending.
   */
  readonly totals: {
    readonly appended: number;
    readonly restored: number;
    readonly settled: number;
    readonly shed: number;
    readonly refused: number;
  };
};
