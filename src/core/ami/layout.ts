// Asterisk writes the events of one name in one of a few ways: the same headers in the same order. What was found out
// about one message of a layout (that it is well-formed, which keys it has) holds for all others, so of those only the
// keys are compared, and it is noted where their values begin and end.

import { isLiteral, Literals } from './literals.ts';
import { splitLine } from './message.ts';
import type { Stretch } from './stretch.ts';

const MAX_HEADERS = 250;
/** Nothing longer is kept, so that nobody can fill the memory with it. */
const MAX_BYTES = 8 * 1024;

/** Where the values of a message begin and end, in turns; it holds until another message is matched. */
export type Spans = Int32Array;

export function createSpans(): Spans {
  return new Int32Array(2 * MAX_HEADERS);
}

type Header = readonly [key: string, value: string];

export class Layout {
  readonly keys: readonly string[];
  /** The values of the first headers: they are the same in every message of this layout. */
  readonly constants: readonly string[];
  readonly #places: ReadonlyMap<string, number>;
  readonly #placesBehind = new Map<string, ReadonlyMap<string, number>>();
  /** What stands before each of the other values: `\r\nKey: `. */
  readonly #between: Literals;

  /** Of the text of an event that can be believed; `undefined` where others like it cannot be told by their keys. */
  static of(text: string): Layout | undefined {
    if (text.length > MAX_BYTES) return undefined;
    const lines = text.split('\r\n').slice(0, -1);
    if (lines.length > MAX_HEADERS || !lines.every((line) => line.includes(': '))) return undefined;
    const headers = lines.map(splitLine);
    const constants = headers[1]?.[0] === 'Privilege' ? 2 : 1;
    const between = textsBetween(headers, constants);
    const canMatch = between.length > 0 && between.every(isLiteral);
    return canMatch ? new Layout(headers, constants, between) : undefined;
  }

  private constructor(headers: readonly Header[], constants: number, between: readonly string[]) {
    this.keys = headers.map(([key]) => key);
    this.constants = headers.slice(0, constants).map(([, value]) => value);
    this.#places = toPlaces(this.keys, 0);
    this.#between = new Literals(between);
  }

  /** The place of the first header of that name. */
  placeOf(key: string): number | undefined {
    return this.#places.get(key);
  }

  /** The place of the first header of that name that does not stand before the first one named `other`. */
  placeBehind(other: string, key: string): number | undefined {
    let places = this.#placesBehind.get(other);
    if (places === undefined) {
      places = toPlaces(this.keys, Math.max(this.keys.indexOf(other, 1), 0));
      this.#placesBehind.set(other, places);
    }
    return places.get(key);
  }

  /** A message of this layout that says something in every header. */
  get specimen(): string {
    const lines = this.keys.map((key, place) => `${key}: ${this.constants[place] ?? 'x'}\r\n`);
    return lines.join('');
  }

  /** Where the message that begins at `from` ends, with the empty line behind it; -1 where it is not laid out like this. */
  match({ bytes, view }: Stretch, from: number, spans: Spans): number {
    const between = this.#between;
    const limit = bytes.length - END_BYTES;
    let at = from;
    for (let n = 0; n < between.count; n++) {
      const start = at + between.lengthOf(n);
      if (start > limit || !between.isAt(n, view, at)) return -1;
      at = endOfValue(bytes, start, limit);
      spans[2 * n] = start;
      spans[2 * n + 1] = at;
    }
    return view.getInt32(at) === END ? at + END_BYTES : -1;
  }
}

/** Whatever is no text ends it: if that is not a line break, the rest does not match. */
function endOfValue(bytes: Uint8Array, start: number, limit: number): number {
  let at = start;
  while (at < limit && (bytes[at] ?? 0) >= SPACE) at++;
  return at;
}

/** Of each key the first place from `start` on. */
function toPlaces(keys: readonly string[], start: number): ReadonlyMap<string, number> {
  const places = keys.map((key, place) => [key, place] as const).slice(start);
  return new Map(places.toReversed());
}

function textsBetween(headers: readonly Header[], constants: number): readonly string[] {
  const opening = headers.slice(0, constants).map(([key, value]) => `${key}: ${value}`);
  const [first, ...others] = headers.slice(constants).map(([key]) => `\r\n${key}: `);
  return first === undefined ? [] : [opening.join('\r\n') + first, ...others];
}

const SPACE = 0x20;
/** The line break of the last header, and the empty line. */
const END = 0x0d0a0d0a;
const END_BYTES = 4;
