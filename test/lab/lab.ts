// npm run lab -- [--asterisk 22|16] [--keep] [SCENARIO ...]: real calls between real phones on a real Asterisk, told on
// screen. Without a scenario it lists them; --keep leaves the PBX running until Ctrl-C.

import { once } from 'node:events';
import process from 'node:process';
import { liveNames, parseLabArguments, sippNames, storyOf } from './arguments.ts';
import { type Container, type Lab, SECRET, startLab } from './containers.ts';
import { LIVE, LIVE_GROUPS } from './live/all.ts';
import { type Played, play } from './play.ts';
import { SCENARIOS } from './scenarios.ts';
import type { Moment, Traffic } from './sip/phone.ts';
import { type Performed, perform, startLiveLab } from './stage.ts';
import type { TruthCall } from './truth.ts';

const { release, keep, names } = parseLabArguments(process.argv.slice(2));
const stopped = once(process, 'SIGINT').then(() => undefined);
if (keep || names.length > 0) {
  await main();
} else {
  list('placed by sipp', Object.keys(SCENARIOS));
  for (const [title, group] of Object.entries(LIVE_GROUPS)) list(title, Object.keys(group));
}
process.exit(); // the signal is still listened for

function list(title: string, group: readonly string[]): void {
  print(`\n${title}`);
  for (const name of group) print(`  ${name.padEnd(36)} ${storyOf(name)}`);
}

async function main(): Promise<void> {
  const sipp = names.length === 0 ? [] : sippNames(names);
  const live = names.length === 0 ? new Map<string, string[]>() : liveNames(names, release);
  if (sipp.length > 0 || live.size === 0) await playSipp(sipp);
  for (const [systemName, group] of live) await playLive(systemName, group);
}

async function playSipp(group: readonly string[]): Promise<void> {
  await using lab = await startLab(release);
  describe(lab);
  for (const name of group) {
    print(`\n${name}: ${storyOf(name)}`);
    const scenario = SCENARIOS[name];
    const played = scenario && (await Promise.race([play(lab, scenario), stopped]));
    if (played === undefined) return;
    tell(played);
  }
  await untilStopped();
}

async function playLive(systemName: string, group: readonly string[]): Promise<void> {
  await using lab = await startLiveLab(release, systemName);
  describe(lab);
  for (const name of group) {
    print(`\n${name}: ${storyOf(name)}`);
    const scenario = LIVE[name];
    const performed = scenario && (await Promise.race([perform(lab, scenario), stopped]));
    if (performed === undefined) return;
    tellPerformed(performed);
  }
  await untilStopped();
}

function tellPerformed({ traffic, moments, failure }: Performed): void {
  for (const message of traffic) print(toLine(message, moments[0]?.at ?? 0));
  for (const moment of moments) print(`→ ${toWords(moment, moments[0]?.at ?? 0)}`);
  if (failure === undefined) return;
  print(`It did not come to its end: ${failure.message}`);
  process.exitCode = 1;
}

async function untilStopped(): Promise<void> {
  if (!keep) return;
  print('\nCtrl-C ends it.');
  await stopped;
}

function describe({ ami, asterisk }: { ami: Partial<Lab['ami']>; asterisk: Container }): void {
  const { host, port, tlsPort } = ami;
  const tls = tlsPort === undefined ? '' : ` (TLS ${tlsPort})`;
  print(`Asterisk ${release}: AMI_HOST=${host} AMI_PORT=${port}${tls}`);
  print(`AMI_USERNAME=bridge AMI_SECRET=${SECRET.ami}`);
  print(`docker exec -it ${asterisk.getId().slice(0, 12)} asterisk -rvvv`);
}

/** The messages, each with the seconds since the first one; then what came of the calls. */
function tell({ calls, messages }: Played): void {
  const start = messages[0]?.at ?? 0;
  for (const message of messages) print(toLine(message, start));
  for (const call of calls) print(`→ ${outcomeOf(call)}`);
}

function toLine({ at, phone, direction, what }: Traffic, start: number): string {
  return `${toSeconds(at - start)}  ${phone.padStart(8)} ${direction === 'sent' ? '→' : '←'} ${what}`;
}

function toWords({ at, phone, what }: Moment, start: number): string {
  return `${toSeconds(at - start)}  ${phone} ${what}`;
}

function toSeconds(ms: number): string {
  return (ms / 1000).toFixed(3).padStart(8);
}

function outcomeOf({
  from,
  dialled,
  answeredBy,
  placed,
  ended,
  endedBy,
  status,
}: TruthCall): string {
  const seconds = ((ended - placed) / 1000).toFixed(1);
  const answer =
    answeredBy === undefined ? `not answered (${status})` : `answered by ${answeredBy}`;
  return `${from} called ${dialled}: ${answer}, ended by the ${endedBy} after ${seconds} s`;
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}
