// npm run test:faults: does every fault, one after another, and tells what came of it.
//
//   npm run test:faults -- [--quick] [--only NAME,NAME] [--seconds N] [--calls N] [--seed N]

import { writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { FAULTS } from './faults.ts';
import { loadFixtures } from './fixtures.ts';
import { seeded } from './load.ts';
import { runTrial, type Trial } from './trial.ts';

const { values } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    only: { type: 'string' },
    seconds: { type: 'string' },
    calls: { type: 'string', default: '200' },
    seed: { type: 'string', default: '1' },
  },
});

const show = (text: string) => process.stdout.write(`${text}\n`);
const seconds = Number(values.seconds ?? (values.quick ? 10 : 60));
const outageSeconds = values.quick ? 3 : 10;
const names = values.only?.split(',') ?? Object.keys(FAULTS);
const fixtures = loadFixtures({ mostSeconds: values.quick ? 4 : 8 });

for (const name of names) {
  const fault = FAULTS[name];
  if (fault === undefined) throw new Error(`there is no fault ${name}: ${Object.keys(FAULTS)}`);
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
    await writeFile(`/tmp/faults-${name}.log`, trial.log);
  }
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
    for (const { callId, text } of all?.slice(0, 4) ?? []) show(`  ${kind} ${callId}: ${text}`);
  }
}
