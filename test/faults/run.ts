// npm run test:faults: does every fault, one after another, each in a process of its own, and tells what came of it.
//
//   npm run test:faults -- [--quick] [--only NAME,NAME] [--seconds N] [--calls N] [--seed N] [--keep]
//
// With --keep the rows go into test/faults/results.json, and from there into docs/faults.md.

import { type ChildProcess, execFile, fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { parseArgs, promisify } from 'node:util';
import { ABOUTS } from './abouts.ts';
import { keepFailure } from './kept-results.ts';
import { planOf, RUN_OPTIONS } from './plan.ts';

const ONE = join(import.meta.dirname, 'run-one.ts');
/** What comes before and after the load. */
const AROUND_MS = 240_000;
const TO_END_MS = 30_000;

const run = promisify(execFile);
const { values } = parseArgs({ options: RUN_OPTIONS });
const ON_REQUEST = ['soak'];
const names = values.only?.split(',') ?? [...ABOUTS.keys()].filter((n) => !ON_REQUEST.includes(n));
const unknown = names.filter((name) => !ABOUTS.has(name));
if (unknown.length > 0) throw new Error(`there is no fault ${unknown}: ${[...ABOUTS.keys()]}`);

let current: ChildProcess | undefined;
let isToEnd = false;
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.on(signal, () => {
    isToEnd = true;
    current?.kill(signal);
  });
}
const red: string[] = [];
for (const name of names) {
  if (isToEnd) break;
  if (!(await isRight(name)) && !isToEnd) red.push(name);
}
if (isToEnd) process.stdout.write('ended by a signal\n');
process.stdout.write(red.length === 0 ? 'nothing wrong\n' : `not right: ${red.join(', ')}\n`);
process.exitCode = red.length === 0 && !isToEnd ? 0 : 1;

/** One that hangs or breaks is a row too, and the next has its turn. */
async function isRight(name: string): Promise<boolean> {
  const plan = planOf(name, values);
  const child = fork(ONE, [name, ...process.argv.slice(2)], { stdio: 'inherit' });
  current = child;
  const timer = setTimeout(() => end(child), plan.seconds * 2_000 + AROUND_MS);
  const [code] = (await once(child, 'exit')) as [number | null];
  clearTimeout(timer);
  await sweep(child.pid);
  const hasResult = code === 0 || code === 1;
  if (hasResult || isToEnd) return code === 0;
  process.stdout.write(`${name}: the run itself failed\n`);
  if (values.keep) await keepFailure(name, plan);
  return false;
}

function end(child: ChildProcess): void {
  child.kill('SIGTERM');
  setTimeout(() => child.kill('SIGKILL'), TO_END_MS).unref();
}

/** Brokers that it could not remove itself. */
async function sweep(pid: number | undefined): Promise<void> {
  const filter = `name=asterisk-mqtt-faults-${pid}-`;
  const { stdout } = await run('docker', ['ps', '--all', '--quiet', '--filter', filter]);
  const ids = stdout.split('\n').filter((id) => id !== '');
  if (ids.length > 0) await run('docker', ['rm', '--force', '--volumes', ...ids]);
}
