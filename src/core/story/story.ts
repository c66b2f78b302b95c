// A capture as the story of its calls: every message goes the way that it goes in the bridge, through the same reader and
// the same correlator, and what each of them made of it is written down. Nothing is decided here.

import { type AmiMessage, header, toMessage } from '../ami/message.ts';
import type { Call } from '../call/call.ts';
import { Correlator } from '../call/correlator.ts';
import { type Capture, messageSpans, messageText, msAt } from '../capture/format.ts';
import { isForEverybody } from '../capture/playback.ts';
import type { CallEvent } from '../event/call-event.ts';
import { type ChannelKind, toChannel } from '../pbx/channel.ts';
import { type ChannelUpdate, type Signal, SignalReader } from '../pbx/signal.ts';
import type { Entry, Sight, Told } from './entry.ts';
import { toRawLine, toSignalLine } from './message-line.ts';
import { type Scene, whyNothing } from './nothing.ts';
import { ruleOf } from './rule.ts';

export type StoryOptions = {
  /** Whether digits are told, as with CALL_DTMF. */
  readonly digits: boolean;
};

/** In the order of the stream. A message without a Timestamp happens when it came. */
export function* entriesOf(capture: Capture, options: StoryOptions): Generator<Entry> {
  const story = new Story(options);
  let receivedAt = capture.startedAt;
  for (const span of messageSpans(capture.text)) {
    receivedAt = capture.startedAt + msAt(capture, span.to - 1);
    const text = messageText(capture.text, span);
    if (span.whole) yield* story.read(toMessage(text), receivedAt);
    else if (text !== '') yield { kind: 'torn', bytes: text.length };
  }
  yield* story.end(receivedAt);
}

/** So many of the last messages are remembered, for events that are told a while after what they tell of. */
const MAX_SIGHTS = 1_000;

class Story {
  readonly #options: StoryOptions;
  readonly #reader = new SignalReader();
  readonly #correlator = new Correlator();
  /** Channels that were seen to begin. */
  readonly #kinds = new Map<string, ChannelKind>();
  readonly #sights: (Sight & { readonly type: Signal['type'] })[] = [];
  /** Our clock, or that of who captured, minus that of the PBX. */
  #pbxBehindMs: number | undefined;

  constructor(options: StoryOptions) {
    this.#options = options;
  }

  *read(message: AmiMessage, receivedAt: number): Generator<Entry> {
    const name = header(message, 'Event') ?? '';
    if (this.#isAnswer(message)) yield { kind: 'answer' };
    else if (message.kind === 'event' && !this.#reader.wants(name)) yield { kind: 'unread', name };
    else yield* this.#readWanted(message, receivedAt);
  }

  /** What the silence up to the end of the capture tells. */
  *end(receivedAt: number): Generator<Entry> {
    const at = this.#toPbxTime(receivedAt);
    if (at !== undefined) yield* this.#silences(at);
  }

  /** Once events come, a response without an ActionID answers nothing: somebody's text has become a message. */
  #isAnswer(message: AmiMessage): boolean {
    if (isForEverybody(message)) return false;
    if (header(message, 'ActionID') !== undefined) return true;
    return message.kind === 'response' && this.#pbxBehindMs === undefined;
  }

  #toPbxTime(receivedAt: number): number | undefined {
    return this.#pbxBehindMs === undefined ? undefined : receivedAt - this.#pbxBehindMs;
  }

