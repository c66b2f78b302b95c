// Events of layouts that are known already are read where they lie in the stream. Any other message is read as text, and
// what that was laid out like is known from then on. Both ways say the same of every message.

import { createSpans, Layout, type Spans } from './layout.ts';
import { Literals } from './literals.ts';
import { type AmiMessage, header } from './message.ts';
import { toOwn } from './own.ts';
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
  /** Of the event that was read last. */
  readonly #spans = createSpans();

  /** What is known of the event that begins at `from`; `undefined` where that is none, or its name has not come whole. */
  at(stretch: Stretch, from: number): Known | undefined {
    const { view } = stretch;
    if (from + SHORTEST_OPENING > view.byteLength) return undefined;
    const bucket = this.#buckets[bucketOf(view, from)] ?? [];
    for (const known of bucket) {
      const end = from + known.opening.lengthOf(0);
      if (end <= view.byteLength && known.opening.isAt(0, view, from)) return known;
    }
    return this.#learnName(stretch, from, bucket);
  }

  /** The event that begins at `from`; `undefined` where its layout is not known, or it has not come whole. */
  read({ layouts }: Known, stretch: Stretch, from: number): KnownEvent | undefined {
    for (const layout of layouts) {
      const end = layout.match(stretch, from, this.#spans);
      if (end < 0) continue;
      if (layout !== layouts[0]) moveToFront(layouts, layout);
      return new KnownEvent({ layout, from, end }, stretch, this.#spans);
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

  #learnName({ text }: Stretch, from: number, bucket: Known[]): Known | undefined {
    const [, slice] = OPENING.exec(text.slice(from, from + MAX_OPENING)) ?? [];
    if (slice === undefined || this.#names.size >= MAX_NAMES) return undefined;
    const known = this.#names.get(slice) ?? create(toOwn(slice));
    this.#names.set(known.name, known);
    bucket.push(known); // one of a short name is told by what stands behind it, too
    return known;
  }
}

/**
 * An event as it lies in the stream: what is asked of it is asked before the next one is read. Its values are cut out of
 * the stream, and keep 64 KiB of it alive: who keeps one makes it his own (own.ts).
 */
export class KnownEvent {
  readonly kind = 'event';
  readonly layout: Layout;
  /** Behind the empty line that ends it. */
  readonly end: number;
  readonly #from: number;
  readonly #stretch: Stretch;
  readonly #spans: Spans;

  constructor(
    place: { readonly layout: Layout; readonly from: number; readonly end: number },
    stretch: Stretch,
    spans: Spans,
  ) {
    this.layout = place.layout;
    this.end = place.end;
    this.#from = place.from;
    this.#stretch = stretch;
    this.#spans = spans;
  }

  get name(): string {
    return this.layout.constants[0] ?? '';
  }

  get text(): string {
    return this.#stretch.text.slice(this.#from, this.end - LINE_BREAK_BYTES);
  }

  /** The value of the first header of that name. */
  header(key: string): string | undefined {
    const place = this.layout.placeOf(key);
    return place === undefined ? undefined : this.valueAt(place);
  }

  /** The same of the first that does not stand before the first header named `other`. */
  headerBehind(other: string, key: string): string | undefined {
    const place = this.layout.placeBehind(other, key);
    return place === undefined ? undefined : this.valueAt(place);
  }

  /** The value at a place of the layout. */
  valueAt(place: number): string {
    const { constants } = this.layout;
    const span = 2 * (place - constants.length);
    if (span < 0) return constants[place] ?? '';
    return this.#stretch.text.slice(this.#spans[span], this.#spans[span + 1]);
  }

  saysSomethingAt(place: number): boolean {
    return this.valueAt(place) !== '';
  }
}

function create(name: string): Known {
  return { name, opening: new Literals([`${EVENT}${name}\r\n`]), layouts: [], tries: 0 };
}

function moveToFront(layouts: Layout[], layout: Layout): void {
  layouts.splice(layouts.indexOf(layout), 1);
  layouts.unshift(layout);
}

function bucketOf(view: DataView, from: number): number {
  const mixed =
    Math.imul(view.getInt32(from + EVENT.length), 0x9e3779b1) ^
    Math.imul(view.getInt32(from + EVENT.length + 4), 0x85ebca6b);
  return (mixed ^ (mixed >>> 15)) & (BUCKETS - 1);
}
