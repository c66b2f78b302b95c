// Event → JSON: the only file that knows the spelling of what subscribers read.

import { CAUSE_SENTENCES } from '../ami/hangup-cause.ts';
import type { CallEvent, CauseWord } from './call-event.ts';

type Json = Readonly<Record<string, unknown>>;
type EventOf<E extends CallEvent['event']> = Extract<CallEvent, { event: E }>;

/** The deterministic id of an event: the same fact has the same one after a restart and after a redelivery. */
export function eventId(prefix: string, event: CallEvent): string {
  const id = `${prefix}/${event.callId}/${event.event}`;
  return 'occurrence' in event ? `${id}/${event.occurrence}` : id;
}

export function callPayload(prefix: string, event: CallEvent): string {
  const own = OWN_KEYS[event.event] as (event: CallEvent) => Json; // one table, keyed by the event
  return JSON.stringify({
    event: event.event,
    description: DESCRIPTIONS[event.event],
    call_id: event.callId,
    from: event.from,
    to: event.to,
    ...own(event),
    ...(event.inferred && { inferred: true }),
    timestamp: toTimestamp(event.at),
    id: eventId(prefix, event),
    sequence: event.sequence,
  });
}

/** UTC with milliseconds: `2026-02-12T10:30:00.125Z` */
export function toTimestamp(at: number): string {
  return new Date(at).toISOString();
}

const DESCRIPTIONS = {
  ringing: 'A call is ringing and waiting to be answered',
  answered: 'The call has been answered and parties are now connected',
  hungup: 'The call has ended',
  dtmf: 'A digit was pressed',
  system_answered: 'The phone system itself has picked the call up',
  queued: 'The caller waits in a queue',
  left_queue: 'The caller has left the queue',
  held: 'A party has put the other on hold',
  resumed: 'A party has taken the other back from hold',
  transferred: 'A new party is connected in place of another',
  parked: 'The call waits in a parking slot',
  retrieved: 'The call has left its parking slot',
} as const satisfies Record<CallEvent['event'], string>;

const OWN_KEYS: { readonly [E in CallEvent['event']]: (event: EventOf<E>) => Json } = {
  ringing: () => ({}),
  answered: ({ answeredBy, ringSeconds }) => ({
    answered_by: answeredBy,
    ...(ringSeconds !== undefined && { ring_duration_seconds: ringSeconds }),
  }),
  hungup: (event) => ({
    ...(event.answeredBy && { answered_by: event.answeredBy }),
    cause: event.cause,
    cause_description: causeSentence(event.cause),
    cause_code: event.causeCode,
    ...(event.pbxCauseCode !== undefined && { pbx_cause_code: event.pbxCauseCode }),
    talk_duration_seconds: event.talkSeconds,
    total_duration_seconds: event.totalSeconds,
    disposition: event.disposition,
    ...(event.hungupBy && { hungup_by: event.hungupBy }),
    ...(event.mergedInto !== undefined && { merged_into: event.mergedInto }),
    ...(event.lastSeenAt !== undefined && { last_seen: toTimestamp(event.lastSeenAt) }),
  }),
  system_answered: ({ service, serviceName }) => ({
    ...(service && { service }),
    ...(serviceName !== undefined && { service_name: serviceName }),
  }),
  queued: ({ queue, position }) => ({ queue, position }),
  left_queue: ({ queue, reason, waitSeconds }) => ({
    queue,
    reason,
    wait_duration_seconds: waitSeconds,
  }),
  held: ({ by }) => ({ by }),
  resumed: ({ by }) => ({ by }),
  transferred: ({ transfer, by, transferredTo, replaces }) => ({
    transfer,
    ...(by && { by }),
    transferred_to: transferredTo,
    ...(replaces && { replaces }),
  }),
  parked: ({ slot, by }) => ({ slot, ...(by && { by }) }),
  retrieved: ({ slot, by, reason }) => ({ slot, ...(by && { by }), reason }),
  dtmf: ({ digit, by, durationSeconds }) => ({ digit, by, duration_seconds: durationSeconds }),
};

/** Causes that are no cause of Asterisk's. */
const OWN_SENTENCES: Readonly<Record<string, string>> = {
  cancelled: 'The caller hung up before the call was answered',
  unreachable: "The destination's phone is not registered",
  pbx_restart: 'The phone system was restarted or stopped',
  unknown: 'It is not known why the call ended',
};

function causeSentence(cause: CauseWord): string {
  return OWN_SENTENCES[cause] ?? (CAUSE_SENTENCES as Readonly<Record<string, string>>)[cause] ?? '';
}
