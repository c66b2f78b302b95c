// What leaves for the broker: one message, complete but for how late it leaves.

import type { CallEvent } from './call-event.ts';
import { eventId, writeEvent } from './payload.ts';
import { number } from './shape.ts';
import { callTopic } from './topic.ts';

/** One MQTT message. Always QoS 1. */
export type Publication = {
  readonly topic: string;
  readonly payload: string;
  readonly retain: boolean;
  /** Present on JSON messages: the MQTT 5 user properties. */
  readonly schema?: 'asterisk-mqtt/call/1' | 'asterisk-mqtt/bridge/1';
  readonly id?: string;
  /**
   * When the bridge learned of what it tells: epoch milliseconds of this machine's clock. The PBX's clock may be wrong,
   * and must not make an event look late.
   */
  readonly at: number;
  /**
   * When the bridge read it from Asterisk: milliseconds of this process's own clock, which is never set. Absent where
   * that is not known, as of what an earlier process read.
   */
  readonly readAt?: number | undefined;
  /** The call it belongs to, and whether it is that call's last one. */
  readonly callId?: string;
  readonly ends?: boolean;
};

/** From this delay on, a message says how late it is. */
const DELAY_TOLD_MS = 5_000;

/** The last key of an event, where it leaves late. */
export const DELAY = {
  key: 'delayed_seconds',
  is: number({ type: 'number', exclusiveMinimum: DELAY_TOLD_MS / 1_000 }),
  says: "only where the message left the bridge more than 5 s after it happened, because the broker was away: last night's `ringing` should switch no lamp on",
  example: 3_600,
  optional: true,
} as const;

/**
 * The payload as it leaves at `now` (epoch milliseconds): a JSON message of an event that is more than 5 s old gets
 * `delayed_seconds`, so that nobody takes it for news.
 */
export function payloadAt(publication: Publication, now: number): string {
  const delayMs = now - publication.at;
  if (publication.retain || publication.schema === undefined || delayMs <= DELAY_TOLD_MS) {
    return publication.payload;
  }
  return `${publication.payload.slice(0, -1)},"${DELAY.key}":${DELAY.is.write(delayMs / 1_000)}}`;
}

/** A call event as it is published. */
export function toPublication(
  prefix: string,
  event: CallEvent,
  { at, readAt }: Pick<Publication, 'at' | 'readAt'>,
): Publication {
  const id = eventId(prefix, event);
  return {
    topic: callTopic(prefix, event),
    payload: writeEvent(event, id),
    retain: false,
    schema: 'asterisk-mqtt/call/1',
    id,
    at,
    readAt,
    callId: event.callId,
    ends: event.event === 'hungup',
  };
}
