// What subscribers are told, against what a scenario says that they must be: both as the same plain shape, so that a
// difference reads as one. Of an event only the expected fields are compared; no event may be missing or too many.

import type { ToldCall, ToldEvent } from '../lab/tells.ts';

export type Payload = Readonly<Record<string, unknown>> & {
  readonly event: string;
  readonly call_id: string;
  readonly timestamp: string;
};

type Shape = readonly { readonly from: unknown; readonly to: unknown; readonly events: unknown }[];

const RIGHT = 'as expected';

/** `calls` are the told events of each call, in the order of their ids. */
export function shapesOf(
  calls: readonly (readonly Payload[])[],
  expected: readonly ToldCall[],
): { readonly told: Shape; readonly expected: Shape } {
  return {
    told: calls.map((events, n) => toldShape(events, { calls, expected: expected[n] })),
    expected: expected.map(expectedShape),
  };
}

function expectedShape({ from, to, events }: ToldCall) {
  return {
    from,
    to,
    events: events.map((event) => ({
      event: event.event,
      moment: event.moment,
      ...expectedFields(event, events),
      ...Object.fromEntries(durationsOf(event, events).map(({ key }) => [key, RIGHT])),
    })),
  };
}

type Context = {
  readonly calls: readonly (readonly Payload[])[];
  readonly expected: ToldCall | undefined;
};

function toldShape(events: readonly Payload[], { calls, expected }: Context) {
  const [first] = events;
  return {
    from: first?.from,
    to: events.at(-1)?.to,
    events: events.map((payload, n) => {
      const match = expected?.events[n];
      if (match?.event !== payload.event) return { event: payload.event };
      return { event: payload.event, ...toldFields(payload, match, { calls, expected }) };
    }),
  };
}

function toldFields(payload: Payload, match: ToldEvent, { calls, expected }: Context) {
  const events = expected?.events ?? [];
  const fields = Object.keys(expectedFields(match, events)).map((key) => [
    key,
    key === 'merged_into' ? nameOf(payload[key], calls) : payload[key],
  ]);
  const durations = durationsOf(match, events).map(({ key, seconds, within }) => {
    const off = Number(payload[key]) - seconds;
    return [key, Math.abs(off) <= within ? RIGHT : payload[key]];
  });
  return {
    moment: momentOf(payload, match),
    ...Object.fromEntries(fields),
    ...Object.fromEntries(durations),
  };
}

function momentOf({ timestamp }: Payload, { moment, at, within }: ToldEvent): string {
  const off = Date.parse(timestamp) - at;
  return Math.abs(off) <= within ? moment : `${Math.round(off)} ms after ${moment}`;
}

/** An answered call says by whom when it ends, too. */
function expectedFields(event: ToldEvent, events: readonly ToldEvent[]) {
  const answer = events.find((each) => each.event === 'answered');
  if (event.event !== 'hungup') return event.fields;
  return { answered_by: answer?.fields.answered_by, merged_into: undefined, ...event.fields };
}

/** The durations that follow from the moments: of an answer, the ring; of the end, the talk and the whole. */
function durationsOf(event: ToldEvent, events: readonly ToldEvent[]) {
  return (DURATIONS[event.event] ?? []).flatMap(({ key, since }) => {
    const start = events.find((each) => each.event === since);
    if (start === undefined || key in event.fields) return [];
    const within = (event.within + start.within) / 1_000;
    return [{ key, seconds: (event.at - start.at) / 1_000, within }];
  });
}

const DURATIONS: Readonly<Record<string, readonly { key: string; since: string }[]>> = {
  answered: [{ key: 'ring_duration_seconds', since: 'ringing' }],
  left_queue: [{ key: 'wait_duration_seconds', since: 'queued' }],
  hungup: [
    { key: 'talk_duration_seconds', since: 'answered' },
    { key: 'total_duration_seconds', since: 'ringing' },
  ],
};

/** `call 2` for the id of the second call. */
function nameOf(id: unknown, calls: readonly (readonly Payload[])[]): unknown {
  const index = calls.findIndex(([first]) => first?.call_id === id);
  return index < 0 ? id : `call ${index + 1}`;
}
