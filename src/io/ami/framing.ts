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
const END = 0x0d0a0d0a;
const LF = 0x0a;
const CR = 0x0d;
const SPACE = 0x20;
/** Two bytes are looked at of so many, and none that is further behind. */
const MARGIN = 8;
const SMALL_BYTES = 64 * 1024;
/** Hardly an event is larger. */
const NEAR_BYTES = 4 * 1024;
/** So much is copied behind a beginning in less time than it takes to look at both apart. */
const COPIED_BYTES = 4 * 1024;

export class Framing {
  readonly #options: FramingOptions;
  readonly #limits: FramingLimits;
  /** The beginning of a message whose end has not come yet, and what is read with it. */
  readonly #own = new Bytes(Buffer.allocUnsafe(SMALL_BYTES));
  /** While a message that is too large goes by: how much of it was dropped. */
  #droppedBytes: number | undefined;

  constructor(options: FramingOptions) {
    this.#options = options;
    this.#limits = options.limits ?? LIMITS;
    this.#own.clear();
  }

  push(bytes: Buffer): void {
    const own = this.#own;
    const tornEnd = this.#endOfTorn(bytes);
    if (tornEnd < 0) {
      own.append(bytes);
    } else if (bytes.length <= COPIED_BYTES) {
      own.append(bytes);
      this.#takeAll(own);
    } else {
      own.append(bytes.subarray(0, tornEnd));
      this.#takeAll(own);
      own.clear();
      const rest = new Bytes(bytes, tornEnd);
      this.#takeAll(rest);
      own.append(bytes.subarray(rest.begin));
    }
    this.#dropTooMuch();
    own.shrink();
  }

  /** The stream has ended: says how many bytes of an unfinished message are left, and forgets them. */
  end(): number {
    const torn = (this.#droppedBytes ?? 0) + this.#own.length;
    this.#own.clear();
    this.#droppedBytes = undefined;
    return torn;
  }

  /**
   * How much of `bytes` belongs to the message that has begun before, with its empty line; -1 where that is not in it. Of
   * little, it is not asked: that is soon looked at as a whole.
   */
  #endOfTorn(bytes: Buffer): number {
    const { bytes: own, length, end } = this.#own;
    if (length === 0 || (length <= NEAR_BYTES && bytes.length <= COPIED_BYTES)) return 0;
    for (let begun = Math.min(OVERLAP, length); begun > 0; begun--) {
      const rest = END_OF_MESSAGE.length - begun;
      const isHere =
        endsWith(own, end, END_OF_MESSAGE.slice(0, begun)) &&
        endsWith(bytes, rest, END_OF_MESSAGE.slice(begun));
      if (isHere) return rest;
    }
    const found = endOfMessage(new Bytes(bytes), 0);
    return found < 0 ? -1 : found + END_OF_MESSAGE.length;
  }

