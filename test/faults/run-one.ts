// One fault, for run.ts: the name, then the same options. Ends with 0 where all is right, 1 where something is wrong, and
// anything else where it came to no result.

import { writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { loadFixtures } from '../support/load-fixtures.ts';
import { seeded } from '../support/seeded.ts';
import { isOfAsterisk } from './abouts.ts';
import { keepRow } from './kept-results.ts';
import { type Plan, planOf, RUN_OPTIONS } from './plan.ts';
import { isRight, type Row, toRow } from './results.ts';
import { runTrial, type Trial } from './trial.ts';

/** Of each kind of finding. */
const SHOWN = 20;
const NO_RESULT = 2;

const { values, positionals } = parseArgs({ options: RUN_OPTIONS, allowPositionals: true });
const [name = ''] = positionals;
process.on('uncaughtException', (error) => {
  process.stderr.write(`${error.stack}\n`);
  process.exit(NO_RESULT);
});

const plan = planOf(name, values);
const trial = await run(plan);
const row = toRow({ trial, ...plan });
report(row, trial);
if (values.keep) await keepRow(name, row);
await writeFile(join(tmpdir(), `faults-${name}.log`), trial.log);
process.exit(isRight(row) ? 0 : 1); // whatever a fault has left open

async function run({ fault, ...time }: Plan): Promise<Trial> {
  const { seconds, outageSeconds } = time;
  if (isOfAsterisk(name)) {
    const { ASTERISK_FAULTS, runOnAsterisk } = await import('./asterisk.ts');
    const ms = { ms: seconds * 1_000, outageMs: outageSeconds * 1_000 };
    return await runOnAsterisk(ASTERISK_FAULTS[name], ms);
  }
  if (fault === undefined) throw new Error(`there is no fault ${name}`);
  const fixtures = loadFixtures({ mostSeconds: values.quick ? 4 : 8 });
  return await runTrial({ ...time, fault, fixtures, random: seeded(Number(values.seed)) });
}

function report(row: Row, { verdict, ...trial }: Trial): void {
  const { inferred, findings } = verdict;
  const wrong = Object.entries({ ...(row.lost > 0 && { lost: row.lost }), ...row.wrong });
  show(
    `${name}: ${row.calls} calls, ${row.events} facts, ${verdict.messages} messages, ${row.repeats} repeats, ` +
      `${row.gaps} gaps, ${row.untold} excused, ${inferred} inferred, ${row.shed} shed, ` +
      `recovered in ${row.recoverySeconds} s, ${row.residentMebibytes} MiB (${trial.mebibytesPerHour?.toFixed(1)} MiB/h): ` +
      `${wrong.map(([kind, count]) => `${kind} ${count}`).join(', ') || 'right'}`,
  );
  for (const [kind, all] of Object.entries(Object.groupBy(findings, (one) => one.kind))) {
    for (const { callId, text } of all?.slice(0, SHOWN) ?? []) {
      show(`  ${kind} ${callId} (${trial.fixtureOf(callId)}): ${text.slice(0, 600)}`);
    }
  }
}

function show(text: string): void {
  process.stdout.write(`${text}\n`);
}
