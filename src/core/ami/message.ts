// One message of the Asterisk Manager Interface. Its text is latin1, a character per byte, so that no cut of the
// stream can split a character; value.ts makes UTF-8 of a value where one is asked for. Headers are read when asked
// for, never all at once: most messages are asked for three of thirty.

export type SuspectReason = 'malformed' | 'second-event';

/** `text` is the whole message with the line break of its last header, without the empty line behind it. */
export type AmiMessage =
  | { readonly kind: 'event'; readonly name: string; readonly text: string }
  | { readonly kind: 'response'; readonly name: string; readonly text: string }
  | { readonly kind: 'suspect'; readonly reason: SuspectReason; readonly text: string };

// Every line is `key: value` and ends in CR LF (manager.c, append_event). A value may hold a lone CR, but a lone LF
// means that somebody's text has become a line. Two expressions that never go back over a line: one that described
// whole lines would take minutes for a long one of colons.
const LONE_LINE_FEED = /(?<!\r)\n/;
const LINE_WITHOUT_KEY = /(?:^|\n)(?![A-Za-z0-9_()/:.;@<>#-]+:)(?!$)/;

// Lines of these end in a lone LF in some releases: error texts of actions, and the items of two lists.
const BARE_LINE_FEED_EVENTS: ReadonlySet<string> = new Set(['Agents', 'CoreShowChannelMap']);

/** What kind of message this is. Never throws: what cannot be trusted is `suspect`. */
export function toMessage(text: string): AmiMessage {
  const name = firstValue(text);
  if (text.startsWith('Response: ')) return { kind: 'response', name, text };
  if (!text.startsWith('Event: ')) return { kind: 'suspect', reason: 'malformed', text };
  if (!(isWellFormed(text) || BARE_LINE_FEED_EVENTS.has(name))) {
    return { kind: 'suspect', reason: 'malformed', text };
  }
  if (hasSecondEvent(text, name)) return { kind: 'suspect', reason: 'second-event', text };
  return { kind: 'event', name, text };
}

/** What has headers: as text, or with a way of its own to find them. */
export type HasHeaders = {
  readonly text: string;
  readonly header?: (key: string) => string | undefined;
};

/** The value of the first header of that name, as latin1; `undefined` where there is none. Who keeps it makes it his own (own.ts). */
export function header(message: HasHeaders, key: string): string | undefined {
  if (message.header !== undefined) return message.header(key);
  const start = valueStart(message.text, key);
  return start < 0 ? undefined : lineAt(message.text, start);
}

/** Whether a header of that name, which is not the message's first, stands there exactly once. */
export function hasOnce(message: { readonly text: string }, key: string): boolean {
  const lineStart = toLineStart(key);
  const start = message.text.indexOf(lineStart);
  return start >= 0 && message.text.indexOf(lineStart, start + 1) < 0;
}

/** All headers in their order, keys as they are spelled. A line without a colon has the key ''. */
export function* headers(message: {
  readonly text: string;
}): Generator<readonly [key: string, value: string]> {
  for (const line of message.text.split('\n')) {
    const trimmed = line.endsWith('\r') ? line.slice(0, -1) : line;
    if (trimmed !== '') yield splitLine(trimmed);
  }
}

/** Splits at the first `: `, since a channel's name in a key may hold a colon; else at the first colon. */
export function splitLine(line: string): readonly [key: string, value: string] {
  const wide = line.indexOf(': ');
  if (wide >= 0) return [line.slice(0, wide), line.slice(wide + 2)];
  const narrow = line.indexOf(':');
  return narrow < 0 ? ['', line] : [line.slice(0, narrow), line.slice(narrow + 1)];
}

function isWellFormed(text: string): boolean {
  return text.endsWith('\r\n') && !LONE_LINE_FEED.test(text) && !LINE_WITHOUT_KEY.test(text);
}

function valueStart(text: string, key: string): number {
  if (text.startsWith(`${key}: `)) return key.length + 2;
  const start = text.indexOf(toLineStart(key));
  return start < 0 ? -1 : start + key.length + 3;
}

function toLineStart(key: string): string {
  return `\n${key}: `;
}

function firstValue(text: string): string {
  return lineAt(text, text.indexOf(': ') + 2);
}

function lineAt(text: string, start: number): string {
  const end = text.indexOf('\n', start);
  const stop = end < 0 ? text.length : end;
  return text.slice(start, text[stop - 1] === '\r' ? stop - 1 : stop);
}

// UserEvent carries headers of the dialplan's own choosing, even `Event`; OriginateResponse says in a header of its own
// whether the call came about.
function hasSecondEvent(text: string, name: string): boolean {
  if (name === 'UserEvent') return false;
  return (
    text.includes('\nEvent: ') || (name !== 'OriginateResponse' && text.includes('\nResponse: '))
  );
}
