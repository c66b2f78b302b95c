// npm run test:faults: does every fault, one after another, and tells what came of it.
//
//   npm run test:faults -- [--quick] [--only NAME,NAME] [--seconds N] [--calls N] [--seed N] [--keep]
//
// With --keep the rows go into test/faults/results.json, and from there into docs/faults.md.

import { readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { ABOUTS, isOfAsterisk } from './abouts.ts';
import { ASTERISK_FAULTS, PHONES_CALLS_PER_SECOND, runOnAsterisk } from './asterisk.ts';
import { FAULTS, MIXTURE } from './faults.ts';
import { loadFixtures } from './fixtures.ts';
import { seeded } from './load.ts';
import { type Results, toPage, toRow } from './results.ts';
import { runTrial, type Trial } from './trial.ts';

const { values } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    only: { type: 'string' },
    seconds: { type: 'string' },
    calls: { type: 'string', default: '200' },
    seed: { type: 'string', default: '1' },
    keep: { type: 'boolean', default: false },
  },
});

/** Of each kind of finding. */
const SHOWN = 20;

const show = (text: string) => process.stdout.write(`${text}\n`);
const seconds = Number(values.seconds ?? (values.quick ? 10 : 60));
const outageSeconds = values.quick ? 3 : 10;
const names = values.only?.split(',') ?? [...ABOUTS.keys()];
const fixtures = loadFixtures({ mostSeconds: values.quick ? 4 : 8 });

for (const name of names) {
  const trial = await inTime(run(name));
  report(name, trial);
  if (trial.verdict.findings.length > 0) {
    process.exitCode = 1;
    await writeFile(join(tmpdir(), `faults-${name}.log`), trial.log);
  }
  if (values.keep) await keep(name, trial);
}
process.exit(); // whatever a fault has left open

/** A run that hangs is no result. */
async function inTime(running: Promise<Trial>): Promise<Trial> {
  const hanging = Promise.withResolvers<never>();
  const error = new Error('the run does not come to an end');
  const timer = setTimeout(() => hanging.reject(error), seconds * 2_000 + 180_000);
  return await Promise.race([running, hanging.promise]).finally(() => clearTimeout(timer));
}

function run(name: string): Promise<Trial> {
  const time = { ms: seconds * 1_000, outageMs: outageSeconds * 1_000 };
  if (isOfAsterisk(name)) return runOnAsterisk(ASTERISK_FAULTS[name], time);
  const fault = name === 'mixture' ? MIXTURE : FAULTS[name];
  if (fault === undefined) throw new Error(`there is no fault ${name}: ${[...ABOUTS.keys()]}`);
  const callsPerSecond = Number(values.calls);
  const random = seeded(Number(values.seed));
  return runTrial({ fault, fixtures, seconds, outageSeconds, callsPerSecond, random });
}

async function keep(name: string, trial: Trial): Promise<void> {
  const file = join(import.meta.dirname, 'results.json');
  const results = JSON.parse(await readFile(file, 'utf8')) as Results;
  const usual = isOfAsterisk(name) ? PHONES_CALLS_PER_SECOND : Number(values.calls);
  const callsPerSecond = FAULTS[name]?.callsPerSecond ?? usual;
  const row = toRow({ trial, seconds, callsPerSecond });
  const all = { ...results, [name]: row };
  await writeFile(file, `${JSON.stringify(all, undefined, 2)}\n`);
  await writeFile(join(import.meta.dirname, '../../docs/faults.md'), toPage(all, ABOUTS));
}

function report(name: string, { verdict, recoverySeconds, ...trial }: Trial): void {
  const { calls, facts, messages, repeats, gaps, shed, excused, inferred, findings } = verdict;
  const kinds = Object.entries(Object.groupBy(findings, ({ kind }) => kind));
  const wrong = kinds.map(([kind, all]) => `${kind} ${all?.length}`).join(', ');
  show(
    `${name}: ${calls} calls, ${facts} facts, ${messages} messages, ${repeats} repeats, ${gaps.length} gaps, ${excused} excused, ` +
      `${inferred} inferred, ${shed} shed, ${trial.undelivered} undelivered, recovered in ${recoverySeconds?.toFixed(2)} s, ` +
      `${trial.residentMebibytes.toFixed(0)} MiB (${trial.mebibytesPerHour?.toFixed(1)} MiB/h), truth ${trial.truthIsWhole}: ${wrong || 'right'}`,
  );
  for (const [kind, all] of kinds) {
    for (const { callId, text } of all?.slice(0, SHOWN) ?? []) {
      show(`  ${kind} ${callId} (${trial.fixtureOf(callId)}): ${text.slice(0, 600)}`);
    }
  }
}
