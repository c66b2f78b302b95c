// The life of one call: states × happenings, as a table. It knows nothing of channels; the correlator tells it what
// happened, and it tells what subscribers hear of it.

import type { CallEvent, Party, Told } from '../event/call-event.ts';
import type { Ending, Facts } from './ending.ts';

export type CallState = 'dialing' | 'ringing' | 'answered' | 'hungup';

export type Call = {
  readonly id: string;
  readonly startedAt: number;
  /** Its channels that exist: phones and trunks, and the plumbing between them. */
  readonly personIds: Set<string>;
  readonly plumbingIds: Set<string>;
  /** Every Linkedid that leads to this call: its own, and those of calls that were joined to it. */
  readonly linkedIds: Set<string>;
  readonly facts: Facts;
  state: CallState;
  /** The channel of the person who stands for `from`. */
  callerId: string | undefined;
  /** Fixed when they are first told, but for the `to` of an originated call, which is '' until it is known. */
  from: Party | undefined;
  to: Party | undefined;
  /** Who owns the dialled number, where a channel showed it. */
  dialledName: string | undefined;
  answeredBy: Party | undefined;
  ringingAt: number | undefined;
  answeredAt: number | undefined;
  lastSeenAt: number;
  sequence: number;
  digits: number;
};

export type Happening =
  | { readonly type: 'ring'; readonly at: number; readonly inferred?: true }
  | {
      readonly type: 'answer';
      readonly at: number;
      readonly by: Party;
      /** A conference answers without ringing. */
      readonly conference: boolean;
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

/** A digit that a party pressed; told in every state but the last. */
export function tellDigit(
  call: Call,
  digit: {
    readonly at: number;
    readonly id?: string;
    readonly value: string;
    readonly by: Party;
  } & {
    readonly durationMs: number;
  },
): readonly CallEvent[] {
  if (call.state === 'hungup') return [];
  call.digits += 1;
  const occurrence = digit.id ?? String(call.digits);
  return [
    {
      ...told(call, digit.at),
      event: 'dtmf',
      occurrence,
      digit: digit.value,
      by: digit.by,
      durationSeconds: digit.durationMs / 1_000,
    },
  ];
}

function ring(call: Call, { at, inferred }: { at: number; inferred?: true }): readonly CallEvent[] {
  call.state = 'ringing';
  call.ringingAt = at;
  return [{ ...told(call, at, inferred), event: 'ringing' }];
}

/** A phone that answers without ringing first rang for no time; one that was first seen talking rang unseen. */
function ringAndAnswer(
  call: Call,
  happening: Extract<Happening, { type: 'answer' }>,
): readonly CallEvent[] {
  const isSilent = happening.conference || happening.inferred === true;
  const rung = isSilent ? [] : ring(call, { at: happening.at });
  return [...rung, ...answer(call, happening)];
}

function answer(
  call: Call,
  { at, by, conference, inferred }: Extract<Happening, { type: 'answer' }>,
): readonly CallEvent[] {
  call.state = 'answered';
  call.answeredAt = at;
  call.answeredBy = by;
  const rungAt = call.ringingAt ?? (conference ? at : undefined);
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
  const { callerCause } = call.facts;
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
      totalSeconds: seconds(call.ringingAt ?? call.startedAt, until),
      disposition: ending.disposition,
      ...(call.ringingAt !== undefined && { rang: true }),
      ...(ending.hungupBy && { hungupBy: ending.hungupBy }),
      ...(mergedInto !== undefined && { mergedInto }),
      ...(lastSeenAt !== undefined && { lastSeenAt }),
    },
  ];
}

function told(call: Call, at: number, inferred?: true): Told {
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

/** Never negative: AMI's timestamps can step back by some hundred microseconds. */
function seconds(from: number, to: number): number {
  return Math.max(0, to - from) / 1_000;
}
