// What subscribers can read of every topic and payload: docs/schemas, docs/asyncapi.yaml, and in docs/topics.md what stands
// between marks. Run by `npm run docs`.

import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import process from 'node:process';
import { describeAsyncApi, FILE } from './payload-docs/async-api.ts';
import { readExamples } from './payload-docs/examples.ts';
import { describeSchemas, FOLDER } from './payload-docs/schemas.ts';
import { fillPage, PAGE } from './payload-docs/topics-page.ts';

/** The text of every file, by its path from the root of the repository. */
export function payloadDocs(): ReadonlyMap<string, string> {
  const examples = readExamples();
  return new Map([
    ...describeSchemas(examples),
    [FILE, describeAsyncApi(examples)],
    [PAGE, fillPage(readFileSync(PAGE, 'utf8'), examples)],
  ]);
}

if (import.meta.main) {
  const files = payloadDocs();
  rmSync(FOLDER, { recursive: true, force: true }); // no schema stays of what is no longer said
  for (const [path, text] of files) {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
  }
  process.stdout.write(`${PAGE}, ${FILE}, ${FOLDER}\n`);
}
