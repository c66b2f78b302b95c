// An enemy who calls: what he can have written into an event of Asterisk, and what the bridge makes of the stream then.

import fc from 'fast-check';
import { Correlator } from '../../src/core/call/correlator.ts';
import type { CallEvent } from '../../src/core/event/call-event.ts';
import { callPayload } from '../../src/core/event/payload.ts';
import { isSignal, type ReadResult, SignalReader } from '../../src/core/pbx/signal.ts';
import { MessageStream } from '../../src/io/ami/message-stream.ts';

/** The messages of a recording as text, each with the empty line behind it, without the banner. */
export function textsOf(recording: string): readonly string[] {
  return recording
    .slice(recording.indexOf('\n') + 1)
    .split(/(?<=\r\n\r\n)/)
    .filter((text) => text.endsWith('\r\n\r\n'));
}

export type Told = {
  readonly events: readonly CallEvent[];
  readonly payloads: readonly string[];
  /** Kinds of what was read, each with the one before it. */
  readonly readings: ReadonlySet<string>;
  /** Milliseconds of this thread that the longest chunk took, however busy the machine is. */
  readonly longestMs: number;
};

/** What is told of a stream as the bridge reads it: of most events, nothing but the name. */
export function tellOf(chunks: Iterable<Buffer>): Told {
  const reader = new SignalReader();
  const correlator = new Correlator();
  const events: CallEvent[] = [];
  const readings = new Set<string>();
  let lastReading = '';
  const stream = new MessageStream({
    wanted: (name) => reader.wants(name),
    onMessage: (message) => {
      const result = reader.read(message, 0);
      const reading = labelOf(result);
      readings.add(`${lastReading} ${reading}`);
      lastReading = reading;
      if (isSignal(result)) events.push(...correlator.handle(result));
    },
  });
  let longestMs = 0;
  for (const chunk of chunks) {
    const before = process.threadCpuUsage();
    stream.push(chunk);
    const { user, system } = process.threadCpuUsage(before);
    longestMs = Math.max(longestMs, (user + system) / 1_000);
  }
  stream.end();
  events.push(...correlator.elapse(Number.POSITIVE_INFINITY));
  const payloads = events.map((event) => callPayload('asterisk', event));
  return { events, payloads, readings, longestMs };
}

function labelOf(result: ReadResult): string {
  if (result === undefined) return 'nothing';
  return result.type === 'suspect' ? result.reason : result.type;
}

export function tell(texts: readonly string[]): readonly CallEvent[] {
  return tellOf([Buffer.from(texts.join(''), 'latin1')]).events;
}

/** Asterisk cuts what a caller can choose. */
const MOST_BYTES = 79;

const REACHED =
  /^((?:Dest|Parkee|Retriever|Transferer|Transferee|OrigTransferer|SecondTransferer|Target|Spyer|Spyee|LocalOne|LocalTwo)?(?:CallerIDNum|ConnectedLineNum|Exten|AccountCode)|DialString|BridgeName|Conference|Extension): /;

/** The places of headers, among the lines of a message, that a caller can write. */
export function placesIn(text: string): readonly number[] {
  return text.split('\r\n').flatMap((line, place) => (REACHED.test(line) ? [place] : []));
}

/** A text where the caller can write, behind what is there. */
export function writeInto(text: string, place: number, value: string): string {
  const lines = text.split('\r\n');
  const line = lines[place] ?? '';
  const [key = '', old = ''] = line.split(': ');
  lines[place] = `${key}: ${(old + value).slice(0, MOST_BYTES)}`;
  return lines.join('\r\n');
}

const EVENTS = [
  ...['Hangup', 'HangupRequest', 'Newchannel', 'Newstate', 'Hold', 'BridgeEnter', 'BridgeLeave'],
  ...['DialBegin', 'DialEnd', 'DialState', 'Pickup', 'Shutdown', 'OriginateResponse', 'Nothing'],
  ...['QueueCallerJoin', 'ParkedCall', 'BlindTransfer', 'AgentCalled', 'UserEvent'],
];
const KEYS = [
  ...['Channel', 'ChannelState', 'Context', 'Exten', 'Priority', 'Uniqueid', 'Linkedid', 'Cause'],
  ...['DialStatus', 'BridgeUniqueid', 'SwapUniqueid', 'Timestamp', 'Privilege', 'Response'],
  ...['ActionID', 'CallerIDNum', 'Language', 'Queue', 'Position', 'ParkingSpace', 'Forward', 'X'],
];
const PREFIXES = ['', '', '', 'Dest', 'Parkee', 'LocalOne'];
const VALUES = ['', '1', '6', '16', 'system,all', 'ANSWER', 'Cleanly', 'True', '1.000000', 'x;1'];
const NOISE = [
  '\r\n',
  '\r\n\r\n',
  '\n',
  '\r',
  '\0',
  ';',
  '"',
  '\\',
  '\xc3',
  ': ',
  '\xff',
  '-1',
  '1e400',
];

/** What such a caller writes: bits of the protocol, the ids and channels of the stream among them. */
export function hostileText(ids: readonly string[]): fc.Arbitrary<string> {
  const key = fc
    .tuple(fc.constantFrom(...PREFIXES), fc.constantFrom(...KEYS))
    .map((p) => p.join(''));
  const value = fc.constantFrom(...VALUES, ...ids);
  const line = fc.oneof(
    fc.constantFrom(...EVENTS).map((name) => `Event: ${name}`),
    fc.tuple(key, value).map(([name, of]) => `${name}: ${of}`),
  );
  const piece = fc.tuple(fc.constantFrom('\r\n', '\r\n', '\r\n\r\n'), line).map((p) => p.join(''));
  const bit = fc.oneof({ weight: 5, arbitrary: piece }, fc.constantFrom(...NOISE));
  return fc.array(bit, { minLength: 1, maxLength: 6 }).map((bits) => bits.join(''));
}

export function idsIn(texts: readonly string[]): readonly string[] {
  const values = texts.flatMap((text) => [
    ...text.matchAll(/^(?:Uniqueid|Channel|BridgeUniqueid): ([^\r]*)\r/gm),
  ]);
  return [...new Set(values.map(([, value = '']) => value))].slice(0, 20);
}