  /** Up to the first message that has not come whole. */
  #takeAll(stretch: Bytes): void {
    let next = this.#takeNext(stretch, stretch.begin);
    while (next > 0) {
      stretch.begin = next;
      next = this.#takeNext(stretch, next);
    }
  }

  /** Where the message behind the one at `start` begins; -1 where that has not come whole. */
  #takeNext(stretch: Bytes, start: number): number {
    if (this.#droppedBytes !== undefined) return this.#endDropping(stretch, start);
    const from = skipLineBreaks(stretch, start);
    const known = this.#options.known?.at(stretch, from);
    const event = known && this.#options.known?.read(known, stretch, from);
    if (event !== undefined && event.end - from <= this.#limits.maxLineBytes) {
      if (this.#isWanted(known)) this.#options.onEvent?.(event);
      return event.end;
    }
    const end = endOfMessage(stretch, from);
    if (end < 0) return -1;
    if (this.#isOversized(stretch.bytes, from, end)) this.#options.onOversized?.(end - from);
    else if (this.#isWanted(known)) this.#emit(stretch, from, end);
    return end + END_OF_MESSAGE.length;
  }

  #isWanted(known: Known | undefined): boolean {
    return known === undefined || this.#options.wanted?.(known.name) !== false;
  }

  #emit(stretch: Bytes, from: number, end: number): void {
    this.#options.onMessage(stretch.cut(from, end + LINE_BREAK_BYTES));
  }

  #endDropping(stretch: Bytes, start: number): number {
    const end = endOfMessage(stretch, start);
    if (end < 0) return -1;
    this.#options.onOversized?.((this.#droppedBytes ?? 0) + end - start);
    this.#droppedBytes = undefined;
    return end + END_OF_MESSAGE.length;
  }

  /** Of a message that is too large, or goes by, only what may be the beginning of its end is kept. */
  #dropTooMuch(): void {
    const own = this.#own;
    if (this.#droppedBytes === undefined && own.length <= this.#limits.maxLineBytes) return;
    if (!this.#mustDrop(own.bytes.subarray(own.begin, own.end))) return;
    const dropped = Math.max(0, own.length - OVERLAP);
    this.#droppedBytes = (this.#droppedBytes ?? 0) + dropped;
    own.begin += dropped;
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
 * Looks at every fourth byte, since the end has four, and at two of these at a time: in less than half the time of a
 * native search, which is a call for every message. What is far away is found natively.
 */
function endOfMessage({ bytes, view, end }: Bytes, from: number): number {
  const near = Math.min(end - MARGIN, from + NEAR_BYTES);
  let at = from + OVERLAP;
  for (; at < near; at += MARGIN) {
    if ((bytes[at] ?? 0) >= SPACE && (bytes[at + 4] ?? 0) >= SPACE) continue;
    const found = endAroundTwo(view, at);
    if (found >= 0) return found;
  }
  const rest = at - OVERLAP;
  return rest < end - 2 * MARGIN ? endFarAway(bytes, rest, end) : endWithin(view, rest, end);
}

/** Where an end begins that has the byte at `at` in it, or the fourth behind it; -1 where there is none. */
function endAroundTwo(view: DataView, at: number): number {
  const first = endAround(view, at);
  return first < 0 ? endAround(view, at + 4) : first;
}

/** The same of one byte. */
function endAround(view: DataView, at: number): number {
  const byte = view.getUint8(at);
  if (byte >= SPACE) return -1;
  const start = byte === CR ? at : at - 1;
  if (view.getInt32(start - 2) === END) return start - 2;
  return view.getInt32(start) === END ? start : -1;
}

function endFarAway(bytes: Buffer, from: number, end: number): number {
  const found = bytes.subarray(from, end).indexOf(END_OF_MESSAGE, 0, 'latin1');
  return found < 0 ? -1 : from + found;
}

function endWithin(view: DataView, from: number, end: number): number {
  for (let at = from; at <= end - END_OF_MESSAGE.length; at++) {
    if (view.getInt32(at) === END) return at;
  }
  return -1;
}

/** Any run of empty lines may stand between messages. */
function skipLineBreaks({ bytes, end }: Bytes, start: number): number {
  let from = start;
  while (from < end && (bytes[from] === CR || bytes[from] === LF)) from++;
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

class Bytes implements Stretch {
  bytes: Buffer;
  view: DataView;
  /** What stands before it has been taken. */
  begin: number;
  end: number;

  constructor(bytes: Buffer, begin = 0) {
    this.bytes = bytes;
    this.view = toView(bytes);
    this.begin = begin;
    this.end = bytes.length;
  }

  cut(from: number, to: number): string {
    return this.bytes.toString('latin1', from, to);
  }

  get length(): number {
    return this.end - this.begin;
  }

  append(bytes: Buffer): void {
    if (this.length === 0) this.clear();
    const total = this.length + bytes.length;
    if (total > this.bytes.length) this.#move(Math.max(total, 2 * this.bytes.length));
    else if (this.end + bytes.length > this.bytes.length) this.#move(this.bytes.length);
    bytes.copy(this.bytes, this.end);
    this.end += bytes.length;
  }

  clear(): void {
    this.begin = 0;
    this.end = 0;
  }

  shrink(): void {
    if (this.bytes.length > SMALL_BYTES && this.length <= SMALL_BYTES) this.#move(SMALL_BYTES);
  }

  /** To the front of the buffer, or of another where that has not this size. */
  #move(size: number): void {
    const { bytes, begin, end } = this;
    if (size !== bytes.length) {
      this.bytes = Buffer.allocUnsafe(size);
      this.view = toView(this.bytes);
    }
    bytes.copy(this.bytes, 0, begin, end);
    this.begin = 0;
    this.end = end - begin;
  }
}

function toView({ buffer, byteOffset, length }: Buffer): DataView {
  return new DataView(buffer, byteOffset, length);
}
