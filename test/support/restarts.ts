// A recording with a hole in it: the bridge is stopped or killed at a moment, what comes meanwhile is lost, and another
// one goes on from what was kept and from what Asterisk says that exists then.

import { readFileSync } from 'node:fs';
import { type AmiMessage, toMessage } from '../../src/core/ami/message.ts';
import { type CallChanges, Correlator } from '../../src/core/call/correlator.ts';
import { answer } from '../../src/core/capture/answers.ts';
import { type ChannelTable, track } from '../../src/core/capture/channel-table.ts';
import { isForEverybody } from '../../src/core/capture/playback.ts';
import type { CallEvent } from '../../src/core/event/call-event.ts';
import { type ChannelList, toChannelList } from '../../src/core/pbx/channel-list.ts';
import { isSignal, type Signal, SignalReader } from '../../src/core/pbx/signal.ts';
import { atOnce } from './at-once.ts';
import { messagesOf } from './captures.ts';

/** What happens, each with the channels that exist after it. */
export type Moment = { readonly signal: Signal | undefined; readonly channels: ChannelTable };

export type Cut = {
  /** The first that is not heard, and the first that is heard again. */
  readonly from: number;
  readonly to: number;
  readonly how: 'stopped' | 'killed';
};

export type Told = {
  readonly before: readonly CallEvent[];
  /** What comparing tells. */
  readonly meanwhile: readonly CallEvent[];
  readonly after: readonly CallEvent[];
  /** Epoch milliseconds by the PBX's clock: when it was heard again. */
  readonly againAt: number;
};

export function momentsOf(path: string): readonly Moment[] {
  const reader = new SignalReader();
  const table: ChannelTable = new Map();
  return messagesOf(readFileSync(path))
    .filter(isForEverybody)
    .map((message) => {
      const result = reader.read(message, 0);
      track(table, message, 0);
      const signal = isSignal(result) ? result : undefined;
      return { signal, channels: new Map(table) };
    });
}

export function tellUncut(moments: readonly Moment[]): readonly CallEvent[] {
  const correlator = new Correlator();
  return hear(correlator, moments);
}

export function tellCut(moments: readonly Moment[], { from, to, how }: Cut): Told {
  const kept = new Map<string, string>();
  const first = new Correlator();
  const before = hear(first, moments.slice(0, from), kept);
  if (how === 'stopped') keep(first.takeAll(), kept);
  const second = new Correlator();
  const states = [...kept].map(([id, state]) => ({ id, state }));
  second.restore(states);
  const againAt = timeAt(moments, to);
  second.beginSession(timeAt(moments, from));
  const { channels = new Map() } = moments[to - 1] ?? {};
  const meanwhile = atOnce(second.resync(listOf(channels), againAt)).events;
  return { before, meanwhile, after: hear(second, moments.slice(to)), againAt };
}

/** Asterisk is asked at `from`, and what it says is looked at only at `to`: much may have happened since. */
export function tellAsked(
  moments: readonly Moment[],
  { from, to }: Pick<Cut, 'from' | 'to'>,
): readonly CallEvent[] {
  const correlator = new Correlator();
  const before = hear(correlator, moments.slice(0, from));
  if (!correlator.beginAudit(Number.POSITIVE_INFINITY)) return tellUncut(moments);
  const { channels = new Map() } = moments[from - 1] ?? {};
  const meanwhile = hear(correlator, moments.slice(from, to));
  const rest = compare(correlator, { list: listOf(channels), moments, to });
  return [...before, ...meanwhile, ...rest];
}

/** Comparing takes its time: between any two steps of it, something happens. */
function compare(
  correlator: Correlator,
  { list, moments, to }: { list: ChannelList; moments: readonly Moment[]; to: number },
): readonly CallEvent[] {
  const told: CallEvent[] = [];
  let next = to;
  const steps = correlator.resync(list, timeAt(moments, to));
  for (let step = steps.next(); step.done !== true; step = steps.next()) {
    told.push(...step.value, ...hear(correlator, moments.slice(next, next + 1)));
    next += 1;
  }
  return [...told, ...hear(correlator, moments.slice(next))];
}

/** A bridge that knows nothing logs in at `from`, and hears what exists then only at `to`. */
export function tellJoined(
  moments: readonly Moment[],
  { from, to }: Pick<Cut, 'from' | 'to'>,
): readonly CallEvent[] {
  const correlator = new Correlator();
  correlator.beginSession(timeAt(moments, from));
  const { channels = new Map() } = moments[from - 1] ?? {};
  const early = hear(correlator, moments.slice(from, to));
  return [...early, ...compare(correlator, { list: listOf(channels), moments, to })];
}

function hear(
  correlator: Correlator,
  moments: readonly Moment[],
  kept?: Map<string, string>,
): readonly CallEvent[] {
  return moments.flatMap(({ signal }) => {
    const told = signal === undefined ? [] : correlator.handle(signal);
    if (told.length > 0 && kept !== undefined) keep(correlator.takeChanges(), kept);
    return told;
  });
}

function keep({ saved, removed }: CallChanges, kept: Map<string, string>): void {
  for (const [id, state] of saved) kept.set(id, state);
  for (const id of removed) kept.delete(id);
}

/** Of the last that was heard before. */
function timeAt(moments: readonly Moment[], index: number): number {
  return moments.slice(0, index).findLast(({ signal }) => signal)?.signal?.at ?? 0;
}

function listOf(channels: ChannelTable): ChannelList {
  const action = new Map([['action', 'CoreShowChannels']]);
  const moment = { amiVersion: '11.0.0', channels, seconds: 0, bootSeconds: 0, ms: 0 };
  const texts = answer(action, moment).split('\r\n\r\n').slice(0, -1);
  return toChannelList(texts.map((text): AmiMessage => toMessage(`${text}\r\n`)));
}
