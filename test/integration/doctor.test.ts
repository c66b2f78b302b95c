// What `doctor --snippet` prints, written into a real manager.conf and a real access list: doctor finds nothing wrong with
// it, and the bridge works with exactly that. And with less, doctor says what is missing.

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Lab, type Release, run, startGuardedBroker, startLab } from '../lab/containers.ts';
import { play } from '../lab/play.ts';
import { SCENARIOS, type Scenario } from '../lab/scenarios.ts';
import { type Bridge, type Ended, runImage, startBridge } from './image.ts';
import { Subscriber } from './subscriber.ts';

const SHORT = SCENARIOS['answered-internal'] as Scenario;
const AMI_SECRET = 'kX3-secret-of-the-snippet';
const PASSWORDS = { 'asterisk-mqtt': 'Zp4-password', reader: 'reads', stranger: 'may-nothing' };
const ENV = {
  AMI_HOST: 'asterisk',
  AMI_USERNAME: 'asterisk-mqtt',
  MQTT_URL: 'mqtt://mosquitto:1883',
  MQTT_USERNAME: 'asterisk-mqtt',
} as const;
const SECRETS = { AMI_SECRET, MQTT_PASSWORD: PASSWORDS['asterisk-mqtt'] };

/** Users with less than the snippet gives. */
const POORER = `
[deaf]
secret = ${AMI_SECRET}
read = system
write = reporting
writetimeout = 10000

[spaced]
secret = ${AMI_SECRET}
read = call, agent, system
write = reporting

[mute]
secret = ${AMI_SECRET}
read = call,agent
write =
`;

interface Site extends AsyncDisposable {
  readonly lab: Lab;
  readonly subscriber: Subscriber;
  readonly doctor: (env?: Readonly<Record<string, string>>) => Promise<Ended>;
  readonly startBridge: () => Promise<Bridge>;
}

describe.each([22, 16] as const)('with what the snippet gives, on Asterisk %s,', (release) => {
  let site: Site;
  beforeAll(async () => {
    site = await startSite(release);
  });
  afterAll(() => site?.[Symbol.asyncDispose]());

  it('doctor finds nothing wrong, and nothing that it could not check', async () => {
    const { exit, stdout } = await site.doctor();
    expect(stdout).toMatch(/^\d+ ok, 0 warnings, 0 failed, 0 not checked$/m);
    expect(stdout).toContain(`Asterisk ${release}.`);
    expect(stdout).toContain('connected by MQTT 5 as "asterisk-mqtt-doctor"');
    expect(exit).toBe(0);
  });

  it('the bridge tells a call, complains of nothing, and doctor does not disturb it', async ({
    signal,
  }) => {
    const { lab, subscriber, doctor } = site;
    subscriber.clear();
    await using bridge = await site.startBridge();
    await subscriber.untilTopic('asterisk/pbx/state', 'online', signal);
    const playing = play(lab, SHORT);
    await subscriber.untilEvent('answered', signal);
    expect(await doctor()).toMatchObject({ exit: 0 });
    await playing;
    const [told] = await subscriber.untilHungUp(1, signal);
    expect(told?.map(({ event }) => event)).toEqual(['ringing', 'answered', 'hungup']);
    const all = await subscriber.until(() => true, signal);
    const states = all.filter(({ topic }) => topic === 'asterisk/bridge/state');
    expect(states.at(-1)?.payload).toBe('online');
    expect(states.filter(({ payload }) => payload === 'online')).toHaveLength(1);
    expect(all.filter(({ topic }) => topic.includes('doctor')).map(({ topic }) => topic)).toEqual([
      'asterisk/call/doctor/probe',
      'asterisk/bridge/doctor',
    ]);
    expect(bridge.lines().filter(({ level }) => level !== 'info')).toEqual([]);
  });

  it('the broker publishes the last will of a bridge that is killed', async ({ signal }) => {
    const { subscriber } = site;
    subscriber.clear();
    await using bridge = await site.startBridge();
    await subscriber.untilTopic('asterisk/bridge/state', 'online', signal);
    await bridge.kill();
    await subscriber.untilTopic('asterisk/bridge/state', 'offline', signal);
  });

  it.each([
    [
      'deaf',
      1,
      [/^FAIL {2}asterisk {2}read lacks call \(manager\.conf: read = system\): no call/m],
    ],
    ['spaced', 0, [/^warn .* read lacks agent/m, /^warn .* writetimeout is 100 ms/m]],
    ['mute', 0, [/^warn .* no FullyBooted came/m, /^skip .* read has call: could not be checked/m]],
  ])('doctor knows what a user %s lacks', async (user, exit, lines) => {
    const ended = await site.doctor({ AMI_USERNAME: user });
    for (const line of lines) expect(ended.stdout).toMatch(line);
    expect(ended).toMatchObject({ exit });
  });

  it('doctor knows that the broker denies a user everything', async () => {
    const login = { MQTT_USERNAME: 'stranger', MQTT_PASSWORD: PASSWORDS.stranger };
    const { exit, stdout } = await site.doctor(login);
    expect(stdout).toMatch(/^FAIL {2}broker .*asterisk\/call\/doctor\/probe: not authorised$/m);
    expect(stdout).toMatch(/^warn {2}broker .*asterisk\/bridge\/doctor: not authorised$/m);
    expect(exit).toBe(1);
  });
});

