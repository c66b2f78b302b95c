// npm run test:faults: does every fault, one after another, and tells what came of it.
//
//   npm run test:faults -- [--quick] [--only NAME,NAME] [--seconds N] [--calls N] [--seed N] [--keep]
//
// With --keep the rows go into test/faults/results.json, and from there into docs/faults.md.

import { readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { ABOUTS, FAULTS, MIXTURE } from './faults.ts';
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
  const fault = name === 'mixture' ? MIXTURE : FAULTS[name];
  if (fault === undefined) throw new Error(`there is no fault ${name}: ${[...ABOUTS.keys()]}`);
  const trial = await runTrial({
    fault,
    fixtures,
    seconds,
    outageSeconds,
    callsPerSecond: Number(values.calls),
    random: seeded(Number(values.seed)),
  });
  report(name, trial);
  if (trial.verdict.findings.length > 0) {
    process.exitCode = 1;
    await writeFile(join(tmpdir(), `faults-${name}.log`), trial.log);
  }
  if (values.keep) await keep(name, trial);
}

async function keep(name: string, trial: Trial): Promise<void> {
  const file = join(import.meta.dirname, 'results.json');
  const results = JSON.parse(await readFile(file, 'utf8')) as Results;
  const callsPerSecond = FAULTS[name]?.callsPerSecond ?? Number(values.calls);
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
      `${trial.residentMebibytes.toFixed(0)} MiB, truth ${trial.truthIsWhole}: ${wrong || 'right'}`,
  );
  for (const [kind, all] of kinds) {
    for (const { callId, text } of all?.slice(0, SHOWN) ?? []) {
      show(`  ${kind} ${callId} (${trial.fixtureOf(callId)}): ${text.slice(0, 600)}`);
    }
  }
}
