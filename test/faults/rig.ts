// Everything that a fault can be done to, and the two recorders beside it: a PBX under load, the bridge as a process, a
// real broker, and a proxy on each link.

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Fixture } from '../support/load-fixtures.ts';
import { type BridgeEnv, BridgeProcess } from './bridge-process.ts';
import { Broker, freePort } from './broker.ts';
import { BreakableDisk } from './disks.ts';
import { LivePbx } from './live-pbx.ts';
import { Load } from './load.ts';
import { TcpProxy } from './proxy.ts';
import { SubscriberRecorder } from './subscriber-recorder.ts';
import { TruthRecorder } from './truth-recorder.ts';

export const PREFIX = 'asterisk';
const LOGIN = { username: 'bridge', secret: 'a-secret-of-the-test' } as const;

export type RigOptions = {
  readonly fixtures: readonly Fixture[];
  readonly callsPerSecond: number;
  readonly random: () => number;
  /** Over the bridge's own settings. */
  readonly env: BridgeEnv;
  /** Lines of mosquitto.conf. */
  readonly broker: readonly string[];
  /** The outbox is on a disk that can be broken. */
  readonly onDisk: boolean;
};

export type Rig = {
  readonly pbx: LivePbx;
  readonly load: Load;
  readonly broker: Broker;
  readonly bridge: BridgeProcess;
  /** Between the bridge and the PBX. */
  readonly ami: TcpProxy;
  /** Between the bridge and the broker. */
  readonly mqtt: TcpProxy;
  readonly truth: TruthRecorder;
  readonly subscriber: SubscriberRecorder;
  readonly random: () => number;
  readonly disk: BreakableDisk | undefined;
};

/** All that it starts is ended with the stack. */
export async function startRig(options: RigOptions, stack: AsyncDisposableStack): Promise<Rig> {
  const { fixtures, callsPerSecond, random } = options;
  const folder = await temporaryFolder(stack);
  const disk = options.onDisk ? stack.use(await BreakableDisk.mount()) : undefined;
  const pbx = stack.use(await LivePbx.listen());
  const broker = stack.use(await Broker.start(options.broker));
  const ami = stack.use(await TcpProxy.listen({ host: '127.0.0.1', port: pbx.port }));
  const mqtt = stack.use(await TcpProxy.listen({ host: '127.0.0.1', port: broker.port }));
  const subscriber = stack.use(
    await SubscriberRecorder.connect(`mqtt://127.0.0.1:${broker.port}`, PREFIX),
  );
  const truth = await TruthRecorder.start({
    host: '127.0.0.1',
    port: pbx.port,
    ...LOGIN,
    path: join(folder, 'truth.raw'),
  });
  const DATA_DIR = join(disk?.path ?? folder, 'data');
  const env = { ...toEnv(ami.port, mqtt.port), DATA_DIR, ...options.env };
  const bridge = stack.use(await BridgeProcess.start(env, await freePort()));
  const tell = (texts: readonly string[]) => pbx.tell(texts);
  const load = new Load({ fixtures, callsPerSecond, random, tell });
  pbx.onAsked = () => load.tellDue();
  return { pbx, load, broker, bridge, ami, mqtt, truth, subscriber, random, disk };
}

/** For one run. */
export async function temporaryFolder(stack: AsyncDisposableStack): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'asterisk-mqtt-faults-'));
  stack.defer(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

function toEnv(amiPort: number, mqttPort: number): BridgeEnv {
  return {
    AMI_HOST: '127.0.0.1',
    AMI_PORT: String(amiPort),
    AMI_USERNAME: LOGIN.username,
    AMI_SECRET: LOGIN.secret,
    MQTT_URL: `mqtt://127.0.0.1:${mqttPort}`,
    MQTT_TOPIC_PREFIX: PREFIX,
    MQTT_CLIENT_ID: CLIENT_ID,
    CONFIG_FILE: '/dev/null',
  };
}

export const CLIENT_ID = 'asterisk-mqtt';
