// What a consumer must know about the stream itself, told on `{prefix}/bridge/event`.

import { type EventMessage, opening } from './event-message.ts';
import type { Publication } from './publication.ts';
import { COUNT, MOMENT, ORDINAL, object, type Shape, TEXT, YES_OR_NO } from './shape.ts';
import { bridgeTopic } from './topic.ts';

/** Why publications left the outbox undelivered. */
export type ShedReason = 'max_events' | 'max_bytes' | 'max_age' | 'damaged' | 'refused';

/** Moments are epoch milliseconds of this machine's clock. */
export type BridgeEvent =
  /** Nothing was heard of Asterisk between these moments; what happened then is not told. */
  | { readonly event: 'gap'; readonly from: number; readonly to: number }
  /** What Asterisk says is going on, against what was known: calls that go on, ended unseen, were found. */
  | {
      readonly event: 'resync';
      readonly at: number;
      readonly kept: number;
      readonly ended: number;
      readonly found: number;
      readonly restarted: boolean;
    }
  /** Messages that will never be delivered, told between `from` and `to`. */
  | {
      readonly event: 'shed';
      readonly at: number;
      readonly events: number;
      readonly reasons: { readonly [R in ShedReason]?: number };
      readonly from: number;
      readonly to: number;
    };

type EventOf<E extends BridgeEvent['event']> = Extract<BridgeEvent, { event: E }>;

const TIMESTAMP = { key: 'timestamp', is: MOMENT, example: 1_795_234_187_386 } as const;
const ID = { key: 'id', is: TEXT, says: 'the same fact always has the same `id`' } as const;
const OPTIONAL_COUNT = { is: ORDINAL, example: 5, optional: true } as const;

const REASONS: Shape<EventOf<'shed'>['reasons']> = {
  ...object<EventOf<'shed'>['reasons']>('shed_reasons', {
    max_events: {
      ...OPTIONAL_COUNT,
      key: 'max_events',
      says: 'how many went because `OUTBOX_MAX_EVENTS` was reached',
    },
    max_bytes: {
      ...OPTIONAL_COUNT,
      key: 'max_bytes',
      says: 'how many went because `OUTBOX_MAX_BYTES` was reached',
    },
    max_age: {
      ...OPTIONAL_COUNT,
      key: 'max_age',
      says: 'how many went because they were older than `OUTBOX_MAX_AGE`',
    },
    damaged: {
      ...OPTIONAL_COUNT,
      key: 'damaged',
      says: 'how many lay in a file of the outbox that cannot be read any more',
    },
    refused: {
      ...OPTIONAL_COUNT,
      key: 'refused',
      says: 'how many the broker will never take',
    },
  }),
  write: JSON.stringify, // in the order in which they came up
};

export const BRIDGE_MESSAGES: {
  readonly [E in BridgeEvent['event']]: EventMessage<EventOf<E>>;
} = {
  gap: {
    when: 'The link to Asterisk was down; what happened meanwhile is not told.',
    shape: object('gap', {
      event: opening('gap', 'The link to Asterisk was down; events of this time are missing'),
      from: {
        key: 'from',
        is: MOMENT,
        says: 'the last that was heard of Asterisk',
        example: 1_795_234_127_386,
      },
      to: [
        {
          key: 'to',
          is: MOMENT,
          says: 'from here on everything is told again',
          example: 1_795_234_187_386,
        },
        { ...TIMESTAMP, says: 'the same as `to`' },
      ],
      id: { ...ID, example: 'asterisk/bridge/gap/1795234187386' },
    }),
  },
  resync: {
    when: 'After a gap: open calls were compared with what Asterisk says is going on. Calls that ended in the gap get their `hungup` between `gap` and `resync`, with `inferred: true`. Where Asterisk is asked in the middle of a session, because something could not be believed or a call was silent for long, there is no `resync`: what is mended then is told by the events of its calls (`inferred: true`), in the log (`Caught up with Asterisk`) and in `asterisk_mqtt_calls_corrected_total`.',
    shape: object('resync', {
      event: opening('resync', 'Open calls were compared with what Asterisk says is going on'),
      kept: { key: 'kept', is: COUNT, says: 'how many calls go on', example: 2 },
      ended: { key: 'ended', is: COUNT, says: 'how many calls ended unseen', example: 1 },
      found: {
        key: 'found',
        is: COUNT,
        says: 'how many calls began unseen and are told from now on',
        example: 0,
      },
      restarted: {
        key: 'restarted',
        is: YES_OR_NO,
        says: 'whether Asterisk was started anew, which ended all earlier calls',
        example: false,
      },
      at: { ...TIMESTAMP, says: 'when they were compared' },
      id: { ...ID, example: 'asterisk/bridge/resync/1795234187386' },
    }),
  },
  shed: {
    when: 'Messages were dropped and will not be delivered: the outbox was full, or the broker will never take them.',
    shape: object('shed', {
      event: opening('shed', 'Messages were dropped and will not be delivered'),
      events: { key: 'events', is: ORDINAL, says: 'how many', example: 5 },
      reasons: { key: 'reasons', is: REASONS, says: 'how many for which reason' },
      from: {
        key: 'from',
        is: MOMENT,
        says: 'when the oldest of them happened',
        example: 1_795_234_127_386,
      },
      to: {
        key: 'to',
        is: MOMENT,
        says: 'when the youngest of them happened',
        example: 1_795_234_129_707,
      },
      at: { ...TIMESTAMP, says: 'when this was told' },
      id: { ...ID, example: 'asterisk/bridge/shed/1795234187386' },
    }),
  },
};

export function toBridgePublication(prefix: string, event: BridgeEvent): Publication {
  const at = event.event === 'gap' ? event.to : event.at;
  const id = `${prefix}/bridge/${event.event}/${at}`;
  const { shape } = BRIDGE_MESSAGES[event.event] as EventMessage<BridgeEvent>; // one table, keyed by the event
  const topic = bridgeTopic(prefix, 'bridge/event');
  const payload = shape.write({ ...event, id });
  return { topic, payload, retain: false, schema: 'asterisk-mqtt/bridge/1', at };
}
