// What subscribers read of a call: every event, every key, and what they mean. The JSON is written by this table, and its
// schemas, asyncapi.yaml and the tables of docs/topics.md are made from it (`npm run docs`). An event or a field that has
// no place here does not compile.

import type { CallEvent, Party, Told } from './call-event.ts';
import {
  CAUSE,
  CAUSE_SENTENCE,
  DISPOSITION,
  HUNGUP_BY,
  SERVICE,
  TRANSFER,
  WHY_LEFT,
  WHY_RETRIEVED,
} from './call-words.ts';
import { type EventMessage, type Identified, opening } from './event-message.ts';
import {
  COUNT,
  type Fields,
  MOMENT,
  NOT_TOLD,
  ORDINAL,
  object,
  SECONDS,
  TEXT,
  YES,
} from './shape.ts';

type EventOf<E extends CallEvent['event']> = Extract<CallEvent, { event: E }>;

export const PARTY = object<Party>('party', {
  extension: {
    key: 'extension',
    is: TEXT,
    says: 'the number; `""` where it cannot be known, and where the caller withheld it',
    example: '102',
  },
  name: {
    key: 'name',
    is: TEXT,
    says: 'left out where none is known',
    example: 'Bob Brown',
    optional: true,
  },
  anonymous: {
    key: 'anonymous',
    is: YES,
    says: 'only where the caller withheld the number',
    optional: true,
  },
});

const BY = { key: 'by', is: PARTY } as const;

/** What every event of a call has; those of its own stand after `to`. */
export const COMMON: Fields<Identified<Told>> = {
  callId: {
    key: 'call_id',
    is: TEXT,
    says: "Asterisk's Linkedid of the first channel; the same in every event of the call",
    example: '1795234127.0',
  },
  from: { key: 'from', is: PARTY, says: 'who started it; the same in every event of the call' },
  to: {
    key: 'to',
    is: PARTY,
    says: 'what was dialled; the same in every event of the call, except that for a call that Asterisk places itself `extension` is `""` until it is known',
  },
  inferred: {
    key: 'inferred',
    is: YES,
    says: 'only where the bridge did not see it happen, but learned of it later',
    optional: true,
  },
  at: {
    key: 'timestamp',
    is: MOMENT,
    says: "when it happened: by Asterisk's own clock where `timestampevents = yes` is set in `manager.conf`, else the time of receipt",
    example: 1_795_234_127_386,
  },
  id: {
    key: 'id',
    is: TEXT,
    says: 'the same fact always has the same `id`: drop what you have seen before',
    example: 'asterisk/1795234127.0/ringing',
  },
  sequence: {
    key: 'sequence',
    is: ORDINAL,
    says: 'counts the events of this call from 1. A hole means that you missed one',
    example: 1,
  },
};

