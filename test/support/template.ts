// A fixture as a pattern for any number of calls: what happened in it happens again at another time, to other people, on
// other channels. Every id, number and moment is replaced alike wherever it stands; nothing else changes.

import type { Capture } from '../../src/core/capture/format.ts';
import { toPlayback } from '../../src/core/capture/playback.ts';

/** Microseconds since the first message of the fixture, and what it says. */
type PatternMessage = { readonly afterMicros: number; readonly parts: readonly Part[] };
type Part =
  | string
  | { readonly kind: 'moment'; readonly afterMicros: number }
  | { readonly kind: 'unique' | 'suffix' | 'bridge' | 'number'; readonly index: number };

export type Template = {
  readonly name: string;
  readonly messages: readonly PatternMessage[];
  readonly uniques: number;
  readonly suffixes: number;
  readonly bridges: number;
  readonly numbers: readonly string[];
  readonly seconds: number;
};

export type Due = { readonly at: number; readonly text: string };

const STAMP = /^Timestamp: (\d{10})\.(\d{6})\r$/m;
/** What is replaced; the order of the alternatives counts. */
const TOKEN =
  /^Timestamp: \d{10}\.\d{6}|\b\d{10}\.\d{1,5}\b|\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b|(?<=[A-Za-z]\/[^\r\n]*)-[0-9a-f]{8}(?![0-9a-f])|(?<![\w.+*-])\d{3,6}(?![\w.])/gm;
/** Only in these a number is somebody's, or a place's. */
const NUMBERED =
  /^(?:\w*(?:CallerIDNum|ConnectedLineNum|Exten|Channel|DialString|ParkingSpace|Interface|Location)|Conference|BridgeName)$/;
/** What is of the PBX as a whole, and no part of a call. */
const NOT_OF_CALLS = new Set(['FullyBooted', 'Shutdown', 'Reload']);

export function toTemplate(name: string, capture: Capture): Template {
  const builder = new Builder();
  for (const { messages } of toPlayback(capture, 'leave-out').steps()) {
    for (const message of messages) {
      if (message.kind === 'event' && !NOT_OF_CALLS.has(message.name)) builder.add(message.text);
    }
  }
  return builder.build(name);
}

class Builder {
  readonly #messages: PatternMessage[] = [];
  readonly #uniques = new Map<string, number>();
  readonly #suffixes = new Map<string, number>();
  readonly #bridges = new Map<string, number>();
  readonly #numbers = new Map<string, number>();
  #startMicros: number | undefined;

  add(text: string): void {
    const [, seconds, micros] = STAMP.exec(text) ?? [];
    if (seconds === undefined || micros === undefined) return;
    const at = Number(seconds) * 1e6 + Number(micros);
    this.#startMicros ??= at;
    const parts: Part[] = [];
    let from = 0;
    for (const match of text.matchAll(TOKEN)) {
      const part = this.#toPart(text, match[0], match.index);
      if (part === undefined) continue;
      parts.push(text.slice(from, match.index), part);
      from = match.index + match[0].length;
    }
    parts.push(text.slice(from));
    this.#messages.push({ afterMicros: Math.max(0, at - this.#startMicros), parts });
  }

  /** Ids are counted up in the order of their age, which is that of their numbers. */
  build(name: string): Template {
    const byAge = [...this.#uniques.keys()].toSorted((a, b) => ageOf(a) - ageOf(b));
    const order = new Map([...this.#uniques].map(([id, index]) => [index, byAge.indexOf(id)]));
    const messages = this.#messages.map(({ parts, ...rest }) => ({
      ...rest,
      parts: parts.map((part) =>
        typeof part === 'object' && part.kind === 'unique'
          ? { ...part, index: order.get(part.index) ?? 0 }
          : part,
      ),
    }));
    return {
      name,
      messages,
      uniques: byAge.length,
      suffixes: this.#suffixes.size,
      bridges: this.#bridges.size,
      numbers: [...this.#numbers.keys()],
      seconds: (messages.at(-1)?.afterMicros ?? 0) / 1e6,
    };
  }

  #toPart(text: string, token: string, index: number): Part | undefined {
    if (token.startsWith('Timestamp')) {
      const [seconds = '', micros = ''] = token.slice('Timestamp: '.length).split('.');
      const at = Number(seconds) * 1e6 + Number(micros);
      return { kind: 'moment', afterMicros: at - (this.#startMicros ?? at) };
    }
    if (token.includes('.')) return { kind: 'unique', index: indexOf(this.#uniques, token) };
    if (token.length === 36) return { kind: 'bridge', index: indexOf(this.#bridges, token) };
    if (token.startsWith('-')) return { kind: 'suffix', index: indexOf(this.#suffixes, token) };
    const line = text.slice(text.lastIndexOf('\n', index) + 1, index);
    const isNumbered = NUMBERED.test(line.slice(0, line.indexOf(':')));
    return isNumbered ? { kind: 'number', index: indexOf(this.#numbers, token) } : undefined;
  }
}

function indexOf(known: Map<string, number>, token: string): number {
  const index = known.get(token) ?? known.size;
  known.set(token, index);
  return index;
}

function ageOf(unique: string): number {
  const [seconds = '', count = ''] = unique.split('.');
  return Number(seconds) * 1e5 + Number(count);
}

/** Numbers that no other call has had: of channels, of bridges, of people. */
export class Numbering {
  #uniques = 0;
  #suffixes = 0;
  #bridges = 0;
  #people = 0;

  /** Channels so far. */
  get uniques(): number {
    return this.#uniques;
  }

  take({ uniques, suffixes, bridges }: Template) {
    const taken = {
      unique: this.#uniques,
      suffix: this.#suffixes,
      bridge: this.#bridges,
      people: this.#people,
    };
    this.#uniques += uniques;
    this.#suffixes += suffixes;
    this.#bridges += bridges;
    this.#people = (this.#people + 1) % 10_000;
    return taken;
  }
}

/** The fixture's messages, as they happen from `startAt` on (epoch milliseconds), in order. */
export function* happen(template: Template, startAt: number, numbering: Numbering): Generator<Due> {
  const taken = numbering.take(template);
  const epoch = Math.floor(startAt / 1_000);
  const people = String(taken.people).padStart(4, '0');
  const write = (part: Part): string => {
    if (typeof part === 'string') return part;
    if (part.kind === 'moment') return `Timestamp: ${toStamp(startAt, part.afterMicros)}`;
    if (part.kind === 'unique') return `${epoch}.${taken.unique + part.index}`;
    if (part.kind === 'suffix') return `-${hex(taken.suffix + part.index, 8)}`;
    if (part.kind === 'bridge')
      return `b41d9e00-0000-4000-8000-${hex(taken.bridge + part.index, 12)}`;
    return `${template.numbers[part.index]}${people}`;
  };
  for (const { afterMicros, parts } of template.messages) {
    yield { at: startAt + afterMicros / 1_000, text: `${parts.map(write).join('')}\r\n` };
  }
}

function toStamp(startAt: number, afterMicros: number): string {
  const micros = Math.round(startAt * 1_000) + afterMicros;
  return `${Math.floor(micros / 1e6)}.${String(micros % 1e6).padStart(6, '0')}`;
}

function hex(number: number, digits: number): string {
  return number.toString(16).padStart(digits, '0');
}
