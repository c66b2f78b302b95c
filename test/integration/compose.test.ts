// docker-compose.yml as somebody uses it who has nothing but Docker.

import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { execute } from './image.ts';
import { composeStack } from './stack.ts';

const PROFILES = ['--profile', 'lab', '--profile', 'monitoring'];
const UP = [...PROFILES, 'up', '--detach', '--wait', '--no-build'];
const MINUTES = 60_000;

describe('the lab', () => {
  const stack = composeStack();

  beforeAll(async () => {
    await stack.run('--profile', 'lab', 'build', 'asterisk', 'phones');
    await stack.run(...UP);
  }, 10 * MINUTES);
  afterAll(() => stack[Symbol.asyncDispose]());

  it('has phones whose calls are told', async () => {
    const told = subscribe('asterisk/call/#', 3);
    await delay(1_000); // until that subscriber is there
    expect(await stack.run('exec', '-T', 'phones', 'call', '101', '102', '1')).toBe(
      '101 calls 102\n  180 Ringing\n  200 OK\n',
    );
    expect((await told).map(({ event, from, to }) => [event, from, to])).toEqual(
      ['ringing', 'answered', 'hungup'].map((event) => [
        event,
        { extension: '101', name: 'Alice Adams' },
        { extension: '102', name: 'Bob Brown' },
      ]),
    );
  });

  it('has phones that are busy, decline or do not answer', async () => {
    const told = subscribe('asterisk/call/+/hungup', 3);
    await delay(1_000);
    await stack.run('exec', '-T', 'phones', 'call', '101', '105');
    await stack.run('exec', '-T', 'phones', 'call', '101', '106');
    await stack.run('exec', '-T', 'phones', 'call', '101', '107', '1', '1');
    expect((await told).map(({ disposition }) => disposition)).toEqual([
      'busy',
      'rejected',
      'cancelled',
    ]);
  });

  it('is watched by Prometheus', async () => {
    const at = await stack.port('prometheus', 9090);
    const query = new URLSearchParams({ query: 'asterisk_mqtt_link_up' });
    const ask = async () => {
      const answer = await fetch(`http://${at}/api/v1/query?${query}`);
      const { data } = (await answer.json()) as { data: { result: { value: unknown[] }[] } };
      return data.result.map(({ value }) => value[1]);
    };
    await expect.poll(ask, { timeout: 30_000 }).toEqual(['1', '1']);
  });

  it(
    'is the same after another "up", and after "down" and "up"',
    async () => {
      const before = await stack.run('ps', '--quiet');
      await stack.run(...UP);
      expect(await stack.run('ps', '--quiet')).toBe(before);
      const secret = ['exec', '-T', 'asterisk', 'cat', '/settings/ami-secret'];
      const made = await stack.run(...secret);
      await stack.run(...PROFILES, 'down');
      await stack.run(...UP);
      expect(await stack.run(...secret)).toBe(made);
      const [state] = await subscribe('asterisk/calls', 1);
      expect(state).toMatchObject({ active: 0 });
    },
    5 * MINUTES,
  );

  it('lets nobody write to the broker but the bridge', async () => {
    const publish = (user: string, password: string, topic: string) =>
      stack.compose(
        ...['exec', '-T', 'mosquitto', 'sh', '-c'],
        `mosquitto_pub -V 5 -q 1 -d -u ${user} -P "$(cat /settings/${password})" -t ${topic} -m x`,
      );
    const denied = expect.stringContaining('Not authorized');
    const all = [
      publish('reader', 'reader-password', 'asterisk/calls'),
      publish('asterisk-mqtt', 'mqtt-password', 'homeassistant/x'),
    ];
    for (const { stdout, stderr } of await Promise.all(all))
      expect(stdout + stderr).toEqual(denied);
    expect(await publish('nobody', 'reader-password', 'asterisk/calls')).toMatchObject({
      exit: 0x87, // MQTT 5: not authorized
    });
  });

  it('can be recorded by who is called by a number', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'captures-'));
    await execute('chown', ['23456:23456', folder]);
    const mine = ['--user', '23456:23456', '--volume', `${folder}:/captures`];
    const capture = ['wiretap', 'capture', '--duration', '1', '--out', 'lab'];
    await stack.run('run', '--rm', '--no-deps', ...mine, ...capture);
    expect(readdirSync(folder).toSorted()).toEqual(['lab.raw', 'lab.times']);
    expect(statSync(join(folder, 'lab.raw'))).toMatchObject({ uid: 23_456, gid: 23_456 });
    rmSync(folder, { recursive: true });
  });

  it('has nothing that the doctor finds wrong', async () => {
    const told = await stack.run('run', '--rm', '--no-deps', 'doctor');
    expect(told).toContain('21 ok, 0 warnings, 0 failed, 0 not checked');
  });

  /** What comes on these topics, from now on or retained, as the user "reader" sees it. */
  async function subscribe(topic: string, messages: number) {
    const script = `exec mosquitto_sub -u reader -P "$(cat /settings/reader-password)" -q 1 -t '${topic}' -C ${messages} -W 30`;
    const lines = await stack.run('exec', '-T', 'mosquitto', 'sh', '-c', script);
    return lines
      .trim()
      .split('\n')
      .map((line): Record<string, unknown> => JSON.parse(line));
  }
});

describe('the bridge without settings', () => {
  it('says what is missing, and is not started again and again without a pause', async () => {
    await using stack = composeStack();
    await stack.run('up', '--detach', '--no-build');
    await delay(10_000);
    const log = await stack.run('logs', '--no-log-prefix', 'bridge');
    expect(log).toContain('AMI_USERNAME is not set');
    expect(log).toContain('AMI_SECRET is not set');
    const starts = log.match(/AMI_SECRET is not set/g)?.length ?? 0;
    expect(starts).toBeGreaterThan(1);
    expect(starts).toBeLessThan(10);
    const id = (await stack.run('ps', '--all', '--quiet')).trim();
    const inspect = ['inspect', '--format', '{{.State.ExitCode}}', id];
    expect((await execute('docker', inspect)).stdout).toBe('78\n');
  });
});
