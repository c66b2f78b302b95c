import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import packageJson from '../../package.json' with { type: 'json' };
import { type Release, toReleaseNotes } from '../../scripts/release-notes.ts';

const CHANGELOG = `# Changelog

What a user can notice.

## Unreleased

- Not yet.

## 1.10.0 - 2026-12-02

### Added

- Ten: see \`## 1.1.0\`.

## 1.1.0 - 2026-12-01

- One.

## 1.0.0 - 2026-11-30
`;

function notes(of: Partial<Release>): string {
  return toReleaseNotes({ tag: 'v1.1.0', version: '1.1.0', changelog: CHANGELOG, ...of });
}

describe('the notes of a release', () => {
  it('are the section of its version, and no other', () => {
    expect(notes({})).toBe('- One.');
    expect(notes({ tag: 'v1.10.0', version: '1.10.0' })).toBe(
      '### Added\n\n- Ten: see `## 1.1.0`.',
    );
  });

  it('do not mind Windows’ line ends', () => {
    expect(notes({ changelog: CHANGELOG.replaceAll('\n', '\r\n') })).toBe('- One.');
  });

  it('may be those of a pre-release', () => {
    const changelog = '## 2.0.0-rc.1 - 2026-12-03\n\n- Try it.\n';
    expect(notes({ tag: 'v2.0.0-rc.1', version: '2.0.0-rc.1', changelog })).toBe('- Try it.');
  });

  it.each([
    [{ tag: '1.1.0' }, /is no tag of a version/],
    [{ tag: 'v1.1' }, /is no tag of a version/],
    [{ tag: 'v01.1.0', version: '01.1.0' }, /is no tag of a version/],
    [{ tag: '' }, /is no tag of a version/],
    [{ tag: 'v1.1.1' }, /The tag is v1\.1\.1 and package\.json says 1\.1\.0/],
    [{ tag: 'v1.1.0-rc.1' }, /package\.json says 1\.1\.0/],
    [{ tag: 'v1.2.0', version: '1.2.0' }, /no "## 1\.2\.0 - YYYY-MM-DD"/],
    [{ tag: 'v1.0.0', version: '1.0.0' }, /says nothing below "## 1\.0\.0"/],
  ] satisfies [Partial<Release>, RegExp][])('are refused for %j', (of, message) => {
    expect(() => notes(of)).toThrow(message);
  });
});

describe('the script', () => {
  const run = (...args: string[]) =>
    promisify(execFile)(process.execPath, ['scripts/release-notes.ts', ...args]);

  it('fails with a sentence where the tag is not the version of the package', async () => {
    await expect(run('v999.0.0')).rejects.toMatchObject({
      code: 1,
      stdout: '',
      stderr: `The tag is v999.0.0 and package.json says ${packageJson.version}: set one of them right\n`,
    });
  });
});

it('has a changelog to read that keeps to the form', () => {
  const headings = readFileSync('CHANGELOG.md', 'utf8').match(/^## .*$/gm) ?? [];
  expect(headings[0]).toMatch(/^## (?:Unreleased|\d+\.\d+\.\d+\S* - \d{4}-\d{2}-\d{2})$/);
  for (const heading of headings.slice(1)) {
    expect(heading).toMatch(/^## \d+\.\d+\.\d+\S* - \d{4}-\d{2}-\d{2}$/);
  }
});
