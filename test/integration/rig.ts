import { spawn } from 'node:child_process';
import { once } from 'node:events';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { type Container, type Lab, SECRET, startBroker, startLab } from '../lab/containers.ts';
import { Subscriber } from './subscriber.ts';

const MAIN = fileURLToPath(new URL('../../src/main.ts', import.meta.url));
const READY_MS = 60_000;

/** The whole way of a call: phones, Asterisk, the bridge as a process of its own, Mosquitto, a subscriber. */
export interface Rig extends AsyncDisposable {
  readonly lab: Lab;
  readonly broker: Container;
  readonly subscriber: Subscriber;
  /** What the bridge has logged so far. */
  readonly log: () => string;
}

export async function startRig(): Promise<Rig> {
  await using stack = new AsyncDisposableStack();
  const lab = stack.use(await startLab(22));
  const broker = stack.use(await startBroker(lab.network));
  const url = `mqtt://${broker.getHost()}:${broker.getMappedPort(1883)}`;
  const subscriber = stack.use(await Subscriber.connect(url));
  const bridge = stack.use(startBridge(lab, url));
  await untilReady(subscriber, bridge);
  const stop = stack.move();
  return {
    lab,
    broker,
    subscriber,
    log: bridge.log,
    [Symbol.asyncDispose]: () => stop.disposeAsync(),
  };
}

/** Logged in to Asterisk and connected to the broker, as a subscriber sees it. */
async function untilReady(subscriber: Subscriber, { log }: Bridge): Promise<void> {
  const signal = AbortSignal.timeout(READY_MS);
  try {
    await subscriber.untilTopic('asterisk/bridge/state', 'online', signal);
    await subscriber.untilTopic('asterisk/pbx/state', 'online', signal);
  } catch (cause) {
    throw new Error(`the bridge does not get ready:\n${log()}`, { cause });
  }
}

interface Bridge extends AsyncDisposable {
  readonly log: () => string;
}

function startBridge({ ami }: Lab, url: string): Bridge {
  const { PATH } = process.env;
  const child = spawn(process.execPath, [MAIN], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      PATH,
      AMI_HOST: ami.host,
      AMI_PORT: String(ami.port),
      AMI_USERNAME: 'bridge',
      AMI_SECRET: SECRET.ami,
      MQTT_URL: url,
      HTTP_PORT: '0',
      LOG_FORMAT: 'json',
    },
  });
  let log = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk) => {
      log += String(chunk);
    });
  }
  const exited = once(child, 'exit');
  return {
    log: () => log,
    [Symbol.asyncDispose]: async () => {
      child.kill('SIGTERM');
      await exited;
    },
  };
}