async function startSite(release: Release): Promise<Site> {
  await using stack = new AsyncDisposableStack();
  const snippet = await runImage(toOptions(ENV), 'doctor', '--snippet');
  expect(snippet).toMatchObject({ exit: 0, stderr: '' });
  const [managerConf = '', accessList = ''] = snippet.stdout.split('\n\n# acl_file');
  const lab = stack.use(await startLab(release));
  await install(lab, managerConf);
  const acl = `# acl_file${accessList}\nuser reader\ntopic read #\n`;
  const broker = stack.use(await startGuardedBroker(lab.network, { acl, users: PASSWORDS }));
  const address = `${broker.getHost()}:${broker.getMappedPort(1883)}`;
  const subscriber = stack.use(
    await Subscriber.connect(`mqtt://reader:${PASSWORDS.reader}@${address}`),
  );
  const { network } = lab;
  const stop = stack.move();
  return {
    lab,
    subscriber,
    doctor: (env = {}) =>
      runImage(
        [...toOptions({ ...ENV, ...SECRETS, ...env }), '--network', network.getName()],
        'doctor',
      ),
    startBridge: () => startBridge({ network, env: { ...ENV, ...SECRETS } }),
    [Symbol.asyncDispose]: () => stop.disposeAsync(),
  };
}

/** As somebody would who follows the snippet: a secret, and the addresses that the bridge may have. */
async function install({ asterisk }: Lab, managerConf: string): Promise<void> {
  const PRIVATE = ['10.0.0.0/255.0.0.0', '172.16.0.0/255.240.0.0', '192.168.0.0/255.255.0.0'];
  const content = managerConf
    .replace(/^secret = <.*>$/m, `secret = ${AMI_SECRET}`)
    .replace(/^permit = .*$/m, PRIVATE.map((network) => `permit = ${network}`).join('\n'));
  expect(content.match(/^(?:secret|permit) = .*$/gm)).toHaveLength(1 + PRIVATE.length);
  await asterisk.copyContentToContainer([
    { content: `${content}\n${POORER}`, target: '/etc/asterisk/manager.conf', mode: 0o644 },
  ]);
  await run(asterisk, ['asterisk', '-rx', 'manager reload']);
}

function toOptions(env: Readonly<Record<string, string>>): readonly string[] {
  return Object.entries(env).flatMap(([name, value]) => ['-e', `${name}=${value}`]);
}
