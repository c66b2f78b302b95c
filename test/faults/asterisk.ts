// Faults on the side of Asterisk, done to a real one with phones that call each other: what a played PBX cannot show.

import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import {
  dropPhones,
  killContainer,
  type Lab,
  restartAsterisk,
  reviveAsterisk,
  run,
  SECRET,
  startLab,
} from '../lab/containers.ts';
import { play } from '../lab/play.ts';
import { SCENARIOS } from '../lab/scenarios.ts';
import type { AsteriskFaultName } from './abouts.ts';
import { BridgeProcess } from './bridge-process.ts';
import { Broker, freePort } from './broker.ts';
import { PREFIX, temporaryFolder } from './rig.ts';
import { endedBySignals } from './signals.ts';
import { SubscriberRecorder } from './subscriber-recorder.ts';
import type { Time } from './timing.ts';
import { type Recorded, type Trial, toTrial } from './trial.ts';
import { TruthRecorder } from './truth-recorder.ts';

/** Mends what it broke, and says when it had. */
export type AsteriskFault = (lab: Lab, time: Time) => Promise<number>;

const KICK =
  'asterisk -rx "manager show connected" | while read -r user _ _ _ fd _; do' +
  ' [ "$user" != bridge ] || asterisk -rx "manager kick session $fd"; done';

export const ASTERISK_FAULTS: Readonly<Record<AsteriskFaultName, AsteriskFault>> = {
  'asterisk-none': async (_, { ms }) => {
    await delay(ms);
    return Date.now();
  },
  'asterisk-kicked': async ({ asterisk }, { ms }) => {
    const until = Date.now() + ms;
    let mendedAt = Date.now();
    while (Date.now() + 7_000 < until) {
      await delay(7_000);
      await run(asterisk, ['sh', '-c', KICK]);
      mendedAt = Date.now();
    }
    await delay(Math.max(0, until - Date.now()));
    return mendedAt;
  },
  'asterisk-restarted': async (lab, { ms }) => {
    await delay(ms / 3);
    await restartAsterisk(lab);
    const mendedAt = Date.now();
    await delay((2 * ms) / 3);
    return mendedAt;
  },
  'asterisk-killed': async (lab, { ms, outageMs }) => {
    await delay(ms / 3);
    await killContainer(lab.asterisk);
    await delay(outageMs);
    await reviveAsterisk(lab);
    const mendedAt = Date.now();
    await delay(ms / 3);
    return mendedAt;
  },
  'asterisk-reloaded': async ({ asterisk }, { ms }) => {
    await delay(ms / 3);
    const take = 'sed -i "s/^write = reporting/write =/" /etc/asterisk/manager.conf';
    await run(asterisk, ['sh', '-c', `${take}; asterisk -rx "manager reload"; ${KICK}`]);
    const mendedAt = Date.now();
    await delay((2 * ms) / 3);
    return mendedAt;
  },
};

export async function runOnAsterisk(fault: AsteriskFault, time: Time): Promise<Trial> {
  await using stack = endedBySignals(new AsyncDisposableStack());
  const lab = stack.use(await startLab(22));
  const recorded = await record(lab, stack);
  const over = new AbortController();
  const calling = keepCalling(lab, over.signal);
  const mendedAt = await fault(lab, time);
  over.abort();
  await calling;
  return await toTrial(recorded, { mendedAt, slackMs: 250 });
}

async function record(lab: Lab, stack: AsyncDisposableStack): Promise<Recorded> {
  const folder = await temporaryFolder(stack);
  const broker = stack.use(await Broker.start());
  const url = `mqtt://127.0.0.1:${broker.port}`;
  const subscriber = stack.use(await SubscriberRecorder.connect(url, PREFIX));
  const { host, port } = lab.ami;
  const login = { host, port, username: 'recorder', secret: SECRET.ami };
  const truth = await TruthRecorder.start({ ...login, path: join(folder, 'truth'), again: true });
  const bridge = await BridgeProcess.start(
    {
      ...{ AMI_HOST: host, AMI_PORT: String(port), AMI_USERNAME: 'bridge', AMI_SECRET: SECRET.ami },
      ...{ MQTT_URL: url, MQTT_TOPIC_PREFIX: PREFIX, CONFIG_FILE: '/dev/null' },
      DATA_DIR: join(folder, 'data'),
    },
    await freePort(),
  );
  return { bridge: stack.use(bridge), truth, subscriber };
}

/** Calls that a fault cuts off are no failure of the phones. */
async function keepCalling(lab: Lab, signal: AbortSignal): Promise<void> {
  const scenario = SCENARIOS['interleaved-30'];
  if (scenario === undefined) throw new Error('there is no scenario interleaved-30');
  while (!signal.aborted) {
    const isDone = await play(lab, scenario).then(
      () => true,
      () => false,
    );
    if (isDone) continue;
    await delay(500);
    await dropPhones(lab).catch(() => undefined);
  }
}
