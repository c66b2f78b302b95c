import { parseArgs } from 'node:util';
import { isRelease, type Release } from './containers.ts';
import { SCENARIOS, type Scenario } from './scenarios.ts';

/** `[--asterisk 22|16] [--keep] [SCENARIO ...]` */
export function parseLabArguments(argv: readonly string[]): {
  release: Release;
  keep: boolean;
  names: readonly string[];
} {
  const { values, positionals } = parseArgs({
    args: [...argv],
    allowPositionals: true,
    options: {
      asterisk: { type: 'string', default: '22' },
      keep: { type: 'boolean', default: false },
    },
  });
  if (!isRelease(values.asterisk)) {
    throw new Error(`There is no Asterisk ${values.asterisk} here, only 22 and 16.`);
  }
  for (const name of positionals) scenarioOf(name);
  return { release: Number(values.asterisk) as Release, keep: values.keep, names: positionals };
}

export function scenarioOf(name: string): Scenario {
  const scenario = SCENARIOS[name];
  if (scenario === undefined) {
    throw new Error(`There is no scenario ${name}, only ${Object.keys(SCENARIOS).join(', ')}.`);
  }
  return scenario;
}