export const CALL_MESSAGES: { readonly [E in CallEvent['event']]: EventMessage<EventOf<E>> } = {
  ringing: message({
    event: 'ringing',
    description: 'A call is ringing and waiting to be answered',
    when: 'The first time a called phone rings. A call that is busy, refused or cancelled before any phone rings has none.',
    own: {},
  }),
  answered: message({
    event: 'answered',
    description: 'The call has been answered and parties are now connected',
    when: "The caller and another person, or a conference, are connected to each other. A menu, a queue's music or a voicemail box is no answer. A phone that answers without ringing first yields `ringing` and `answered` with the same timestamp.",
    own: {
      answeredBy: { key: 'answered_by', is: PARTY, says: 'who lifted first, also after transfers' },
      ringSeconds: {
        key: 'ring_duration_seconds',
        is: SECONDS,
        says: 'first ring to answer; left out where the ring was not seen',
        example: 0.813,
        optional: true,
      },
    },
  }),
  hungup: message({
    event: 'hungup',
    description: 'The call has ended',
    when: 'Nobody is left in the call.',
    own: {
      answeredBy: {
        key: 'answered_by',
        is: PARTY,
        says: 'only if it was answered: who lifted first',
        optional: true,
      },
      cause: [
        {
          key: 'cause',
          is: CAUSE,
          says: "why it ended. What happened decides, not the last channel's raw cause",
        },
        {
          key: 'cause_description',
          is: CAUSE_SENTENCE,
          says: 'the same as a sentence for people',
          example: 'normal_clearing',
        },
      ],
      causeCode: {
        key: 'cause_code',
        is: COUNT,
        says: 'the same as a number of ITU-T Q.850',
        example: 16,
      },
      pbxCauseCode: {
        key: 'pbx_cause_code',
        is: COUNT,
        says: "the raw number of the caller's channel, for those who want to compare; left out where none was seen",
        example: 16,
        optional: true,
      },
      talkSeconds: {
        key: 'talk_duration_seconds',
        is: SECONDS,
        says: 'answer to end; 0 if it was not answered',
        example: 1.508,
      },
      totalSeconds: {
        key: 'total_duration_seconds',
        is: SECONDS,
        says: 'first ring to end; start to end where nothing rang',
        example: 2.321,
      },
      disposition: { key: 'disposition', is: DISPOSITION, says: 'how it ended, in one word' },
      hungupBy: {
        key: 'hungup_by',
        is: HUNGUP_BY,
        says: 'who ended it; left out where it cannot be known',
        optional: true,
      },
      mergedInto: {
        key: 'merged_into',
        is: TEXT,
        says: 'only where the call became part of another: the `call_id` of that one',
        example: '1795234120.2',
        optional: true,
      },
      lastSeenAt: {
        key: 'last_seen',
        is: MOMENT,
        says: 'only with `inferred`: the end was not seen; durations count up to here',
        example: 1_795_234_129_707,
        optional: true,
      },
      rang: NOT_TOLD,
      why: NOT_TOLD,
    },
  }),
  system_answered: message({
    event: 'system_answered',
    description: 'The phone system itself has picked the call up',
    when: 'The phone system itself picked the call up: a menu, an announcement, a queue, voicemail, parking. No person has answered. Once per call.',
    own: {
      service: {
        key: 'service',
        is: SERVICE,
        says: 'what picked up; left out where nothing tells. Only queues and parking lots tell by themselves',
        optional: true,
      },
      serviceName: {
        key: 'service_name',
        is: TEXT,
        says: 'the queue or the mailbox, where there is one',
        example: 'support',
        optional: true,
      },
    },
  }),
  queued: message({
    event: 'queued',
    description: 'The caller waits in a queue',
    when: 'The caller has entered a queue.',
    own: {
      queue: { key: 'queue', is: TEXT, says: 'the name of the queue', example: 'support' },
      position: {
        key: 'position',
        is: COUNT,
        says: 'the place in the queue; 1 is the next',
        example: 1,
      },
    },
  }),
  left_queue: message({
    event: 'left_queue',
    description: 'The caller has left the queue',
    when: 'The caller is no longer in the queue.',
    own: {
      queue: { key: 'queue', is: TEXT, says: 'the name of the queue', example: 'support' },
      reason: { key: 'reason', is: WHY_LEFT, says: 'why' },
      waitSeconds: {
        key: 'wait_duration_seconds',
        is: SECONDS,
        says: 'how long the caller waited',
        example: 12.5,
      },
    },
  }),
  held: message({
    event: 'held',
    description: 'A party has put the other on hold',
    when: 'A party puts the other on hold.',
    own: { by: { ...BY, says: 'who holds' } },
  }),
  resumed: message({
    event: 'resumed',
    description: 'A party has taken the other back from hold',
    when: 'A party takes the other back from hold.',
    own: { by: { ...BY, says: 'who held' } },
  }),
  transferred: message({
    event: 'transferred',
    description: 'A new party is connected in place of another',
    when: 'In a call that was answered, a new party is connected in the place of another. A transfer that nobody takes is not told.',
    own: {
      transfer: { key: 'transfer', is: TRANSFER, says: 'how it came about' },
      by: { ...BY, says: 'who did it; left out where nothing tells', optional: true },
      transferredTo: { key: 'transferred_to', is: PARTY, says: 'the new party' },
      replaces: {
        key: 'replaces',
        is: PARTY,
        says: 'who left; left out where nothing tells',
        optional: true,
      },
    },
  }),
  parked: message({
    event: 'parked',
    description: 'The call waits in a parking slot',
    when: 'The call was put into a parking slot, where any phone can fetch it. No transfer is told of that.',
    own: {
      slot: { key: 'slot', is: TEXT, says: 'the number of the slot', example: '701' },
      by: { ...BY, says: 'who parked it; left out where nothing tells', optional: true },
    },
  }),
  retrieved: message({
    event: 'retrieved',
    description: 'The call has left its parking slot',
    when: 'The call was fetched from its parking slot, or nobody fetched it in time. A caller who hangs up in the slot has only `hungup`.',
    own: {
      slot: { key: 'slot', is: TEXT, says: 'the number of the slot', example: '701' },
      by: { ...BY, says: 'who fetched it; left out where nobody did', optional: true },
      reason: { key: 'reason', is: WHY_RETRIEVED, says: 'why' },
    },
  }),
  dtmf: message({
    event: 'dtmf',
    description: 'A digit was pressed',
    when: 'A party pressed a digit. Off unless `CALL_DTMF=true`: digits can be card numbers.',
    own: {
      digit: { key: 'digit', is: TEXT, says: '`0` to `9`, `*`, `#`, `A` to `D`', example: '#' },
      by: { ...BY, says: 'who pressed it' },
      durationSeconds: {
        key: 'duration_seconds',
        is: SECONDS,
        says: 'how long it was pressed',
        example: 0.12,
      },
    },
  }),
};

type Declaration<E extends CallEvent> = {
  readonly event: E['event'];
  readonly description: string;
  readonly when: string;
  /** What makes this event another than the others. Its `occurrence` is told as a part of the id. */
  readonly own: Fields<Omit<E, keyof Told | 'event' | 'occurrence'>>;
};

function message<E extends CallEvent>({
  event,
  description,
  when,
  own,
}: Declaration<E>): EventMessage<E> {
  const { callId, from, to, ...rest } = COMMON;
  const fields = { event: opening(event, description), callId, from, to, ...own, ...rest };
  // The compiler cannot add up the fields of a type that it does not know yet.
  return { when, shape: object(event, fields as unknown as Fields<Identified<E>>) };
}
