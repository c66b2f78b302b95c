// The recordings that calls are made of, and which of their messages lets the bridge tell an event at once. What it holds
// back on purpose, until nothing can contradict it, has no such message.

import { toMessage } from '../../src/core/ami/message.ts';
import { Correlator } from '../../src/core/call/correlator.ts';
import type { CallEvent } from '../../src/core/event/call-event.ts';
import { isSignal, SignalReader } from '../../src/core/pbx/signal.ts';
import { type Due, happen, Numbering, type Template } from '../../test/support/template.ts';
import { callRecordings } from '../streams.ts';

export type Told = {
  /** What the call's id begins with, before the time and the number of its first channel. */
  readonly prefix: string;
  /** Which channel of the recording gives the call its id. */
  readonly unique: number;
  readonly sequence: number;
};

export type Recording = {
  readonly template: Template;
  /** By the position of the message that is enough to tell it. */
  readonly atOnce: ReadonlyMap<number, readonly Told[]>;
};

/** A run is over soon after its last call has begun. */
const MOST_SECONDS = 8;
const START = 1_770_888_000_000;

export function recordings(): readonly Recording[] {
  return callRecordings()
    .filter(({ seconds }) => seconds <= MOST_SECONDS)
    .map((template) => ({ template, atOnce: atOnceOf(template) }));
}

function atOnceOf(template: Template): Recording['atOnce'] {
  const steps = stepsOf([...happen(template, START, new Numbering())]);
  const told = steps.map(({ at, events }) => events.filter((one) => one.at === at).map(toTold));
  return new Map([...told.entries()].filter(([, events]) => events.length > 0));
}

type Step = { readonly at: number; readonly events: readonly CallEvent[] };

/** What each message makes the bridge tell. */
function stepsOf(messages: readonly Due[]): readonly Step[] {
  const reader = new SignalReader();
  const correlator = new Correlator();
  return messages.map(({ text }): Step => {
    const result = reader.read(toMessage(text.slice(0, -2)), START);
    if (!isSignal(result) || result.type === 'digit-pressed') return NOTHING;
    return { at: result.at, events: correlator.handle(result) };
  });
}

const NOTHING: Step = { at: 0, events: [] };

function toTold({ callId, sequence }: CallEvent): Told {
  const [, prefix = '', unique] = /^(.*?)\d+\.(\d+)$/.exec(callId) ?? [];
  return { prefix, unique: Number(unique), sequence };
}
