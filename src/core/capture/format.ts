// A capture: the bytes that a manager interface sent, and when each piece of them came. On disk it is two files:
// NAME.raw holds the bytes verbatim, NAME.times one line per read. In memory the bytes are latin1 text, a character
// per byte, so that an offset means the same in both.

import { ConnectorError } from '../../errors.ts';

/** One read of the socket: the offset of its first byte, and milliseconds since the start of the capture. */
export type Read = { readonly offset: number; readonly ms: number };

export type Times = {
  /** Epoch milliseconds, by the clock of the machine that captured. */
  readonly startedAt: number;
  /** In order; the first one begins at 0 where there is any text. */
  readonly reads: readonly Read[];
};

export type Capture = Times & { readonly text: string };

/** A stretch of a capture's text, `to` exclusive. */
export type Span = { readonly from: number; readonly to: number };

/** A message with the empty lines behind it. `whole` is false for what the end of the capture cut off. */
export type MessageSpan = Span & { readonly whole: boolean };

const FIRST_LINE = /^asterisk-mqtt-times 1 (\d+)$/;
const READ_LINE = /^(\d+) (\d+(?:\.\d+)?)$/;
const BANNER = /^Asterisk Call Manager\/[^\n]*\n/;
const END_OF_MESSAGE = '\r\n\r\n';

/** @throws ConnectorError CAPTURE_UNREADABLE, with the number of the first bad line */
export function parseTimes(text: string): Times {
  const [first = '', ...lines] = text.split(/\r?\n/);
  const startedAt = FIRST_LINE.exec(first)?.[1];
  if (startedAt === undefined) throw unreadable(1, 'this is no list of times');
  const reads: Read[] = [];
  for (const [index, line] of lines.entries()) {
    if (line !== '') reads.push(parseRead(line, { last: reads.at(-1), number: index + 2 }));
  }
  return { startedAt: Number(startedAt), reads };
}

export function printTimes({ startedAt, reads }: Times): string {
  return `${printStart(startedAt)}${reads.map(printRead).join('')}`;
}

/** The first line of a list of times. */
export function printStart(startedAt: number): string {
  return `asterisk-mqtt-times 1 ${Math.round(startedAt)}\n`;
}

export function printRead({ offset, ms }: Read): string {
  return `${offset} ${ms.toFixed(3)}\n`;
}

/** The capture's first line with its line break; '' where it has none. */
export function bannerOf(text: string): string {
  return BANNER.exec(text)?.[0] ?? '';
}

/** All messages in order, without the banner. Together with it they cover the text without a hole. */
export function* messageSpans(text: string): Generator<MessageSpan> {
  let from = bannerOf(text).length;
  while (from < text.length) {
    const end = text.indexOf(END_OF_MESSAGE, skipLineBreaks(text, from));
    const to = end < 0 ? text.length : skipLineBreaks(text, end);
    yield { from, to, whole: end >= 0 };
    from = to;
  }
}

/** The message as the parser takes it: with the line break of its last header, without empty lines. */
export function messageText(text: string, { from, to }: Span): string {
  const message = text.slice(skipLineBreaks(text, from), to);
  const end = message.indexOf(END_OF_MESSAGE);
  return end < 0 ? message : message.slice(0, end + 2);
}

/** The same capture with nothing in it but these spans, which are in order and do not overlap. */
export function keepSpans(capture: Capture, spans: readonly Span[]): Capture {
  const reads: Read[] = [];
  let text = '';
  for (const piece of pieces(capture, spans)) {
    reads.push({ offset: text.length, ms: piece.ms });
    text += piece.text;
  }
  return { startedAt: capture.startedAt, text, reads };
}

/** What of these spans came in each read; reads that brought nothing of them are left out. */
export function* pieces(
  capture: Capture,
  spans: readonly Span[],
): Generator<{ readonly ms: number; readonly text: string; readonly to: number }> {
  let next = 0;
  let index = 0;
  for (let span = spans[0]; span !== undefined; span = spans[next]) {
    index = Math.max(index, readIndexAt(capture.reads, span.from));
    const { from, to, ms } = readSpan(capture, index++);
    const first = next;
    while ((spans[next]?.to ?? Number.POSITIVE_INFINITY) <= to) next++;
    const parts = spans.slice(first, next + 1).map((part) => {
      return capture.text.slice(Math.max(part.from, from), Math.min(part.to, to));
    });
    const text = parts.join('');
    if (text !== '') yield { ms, text, to };
  }
}

function readSpan({ reads, text }: Capture, index: number): Span & { readonly ms: number } {
  const { offset = 0, ms = 0 } = reads[index] ?? {};
  return { from: offset, to: reads[index + 1]?.offset ?? text.length, ms };
}

/** When the byte at this offset came, in milliseconds since the start of the capture. */
export function msAt({ reads }: Times, offset: number): number {
  return reads[readIndexAt(reads, offset)]?.ms ?? 0;
}

/** The last read that begins at this offset or before it: it may be one of a million. */
function readIndexAt(reads: readonly Read[], offset: number): number {
  let low = 0;
  let high = reads.length;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if ((reads[middle]?.offset ?? 0) <= offset) low = middle;
    else high = middle;
  }
  return low;
}

function parseRead(
  line: string,
  { last, number }: { readonly last: Read | undefined; readonly number: number },
): Read {
  const [, offset, ms] = READ_LINE.exec(line) ?? [];
  const read = { offset: Number(offset), ms: Number(ms) };
  if (Number.isNaN(read.offset)) throw unreadable(number, 'not "<offset> <milliseconds>"');
  if (last === undefined && read.offset !== 0) throw unreadable(number, 'not at offset 0');
  if (last !== undefined && read.offset < last.offset) throw unreadable(number, 'goes backwards');
  return read;
}

function unreadable(line: number, why: string): ConnectorError {
  return new ConnectorError('CAPTURE_UNREADABLE', `The times are damaged in line ${line}: ${why}`);
}

function skipLineBreaks(text: string, start: number): number {
  let at = start;
  while (text[at] === '\r' || text[at] === '\n') at++;
  return at;
}
