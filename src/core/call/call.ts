// The life of one call: states × happenings, as a table. It knows nothing of channels; the correlator tells it what
// happened, and it tells what subscribers hear of it.

import type { CallEvent, Dtmf, Party, StoryEvent, Told } from '../event/call-event.ts';
import type { Conversation } from './conversation.ts';
import type { Ending, Facts } from './ending.ts';
import type { Hold } from './holds.ts';

export type CallState = 'dialing' | 'ringing' | 'answered' | 'hungup';

/** Many are open at a time: small lists are copied when they change, and what few calls need is made for those. */
export type Call = {
  readonly id: string;
  /** Its channels that exist: phones and trunks, and the plumbing between them. */
  personIds: readonly string[];
  plumbingIds: readonly string[];
  /** Linkedids that lead to this call besides its own: those of calls that were joined to it. */
  joinedIds: readonly string[];
  facts: Facts | undefined;
  /** Once it was answered. */
  conversation: Conversation | undefined;
  /** Whether the phone system itself has picked up; `since` while it is not sure that nobody else has. */
  system: 'never' | { readonly since: number } | 'told';
  queue: Waiting | undefined;
  /** It was parked, and nobody is connected with it since: who comes now is nobody's successor. */
  isParked: boolean;
  /** The slot that it is in, or was fetched from. */
  slot: { readonly name: string; readonly isFetched: boolean } | undefined;
  /** By the channel of who holds. */
  holds: Map<string, Hold> | undefined;
  state: CallState;
  /** The channel of the person who stands for `from`. */
  callerId: string | undefined;
  /** Fixed when they are first told, but for the `to` of an originated call, which is '' until it is known. */
  from: Party | undefined;
  to: Party | undefined;
  /** What a phone that was called first (Originate) is to be connected with, once that is known. */
  originatedTo: string | undefined;
  /** It is an application that the phone listens to. */
  isAnnouncement: boolean;
  /** Who owns the dialled number, where a channel showed it. */
  dialledName: string | undefined;
  answeredBy: Party | undefined;
  hasRung: boolean;
  /** Its seconds count from its first ring, and before that from its first channel. */
  countsFrom: number;
  answeredAt: number | undefined;
  lastSeenAt: number;
  sequence: number;
  /** Another call has ended in it, and subscribers were told its id. */
  isNamed: boolean;
  /** How often an event was told that may repeat. */
  repeats: Map<string, number> | undefined;
};

/** In a queue. */
export type Waiting = {
  readonly name: string;
  readonly since: number;
  givenUp: boolean;
};

export type Happening =
  | { readonly type: 'ring'; readonly at: number; readonly inferred?: true }
  | {
      readonly type: 'answer';
      readonly at: number;
      readonly by: Party;
      /** A conference answers without ringing. */
      readonly unrung: boolean;
      readonly inferred?: true;
    }
  | {
      readonly type: 'end';
      readonly at: number;
      readonly ending: Ending;
      readonly mergedInto?: string;
      /** Set where the end was not seen: durations count up to here. */
      readonly lastSeenAt?: number;
    };

type Move<T extends Happening['type'] = Happening['type']> = (
  call: Call,
  happening: Extract<Happening, { type: T }>,
) => readonly CallEvent[];

// An empty cell is a happening that the state ignores: Asterisk repeats itself, and a transfer rings again.
// biome-ignore format: a table should look like one
const TABLE: { readonly [S in CallState]: { readonly [T in Happening['type']]?: Move<T> } } = {
  dialing:  { ring, answer: ringAndAnswer, end },
  ringing:  {       answer,                end },
  answered: {                              end },
  hungup:   {},
};

/** What is told of it; the call has moved on. */
export function step(call: Call, happening: Happening): readonly CallEvent[] {
  const move = TABLE[call.state][happening.type] as Move | undefined; // the compiler cannot relate the two keys
  return move === undefined ? [] : move(call, happening);
}

type OwnKeys<E> = E extends CallEvent ? Omit<E, keyof Told | 'occurrence'> : never;

/** What completes the story, by the keys of its own. */
export type Story = OwnKeys<StoryEvent | Dtmf>;

