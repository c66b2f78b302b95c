// npm run demo: a recorded PBX, played in its own time, through the real bridge into a broker inside this process. What
// arrives at the broker is shown as it comes. Nothing leaves this machine.

import { once } from 'node:events';
import { createServer, type Server } from 'node:net';
import { Aedes } from 'aedes';
import { connectAsync, type MqttClient } from 'mqtt';
import { runBridge } from '../src/app/bridge.ts';
import { readCapture } from '../src/io/capture/files.ts';
import { startSimulator } from '../src/io/capture/simulator.ts';

const CAPTURE = 'testdata/fixtures/demo.raw';
const USERNAME = 'bridge';
const PATIENCE_MS = 5_000;
const SECRET = 'a-secret-of-the-demo';

const isTerminal = process.stdout.isTTY === true;
const dim = (text: string) => (isTerminal ? `\x1b[2m${text}\x1b[0m` : text);
const bold = (text: string) => (isTerminal ? `\x1b[1m${text}\x1b[0m` : text);
const show = (text: string) => process.stdout.write(`${text}\n`);

async function startBroker(): Promise<{ listener: Server; broker: Aedes; url: string }> {
  const broker = await Aedes.createBroker();
  const listener = createServer(broker.handle);
  listener.listen(0, '127.0.0.1');
  await once(listener, 'listening');
  const address = listener.address();
  if (address === null || typeof address === 'string') throw new Error('the broker has no port');
  return { listener, broker, url: `mqtt://127.0.0.1:${address.port}` };
}

async function subscribe(url: string): Promise<MqttClient> {
  const subscriber = await connectAsync(url, { clientId: 'demo-subscriber' });
  subscriber.on('message', (topic, payload) =>
    show(`${bold(topic)}\n${readable(payload.toString())}`),
  );
  await subscriber.subscribeAsync('asterisk/#', { qos: 1 });
  return subscriber;
}

/** Resolves when the message has come; a demo must not hang, so it ends with a failure when it does not come. */
function arrival(client: MqttClient, topic: string, text: string): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(() => {
    process.exitCode = 1;
    show(`\n${topic} never said ${text}`);
    resolve();
  }, PATIENCE_MS);
  client.on('message', (seen, payload) => {
    if (seen === topic && payload.includes(text)) resolve();
  });
  return promise.finally(() => clearTimeout(timer));
}

function readable(payload: string): string {
  if (!payload.startsWith('{')) return `  ${payload}`;
  return Object.entries(JSON.parse(payload))
    .map(([key, value]) => `  ${key}: ${JSON.stringify(value)}`)
    .join('\n');
}

const { listener, broker, url } = await startBroker();
const pbx = await startSimulator({
  capture: await readCapture(CAPTURE),
  speed: 1,
  username: USERNAME,
  secret: SECRET,
});

const { hostname, port } = new URL(url);
show(`A recorded Asterisk plays on 127.0.0.1:${pbx.port}, in its real timing; all times are those of the recording.
An MQTT broker listens on ${url}. Any client can subscribe meanwhile, for example:
  mosquitto_sub -h ${hostname} -p ${port} -v -t 'asterisk/#'
`);

const subscriber = await subscribe(url);
const stop = new AbortController();
const bridge = runBridge({
  env: {
    AMI_HOST: '127.0.0.1',
    AMI_PORT: String(pbx.port),
    AMI_USERNAME: USERNAME,
    AMI_SECRET: SECRET,
    MQTT_URL: url,
    PBX_NAME: 'demo',
    HTTP_PORT: '0',
    LOG_FORMAT: 'pretty',
  },
  version: 'demo',
  write: (line) => process.stdout.write(dim(line)),
  signal: stop.signal,
});

await pbx.ended;
await arrival(subscriber, 'asterisk/calls', '"active":0');
const goodbye = arrival(subscriber, 'asterisk/bridge/state', 'offline');
stop.abort('the recording is over');
await bridge;
await goodbye;
await subscriber.endAsync();
await pbx.close();
broker.close();
listener.close();
show('\nThat was the recording. The same bridge beside your own Asterisk: see README.md.');
