// Captures through the reading half of the pipeline: bytes → messages → signals → events, as the bridge does it.

import { readFileSync } from 'node:fs';
import { amiVersion } from '../../src/core/ami/login.ts';
import { type AmiMessage, toMessage } from '../../src/core/ami/message.ts';
import { Correlator } from '../../src/core/call/correlator.ts';
import type { CallEvent } from '../../src/core/event/call-event.ts';
import { callPayload } from '../../src/core/event/payload.ts';
import { isSignal, type Signal, SignalReader } from '../../src/core/pbx/signal.ts';
import { Framing } from '../../src/io/ami/framing.ts';

/** The messages of a stream that begins with the banner. */
export function messagesOf(bytes: Buffer): readonly AmiMessage[] {
  const messages: AmiMessage[] = [];
  const framing = new Framing({ onMessage: (text) => messages.push(toMessage(text)) });
  const bannerEnd = bytes.indexOf('\n') + 1;
  if (amiVersion(bytes.toString('latin1', 0, bannerEnd - 1)) === undefined) {
    throw new Error('the capture does not begin with a banner');
  }
  framing.push(bytes.subarray(bannerEnd));
  return messages;
}

export function signalsOf(messages: readonly AmiMessage[]): readonly Signal[] {
  const reader = new SignalReader();
  return messages.map((message) => reader.read(message, 0)).filter(isSignal);
}

/** What is told of a stream of messages. */
export function eventsOf(messages: readonly AmiMessage[]): readonly CallEvent[] {
  const correlator = new Correlator();
  return signalsOf(messages).flatMap((signal) => correlator.handle(signal));
}

/** The payloads that subscribers get of a capture file. */
export function payloadsOf(path: string): readonly Record<string, unknown>[] {
  return eventsOf(messagesOf(readFileSync(path))).map((event) =>
    JSON.parse(callPayload('asterisk', event)),
  );
}
