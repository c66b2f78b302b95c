import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { payloadDocs } from '../scripts/payload-docs.ts';
import { generatedFiles } from '../src/app/docs.ts';

const ROOT = join(import.meta.dirname, '..');

it('docs/wiretap.md shows what `wiretap explain` prints', () => {
  const story = readFileSync(join(ROOT, 'testdata/stories/declined.txt'), 'utf8');
  expect(readFileSync(join(ROOT, 'docs/wiretap.md'), 'utf8')).toContain(`\`\`\`\n${story}\`\`\``);
});

const payloads = payloadDocs();

it.each([...generatedFiles(), ...payloads])('%s is what `npm run docs` writes', (path, text) => {
  expect(readFileSync(join(ROOT, path), 'utf8')).toBe(text);
});

it('no schema is left of what is no longer said', () => {
  const files = globSync('docs/schemas/**/*.*', { cwd: ROOT });
  expect(files.filter((file) => !payloads.has(file))).toEqual([]);
});

/** A setting, a code of an error, an environment variable: words in capitals with an underscore. */
const NAME = /\b[A-Z][A-Z0-9]*_[A-Z0-9_]+\b/g;
const OF_COMPOSE = ['COMPOSE_PROFILES', 'COMPOSE_PROJECT_NAME'];
const namesIn = (...patterns: readonly string[]) =>
  globSync(patterns, { cwd: ROOT }).flatMap(
    (file) => readFileSync(join(ROOT, file), 'utf8').match(NAME) ?? [],
  );

it('the docs name no setting and no error that is not there', () => {
  const there = namesIn('{src,test,docker}/**/*.{ts,yml,conf}', '*.{yml,js}', '.env.example');
  expect(
    new Set(namesIn('*.md', 'docs/**/*.md')).difference(new Set([...there, ...OF_COMPOSE])),
  ).toEqual(new Set());
});
