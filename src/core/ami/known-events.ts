// Events of layouts that are known already are read where they lie in the stream. Any other message is read as text, and
// what that was laid out like is known from then on. Both ways say the same of every message.

import { Layout, Spans } from './layout.ts';
import { Literals } from './literals.ts';
import { type AmiMessage, header } from './message.ts';
import { ShortTexts } from './short-texts.ts';
import type { Stretch } from './stretch.ts';

/** Asterisk has some two hundred; what comes behind the limit is read as text. */
const MAX_NAMES = 500;
/** Of one event: with and without the channel that dials, with the variables of a dialplan, ... */
const MAX_LAYOUTS = 6;
/** What is laid out in more ways than so many, as with names of channels in its keys, is read as text. */
const MAX_TRIES = 100;

const EVENT = 'Event: ';
const OPENING = /^Event: ([!-~]+)\r\n/;
const MAX_OPENING = 80;
const LINE_BREAK_BYTES = 2;

/** What is told by these bytes behind `Event: ` need only be compared with few names; an event has as many. */
const TELLING_BYTES = 8;
const SHORTEST_OPENING = EVENT.length + TELLING_BYTES;
const BUCKETS = 256;

/** What is known of the events of one name. */
export type Known = {
  readonly name: string;
  /** `Event: Newstate\r\n` */
  readonly opening: Literals;
  /** The one that came last stands in front. */
  readonly layouts: Layout[];
  /** How often a layout was made. */
  tries: number;
};

export class KnownEvents {
  readonly #names = new Map<string, Known>();
  /** The same by the bytes that tell them apart. */
  readonly #buckets: readonly Known[][] = Array.from({ length: BUCKETS }, () => []);
  /** The one that was read last. */
  readonly #event = new KnownEvent();

  /** What is known of the event that begins at `from`; `undefined` where that is none, or its name has not come whole. */
  at(stretch: Stretch, from: number): Known | undefined {
    if (from + SHORTEST_OPENING > stretch.end) return undefined;
    const bucket = this.#buckets[bucketOf(stretch.view, from)] ?? [];
    for (const known of bucket) if (opens(known, stretch, from)) return known;
    return this.#learnName(stretch, from, bucket);
  }

  /** The event that begins at `from`; `undefined` where its layout is not known, or it has not come whole. */
  read({ layouts }: Known, stretch: Stretch, from: number): KnownEvent | undefined {
    for (const layout of layouts) {
      if (!this.#event.moveTo(layout, stretch, from)) continue;
      if (layout !== layouts[0]) moveToFront(layouts, layout);
      return this.#event;
    }
    return undefined;
  }

  knows(name: string): boolean {
    return this.#names.has(name);
  }

  /** The layout of a message that was read as text. What answers an action is always read so. */
  learn(message: AmiMessage): void {
    if (message.kind !== 'event' || header(message, 'ActionID') !== undefined) return;
    const known = this.#names.get(message.name);
    if (known === undefined || known.tries >= MAX_TRIES) return;
    known.tries += 1;
    const layout = Layout.of(message.text);
    if (layout === undefined) return;
    known.layouts.unshift(layout);
    known.layouts.length = Math.min(known.layouts.length, MAX_LAYOUTS);
  }

  #learnName(stretch: Stretch, from: number, bucket: Known[]): Known | undefined {
    const to = Math.min(stretch.end, from + MAX_OPENING);
    const [, name] = OPENING.exec(stretch.cut(from, to)) ?? [];
    if (name === undefined || this.#names.size >= MAX_NAMES) return undefined;
    const known = this.#names.get(name) ?? create(name);
    this.#names.set(known.name, known);
    bucket.push(known); // one of a short name is told by what stands behind it, too
    return known;
  }
}

const NOTHING: Stretch = {
  view: new DataView(new ArrayBuffer(0)),
  end: 0,
  cut: () => '',
};

/**
 * An event as it lies in the stream, one after another in the same object: what is asked of it is asked before the next
 * one is read. Its values keep nothing of the stream alive.
 */
export class KnownEvent {
  readonly kind = 'event';
  readonly #texts = new ShortTexts();
  readonly #spans = new Spans();
  readonly #edges = this.#spans.edges;
  #layout = Layout.none;
  #stretch = NOTHING;
  #view = NOTHING.view;
  #from = 0;
  #end = 0;

