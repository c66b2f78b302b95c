// What of a capture is played to a client that logs in, and when: everything that Asterisk tells every session. The
// answers that were recorded for somebody else's actions are left out; the simulator gives its own.

import { type AmiMessage, header, toMessage } from '../ami/message.ts';
import {
  type Capture,
  type MessageSpan,
  messageSpans,
  messageText,
  msAt,
  pieces,
} from './format.ts';

/** What is written at once, because it came at once. */
export type Step = {
  /** Milliseconds since the playback began, in the capture's own time. */
  readonly ms: number;
  readonly text: string;
  /** The messages that end in this step. */
  readonly messages: readonly AmiMessage[];
  /** False while the last message of the step is not complete: nothing else may be written now. */
  readonly whole: boolean;
};

export type Playback = {
  /** Milliseconds from the start of the capture to the start of the playback: its login. */
  readonly fromMs: number;
  /** How long the PBX had been up then, where the capture tells. */
  readonly uptimeSeconds?: number;
  readonly steps: () => Generator<Step>;
};

/** `torn` says what becomes of a message that the end of the capture cut off. */
export function toPlayback(capture: Capture, torn: 'play' | 'leave-out'): Playback {
  const played: MessageSpan[] = [];
  let fromMs = 0;
  let uptime: string | undefined;
  for (const span of messageSpans(capture.text)) {
    const message = messageAt(capture, span);
    if (isLoginAccepted(message)) fromMs = msAt(capture, span.to - 1);
    uptime ??= header(message, 'Uptime');
    if (isForEverybody(message) && (span.whole || torn === 'play')) played.push(span);
  }
  return {
    fromMs,
    ...(uptime !== undefined && { uptimeSeconds: Number(uptime) || 0 }),
    steps: () => steps(capture, played, fromMs),
  };
}

/**
 * Whether Asterisk sends this to every session. Answers begin with `Response`; items of lists carry the ActionID and,
 * but for those of Status, no Privilege; OriginateResponse has both and is for all (main/manager.c).
 */
export function isForEverybody(message: AmiMessage): boolean {
  if (message.text.startsWith('Response:')) return false;
  if (header(message, 'EventList') !== undefined) return false;
  if (header(message, 'ActionID') === undefined) return true;
  return header(message, 'Privilege') !== undefined && header(message, 'Event') !== 'Status';
}

function* steps(capture: Capture, spans: readonly MessageSpan[], fromMs: number): Generator<Step> {
  let next = 0;
  for (const { ms, text, to } of pieces(capture, spans)) {
    const messages: AmiMessage[] = [];
    for (let span = spans[next]; span !== undefined && span.to <= to; span = spans[++next]) {
      if (span.whole) messages.push(messageAt(capture, span));
    }
    const begun = (spans[next]?.from ?? Number.POSITIVE_INFINITY) < to;
    const torn = next === spans.length && spans.at(-1)?.whole === false;
    yield { ms: Math.max(0, ms - fromMs), text, messages, whole: !(begun || torn) };
  }
}

function messageAt({ text }: Capture, span: MessageSpan): AmiMessage {
  return toMessage(messageText(text, span));
}

function isLoginAccepted(message: AmiMessage): boolean {
  return message.kind === 'response' && header(message, 'Message') === 'Authentication accepted';
}
