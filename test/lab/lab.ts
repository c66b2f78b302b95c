// npm run lab -- [--asterisk 22|16] [--keep] [SCENARIO ...]: real calls between real phones on a real Asterisk, told on
// screen. Without a scenario it lists them; --keep leaves the PBX running until Ctrl-C.

import { once } from 'node:events';
import process from 'node:process';
import { parseLabArguments, scenarioOf } from './arguments.ts';
import { type Lab, SECRET, startLab } from './containers.ts';
import { type Played, play } from './play.ts';
import { SCENARIOS } from './scenarios.ts';
import type { PhoneMessage, TruthCall } from './truth.ts';

const { release, keep, names } = parseLabArguments(process.argv.slice(2));
const stopped = once(process, 'SIGINT');
if (keep || names.length > 0) {
  await main();
} else {
  for (const [name, { story }] of Object.entries(SCENARIOS)) print(`${name.padEnd(30)} ${story}`);
}
process.exit(); // the signal is still listened for

async function main(): Promise<void> {
  await using lab = await startLab(release);
  describe(lab);
  for (const name of names) {
    print(`\n${name}: ${scenarioOf(name).story}`);
    const played = await Promise.race([play(lab, scenarioOf(name)), stopped]);
    if (Array.isArray(played)) return;
    tell(played as Played);
  }
  if (!keep) return;
  print('\nCtrl-C ends it.');
  await stopped;
}

function describe({ release, ami, asterisk }: Lab): void {
  const { host, port, tlsPort } = ami;
  print(`Asterisk ${release}: AMI_HOST=${host} AMI_PORT=${port} (TLS ${tlsPort})`);
  print(`AMI_USERNAME=bridge AMI_SECRET=${SECRET.ami}`);
  print(`docker exec -it ${asterisk.getId().slice(0, 12)} asterisk -rvvv`);
}

/** The messages, each with the seconds since the first one; then what came of the calls. */
function tell({ calls, messages }: Played): void {
  const start = messages[0]?.at ?? 0;
  for (const message of messages) print(toLine(message, start));
  for (const call of calls) print(`→ ${outcomeOf(call)}`);
}

function toLine({ at, phone, direction, what }: PhoneMessage, start: number): string {
  const seconds = ((at - start) / 1000).toFixed(3).padStart(8);
  return `${seconds}  ${phone.padStart(8)} ${direction === 'sent' ? '→' : '←'} ${what}`;
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
