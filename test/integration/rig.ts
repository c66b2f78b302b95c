import { type Container, type Lab, SECRET, startBroker, startLab } from '../lab/containers.ts';
import { type Bridge, startBridge } from './image.ts';
import { Subscriber } from './subscriber.ts';

const READY_MS = 60_000;

/** The whole way of a call: phones, Asterisk, the image of the bridge, Mosquitto, a subscriber. */
export interface Rig extends AsyncDisposable {
  readonly lab: Lab;
  readonly broker: Container;
  readonly subscriber: Subscriber;
  readonly bridge: Bridge;
}

/** What the bridge needs to know of the lab and of its broker. */
export const LAB_ENV = {
  AMI_HOST: 'asterisk',
  AMI_USERNAME: 'bridge',
  AMI_SECRET: SECRET.ami,
  MQTT_URL: 'mqtt://mosquitto:1883',
} as const;

export async function startRig(): Promise<Rig> {
  await using stack = new AsyncDisposableStack();
  const lab = stack.use(await startLab(22));
  const broker = stack.use(await startBroker(lab.network));
  const url = `mqtt://${broker.getHost()}:${broker.getMappedPort(1883)}`;
  const subscriber = stack.use(await Subscriber.connect(url));
  const bridge = stack.use(await startBridge({ network: lab.network, env: LAB_ENV }));
  const signal = AbortSignal.timeout(READY_MS);
  await subscriber.untilTopic('asterisk/bridge/state', 'online', signal);
  await subscriber.untilTopic('asterisk/pbx/state', 'online', signal);
  const stop = stack.move();
  return { lab, broker, subscriber, bridge, [Symbol.asyncDispose]: () => stop.disposeAsync() };
}
