// What a story comes to: what was told of each call, and what was not looked at.

import type { CallEvent } from '../event/call-event.ts';
import type { Entry } from './entry.ts';

export type Summary = {
  /** What was told of each call, by its id, in the order in which the calls were first told. */
  readonly calls: ReadonlyMap<string, readonly CallEvent[]>;
  /** Epoch milliseconds of the first message that says something of calls: times count from it. */
  readonly startedAt: number | undefined;
  /** How many entries there are of each kind. */
  readonly kinds: ReadonlyMap<Entry['kind'], number>;
  /** Events that were not looked at, how many of each name. */
  readonly checked: ReadonlyMap<string, number>;
  readonly unread: ReadonlyMap<string, number>;
  /** Bytes of a message that the end of the capture cut off. */
  readonly tornBytes: number;
};

export function toSummary(entries: Iterable<Entry>): Summary {
  const calls = new Map<string, CallEvent[]>();
  const kinds = new Map<Entry['kind'], number>();
  const names = { checked: new Map<string, number>(), unread: new Map<string, number>() };
  let startedAt: number | undefined;
  let tornBytes = 0;
  for (const entry of entries) {
    count(kinds, entry.kind);
    if ('name' in entry) count(names[entry.kind], entry.name);
    if (entry.kind === 'signal') startedAt ??= entry.at;
    if (entry.kind === 'torn') tornBytes = entry.bytes;
    for (const event of eventsOf(entry)) add(calls, event);
  }
  return { calls, startedAt, kinds, ...names, tornBytes };
}

export function eventsOf(entry: Entry): readonly CallEvent[] {
  return 'told' in entry ? entry.told.map(({ event }) => event) : [];
}

function count<T>(counts: Map<T, number>, key: T): void {
  counts.set(key, (counts.get(key) ?? 0) + 1);
}

function add(calls: Map<string, CallEvent[]>, event: CallEvent): void {
  const events = calls.get(event.callId);
  if (events === undefined) calls.set(event.callId, [event]);
  else events.push(event);
}
