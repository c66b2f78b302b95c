// The schemas as they are shipped, and what they object to.

import { globSync, readFileSync } from 'node:fs';
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import formats from 'ajv-formats';

const FOLDER = 'docs/schemas';

export type Schema = {
  readonly $id: string;
  readonly examples?: readonly unknown[];
  readonly properties?: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  readonly required?: readonly string[];
};

/** By their paths below the folder, without `.json`. */
export const SCHEMAS: ReadonlyMap<string, Schema> = new Map(
  globSync('**/*.json', { cwd: FOLDER })
    .toSorted()
    .map((path) => [
      path.replace(/\.json$/, ''),
      JSON.parse(readFileSync(`${FOLDER}/${path}`, 'utf8')),
    ]),
);

const validator = formats.default(new Ajv2020({ strict: true, allErrors: true }));
const compiled = new Map<string, ValidateFunction>();

/** What the schema of that path says against the message; empty where it is right. */
export function objections(path: string, message: unknown): readonly string[] {
  const validate = compiled.get(path) ?? validator.compile(SCHEMAS.get(path) ?? false);
  compiled.set(path, validate);
  if (validate(message)) return [];
  return (validate.errors ?? []).map(
    ({ instancePath, message: text, params }) =>
      `${instancePath} ${text} ${JSON.stringify(params)}`,
  );
}
