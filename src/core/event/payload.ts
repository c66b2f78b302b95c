// Event → JSON, by the table that says what subscribers read.

import type { CallEvent } from './call-event.ts';
import { CALL_MESSAGES } from './call-messages.ts';
import type { EventMessage } from './event-message.ts';

/** The deterministic id of an event: the same fact has the same one after a restart and after a redelivery. */
export function eventId(prefix: string, event: CallEvent): string {
  const id = `${prefix}/${event.callId}/${event.event}`;
  return 'occurrence' in event ? `${id}/${event.occurrence}` : id;
}

export function callPayload(prefix: string, event: CallEvent): string {
  return writeEvent(event, eventId(prefix, event));
}

/** `id` is that of `eventId`. */
export function writeEvent(event: CallEvent, id: string): string {
  const { shape } = CALL_MESSAGES[event.event] as EventMessage<CallEvent>; // one table, keyed by the event
  return shape.write({ ...event, id });
}
