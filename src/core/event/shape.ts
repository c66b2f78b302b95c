// What a value of a payload is: how it is written as JSON, and what a JSON Schema says of it. Both stand in one place, so
// that no schema can promise what is not written.

import { toTimestamp } from './timestamp.ts';

export type Shape<T> = {
  /** JSON text. */
  readonly write: (value: T) => string;
  /** Of JSON Schema, but for the keys of an object. */
  readonly keywords: Readonly<Record<string, unknown>>;
  /** Of a word: what each one means. */
  readonly meanings?: Readonly<Record<string, string>>;
  /** Of an object: its name among the schemas, and its keys in their order. */
  readonly object?: { readonly name: string; readonly keys: readonly Key[] };
};

export type Key = {
  readonly key: string;
  readonly is: Shape<never>;
  /** For people, in Markdown, without a full stop at its end. */
  readonly says: string;
  /** Of the value that it is told from; left out where `is` speaks for itself. */
  readonly example?: unknown;
  readonly optional?: true;
};

/** For each field of T the key that tells it, or several, or none; a key is optional exactly where its field is. */
export type Fields<T> = {
  readonly [F in keyof T]-?: KeyOf<T, F> | readonly KeyOf<T, F>[];
};

type KeyOf<T, F extends keyof T> = KeyFor<Exclude<T[F], undefined>> &
  (undefined extends T[F] ? { readonly optional: true } : { readonly optional?: never });

type KeyFor<V> = Key & { readonly is: Shape<V>; readonly example?: V };

/** Of a field that subscribers do not read. */
export const NOT_TOLD: readonly never[] = [];

export const TEXT: Shape<string> = { write: toJson, keywords: { type: 'string' } };

/** Epoch milliseconds. */
export const MOMENT: Shape<number> = {
  write: (at) => `"${toTimestamp(at)}"`,
  keywords: { type: 'string', format: 'date-time', pattern: '\\.\\d{3}Z$' },
};

export const COUNT: Shape<number> = number({ type: 'integer', minimum: 0 });

/** Counted from 1. */
export const ORDINAL: Shape<number> = number({ type: 'integer', minimum: 1 });

export const SECONDS: Shape<number> = number({ type: 'number', minimum: 0 });

export const YES_OR_NO: Shape<boolean> = { write: String, keywords: { type: 'boolean' } };

/** Only ever true: what is not so is left out. */
export const YES: Shape<true> = { write: String, keywords: { type: 'boolean', const: true } };

/** A number as JSON Schema bounds it. */
export function number(keywords: Shape<number>['keywords']): Shape<number> {
  return { write: JSON.stringify, keywords };
}

/** Always the same text, whatever it is told from. */
export function constant(text: string): Shape<unknown> {
  const json = toJson(text);
  return { write: () => json, keywords: { type: 'string', const: text } };
}

/** Always this text, for people to read: no schema binds its wording. */
export function sentence(text: string): Shape<unknown> {
  return { ...constant(text), keywords: { type: 'string', examples: [text] } };
}

/** One of a closed set; `meanings` says what each word means. */
export function word<T extends string>(meanings: Readonly<Record<T, string>>): Shape<T> {
  const keywords = { type: 'string', enum: Object.keys(meanings) };
  return { write: toJson, keywords, meanings };
}

/** Half as long as with JSON.stringify alone, which takes 100 ns to find that a word is a word. */
function toJson(text: string): string {
  return IS_ESCAPED.test(text) ? JSON.stringify(text) : `"${text}"`;
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is escaped
const IS_ESCAPED = /["\\\x00-\x1f\ud800-\udfff]/;

/** An object with these keys and no others, in their order. `name` is its own among the schemas. */
export function object<T extends object>(name: string, fields: Fields<NoInfer<T>>): Shape<T> {
  const members = membersOf(fields);
  return {
    write: (value) => writeObject(members, value),
    keywords: { type: 'object' },
    object: { name, keys: members.map(({ key }) => key) },
  };
}

type Member<T> = {
  readonly field: keyof T;
  readonly key: Key;
  /** The key as JSON, with its colon, behind what stands before it: where it is the first, and where not. */
  readonly first: string;
  readonly label: string;
  readonly write: (value: T[keyof T]) => string;
};

function membersOf<T extends object>(fields: Fields<T>): readonly Member<T>[] {
  return Object.entries(fields).flatMap(([field, keys]) =>
    [keys as Key | readonly Key[]].flat().map((key) => ({
      field: field as keyof T,
      key,
      first: `{${JSON.stringify(key.key)}:`,
      label: `,${JSON.stringify(key.key)}:`,
      write: key.is.write as Member<T>['write'], // Fields holds together what entries takes apart
    })),
  );
}

function writeObject<T extends object>(members: readonly Member<T>[], value: T): string {
  let json = '';
  for (const { field, first, label, write } of members) {
    const part = value[field];
    if (part !== undefined) json += (json === '' ? first : label) + write(part);
  }
  return json === '' ? '{}' : `${json}}`;
}
