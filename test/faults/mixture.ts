// All faults that can be mixed, at random, for long.

import { setTimeout as delay } from 'node:timers/promises';
import { FAULTS, type Fault } from './faults.ts';
import type { Rig } from './rig.ts';
import type { Time } from './timing.ts';

const SLACK_MS = 500;
/** A fault of its longest, and the pause behind it. */
const LONGEST_MS = 20_000;

/** Two at a time, one on each side, each for 5 to 15 s, with a pause. */
async function runMixed(rig: Rig, { ms }: Time, isWanted = (_: string) => true): Promise<number> {
  const until = Date.now() + ms;
  const names = Object.keys(FAULTS).filter(
    (name) => FAULTS[name]?.alone !== true && isWanted(name),
  );
  const isOfBroker = (name: string) => /^(broker|mqtt)-/.test(name);
  const sides = [names.filter(isOfBroker), names.filter((name) => !isOfBroker(name))];
  await Promise.all(sides.map((side) => mix(rig, side, until)));
  await delay(Math.max(0, until - Date.now()));
  return Date.now();
}

async function mix(rig: Rig, names: readonly string[], until: number): Promise<void> {
  while (Date.now() + LONGEST_MS < until) {
    const fault = FAULTS[names[Math.floor(rig.random() * names.length)] ?? 'none'];
    const ms = 5_000 + rig.random() * 10_000;
    await fault?.run(rig, { ms, outageMs: ms / 2 });
    await delay(1_000 + rig.random() * 4_000);
  }
}

/** A new process has a memory of its own. */
function isInOneLife(name: string): boolean {
  return !name.startsWith('bridge-');
}

/** By name. Those that last an hour are only run where they are asked for. */
export const MIXTURES: Readonly<Record<string, Fault>> = {
  mixture: {
    about:
      'all that can be mixed, at random: one on the side of the broker, one on that of Asterisk, the bridge and its disk',
    onDisk: true,
    seconds: 600,
    slackMs: SLACK_MS,
    run: (rig, time) => runMixed(rig, time),
  },
  soak: {
    about:
      'the same for an hour, in one life of the bridge (`npm run test:soak`); its memory after the first half',
    onDisk: true,
    seconds: 3_600,
    callsPerSecond: 20,
    slackMs: SLACK_MS,
    run: (rig, time) => runMixed(rig, time, isInOneLife),
  },
};
