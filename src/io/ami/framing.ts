// Bytes in, whole messages out; what is unfinished waits in one buffer with a bound. What is known how to read is read
// where it lies, what nobody wants is left out, and the rest becomes text.

import type { Known, KnownEvent, KnownEvents } from '../../core/ami/known-events.ts';
import type { Stretch } from '../../core/ami/stretch.ts';

export type FramingLimits = { readonly maxMessageBytes: number; readonly maxLineBytes: number };

export type FramingOptions = {
  /** A message as latin1 text, with the line break of its last header, without the empty line behind it. */
  readonly onMessage: (text: string) => void;
  /** Without them, all messages become text. */
  readonly known?: Pick<KnownEvents, 'at' | 'read'>;
  readonly onEvent?: (event: KnownEvent) => void;
  /** Asked for every event whose name is known, once: false leaves it out. */
  readonly wanted?: (eventName: string) => boolean;
  /** A message or line beyond the limits was dropped; reading goes on behind the next empty line. */
  readonly onOversized?: (bytes: number) => void;
  readonly limits?: FramingLimits;
};

/** Far more than any event about calls, and little enough that the longest is judged within some milliseconds. */
const LIMITS: FramingLimits = { maxMessageBytes: 1024 * 1024, maxLineBytes: 256 * 1024 };

const END_OF_MESSAGE = '\r\n\r\n';
const LINE_BREAK_BYTES = 2;
/** An end of message may be cut: so much of it can lie before the cut. */
const OVERLAP = END_OF_MESSAGE.length - 1;
const LF = 0x0a;
const CR = 0x0d;
const SMALL_BYTES = 64 * 1024;
/** Hardly an event is larger. */
const NEAR_BYTES = 4 * 1024;
/** So much is copied behind a beginning in less time than it takes to look at both apart. */
const COPIED_BYTES = 4 * 1024;

export class Framing {
  readonly #options: FramingOptions;
  readonly #limits: FramingLimits;
  /** The beginning of a message whose end has not come yet: the first `#length` bytes of `#buffer`. */
  #buffer: Buffer = Buffer.allocUnsafe(SMALL_BYTES);
  #length = 0;
  /** While a message that is too large goes by: how much of it was dropped. */
  #droppedBytes: number | undefined;

  constructor(options: FramingOptions) {
    this.#options = options;
    this.#limits = options.limits ?? LIMITS;
  }

  push(bytes: Buffer): void {
    const tornEnd = this.#length === 0 ? 0 : this.#endOfTorn(bytes);
    if (tornEnd < 0) {
      this.#keep(this.#join(bytes));
      return;
    }
    const isJoined = tornEnd > 0 && bytes.length <= COPIED_BYTES;
    if (tornEnd > 0 && !isJoined) this.#takeAll(this.#join(bytes.subarray(0, tornEnd)));
    const rest = isJoined ? this.#join(bytes) : bytes.subarray(tornEnd);
    this.#keep(rest.subarray(this.#takeAll(rest)));
  }