  *#readWanted(message: AmiMessage, receivedAt: number): Generator<Entry> {
    const result = this.#reader.read(message, receivedAt);
    const at = this.#toPbxTime(receivedAt);
    if (result?.type === 'suspect') {
      yield { kind: 'suspect', at, line: toRawLine(message), reason: result.reason };
      return;
    }
    if (result === undefined) {
      yield toVoid(message, at);
      return;
    }
    this.#pbxBehindMs = receivedAt - result.at;
    yield* this.#silences(result.at);
    yield this.#heed(result, toSignalLine(message, result));
  }

  *#silences(until: number): Generator<Entry> {
    for (let at = this.#correlator.nextAt; at !== undefined; at = this.#correlator.nextAt) {
      if (at > until) return;
      const told = this.#toTold(this.#correlator.elapse(at));
      const [first] = told;
      if (first !== undefined) yield { kind: 'silence', at, callId: first.event.callId, told };
    }
  }

  #heed(signal: Signal, line: string): Entry {
    const { at, type } = signal;
    const channels = idsIn(signal);
    const before = channels.map((id) => this.#correlator.callOf(id));
    const doubts = this.#correlator.doubts;
    const isTold = type !== 'digit-pressed' || this.#options.digits;
    const told = isTold ? this.#toTold(this.#correlator.handle(signal), signal) : [];
    const [first] = channels;
    const after = channels.map((id) => this.#correlator.callOf(id));
    const call = before[0] ?? after[0];
    const wasSeen = first !== undefined && this.#kinds.has(first);
    if (type === 'channel-created')
      this.#kinds.set(signal.channel.id, toChannel(signal.channel).kind);
    const scene: Scene = {
      channel: first === undefined ? undefined : { id: first, kind: this.#kinds.get(first) },
      wasSeen,
      call,
      joined: joinedOf(before, after),
      isDoubtful: this.#correlator.doubts > doubts,
    };
    this.#remember({ at, line, type });
    const nothing = told.length > 0 ? undefined : whyNothing(signal, scene);
    return { kind: 'signal', at, line, callId: call?.id, told, nothing };
  }

  #remember(sight: Sight & { readonly type: Signal['type'] }): void {
    this.#sights.push(sight);
    if (this.#sights.length > MAX_SIGHTS * 2) this.#sights.splice(0, MAX_SIGHTS);
  }

  #toTold(events: readonly CallEvent[], signal?: Signal): readonly Told[] {
    return events.map((event) => ({
      event,
      why: ruleOf(event, signal),
      since: this.#sinceOf(event, signal),
    }));
  }

  /** The message that an event tells of, where it is not the one that it is told at. */
  #sinceOf({ at, event }: CallEvent, signal: Signal | undefined): Sight | undefined {
    const types = BEGINNINGS[event] ?? [];
    if (types.length === 0 || (signal !== undefined && types.includes(signal.type)))
      return undefined;
    const sight = this.#sights.findLast((one) => one.at === at && types.includes(one.type));
    return { at, line: sight?.line ?? '' };
  }
}

/** Events that are told later than they happen, and the signals of which one was there when they did. */
const BEGINNINGS: { readonly [E in CallEvent['event']]?: readonly Signal['type'][] } = {
  system_answered: ['channel-changed', 'channel-created'],
  resumed: ['resumed'],
  transferred: ['bridge-entered'],
};

/** Of the channels that a signal is about, the one that matters most first. */
function idsIn(signal: Signal): readonly string[] {
  if (signal.type === 'originated') return [signal.channelId];
  const { channel, to, by, from, second, target, retriever } = signal as Partial<
    Record<'channel' | 'to' | 'by' | 'from' | 'second' | 'target' | 'retriever', ChannelUpdate>
  >; // every other signal has some of them
  return [channel, to, by, from, second, target, retriever].flatMap((one) => one?.id ?? []);
}

type Calls = readonly (Readonly<Call> | undefined)[];

function joinedOf(before: Calls, after: Calls): Scene['joined'] {
  for (const [index, call] of before.entries()) {
    const now = after[index];
    if (call !== undefined && now !== undefined && now !== call) return [call.id, now.id];
  }
  return undefined;
}

const WHYS_OF_VOID: ReadonlyMap<string, string> = new Map([
  ['AttendedTransfer', 'Asterisk did not do it: its Result is not Success'],
  ['BlindTransfer', 'Asterisk did not do it: its Result is not Success'],
  ['Shutdown', 'it does not read as Asterisk writes it'],
]);

function toVoid(message: AmiMessage, at: number | undefined): Entry {
  const name = header(message, 'Event') ?? '';
  const reason = WHYS_OF_VOID.get(name);
  if (reason === undefined) return { kind: 'checked', name };
  return { kind: 'void', at, line: name, reason };
}
