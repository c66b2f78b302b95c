// npm run bench: every bench, one after another; a table with the goal beside the figure, and bench/RESULTS.md.
//
//   npm run bench -- [--quick] [--only NAME,NAME]
//
// --quick has seconds for each, keeps nothing, and fails on what has become far worse than usual. Otherwise a goal that is
// not met is told and is no failure. What is not run stays in bench/RESULTS.md as it was.

import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import process from 'node:process';
import { parseArgs } from 'node:util';
import { BENCHES } from './benches.ts';
import { keep } from './kept-results.ts';
import { describeMachine } from './machine.ts';
import { toTable } from './results.ts';
import type { Form, Row } from './rows.ts';

/** The heap is as small as in the image. */
const NODE = ['--expose-gc', '--max-semi-space-size=1'];
/** One that hangs is ended. */
const LIMIT_MS = { full: 60 * 60_000, quick: 2 * 60_000 } as const satisfies Record<Form, number>;
const ONE = join(import.meta.dirname, 'run-one.ts');

const { values } = parseArgs({
  options: { quick: { type: 'boolean', default: false }, only: { type: 'string' } },
});
const form: Form = values.quick ? 'quick' : 'full';
const names = values.only?.split(',') ?? Object.keys(BENCHES);
const unknown = names.filter((name) => BENCHES[name] === undefined);
if (unknown.length > 0) throw new Error(`no bench ${unknown}; there are ${Object.keys(BENCHES)}`);

const on = await describeMachine();
process.stdout.write(`${on}\n`);
const failed: string[] = [];
for (const name of names) {
  const rows = await run(name);
  if (rows === undefined) failed.push(name);
  else await tell(name, rows);
}
if (failed.length > 0) process.stdout.write(`failed: ${failed.join(', ')}\n`);
process.exitCode = failed.length > 0 ? 1 : 0;

async function tell(name: string, rows: readonly Row[]): Promise<void> {
  if (rows.length === 0) return; // it has no quick form
  process.stdout.write(`\n${name}\n${toTable(rows)}`);
  if (form === 'full') await keep(name, { date: new Date().toISOString().slice(0, 10), on, rows });
  else if (rows.some(({ met }) => met === false)) failed.push(name);
}

async function run(name: string): Promise<readonly Row[] | undefined> {
  const child = fork(ONE, [name, form], { execArgv: NODE, timeout: LIMIT_MS[form] });
  let rows: readonly Row[] | undefined;
  child.on('message', (message) => {
    rows = message as readonly Row[]; // run-one.ts sends nothing else
  });
  const [code] = (await once(child, 'exit')) as [number | null];
  if (code === null)
    process.stderr.write(`${name} was ended; it may take ${LIMIT_MS[form] / 60_000} min\n`);
  return code === 0 ? rows : undefined;
}
