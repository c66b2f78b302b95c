// Everything that leaves the bridge while it does its work, at the level that says most: no secret in any of it, and no
// number or name of a person but where it belongs.

import { once } from 'node:events';
import { createServer } from 'node:net';
import { expect, it } from 'vitest';
import { runBridge } from '../../src/app/bridge.ts';
import { readCapture } from '../../src/io/capture/files.ts';
import { startSimulator } from '../../src/io/capture/simulator.ts';
import { Arrivals } from '../support/arrivals.ts';
import { embeddedBroker } from '../support/embedded-broker.ts';
import { scriptedAsterisk } from '../support/scripted-asterisk.ts';
import { accepted, scriptedBroker } from '../support/scripted-broker.ts';

const SECRET = 'grün & "Söhne"/1';
const PASSWORD = 'pass word%41';
const SECRETS = [SECRET, PASSWORD].flatMap((secret) => [
  secret,
  encodeURIComponent(secret),
  JSON.stringify(secret).slice(1, -1),
  Buffer.from(secret).toString('base64'),
  Buffer.from(secret).toString('latin1'),
]);
/** Of the phones and persons in the recording. */
const PEOPLE = /\b50[12]\b|Anna|Carl/;

type Line = { readonly level: string; readonly message: string };

it('nothing that leaves the bridge holds a secret, or people where they do not belong', async () => {
  await using stage = new AsyncDisposableStack();
  const broker = stage.use(await embeddedBroker());
  const capture = await readCapture('testdata/fixtures/answered-internal.raw');
  const pbx = await startSimulator({ capture, speed: 0, username: 'bridge', secret: SECRET });
  stage.defer(() => pbx.close());
  const httpPort = await freePort();
  const { log, stop } = start({
    AMI_PORT: String(pbx.port),
    MQTT_URL: broker.url,
    HTTP_PORT: String(httpPort),
  });
  stage.defer(stop);
  await broker.messages.untilOne(({ topic }) => topic.endsWith('/hungup'));
  const answers = await Promise.all(
    ['metrics', 'health', 'health/live', 'health/ready', 'other'].map((path) =>
      ask(httpPort, path),
    ),
  );
  await stop();
  expectNoSecret(log.all, broker.messages.all, answers, process.argv);
  const elsewhere = broker.messages.all.filter(({ topic }) => !topic.includes('/call/'));
  const loud = log.all.filter(({ level }) => level !== 'debug');
  expect(log.all.some(({ level }) => level === 'debug')).toBe(true);
  expect(JSON.stringify([answers, elsewhere, loud])).not.toMatch(PEOPLE);
});

it('no secret comes back out of the mouth of who was told it', async () => {
  await using stage = new AsyncDisposableStack();
  const said = `no to ${SECRET} and ${PASSWORD}`;
  const pbx = stage.use(
    await scriptedAsterisk({
      onAction: (action, peer) => {
        peer.reply(action, 'Error', ['Message', said]);
        return true;
      },
    }),
  );
  const broker = stage.use(
    await scriptedBroker({
      onConnect: (_, peer) => peer.send({ ...accepted({ reasonString: said }), reasonCode: 0x87 }),
    }),
  );
  const { log, stop } = start({ AMI_PORT: String(pbx.port), MQTT_URL: broker.url });
  stage.defer(stop);
  await log.untilOne(({ message }) => message.includes('AMI_SECRET'));
  await log.untilOne(({ message }) => message.includes('MQTT_PASSWORD'));
  expectNoSecret(log.all);
});

function expectNoSecret(...texts: readonly unknown[]): void {
  const all = JSON.stringify(texts);
  for (const secret of SECRETS) {
    expect(all).not.toContain(secret);
    expect(all).not.toContain(JSON.stringify(secret).slice(1, -1));
  }
}

function start(env: Readonly<Record<string, string>>) {
  const log = new Arrivals<Line>();
  const controller = new AbortController();
  const running = runBridge({
    env: {
      AMI_HOST: '127.0.0.1',
      AMI_USERNAME: 'bridge',
      AMI_SECRET: SECRET,
      MQTT_USERNAME: 'bridge',
      MQTT_PASSWORD: PASSWORD,
      HTTP_HOST: '127.0.0.1',
      HTTP_PORT: '0',
      LOG_LEVEL: 'debug',
      ...env,
    },
    version: '1.2.3',
    write: (line) => log.add(JSON.parse(line)),
    signal: controller.signal,
    now: Date.now,
  });
  const stop = async () => {
    controller.abort('SIGTERM');
    await running;
  };
  return { log, stop };
}

async function ask(port: number, path: string): Promise<string> {
  const response = await fetch(`http://127.0.0.1:${port}/${path}`);
  return JSON.stringify([...response.headers, await response.text()]);
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  return typeof address === 'object' && address !== null ? address.port : 0;
}
