// Every fixture with a gap at every place: which facts behind the gap are not told. Offline and in seconds, as a guide to
// what is lost when links break: node test/faults/gaps.ts [MILLISECONDS]

import { type AmiMessage, toMessage } from '../../src/core/ami/message.ts';
import { Correlator } from '../../src/core/call/correlator.ts';
import { answer, parseAction } from '../../src/core/capture/answers.ts';
import { type ChannelTable, track } from '../../src/core/capture/channel-table.ts';
import type { CallEvent } from '../../src/core/event/call-event.ts';
import { toChannelList } from '../../src/core/pbx/channel-list.ts';
import { SignalReader } from '../../src/core/pbx/signal.ts';
import { Framing } from '../../src/io/ami/framing.ts';
import { loadFixtures } from './fixtures.ts';
import { type Due, happen, Numbering, type Template } from './template.ts';

export type Untold = { readonly event: string; readonly times: number };

const FIRST_THREE: ReadonlySet<string> = new Set(['ringing', 'answered', 'hungup']);

/** Of the three that everybody uses: which are not told though they happened behind a gap, and in how many gaps. */
export function untoldBehindGaps(template: Template, gapMs: number): readonly Untold[] {
  const all = [...happen(template, 1_700_000_000_000, new Numbering())];
  const should = tell(all);
  const untold = all.flatMap(({ at: from }) => {
    const to = from + gapMs;
    const told = new Set(tell(all, { from, to }).map(toKey));
    return should.filter(
      (event) => event.at > to && FIRST_THREE.has(event.event) && !told.has(toKey(event)),
    );
  });
  const byEvent = Object.entries(Object.groupBy(untold, ({ event }) => event));
  return byEvent.map(([event, events]) => ({ event, times: events?.length ?? 0 }));
}

function toKey({ callId, event }: CallEvent): string {
  return `${callId} ${event}`;
}

/** What is told of these messages, without those of the gap, whose end is a login. */
function tell(all: readonly Due[], gap?: { readonly from: number; readonly to: number }) {
  const correlator = new Correlator();
  const channels: ChannelTable = new Map();
  const reader = new SignalReader();
  const told: CallEvent[] = [];
  let isBack = gap === undefined;
  for (const { at, text } of all) {
    if (!isBack && gap !== undefined && at > gap.to) {
      isBack = true;
      correlator.beginSession(gap.from);
      told.push(...correlator.resync(listOf(channels), gap.to).events);
    }
    const message = toMessage(text.slice(0, -2));
    track(channels, message, at);
    const result = reader.read(message, at);
    const isHeard = gap === undefined || at < gap.from || isBack;
    if (isHeard && result.kind === 'signal') told.push(...correlator.handle(result.signal));
  }
  for (let at = correlator.nextAt; at !== undefined; at = correlator.nextAt) {
    told.push(...correlator.elapse(at));
  }
  return told;
}

/** The answer of Asterisk to the question of what is up. */
function listOf(channels: ChannelTable) {
  const messages: AmiMessage[] = [];
  const framing = new Framing({ onMessage: (text) => messages.push(toMessage(text)) });
  const moment = { amiVersion: '11.0.0', channels, seconds: 0, bootSeconds: 0, ms: 0 };
  const action = parseAction(['Action: CoreShowChannels', 'ActionID: 1']);
  framing.push(Buffer.from(answer(action, moment), 'latin1'));
  return toChannelList(messages);
}

if (import.meta.main) {
  const gapMs = Number(process.argv[2] ?? 700);
  for (const { template } of loadFixtures({ mostSeconds: 8 })) {
    const untold = untoldBehindGaps(template, gapMs);
    const text = untold.map(({ event, times }) => `${event} in ${times}`).join(', ');
    const gaps = template.messages.length;
    if (text !== '') process.stdout.write(`${template.name}: of ${gaps} gaps ${text}\n`);
  }
}
