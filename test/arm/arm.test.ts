// The Debian variant for linux/arm/v7, built and run under emulation: it logs in to a recorded Asterisk and tells its calls.
// ARM_BASE is the base image, by default what Docker Hub calls debian for that platform.

import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Bridge, startBridge } from '../integration/image.ts';
import { Subscriber } from '../integration/subscriber.ts';
import { startBroker, startNetwork, startReplay } from '../lab/containers.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const IMAGE = 'asterisk-mqtt:test-arm';
const { ARM_BASE = 'arm32v7/debian:forky-slim' } = process.env;
const MINUTES = 60_000;

const stack = new AsyncDisposableStack();
let bridge: Bridge;
let subscriber: Subscriber;

beforeAll(async () => {
  const args = ['RUNTIME=debian', `DEBIAN_BASE=${ARM_BASE}`].flatMap((arg) => ['--build-arg', arg]);
  const build = ['build', '--quiet', '--platform', 'linux/arm/v7', '--tag', IMAGE, ...args, '.'];
  execFileSync('docker', build, { cwd: ROOT, stdio: ['ignore', 'ignore', 'inherit'] });
  const network = stack.use(await startNetwork());
  const broker = stack.use(await startBroker(network));
  subscriber = stack.use(
    await Subscriber.connect(`mqtt://${broker.getHost()}:${broker.getMappedPort(1883)}`),
  );
  const capture = `${ROOT}testdata/fixtures/answered-internal`;
  stack.use(await startReplay({ network, image: IMAGE, capture }));
  const env = {
    AMI_HOST: 'asterisk',
    AMI_USERNAME: 'bridge',
    AMI_SECRET: 'any',
    MQTT_URL: 'mqtt://mosquitto:1883',
  };
  bridge = stack.use(await startBridge({ network, env, image: IMAGE }));
}, 30 * MINUTES);
afterAll(() => stack.disposeAsync());

describe('the image for linux/arm/v7', () => {
  it('is for that architecture', async () => {
    const { output } = await bridge.container.exec(['node', '-p', 'process.arch']);
    expect(output.trim()).toBe('arm');
  });

  it('logs in, and tells the call', async ({ signal }) => {
    const [told] = await subscriber.untilHungUp(1, signal);
    expect(told?.map(({ event }) => event)).toEqual(['ringing', 'answered', 'hungup']);
    expect((await bridge.health()).status).toBe('healthy');
  });

  it('brings the compiled code for that architecture along', async () => {
    const isRejected = 'require("/app/main.cjs").load().cachedDataRejected';
    const { output } = await bridge.container.exec(['node', '-p', isRejected]);
    expect(output).toBe('false\n');
  });
});
