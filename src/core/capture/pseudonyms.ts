// Which stand-in stands for which value, in one capture.

import {
  ACCENTED_CODES,
  ACCENTED_WORDS,
  BROKEN_WORDS,
  CODES,
  DOMAINS,
  type Family,
  IPV4_ADDRESSES,
  IPV6_ADDRESSES,
  LETTERS,
  numbers,
  PLAIN_WORDS,
  WIDE_WORDS,
} from './stand-ins.ts';
import { REMOVED, type Token } from './tokens.ts';

export const COUNTED = ['numbers', 'names', 'addresses', 'domains', 'codes', 'secrets'] as const;

/** Different values that were replaced. `names` counts words; `codes` are names of letters and digits (alice2). */
export type Counts = Readonly<Record<(typeof COUNTED)[number], number>>;

export const NO_COUNTS: Counts = {
  numbers: 0,
  names: 0,
  addresses: 0,
  domains: 0,
  codes: 0,
  secrets: 0,
};

export class Pseudonyms {
  readonly #members = new Map<string, Members>();
  readonly #secrets = new Set<string>();

  add({ type, text }: Token): void {
    if (type === 'secret') this.addSecret(text);
    else this.#addTo(placeOf(type, text));
  }

  #addTo({ name, family, key, counted }: Place): void {
    const members = this.#members.get(name) ?? { family, counted, standIns: new Map() };
    this.#members.set(name, members);
    if (!members.standIns.has(key)) members.standIns.set(key, key);
  }

  addSecret(text: string): void {
    if (text !== REMOVED) this.#secrets.add(text);
  }

  /** Whether all values that were added are stand-ins already. */
  areClean(): boolean {
    if (this.#secrets.size > 0) return false;
    return [...this.#members.values()].every((members) => {
      return [...members.standIns.keys()].every((value) => isStandIn(value, members));
    });
  }

  /** Whether nothing that was added and is none of the stand-ins stands here. */
  isClean({ type, text }: Token): boolean {
    if (type === 'secret') return false;
    const { name, key } = placeOf(type, text);
    const members = this.#members.get(name);
    return members?.standIns.has(key) !== true || isStandIn(key, members);
  }

  /** All values are known now: gives each its stand-in. */
  assign(): void {
    for (const members of this.#members.values()) number(members);
  }

  /** The same text where nothing stands for it. */
  standIn(token: Token): string {
    const { type, text } = token;
    if (type === 'secret') return REMOVED;
    const { name, key } = placeOf(type, text);
    const standIn = this.#members.get(name)?.standIns.get(key);
    return standIn === undefined ? text : inCaseOf(token, standIn);
  }

  counts(): Counts {
    const counts = { ...NO_COUNTS };
    for (const { counted, standIns } of this.#members.values()) {
      if (counted !== undefined) counts[counted] += standIns.size;
    }
    return { ...counts, secrets: this.#secrets.size };
  }
}

type Members = {
  readonly family: Family;
  readonly counted: keyof Counts | undefined;
  /** By value, in order of appearance. */
  readonly standIns: Map<string, string>;
};

type Place = {
  /** Values of the same name share one row of stand-ins. */
  readonly name: string;
  readonly family: Family;
  readonly key: string;
  readonly counted: keyof Counts | undefined;
};

/** A stand-in that is a real value too is passed over: nothing real may be found in the result. */
function number({ family, standIns }: Members): void {
  const values = [...standIns.keys()];
  const canPassOver = 2 * values.length <= family.size;
  let index = 0;
  for (const value of values) {
    while (canPassOver && standIns.has(family.item(index))) index++;
    standIns.set(value, family.item(index++));
  }
}

/** Stand-ins are among the first of their family: one for each value, and as many may have been passed over. */
function isStandIn(value: string, { family, standIns }: Members): boolean {
  const most = 2 * standIns.size;
  return (family.index(value) ?? most) < most;
}

function placeOf(type: Exclude<Token['type'], 'secret'>, text: string): Place {
  if (type === 'number') return numberPlace(text);
  if (type === 'word') return wordPlace(text);
  const key = text.toLowerCase();
  if (type === 'code' && !isPlain(text)) {
    return { name: 'accented code', family: ACCENTED_CODES, key: text, counted: 'codes' };
  }
  if (type === 'letter') return { name: type, family: LETTERS, key, counted: undefined };
  return { name: type, key, ...PLACES[type] };
}

const PLACES = {
  code: { family: CODES, counted: 'codes' },
  domain: { family: DOMAINS, counted: 'domains' },
  ipv4: { family: IPV4_ADDRESSES, counted: 'addresses' },
  ipv6: { family: IPV6_ADDRESSES, counted: 'addresses' },
} as const;

function numberPlace(text: string): Place {
  const zeros = /^0*(?=\d)/.exec(text)?.[0].length ?? 0;
  const family = numbers(text);
  return { name: `number ${zeros} ${text.length}`, family, key: text, counted: 'numbers' };
}

function wordPlace(text: string): Place {
  if (isPlain(text)) {
    return { name: 'word', family: PLAIN_WORDS, key: text.toLowerCase(), counted: 'names' };
  }
  if (!UTF8.test(text)) {
    return { name: 'broken', family: BROKEN_WORDS, key: text, counted: 'names' };
  }
  const isWide = /[\xe0-\xff]/.test(text);
  const [name, family] = isWide ? ['wide', WIDE_WORDS] : ['accented', ACCENTED_WORDS];
  return { name: String(name), family: family as Family, key: text, counted: 'names' };
}

function isPlain(text: string): boolean {
  return !/[\x80-\xff]/.test(text);
}

const UTF8 =
  /^(?:[^\x80-\xff]|[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3})*$/;

/** ALICE, Alice and alice are one word. */
function inCaseOf({ type, text }: Token, standIn: string): string {
  if (type !== 'word' && type !== 'letter') return standIn;
  if (!isPlain(text) || text === text.toLowerCase()) return standIn;
  if (text.length > 1 && text === text.toUpperCase()) return standIn.toUpperCase();
  return standIn.charAt(0).toUpperCase() + standIn.slice(1);
}
