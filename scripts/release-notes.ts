// node scripts/release-notes.ts v1.2.3: prints what CHANGELOG.md says of that version, for the release. Fails where the tag is
// no version, is not that of package.json, or where the changelog says nothing of it. Needs nothing but Node.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';

export interface Release {
  /** Such as `v1.2.3` or `v1.2.3-rc.1`. */
  readonly tag: string;
  /** `version` of package.json. */
  readonly version: string;
  /** All of CHANGELOG.md. */
  readonly changelog: string;
}

const TAG = /^v((?:0|[1-9]\d*)\.(?:0|[1-9]\d*)\.(?:0|[1-9]\d*)(?:-[0-9A-Za-z.-]+)?)$/;

/**
 * The section of the changelog whose heading is `## VERSION - DATE`, without that heading.
 * @throws Error with a sentence that says what to do.
 */
export function toReleaseNotes({ tag, version, changelog }: Release): string {
  const tagged = TAG.exec(tag)?.[1];
  if (tagged === undefined) throw new Error(`"${tag}" is no tag of a version, such as v1.2.3`);
  if (tagged !== version) {
    throw new Error(`The tag is ${tag} and package.json says ${version}: set one of them right`);
  }
  const notes = sectionsOf(changelog).get(version);
  if (notes === undefined) {
    throw new Error(`CHANGELOG.md has no "## ${version} - YYYY-MM-DD": rename "## Unreleased"`);
  }
  if (notes === '') throw new Error(`CHANGELOG.md says nothing below "## ${version}"`);
  return notes;
}

/** By their first word: a version, or `Unreleased`. */
function sectionsOf(changelog: string): ReadonlyMap<string, string> {
  const sections = changelog.replaceAll('\r\n', '\n').split(/^## +/m).slice(1);
  return new Map(
    sections.map((section) => {
      const [heading = '', ...lines] = section.split('\n');
      return [heading.split(' ', 1).join(), lines.join('\n').trim()];
    }),
  );
}

function main([tag = '']: readonly string[]): void {
  const read = (path: string) => readFileSync(join(import.meta.dirname, '..', path), 'utf8');
  const { version } = JSON.parse(read('package.json')) as { readonly version: string };
  process.stdout.write(`${toReleaseNotes({ tag, version, changelog: read('CHANGELOG.md') })}\n`);
}

if (import.meta.main) {
  try {
    main(process.argv.slice(2));
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    process.stderr.write(`${error.message}\n`);
    process.exitCode = 1;
  }
}
