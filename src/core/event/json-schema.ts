// Shape → JSON Schema (2020-12), in keywords that draft 7, which AsyncAPI speaks, has as well.

import type { Key, Shape } from './shape.ts';

export type JsonSchema = Readonly<Record<string, unknown>>;

/** Where objects inside of others are declared: `#/$defs/`, `#/components/schemas/`. */
export type Place = string;

/** An object has no keys but its own and `more`. Objects inside it are referred to. */
export function toSchema(
  { keywords, object }: Shape<never>,
  place: Place,
  more: readonly Key[] = [],
): JsonSchema {
  if (object === undefined) return keywords;
  const keys = [...object.keys, ...more];
  return {
    ...keywords,
    properties: Object.fromEntries(keys.map((key) => [key.key, toProperty(key, place)])),
    required: keys.filter(({ optional }) => !optional).map(({ key }) => key),
    additionalProperties: false,
  };
}

/** The objects inside of it, by their names. */
export function definitionsOf({ object }: Shape<never>, place: Place): Record<string, JsonSchema> {
  const inner = (object?.keys ?? []).flatMap(({ is }) =>
    is.object === undefined
      ? []
      : [[is.object.name, toSchema(is, place)], ...Object.entries(definitionsOf(is, place))],
  );
  return Object.fromEntries(inner);
}

/** A sentence for people out of one without an end: `the number` → `The number.` */
export function toSentence(says: string): string {
  return `${says.charAt(0).toUpperCase()}${says.slice(1)}.`;
}

function toProperty({ is, says, example }: Key, place: Place): JsonSchema {
  const description = [toSentence(says), ...meaningsOf(is)].join(' ');
  // Beside a reference, draft 7 would not see the description.
  if (is.object) return { allOf: [{ $ref: place + is.object.name }], description };
  const examples = example === undefined ? {} : { examples: [toJson(is, example)] };
  return { description, ...is.keywords, ...examples };
}

/** More would bury the rest. */
const LISTED = 12;

function meaningsOf({ meanings = {} }: Shape<never>): readonly string[] {
  const entries = Object.entries(meanings);
  if (entries.length === 0 || entries.length > LISTED) return [];
  return [toSentence(entries.map(([word, meaning]) => `\`${word}\`: ${meaning}`).join('; '))];
}

function toJson(is: Shape<never>, example: unknown): unknown {
  const write = is.write as (value: unknown) => string; // a key's example is of its shape
  return JSON.parse(write(example));
}