  /** The stream has ended: says how many bytes of an unfinished message are left, and forgets them. */
  end(): number {
    const torn = (this.#droppedBytes ?? 0) + this.#length;
    this.#length = 0;
    this.#droppedBytes = undefined;
    return torn;
  }

  /** How much of `bytes` belongs to the message that has begun before, with its empty line; -1 where that is not in it. */
  #endOfTorn(bytes: Buffer): number {
    for (let begun = Math.min(OVERLAP, this.#length); begun > 0; begun--) {
      const rest = END_OF_MESSAGE.length - begun;
      const isHere =
        endsWith(this.#buffer, this.#length, END_OF_MESSAGE.slice(0, begun)) &&
        endsWith(bytes, rest, END_OF_MESSAGE.slice(begun));
      if (isHere) return rest;
    }
    const end = endOfMessage(bytes, 0);
    return end < 0 ? -1 : end + END_OF_MESSAGE.length;
  }

  #join(bytes: Buffer): Buffer {
    const total = this.#length + bytes.length;
    if (total > this.#buffer.length) {
      const larger = Buffer.allocUnsafe(Math.max(total, this.#buffer.length * 2));
      this.#buffer.copy(larger, 0, 0, this.#length);
      this.#buffer = larger;
    }
    bytes.copy(this.#buffer, this.#length);
    return this.#buffer.subarray(0, total);
  }

  /** Where the first message begins that has not come whole. */
  #takeAll(bytes: Buffer): number {
    const stretch = new Bytes(bytes);
    let from = 0;
    let next = this.#takeNext(stretch, from);
    while (next > 0) {
      from = next;
      next = this.#takeNext(stretch, from);
    }
    return from;
  }

  /** Where the message behind the one at `start` begins; -1 where that has not come whole. */
  #takeNext(stretch: Bytes, start: number): number {
    const { bytes } = stretch;
    if (this.#droppedBytes !== undefined) return this.#endDropping(bytes, start);
    const from = skipLineBreaks(bytes, start);
    const known = this.#options.known?.at(stretch, from);
    const event = known && this.#options.known?.read(known, stretch, from);
    if (event !== undefined && event.end - from <= this.#limits.maxLineBytes) {
      if (this.#isWanted(known)) this.#options.onEvent?.(event);
      return event.end;
    }
    const end = endOfMessage(bytes, from);
    if (end < 0) return -1;
    if (this.#isOversized(bytes, from, end)) this.#options.onOversized?.(end - from);
    else if (this.#isWanted(known)) this.#emit(bytes, from, end);
    return end + END_OF_MESSAGE.length;
  }

  #isWanted(known: Known | undefined): boolean {
    return known === undefined || this.#options.wanted?.(known.name) !== false;
  }

  #emit(bytes: Buffer, from: number, end: number): void {
    this.#options.onMessage(bytes.toString('latin1', from, end + LINE_BREAK_BYTES));
  }

  #endDropping(bytes: Buffer, start: number): number {
    const end = endOfMessage(bytes, start);
    if (end < 0) return -1;
    this.#options.onOversized?.((this.#droppedBytes ?? 0) + end - start);
    this.#droppedBytes = undefined;
    return end + END_OF_MESSAGE.length;
  }

  #keep(rest: Buffer): void {
    const kept = this.#mustDrop(rest) ? this.#drop(rest) : rest;
    if (this.#buffer.length > SMALL_BYTES && kept.length <= SMALL_BYTES) {
      this.#buffer = Buffer.from(kept);
    } else if (kept.length > this.#buffer.length) {
      this.#buffer = Buffer.from(kept);
    } else {
      kept.copy(this.#buffer);
    }
    this.#length = kept.length;
  }

  #drop(rest: Buffer): Buffer {
    const kept = rest.subarray(Math.max(0, rest.length - OVERLAP));
    this.#droppedBytes = (this.#droppedBytes ?? 0) + rest.length - kept.length;
    return kept;
  }

  #mustDrop(rest: Buffer): boolean {
    const { maxMessageBytes, maxLineBytes } = this.#limits;
    if (this.#droppedBytes !== undefined || rest.length > maxMessageBytes) return true;
    return rest.length > maxLineBytes && rest.length - rest.lastIndexOf(LF) > maxLineBytes;
  }

  #isOversized(bytes: Buffer, from: number, end: number): boolean {
    const { maxMessageBytes, maxLineBytes } = this.#limits;
    if (end - from <= maxLineBytes) return false;
    const isTooLong = end - from > maxMessageBytes;
    return isTooLong || hasLongLine(bytes.subarray(from, end), maxLineBytes);
  }
}

/** Whether these bytes stand in front of `to`. */
function endsWith(bytes: Buffer, to: number, text: string): boolean {
  const from = to - text.length;
  if (to > bytes.length) return false;
  for (let n = 0; n < text.length; n++) {
    if (bytes[from + n] !== text.charCodeAt(n)) return false;
  }
  return true;
}

/**
 * Looks at every fourth byte, since the end has four: a fifth faster than a native search, which is a call for every
 * message. What is far away is found natively.
 */
function endOfMessage(bytes: Buffer, from: number): number {
  const near = Math.min(bytes.length, from + NEAR_BYTES);
  for (let at = from + OVERLAP; at < near; at += END_OF_MESSAGE.length) {
    const byte = bytes[at];
    if (byte !== CR && byte !== LF) continue;
    const start = endAround(bytes, Math.max(from, at - OVERLAP), at);
    if (start >= 0) return start;
  }
  return near < bytes.length
    ? bytes.indexOf(END_OF_MESSAGE, Math.max(from, near - END_OF_MESSAGE.length), 'latin1')
    : -1;
}

/** Where an end begins that has the byte at `at` in it; -1 where there is none. */
function endAround(bytes: Buffer, first: number, at: number): number {
  for (let start = first; start <= at; start++) {
    if (isEnd(bytes, start)) return start;
  }
  return -1;
}

function isEnd(bytes: Buffer, at: number): boolean {
  return bytes[at] === CR && bytes[at + 1] === LF && bytes[at + 2] === CR && bytes[at + 3] === LF;
}

/** Any run of empty lines may stand between messages. */
function skipLineBreaks(bytes: Buffer, start: number): number {
  let from = start;
  while (from < bytes.length && (bytes[from] === CR || bytes[from] === LF)) from++;
  return from;
}

/** In leaps from one line to the last that begins within reach: a message may be a million lines. */
function hasLongLine(message: Buffer, maxLineBytes: number): boolean {
  for (let from = 0; message.length - from > maxLineBytes; ) {
    const feed = message.lastIndexOf(LF, from + maxLineBytes);
    if (feed < from) return true;
    from = feed + 1;
  }
  return false;
}

/** Made text when the first asks for it: most of what comes may be unwanted. */
class Bytes implements Stretch {
  readonly bytes: Buffer;
  readonly view: DataView;
  #text: string | undefined;

  constructor(bytes: Buffer) {
    this.bytes = bytes;
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  }

  get text(): string {
    this.#text ??= this.bytes.toString('latin1');
    return this.#text;
  }
}
