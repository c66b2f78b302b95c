// node test/lab/record.ts [--asterisk 22|16] [--retell] [--all-classes] [SCENARIO ...]: plays scenarios and makes fixtures of them,
// captured and sanitized by wiretap, with what the phones lived beside them. --retell plays nothing: what recorded
// scenarios must be told as is written anew from the moments of their recordings. --all-classes records all that Asterisk
// tells (`read = all`) into testdata/full-class, for the benches: without what the phones lived.

import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
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
import type { Moment } from './sip/phone.ts';
import { type LiveScenario, perform, startLiveLab } from './stage.ts';
import { resolve, type ToldCall } from './tells.ts';
import type { TruthCall } from './truth.ts';

/** Asterisk tells the end of a call within this time after the phones. */
const TELLS_MS = 8_000;

interface Recorded {
  readonly release: Release;
  readonly asterisk: Container;
  readonly ami: { readonly host: string; readonly port: number };
}

const { release, names, retell, allClasses } = parseLabArguments(process.argv.slice(2));
const kind = allClasses ? 'full-class' : 'fixtures';
const FIXTURES = fileURLToPath(new URL(`../../testdata/${kind}`, import.meta.url));
/** Calls of the lab are over before the first report of the line that Asterisk makes by itself, after 5 s. */
const REPORT_OFTEN =
  "echo 'rtcpinterval = 500' >>/etc/asterisk/rtp.conf && asterisk -rx 'module reload res_rtp_asterisk.so'";
const folder = await mkdtemp(join(tmpdir(), 'lab-'));
try {
  const live = liveNames(names, release);
  if (retell) {
    for (const name of [...live.values()].flat()) await tellAgain(name);
  } else {
    await recordSipp(sippNames(names));
    for (const [systemName, group] of live) await recordLive(systemName, group);
  }
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
  if (allClasses) await run(lab.asterisk, ['sh', '-c', REPORT_OFTEN]);
  for (const name of group) {
    const scenario = LIVE[name];
    if (scenario === undefined) continue;
    const toTruth = async () => {
      const { moments, failure } = await perform(lab, scenario);
      if (failure !== undefined) throw failure;
      return { moments: moments.map(toMicroseconds), ...storiesOf(scenario, moments) };
    };
    await recordOrComplain(lab, { name, story: scenario.story, toTruth });
  }
}

/** One that goes wrong spoils no other. */
async function recordOrComplain(lab: Recorded, recipe: Recipe): Promise<void> {
  try {
    await record(lab, recipe);
  } catch (error) {
    process.stderr.write(`${recipe.name} FAILED: ${(error as Error).message}\n`);
  }
}

async function tellAgain(name: string): Promise<void> {
  const path = join(FIXTURES, `${fixtureOf(name)}.json`);
  const scenario = LIVE[name];
  if (scenario === undefined || !existsSync(path)) return;
  const truth = JSON.parse(await readFile(path, 'utf8'));
  const standIns = new Map<string, string>(Object.entries(truth.standIns));
  const stories = storiesOf(scenario, truth.moments);
  const told = Object.entries(stories).map(([key, calls]) => [key, renamed(calls, standIns)]);
  await writeFile(path, toText({ ...truth, story: scenario.story, ...Object.fromEntries(told) }));
}

function storiesOf({ tells, orElse }: LiveScenario, moments: readonly Moment[]): Stories {
  return {
    tells: resolve(tells, moments),
    ...(orElse !== undefined && { orElse: resolve(orElse, moments) }),
  };
}

interface Recipe {
  readonly name: string;
  readonly story: string;
  readonly toTruth: () => Promise<Lived>;
}

type Lived =
  | { readonly calls: readonly TruthCall[] }
  | ({ readonly moments: readonly Moment[] } & Stories);

type Stories = { readonly tells: readonly ToldCall[]; readonly orElse?: readonly ToldCall[] };

/** One AMI session that covers exactly one scenario. */
async function record(lab: Recorded, { name, story, toTruth }: Recipe): Promise<void> {
  const fixture = fixtureOf(name);
  const captured = join(folder, `${fixture}.raw`);
  const capture = await startCapture(lab.ami, { out: captured, allClasses });
  const lived = await livedUntilTold(toTruth, { captured, capture });
  const sanitized = join(FIXTURES, `${fixture}.raw`);
  const report = await wiretap('sanitize', captured, '--out', sanitized, '--force');
  process.stdout.write(`${fixture}: ${report.trim()}\n`);
  if (allClasses) return;
  const standIns = await standInsOf(captured, sanitized);
  const asterisk = await versionOf(lab.asterisk);
  const truth = { scenario: name, story, asterisk, ...rename(lived, standIns) };
  await writeFile(join(FIXTURES, `${fixture}.json`), toText(truth));
}

/** Until Asterisk, too, has told everything. */
async function livedUntilTold(
  toTruth: Recipe['toTruth'],
  { captured, capture }: { captured: string; capture: { stop(): Promise<void> } },
): Promise<Lived> {
  try {
    const lived = await toTruth();
    await untilAllHungUp(captured, AbortSignal.timeout(TELLS_MS));
    return lived;
  } finally {
    await capture.stop();
  }
}

function fixtureOf(name: string): string {
  return release === 22 ? name : `${name}.${release}`;
}

/** Moments keep the numbers of the lab, in which the story is told. */
function rename(lived: Lived, standIns: ReadonlyMap<string, string>): object {
  if ('calls' in lived) return { calls: renamed(lived.calls, standIns) };
  const { moments, ...stories } = lived;
  const told = Object.entries(stories).map(([key, calls]) => [key, renamed(calls, standIns)]);
  return { standIns: Object.fromEntries(standIns), moments, ...Object.fromEntries(told) };
}

/** The same with the numbers and names of the sanitized capture. */
function renamed(value: unknown, standIns: ReadonlyMap<string, string>): unknown {
  if (Array.isArray(value)) return value.map((item) => renamed(item, standIns));
  if (typeof value === 'string') return standIns.get(value) ?? value;
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [key, renamed(item, standIns)]),
  );
}

function toMicroseconds(moment: Moment): Moment {
  return { ...moment, at: Math.round(moment.at * 1_000) / 1_000 };
}

/** What people read, with a line for each moment. */
function toText(truth: object): string {
  const text = JSON.stringify(truth, null, 2);
  const lines = text.replace(
    /\{\s+"at": ([\d.]+),\s+"phone": ("[^"]+"),\s+"what": ("[^"]+")\s+\}/g,
    '{ "at": $1, "phone": $2, "what": $3 }',
  );
  return `${lines}\n`;
}

async function versionOf(asterisk: Container): Promise<string> {
  const text = await run(asterisk, ['asterisk', '-V']);
  return /\d+\.\d+\.\d+/.exec(text)?.[0] ?? text.trim();
}