/** When it happened; by `micros`, as of a signal, repeats are told apart, which survives a restart. */
export type StoryMoment = {
  readonly at: number;
  readonly micros?: number | undefined;
  readonly inferred?: true | undefined;
};

/** Told in every state but the last. */
export function tell(call: Call, story: Story, moment: StoryMoment): readonly CallEvent[] {
  if (call.state === 'hungup') return [];
  const { at, micros, inferred } = moment;
  if (story.event === 'system_answered') return [{ ...told(call, at, inferred), ...story }];
  call.repeats ??= new Map();
  const count = (call.repeats.get(story.event) ?? 0) + 1;
  call.repeats.set(story.event, count);
  const occurrence = micros === undefined ? String(count) : `${at}${toDigits(micros)}`;
  return [{ ...told(call, at, inferred), ...story, occurrence } as CallEvent]; // the compiler does not see that they match
}

function ring(call: Call, { at, inferred }: { at: number; inferred?: true }): readonly CallEvent[] {
  call.state = 'ringing';
  call.hasRung = true;
  call.countsFrom = at;
  return [{ ...told(call, at, inferred), event: 'ringing' }];
}

/** A phone that answers without ringing first rang for no time; one that was first seen talking rang unseen. */
function ringAndAnswer(
  call: Call,
  happening: Extract<Happening, { type: 'answer' }>,
): readonly CallEvent[] {
  const isSilent = happening.unrung || happening.inferred === true;
  const rung = isSilent ? [] : ring(call, { at: happening.at });
  return [...rung, ...answer(call, happening)];
}

function answer(
  call: Call,
  { at, by, unrung, inferred }: Extract<Happening, { type: 'answer' }>,
): readonly CallEvent[] {
  call.state = 'answered';
  call.answeredAt = at;
  call.answeredBy = by;
  const unrungAt = unrung ? at : undefined;
  const rungAt = call.hasRung ? call.countsFrom : unrungAt;
  return [
    {
      ...told(call, at, inferred),
      event: 'answered',
      answeredBy: by,
      ...(rungAt !== undefined && { ringSeconds: seconds(rungAt, at) }),
    },
  ];
}

function end(call: Call, happening: Extract<Happening, { type: 'end' }>): readonly CallEvent[] {
  const { at, ending, mergedInto, lastSeenAt } = happening;
  const until = lastSeenAt ?? at;
  const callerCause = call.facts?.callerCause;
  call.state = 'hungup';
  return [
    {
      ...told(call, at, lastSeenAt === undefined ? undefined : true),
      event: 'hungup',
      ...(call.answeredBy && { answeredBy: call.answeredBy }),
      cause: ending.cause,
      causeCode: ending.causeCode,
      ...(callerCause !== undefined && { pbxCauseCode: callerCause }),
      talkSeconds: call.answeredAt === undefined ? 0 : seconds(call.answeredAt, until),
      totalSeconds: seconds(call.countsFrom, until),
      disposition: ending.disposition,
      ...(call.hasRung && { rang: true }),
      ...(ending.hungupBy && { hungupBy: ending.hungupBy }),
      ...(mergedInto !== undefined && { mergedInto }),
      ...(lastSeenAt !== undefined && { lastSeenAt }),
      why: ending.why,
    },
  ];
}

function told(call: Call, at: number, inferred?: true | undefined): Told {
  call.sequence += 1;
  return {
    callId: call.id,
    from: call.from ?? { extension: '' },
    to: call.to ?? { extension: '' },
    at,
    sequence: call.sequence,
    ...(inferred && { inferred }),
  };
}

/** Of microseconds, three. */
function toDigits(micros: number): string {
  return String(micros).padStart(3, '0');
}

/** Never negative: AMI's timestamps can step back by some hundred microseconds. */
function seconds(from: number, to: number): number {
  return Math.max(0, to - from) / 1_000;
}

/**
 * Whether somebody is left in it. A call that Asterisk itself starts through a Local channel has nobody in it between
 * two phones that it tries: there the wire's first end stands for them.
 */
export function isAlive({ id, state, personIds, plumbingIds }: Call): boolean {
  return personIds.length > 0 || (state !== 'answered' && plumbingIds.includes(id));
}
