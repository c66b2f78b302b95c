// The fixtures that load is made of: those of one release of Asterisk in which every call that is told also ends, and
// that are short enough for a run of seconds.

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseTimes } from '../../src/core/capture/format.ts';
import { payloadsOf } from './captures.ts';
import { type Template, toTemplate } from './template.ts';

const FOLDER = join(import.meta.dirname, '../../testdata/fixtures');

export type Fixture = {
  readonly template: Template;
  /** How many calls are told of it. */
  readonly calls: number;
};

export function loadFixtures({
  mostSeconds,
}: {
  readonly mostSeconds: number;
}): readonly Fixture[] {
  const names = readdirSync(FOLDER)
    .filter((file) => file.endsWith('.raw') && !file.endsWith('.16.raw'))
    .map((file) => file.slice(0, -'.raw'.length));
  return names
    .map((name) => loadFixture(name))
    .filter((fixture) => {
      if (fixture === undefined) return false;
      return fixture.calls > 0 && fixture.template.seconds <= mostSeconds;
    }) as readonly Fixture[]; // the filter leaves no other
}

/** `undefined` where a call of it never ends, or ends with the PBX. */
export function loadFixture(name: string, folder = FOLDER): Fixture | undefined {
  const stem = join(folder, name);
  const told = payloadsOf(`${stem}.raw`);
  const calls = new Set(told.map(({ call_id }) => call_id)).size;
  const ends = told.filter(({ event }) => event === 'hungup');
  if (ends.length !== calls || ends.some(({ cause }) => cause === 'pbx_restart')) return undefined;
  const text = readFileSync(`${stem}.raw`, 'latin1');
  const times = parseTimes(readFileSync(`${stem}.times`, 'latin1'));
  return { template: toTemplate(name, { ...times, text }), calls };
}
