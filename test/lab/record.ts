// node test/lab/record.ts [--asterisk 22|16] [SCENARIO ...]: plays scenarios and makes fixtures of them, captured and
// sanitized by wiretap, with what the phones lived beside them.

import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { liveNames, parseLabArguments, sippNames } from './arguments.ts';
import { standInsOf, startCapture, untilAllHungUp, wiretap } from './capture.ts';
import { type Container, type Release, run, startLab } from './containers.ts';
import { LIVE } from './live/all.ts';
import { play } from './play.ts';
import { SCENARIOS } from './scenarios.ts';
import { perform, startLiveLab } from './stage.ts';
import { resolve } from './tells.ts';

const FIXTURES = fileURLToPath(new URL('../../testdata/fixtures', import.meta.url));
/** Asterisk tells the end of a call within this time after the phones. */
const TELLS_MS = 8_000;

interface Recorded {
  readonly release: Release;
  readonly asterisk: Container;
  readonly ami: { readonly host: string; readonly port: number };
}

const { release, names } = parseLabArguments(process.argv.slice(2));
const folder = await mkdtemp(join(tmpdir(), 'lab-'));
try {
  await recordSipp(sippNames(names));
  for (const [systemName, group] of liveNames(names, release)) await recordLive(systemName, group);
} finally {
  await rm(folder, { recursive: true }); // the captures in it are not sanitized
}

async function recordSipp(group: readonly string[]): Promise<void> {
  if (group.length === 0) return;
  await using lab = await startLab(release);
  for (const name of group) {
    const scenario = SCENARIOS[name];
    if (scenario === undefined) continue;
    const toTruth = async () => ({ calls: (await play(lab, scenario)).calls });
    await record(lab, { name, story: scenario.story, toTruth });
  }
}

async function recordLive(systemName: string, group: readonly string[]): Promise<void> {
  await using lab = await startLiveLab(release, systemName);
  for (const name of group) {
    const scenario = LIVE[name];
    if (scenario === undefined) continue;
    const toTruth = async () => {
      const { moments } = await perform(lab, scenario);
      return { moments, tells: resolve(scenario.tells, moments) };
    };
    await record(lab, { name, story: scenario.story, toTruth });
  }
}

interface Recipe {
  readonly name: string;
  readonly story: string;
  readonly toTruth: () => Promise<object>;
}

/** One AMI session that covers exactly one scenario. */
async function record(lab: Recorded, { name, story, toTruth }: Recipe): Promise<void> {
  const fixture = lab.release === 22 ? name : `${name}.${lab.release}`;
  const captured = join(folder, `${fixture}.raw`);
  const capture = await startCapture(lab.ami, captured);
  const lived = await toTruth();
  await untilAllHungUp(captured, AbortSignal.timeout(TELLS_MS));
  await capture.stop();
  const sanitized = join(FIXTURES, `${fixture}.raw`);
  const report = await wiretap('sanitize', captured, '--out', sanitized, '--force');
  const truth = {
    scenario: name,
    story,
    asterisk: await versionOf(lab.asterisk),
    ...(renamed(lived, await standInsOf(captured, sanitized)) as object),
  };
  await writeFile(join(FIXTURES, `${fixture}.json`), `${JSON.stringify(truth, null, 2)}\n`);
  process.stdout.write(`${fixture}: ${report.trim()}\n`);
}

/** The same with the numbers and names of the sanitized capture, also within the words of a moment. */
function renamed(value: unknown, standIns: ReadonlyMap<string, string>): unknown {
  if (Array.isArray(value)) return value.map((item) => renamed(item, standIns));
  if (typeof value === 'string') {
    const words = value.replace(/^\d{3,}(?= )/, (number) => standIns.get(number) ?? number);
    return standIns.get(value) ?? words;
  }
  if (typeof value === 'number') return Math.round(value * 1_000) / 1_000; // to the microsecond
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [key, renamed(item, standIns)]),
  );
}

async function versionOf(asterisk: Container): Promise<string> {
  const text = await run(asterisk, ['asterisk', '-V']);
  return /\d+\.\d+\.\d+/.exec(text)?.[0] ?? text.trim();
}
