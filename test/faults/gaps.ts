// Every fixture with a gap at every place: which facts behind the gap are not told. Offline and in seconds, as a guide to
// what is lost when links break: node test/faults/gaps.ts [MILLISECONDS]

import { Limits } from '../../src/app/limits.ts';
import { askChannels, askSurroundings } from '../../src/app/look-around.ts';
import type { Action } from '../../src/core/ami/action.ts';
import { type AmiMessage, toMessage } from '../../src/core/ami/message.ts';
import { Correlator } from '../../src/core/call/correlator.ts';
import { answer, parseAction } from '../../src/core/capture/answers.ts';
import { type ChannelTable, track } from '../../src/core/capture/channel-table.ts';
import type { CallEvent } from '../../src/core/event/call-event.ts';
import { isSignal, SignalReader } from '../../src/core/pbx/signal.ts';
import { Framing } from '../../src/io/ami/framing.ts';
import { atOnce } from '../support/at-once.ts';
import { loadFixtures } from '../support/load-fixtures.ts';
import { type Due, happen, Numbering, type Template } from '../support/template.ts';

export type Untold = { readonly event: string; readonly times: number };

const FIRST_THREE: ReadonlySet<string> = new Set(['ringing', 'answered', 'hungup']);

export type Gaps = {
  readonly gapMs: number;
  /** Tries one place of so many. */
  readonly every?: number;
};

/** Of the three that everybody uses: which are not told though they happened behind a gap, and in how many gaps. */
export async function untoldBehindGaps(
  template: Template,
  { gapMs, every = 1 }: Gaps,
): Promise<readonly Untold[]> {
  const all = [...happen(template, 1_700_000_000_000, new Numbering())];
  const should = await tell(all);
  const untold: CallEvent[] = [];
  for (let place = 0; place < all.length; place += every) {
    const { at: from } = all[place] ?? { at: 0 };
    const to = from + gapMs;
    const told = new Set((await tell(all, { from, to })).map(toKey));
    const isUntold = (event: CallEvent) =>
      event.at > to && FIRST_THREE.has(event.event) && !told.has(toKey(event));
    untold.push(...should.filter(isUntold));
  }
  const byEvent = Object.entries(Object.groupBy(untold, ({ event }) => event));
  return byEvent.map(([event, events]) => ({ event, times: events?.length ?? 0 }));
}

function toKey({ callId, event }: CallEvent): string {
  return `${callId} ${event}`;
}

/** What is told of these messages, without those of the gap, whose end is a login. */
async function tell(all: readonly Due[], gap?: { readonly from: number; readonly to: number }) {
  const correlator = new Correlator();
  const channels: ChannelTable = new Map();
  const reader = new SignalReader();
  const told: CallEvent[] = [];
  let isBack = gap === undefined;
  for (const { at, text } of all) {
    if (!isBack && gap !== undefined && at > gap.to) {
      isBack = true;
      correlator.beginSession(gap.from);
      const list = (await askChannels(sessionAt(channels), LIMITS)) ?? NO_CHANNELS;
      const surroundings = await askSurroundings(sessionAt(channels), list, LIMITS);
      told.push(...atOnce(correlator.resync(list, gap.to, surroundings)).events);
    }
    const message = toMessage(text.slice(0, -2));
    track(channels, message, at);
    const result = reader.read(message, at);
    const isHeard = gap === undefined || at < gap.from || isBack;
    if (isHeard && isSignal(result)) told.push(...correlator.handle(result));
  }
  for (let at = correlator.nextAt; at !== undefined; at = correlator.nextAt) {
    told.push(...correlator.elapse(at));
  }
  return told;
}

const LIMITS = new Limits({ username: '', classes: [], report: () => undefined });
const NO_CHANNELS = { items: [], isComplete: false };

/** Answers as Asterisk does while these channels exist. */
function sessionAt(channels: ChannelTable) {
  const moment = { amiVersion: '11.0.0', channels, seconds: 0, bootSeconds: 0, ms: 0 };
  return {
    list: async ({ name }: Action) => {
      const messages: AmiMessage[] = [];
      const framing = new Framing({ onMessage: (text) => messages.push(toMessage(text)) });
      const action = parseAction([`Action: ${name}`, 'ActionID: 1']);
      framing.push(Buffer.from(answer(action, moment), 'latin1'));
      return messages;
    },
  };
}

if (import.meta.main) {
  const gapMs = Number(process.argv[2] ?? 700);
  for (const { template } of loadFixtures({ mostSeconds: 8 })) {
    const untold = await untoldBehindGaps(template, { gapMs });
    const text = untold.map(({ event, times }) => `${event} in ${times}`).join(', ');
    const gaps = template.messages.length;
    if (text !== '') process.stdout.write(`${template.name}: of ${gaps} gaps ${text}\n`);
  }
}
