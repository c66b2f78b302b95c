// node test/lab/record.ts [--asterisk 22|16] [SCENARIO ...]: plays scenarios and makes fixtures of them, captured and
// sanitized by wiretap, with what the phones lived beside them.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { setTimeout } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseLabArguments, scenarioOf } from './arguments.ts';
import { type Lab, run, SECRET, startLab } from './containers.ts';
import { play } from './play.ts';
import { SCENARIOS } from './scenarios.ts';
import type { TruthCall } from './truth.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const FIXTURES = join(ROOT, 'testdata/fixtures');
/** Asterisk tells the end of a call within this time after the phones. */
const TELLS_MS = 5_000;

const { release, names } = parseLabArguments(process.argv.slice(2));
const folder = await mkdtemp(join(tmpdir(), 'lab-'));
try {
  await using lab = await startLab(release);
  for (const name of names.length > 0 ? names : Object.keys(SCENARIOS)) {
    process.stdout.write(`${await record(lab, name)}\n`);
  }
} finally {
  await rm(folder, { recursive: true }); // the captures in it are not sanitized
}

/** One AMI session that covers exactly one scenario. */
async function record(lab: Lab, name: string): Promise<string> {
  const scenario = scenarioOf(name);
  const fixture = lab.release === 22 ? name : `${name}.${lab.release}`;
  const captured = join(folder, `${fixture}.raw`);
  const capture = await startCapture(lab, captured);
  const { calls } = await play(lab, scenario);
  await untilAllHungUp(captured, AbortSignal.timeout(TELLS_MS));
  await capture.stop();
  const sanitized = join(FIXTURES, `${fixture}.raw`);
  const report = await wiretap('sanitize', captured, '--out', sanitized, '--force');
  const standIns = await standInsOf(captured, sanitized);
  const truth = {
    scenario: name,
    story: scenario.story,
    asterisk: await versionOf(lab),
    calls: calls.map((call) => rename(call, standIns)),
  };
  await writeFile(join(FIXTURES, `${fixture}.json`), `${JSON.stringify(truth, null, 2)}\n`);
  return `${fixture}: ${report.trim()}`;
}

async function startCapture({ ami }: Lab, out: string): Promise<{ stop(): Promise<void> }> {
  const { host, port } = ami;
  const address = ['--host', host, '--port', String(port), '--user', 'recorder'];
  const child = wiretapProcess('capture', ...address, '--out', out);
  child.stdout.resume();
  const begun = Promise.withResolvers<void>();
  child.stderr.on('data', (text) => {
    if (String(text).includes('Recording to')) begun.resolve();
  });
  child.once('exit', (code) => begun.reject(new Error(`wiretap capture ended with ${code}`)));
  await begun.promise;
  const ended = once(child, 'exit');
  return {
    stop: async () => {
      child.kill('SIGINT');
      await ended;
    },
  };
}

async function wiretap(...argv: string[]): Promise<string> {
  const child = wiretapProcess(...argv);
  child.stderr.pipe(process.stderr);
  const text = (await child.stdout.toArray()).join('');
  if (child.exitCode === null) await once(child, 'exit');
  if (child.exitCode !== 0)
    throw new Error(`wiretap ${argv.join(' ')} ended with ${child.exitCode}`);
  return text;
}

function wiretapProcess(...argv: string[]) {
  return spawn(process.execPath, [join(ROOT, 'src/main.ts'), 'wiretap', ...argv], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, AMI_SECRET: SECRET.ami },
  });
}

/** Until the capture holds the Hangup of every channel that it holds the Newchannel of. */
async function untilAllHungUp(capture: string, signal: AbortSignal): Promise<void> {
  for (;;) {
    const text = await readFile(capture, 'latin1');
    const hungUp = idsOf(text, 'Hangup');
    if (idsOf(text, 'Newchannel').isSubsetOf(hungUp)) return;
    await setTimeout(20, undefined, { signal });
  }
}

function idsOf(text: string, event: string): Set<string> {
  const messages = text
    .split('\r\n\r\n')
    .filter((message) => message.includes(`Event: ${event}\r\n`));
  return new Set(messages.flatMap((message) => /^Uniqueid: (\S+)/m.exec(message)?.[1] ?? []));
}

/** What wiretap put in the place of which number: the lines of a capture stay where they were. */
async function standInsOf(captured: string, sanitized: string): Promise<Map<string, string>> {
  const [before, after] = await Promise.all(
    [captured, sanitized].map(async (file) => (await readFile(file, 'latin1')).split('\r\n')),
  );
  const pairs = (before ?? []).flatMap((line, n): [string, string][] => {
    const number = /^(?:Exten|CallerIDNum): (\d+)$/.exec(line)?.[1];
    const standIn = /^(?:Exten|CallerIDNum): (\d+)$/.exec(after?.[n] ?? '')?.[1];
    return number === undefined || standIn === undefined ? [] : [[number, standIn]];
  });
  return new Map(pairs);
}

/** The same call with the numbers of the sanitized capture. */
function rename(call: TruthCall, standIns: ReadonlyMap<string, string>): TruthCall {
  const of = (number: string) => standIns.get(number) ?? number;
  const { answeredBy } = call;
  return {
    ...call,
    from: of(call.from),
    dialled: of(call.dialled),
    ...(answeredBy !== undefined && { answeredBy: of(answeredBy) }),
    legs: call.legs.map((leg) => ({ ...leg, phone: of(leg.phone) })),
  };
}

async function versionOf({ asterisk }: Lab): Promise<string> {
  const text = await run(asterisk, ['asterisk', '-V']);
  return /\d+\.\d+\.\d+/.exec(text)?.[0] ?? text.trim();
}
