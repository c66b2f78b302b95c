import { parseArgs } from 'node:util';
import { isRelease, type Release } from './containers.ts';
import { LIVE } from './live/all.ts';
import { SCENARIOS } from './scenarios.ts';

/** `[--asterisk 22|16] [--keep] [--retell] [--all-classes] [SCENARIO ...]` */
export function parseLabArguments(argv: readonly string[]): {
  release: Release;
  keep: boolean;
  retell: boolean;
  allClasses: boolean;
  names: readonly string[];
} {
  const { values, positionals } = parseArgs({
    args: [...argv],
    allowPositionals: true,
    options: {
      asterisk: { type: 'string', default: '22' },
      keep: { type: 'boolean', default: false },
      retell: { type: 'boolean', default: false },
      'all-classes': { type: 'boolean', default: false },
    },
  });
  if (!isRelease(values.asterisk)) {
    throw new Error(`There is no Asterisk ${values.asterisk} here, only 22 and 16.`);
  }
  for (const name of positionals) storyOf(name);
  const { asterisk, keep, retell, 'all-classes': allClasses } = values;
  return { release: Number(asterisk) as Release, keep, retell, allClasses, names: positionals };
}

/** @throws Error where there is no such scenario */
export function storyOf(name: string): string {
  const scenario = SCENARIOS[name] ?? LIVE[name];
  if (scenario !== undefined) return scenario.story;
  throw new Error(`There is no scenario ${name}: npm run lab lists those that are.`);
}

/** Those of them that sipp plays; all of them where none is named. */
export function sippNames(names: readonly string[]): readonly string[] {
  return Object.keys(SCENARIOS).filter((name) => names.length === 0 || names.includes(name));
}

/** Those of them that are played in code on that release, by the name of the PBX that they need ('' for none). */
export function liveNames(
  names: readonly string[],
  release: Release,
): ReadonlyMap<string, readonly string[]> {
  const wanted = Object.entries(LIVE).filter(
    ([name, scenario]) =>
      (names.length === 0 || names.includes(name)) && (scenario.release ?? release) === release,
  );
  const groups = Map.groupBy(wanted, ([, { systemName }]) => systemName ?? '');
  return new Map([...groups].map(([key, entries]) => [key, entries.map(([name]) => name)]));
}