  /** Whether an event of that layout begins there; then it is this one. */
  moveTo(layout: Layout, stretch: Stretch, from: number): boolean {
    const end = layout.match(stretch, from, this.#spans);
    if (end < 0) return false;
    this.#layout = layout;
    this.#stretch = stretch;
    this.#view = stretch.view;
    this.#from = from;
    this.#end = end;
    return true;
  }

  get layout(): Layout {
    return this.#layout;
  }

  /** Behind the empty line that ends it. */
  get end(): number {
    return this.#end;
  }

  get name(): string {
    return this.#layout.constants[0] ?? '';
  }

  get text(): string {
    return this.#stretch.cut(this.#from, this.#end - LINE_BREAK_BYTES);
  }

  /** All of its values are printable ASCII. */
  get isPlain(): boolean {
    return this.#spans.arePlain;
  }

  /** The value of the first header of that name. */
  header(key: string): string | undefined {
    return this.valueAt(this.#layout.placeOf(key));
  }

  /** The value at a place of the layout; `undefined` at none. */
  valueAt(place: number): string | undefined {
    if (place < 0) return undefined;
    const { constants } = this.#layout;
    if (place < constants.length) return constants[place];
    return this.#texts.at(
      this.#stretch,
      this.#edges[2 * place] ?? 0,
      this.#edges[2 * place + 1] ?? 0,
    );
  }

  lengthAt(place: number): number {
    return place < 0 ? 0 : (this.#edges[2 * place + 1] ?? 0) - (this.#edges[2 * place] ?? 0);
  }

  /** The code of one of its characters. */
  codeAt(place: number, index: number): number {
    return this.#view.getUint8((this.#edges[2 * place] ?? 0) + index);
  }

  /** The number that its characters make from one to another; NaN where not all are digits, or there are none. */
  digitsAt(place: number, from: number, to: number): number {
    if (from >= to) return Number.NaN;
    const start = this.#edges[2 * place] ?? 0;
    const middle = Math.max(from, to - WORD_DIGITS);
    const low = digitsIn(this.#view, start + middle, start + to);
    if (middle === from) return low;
    return digitsIn(this.#view, start + from, start + middle) * WORD + low;
  }
}

const ZERO = 0x30;

function digitsIn(view: DataView, from: number, to: number): number {
  let number = 0;
  for (let at = from; at < to; at++) {
    const digit = view.getUint8(at) - ZERO;
    if (digit < 0 || digit > 9) return Number.NaN;
    number = (number * 10 + digit) | 0;
  }
  return number;
}

/** So many make a number of 32 bits, which is put together in half the time. */
const WORD_DIGITS = 9;
const WORD = 10 ** WORD_DIGITS;

function create(name: string): Known {
  return { name, opening: new Literals([`${EVENT}${name}\r\n`]), layouts: [], tries: 0 };
}

function opens({ opening }: Known, { view, end }: Stretch, from: number): boolean {
  return from + (opening.lengths[0] ?? 0) <= end && opening.isAt(view, from);
}

function moveToFront(layouts: Layout[], layout: Layout): void {
  for (let n = layouts.indexOf(layout); n > 0; n--) layouts[n] = layouts[n - 1] ?? layout;
  layouts[0] = layout;
}

function bucketOf(view: DataView, from: number): number {
  const mixed =
    Math.imul(view.getInt32(from + EVENT.length, true), 0x9e3779b1) ^
    Math.imul(view.getInt32(from + EVENT.length + 4, true), 0x85ebca6b);
  return (mixed ^ (mixed >>> 15)) & (BUCKETS - 1);
}
