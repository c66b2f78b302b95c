import { once } from 'node:events';
import { readFileSync, utimesSync, writeFileSync } from 'node:fs';
import { createServer as createHttpServer } from 'node:http';
import { createServer, type Server } from 'node:net';
import { describe, expect, it } from 'vitest';
import { runBridge } from '../../src/app/bridge.ts';
import { readCapture } from '../../src/io/capture/files.ts';
import { startSimulator } from '../../src/io/capture/simulator.ts';
import { toOutboxPath } from '../../src/io/store/data-dir.ts';
import { block, eventText, messageText } from '../support/ami-text.ts';
import { Arrivals } from '../support/arrivals.ts';
import { messagesOf, payloadsOf } from '../support/captures.ts';
import { type EmbeddedBroker, embeddedBroker } from '../support/embedded-broker.ts';
import { event, temporaryFolder as folder, openOutbox } from '../support/outbox-on-disk.ts';
import {
  type AmiScript,
  type ScriptedAsterisk,
  SECRET,
  scriptedAsterisk,
} from '../support/scripted-asterisk.ts';

const FIXTURE = 'testdata/fixtures/answered-internal.raw';
const EVENTS = messagesOf(readFileSync(FIXTURE)).filter(({ kind }) => kind === 'event');
const [RINGING, ANSWERED, HUNGUP] = payloadsOf(FIXTURE).map(({ id }) => id);
const PASSWORD = 'the-password-of-the-broker';
/** Nobody listens there. */
const DEAD_PORT = '1';

type Line = Readonly<Record<string, unknown>> & {
  readonly level: string;
  readonly message: string;
};

describe.concurrent('the bridge', () => {
  it('tells what a recorded Asterisk does, from the login to the goodbye', async () => {
    await using stage = new AsyncDisposableStack();
    const broker = await startBroker(stage);
    const pbx = await startSimulator({
      capture: await readCapture(FIXTURE),
      speed: 0,
      username: 'bridge',
      secret: SECRET,
    });
    stage.defer(() => pbx.close());
    const settings = { AMI_PORT: String(pbx.port), MQTT_URL: broker.url };
    const { log, lines, stop } = start(stage, settings);
    await log.untilOne(({ message }) => message.startsWith('The clock of Asterisk'));
    await broker.messages.untilOne(isEvent('hungup'));
    await broker.messages.untilOne(isState('pbx/state', 'online'));
    await stop();
    const topics = broker.messages.all.map(({ topic }) => topic);
    expect(topics.filter((topic) => topic.includes('/call/'))).toEqual(
      [RINGING, ANSWERED, HUNGUP].map(toTopic),
    );
    expect(broker.messages.all.every(({ qos }) => qos === 1)).toBe(true);
    const retained = broker.messages.all.filter(({ retain }) => retain);
    expect(new Set(retained.map(({ topic }) => topic))).toEqual(
      new Set(
        ['pbx/state', 'bridge/info', 'calls', 'bridge/state'].map((topic) => `asterisk/${topic}`),
      ),
    );
    expect(retained.slice(-2)).toMatchObject([
      { topic: 'asterisk/bridge/state', payload: 'offline' },
      { topic: 'asterisk/pbx/state', payload: 'offline' },
    ]);
    expect(
      lines.map(
        ({ level, message }) => `${level} ${message.split(/ at | by |;|:|127\.0\.0\.1/)[0]}`,
      ),
    ).toEqual([
      'info asterisk-mqtt 1.2.3 starts',
      'info The broker',
      'info Connected to the broker',
      expect.stringMatching(/^info Logged in to Asterisk 22/),
      expect.stringMatching(/^warn The clock of Asterisk is \d+(?:\.\d+)? s behind/), // that of the recording
      'info Stopping',
      'info Stopped',
    ]);
  });

  it('delivers what is pending before it says goodbye', async () => {
    await using stage = new AsyncDisposableStack();
    const { broker, play, stop, lines, log } = await online(stage);
    broker.hold(true);
    play(EVENTS);
    await broker.messages.untilOne(isEvent('ringing'));
    const stopped = stop();
    await log.untilOne(({ message }) => message.startsWith('Stopping'));
    broker.hold(false);
    await stopped;
    expect(ids(broker)).toEqual([RINGING, ANSWERED, HUNGUP]);
    expect(broker.messages.all.at(-2)).toMatchObject({
      topic: 'asterisk/bridge/state',
      payload: 'offline',
    });
    expect(lines.at(-1)?.message).toBe('Stopped; everything was delivered');
  });

  it('delivers what an earlier process left in DATA_DIR, in the old order, and says how late', async () => {
    await using stage = new AsyncDisposableStack();
    const DATA_DIR = temporaryFolder(stage);
    const { outbox } = await openOutbox(toOutboxPath(DATA_DIR));
    const at = Date.now() - 60_000;
    outbox.append([
      event('1.1', at),
      { ...event('1.1', at + 1), topic: 'asterisk/call/1.1/hungup' },
    ]);
    await outbox.close();
    const { broker, lines } = await online(stage, { env: { DATA_DIR } });
    await broker.messages.untilOne(isEvent('hungup'));
    const hungup = broker.messages.all.find(isEvent('hungup'));
    expect(JSON.parse(hungup?.payload ?? '').delayed_seconds).toBeGreaterThanOrEqual(59);
    const topics = broker.messages.all.map(({ topic }) => topic);
    expect(topics.filter((topic) => topic.includes('1.1/'))).toEqual([
      event('1.1', at).topic,
      'asterisk/call/1.1/hungup',
    ]);
    expect(lines[1]?.message).toBe('Found in DATA_DIR: 2 undelivered events');
  });

  it('tells a gap from when a file was written last that it cannot read', async () => {
    await using stage = new AsyncDisposableStack();
    const DATA_DIR = temporaryFolder(stage);
    const path = toOutboxPath(DATA_DIR);
    writeFileSync(path, 'no database'.repeat(1_000));
    const writtenAt = new Date(Date.now() - 60_000);
    utimesSync(path, writtenAt, writtenAt);
    const { broker, lines } = await online(stage, { env: { DATA_DIR } });
    await broker.messages.until((all) => all.some(({ payload }) => payload.includes('"resync"')));
    const isGap = ({ payload }: { readonly payload: string }) => payload.includes('"gap"');
    const gap = JSON.parse(broker.messages.all.find(isGap)?.payload ?? '');
    expect(Date.parse(gap.from) - writtenAt.getTime()).toBeCloseTo(0, -1);
    expect(lines[1]).toMatchObject({ level: 'error', path: expect.stringMatching(/damaged/) });
  });

  it.each([
    '127.0.0.1',
    '0.0.0.0', // as elsewhere: a thread has the file
  ])(
    'does not start beside another one with the same DATA_DIR, Asterisk at %s',
    async (AMI_HOST) => {
      await using stage = new AsyncDisposableStack();
      const DATA_DIR = temporaryFolder(stage);
      const { broker, play } = await online(stage, { env: { AMI_HOST, DATA_DIR } });
      play(EVENTS.slice(0, indexOf('HangupRequest')));
      await broker.messages.untilOne(isEvent('ringing'));
      const { stop } = start(stage, { DATA_DIR }, { fails: true });
      await expect(stop()).rejects.toMatchObject({ code: 'DATA_DIR_IN_USE' });
    },
  );

  it('is said to be gone by its last will where it cannot say so itself', async () => {
    await using stage = new AsyncDisposableStack();
    const { broker } = await online(stage);
    const before = broker.messages.all.length;
    broker.cutOff();
    await broker.messages.until((all) => all.length > before);
    expect(broker.messages.all[before]).toMatchObject({
      topic: 'asterisk/bridge/state',
      payload: 'offline',
      retain: true,
    });
  });

  it('asks for no more events than it uses, and for digits where they are wanted', async () => {
    await using stage = new AsyncDisposableStack();
    const { pbx } = await online(stage);
    const { pbx: other } = await online(stage, { env: { CALL_DTMF: 'true' } });
    const asked = ({ actions }: ScriptedAsterisk) =>
      actions.find((action) => action.get('Action') === 'Login')?.get('Events');
    expect(asked(pbx)).toBe('call,agent,system');
    expect(asked(other)).toBe('call,agent,system,dtmf');
  });

  it('says over HTTP what came, what left and what waits', async () => {
    await using stage = new AsyncDisposableStack();
    const port = await freePort(stage);
    const { broker, play } = await online(stage, { env: { HTTP_PORT: String(port) } });
    const ready = await fetch(`http://127.0.0.1:${port}/health/ready`);
    expect(ready.status).toBe(200);
    play(EVENTS);
    await broker.messages.untilOne(isEvent('hungup'));
    const response = await fetch(`http://127.0.0.1:${port}/metrics`);
    const text = await response.text();
    const sampleOf = (name: string) =>
      Number(text.split(`\nasterisk_mqtt_${name} `)[1]?.split('\n')[0]);
    expect(sampleOf('events_captured_total')).toBe(3);
    expect(sampleOf('events_delivered_total') + sampleOf('events_pending')).toBe(3);
    expect(sampleOf('ami_events_received_total{event="Newchannel"}')).toBe(2);
  });

  it('says over HTTP that it is not ready, and why', async () => {
    await using stage = new AsyncDisposableStack();
    const port = await freePort(stage);
    const broker = await startBroker(stage);
    const { lines, log } = start(stage, { MQTT_URL: broker.url, HTTP_PORT: String(port) });
    await log.untilOne(({ link }) => link === 'ami');
    await log.untilOne(({ message }) => message.startsWith('Connected'));
    expect(lines[1]?.message).toMatch(/^Metrics and health/);
    const ready = await fetch(`http://127.0.0.1:${port}/health/ready`);
    expect(ready.status).toBe(503);
    expect(await ready.json()).toMatchObject({
      missing: [{ link: 'ami', code: 'AMI_UNREACHABLE' }],
    });
  });
});

describe.concurrent('trouble at the start', () => {
  it('with the secret is told with the user, the host and the variable, never the secret', async () => {
    await using stage = new AsyncDisposableStack();
    const pbx = await startAsterisk(stage);
    const { lines, log } = start(stage, {
      AMI_PORT: String(pbx.port),
      AMI_SECRET: 'not-the-secret',
    });
    await log.untilOne(({ code }) => code === 'AMI_LOGIN_REJECTED');
    const line = lines.find(({ code }) => code === 'AMI_LOGIN_REJECTED');
    expect(line).toMatchObject({ level: 'error', link: 'ami', retry_in_seconds: 60 });
    expect(line?.message).toMatch(/"bridge".*127\.0\.0\.1.*AMI_SECRET.*again in 60 s/);
    expect(JSON.stringify(lines)).not.toContain('not-the-secret');
  });

  it('with links that nobody listens on is told once, and tried again', async () => {
    await using stage = new AsyncDisposableStack();
    const { lines, log } = start(stage, { LOG_LEVEL: 'debug' });
    const failures = (link: string) => (all: readonly Line[]) =>
      all.filter((line) => line.link === link).length >= 2;
    await Promise.all([log.until(failures('ami')), log.until(failures('mqtt'))]);
    for (const link of ['ami', 'mqtt']) {
      const levels = lines.filter((line) => line.link === link).map(({ level }) => level);
      expect(levels.slice(0, 2)).toEqual(['warn', 'debug']);
    }
  });

  it('with something else behind the ports is told as that', async () => {
    await using stage = new AsyncDisposableStack();
    const greeter = createServer((socket) => void socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'));
    const http = createHttpServer((_, response) => void response.end());
    const { lines, log } = start(stage, {
      AMI_PORT: String(await listening(stage, greeter)),
      MQTT_URL: `mqtt://127.0.0.1:${await listening(stage, http)}`,
    });
    await log.untilOne(({ link }) => link === 'ami');
    await log.untilOne(({ link }) => link === 'mqtt');
    expect(new Set(lines.map(({ code }) => code))).toEqual(
      new Set([undefined, 'AMI_NOT_ASTERISK', 'MQTT_NOT_A_BROKER']),
    );
  });
});

describe.concurrent('an Asterisk that gives less than it should', () => {
  it('is told once what that costs, however often it is logged in to', async () => {
    await using stage = new AsyncDisposableStack();
    const broker = await startBroker(stage); // what waits for no broker holds up the end
    const pbx = stage.use(await scriptedAsterisk({ onAction: givingLess() }));
    const { log, lines } = start(stage, { AMI_PORT: String(pbx.port), MQTT_URL: broker.url });
    const online = (count: number) => (all: readonly Line[]) =>
      all.filter(({ ami_version }) => ami_version !== undefined).length === count;
    await log.until(online(1));
    pbx.peers[0]?.socket.destroy();
    await log.until(online(2));
    const limits = lines.filter(({ missing }) => missing !== undefined);
    expect(limits.map(({ level, missing }) => ({ level, missing }))).toEqual([
      { level: 'error', missing: 'the events of calls (class "call")' },
      { level: 'warn', missing: 'enough time to a slow reader (writetimeout)' },
      { level: 'warn', missing: 'the events of the system (class "system")' }, // not at the first login
    ]);
  });
});

/** Neither `call` nor `system` in `read`, but for the first session, and no `writetimeout`. */
function givingLess(): NonNullable<AmiScript['onAction']> {
  const conf = { read: 'agent', write: 'reporting', timestampevents: 'yes' };
  let logins = 0;
  return (action, peer) => {
    const name = action.get('Action');
    if (name === 'CoreSettings' && ++logins === 1) {
      peer.raw('Event: FullyBooted\r\nPrivilege: system,all\r\n\r\n');
    }
    if (name !== 'Getvar') return answers(() => 0)(action, peer);
    const [, , key = ''] = (action.get('Variable') ?? '').split(',');
    peer.reply(action, 'Success', ['Value', conf[key as keyof typeof conf] ?? '']);
    return true;
  };
}

describe.concurrent('a link to Asterisk that is lost in the middle of a call', () => {
  it.each([
    ['unknown', false, { talk_duration_seconds: expect.any(Number) }],
    ['pbx_restart', true, {}],
  ])(
    'ends the call as %s where it is gone then (restarted: %s)',
    async (cause, restarted, more) => {
      await using stage = new AsyncDisposableStack();
      let boots = 0;
      const { broker, play, pbx } = await online(stage, { boot: () => (restarted ? boots++ : 0) });
      const playedAt = Date.now();
      play(EVENTS.slice(0, indexOf('HangupRequest')));
      await broker.messages.untilOne(isEvent('answered'));
      pbx.peers[0]?.socket.destroy();
      await broker.messages.untilOne(({ payload }) => payload.includes('"resync"'));
      const told = broker.messages.all
        .filter(({ topic }) => /\/call\/|\/event$/.test(topic))
        .map(({ payload }) => JSON.parse(payload));
      expect(told.map(({ event }) => event)).toEqual([
        'ringing',
        'answered',
        'gap',
        'hungup',
        'resync',
      ]);
      expect(Date.parse(told[2].from)).toBeGreaterThanOrEqual(playedAt);
      expect(told[3]).toMatchObject({
        inferred: true,
        cause,
        disposition: 'answered',
        last_seen: expect.any(String),
        ...more,
      });
      expect(told[4]).toMatchObject({ ended: 1, restarted });
      await broker.messages.until((all) => all.filter(isState('pbx/state', 'online')).length === 2);
      expect(broker.messages.all.filter(isState('pbx/state', 'offline'))).toHaveLength(2);
    },
  );
});

describe.concurrent('an error that nobody expected', () => {
  it('ends the bridge with that error, and with a word of what is not delivered', async () => {
    await using stage = new AsyncDisposableStack();
    let now = Date.now;
    const clock = () => now();
    const { broker, play, lines, running } = await online(stage, { now: clock, fails: true });
    broker.hold(true);
    play(EVENTS);
    await broker.messages.untilOne(isEvent('ringing'));
    const failing = expect(running).rejects.toThrow('a bug');
    now = () => {
      throw new TypeError('a bug');
    };
    broker.hold(false);
    await failing;
    expect(lines.at(-1)).toMatchObject({
      level: 'error',
      message: 'Stopped; 2 events not delivered',
    });
  });
});

describe.concurrent('a broker that is lost in the middle of a call', () => {
  it('gets all that happened meanwhile, in order, and how things stand', async () => {
    await using stage = new AsyncDisposableStack();
    const { broker, play } = await online(stage);
    play(EVENTS.slice(0, indexOf('DialState') + 1));
    await broker.messages.untilOne(isEvent('ringing'));
    await broker[Symbol.asyncDispose]();
    play(EVENTS.slice(indexOf('DialState') + 1, indexOf('HangupRequest')));
    const back = await startBroker(stage, broker.port);
    await back.messages.until((all) => all.length > 0);
    const backAt = performance.now();
    await back.messages.untilOne(isEvent('answered'));
    expect(performance.now() - backAt).toBeLessThan(1_000);
    play(EVENTS.slice(indexOf('HangupRequest')));
    await back.messages.untilOne(isEvent('hungup'));
    const [before, after] = [ids(broker), ids(back)];
    expect([...new Set([...before, ...after])]).toEqual([RINGING, ANSWERED, HUNGUP]);
    expect(back.messages.all.slice(0, 4).map(({ topic }) => topic)).toEqual(
      ['pbx/state', 'bridge/info', 'calls', 'bridge/state'].map((topic) => `asterisk/${topic}`),
    );
    expect(back.messages.all[0]?.payload).toBe('online');
    expect(JSON.parse(back.messages.all[2]?.payload ?? '')).toMatchObject({
      active: 1,
      answered: 1,
    });
  });
});

describe.concurrent('what an Asterisk should never send', () => {
  const caller = { channel: 'PJSIP/9-00000009', id: '9.9', num: '9' };
  const hangup = eventText('Hangup', ...block(caller), ['Cause', '16']);

  it.each([
    ['a line of 5 MiB', `Event: Newchannel\r\nX: ${'x'.repeat(5 * 2 ** 20)}\r\n\r\n`],
    ['noise', '\x00\xff\xfe\x80\n\r\n\r\n\r\n: : :\r\n\r\n'],
    ['a second Event header', `Event: Newchannel\r\n${hangup}\r\n`],
    [
      'a caller name with a line break',
      `${eventText('Newchannel', ...block({ ...caller, name: `x\r\n${hangup}` }))}\r\n`,
    ],
    [
      'a caller name with an empty line',
      `${eventText('Newchannel', ...block({ ...caller, name: `x\r\n\r\n${hangup}` }))}\r\n`,
    ],
  ])(
    '%s is counted, told at most once, and followed by calls that are right',
    async (_, garbage) => {
      await using stage = new AsyncDisposableStack();
      const { broker, lines, pbx, play } = await online(stage);
      for (let i = 0; i < 3; i++) pbx.peers[0]?.raw(garbage);
      play(EVENTS);
      await broker.messages.untilOne(isEvent('hungup'));
      expect(ids(broker)).toEqual([RINGING, ANSWERED, HUNGUP]);
      const warnings = lines.filter(({ level }) => level === 'warn');
      expect(warnings.length).toBeGreaterThan(0);
      expect(warnings.map(({ message }) => message)).toEqual([
        ...new Set(warnings.map(({ message }) => message)),
      ]);
    },
  );

  it('a message without an end is told when the connection ends', async () => {
    await using stage = new AsyncDisposableStack();
    const { lines, pbx, log } = await online(stage);
    pbx.peers[0]?.socket.end('Event: Newchannel\r\nChannel: PJS');
    await log.untilOne(({ link }) => link === 'ami');
    expect(
      lines.filter(({ level }) => level === 'warn').map(({ reason, link }) => reason ?? link),
    ).toEqual(['torn', 'ami']);
  });
});

type Setup = {
  readonly env?: Readonly<Record<string, string>>;
  /** Another number: Asterisk has started anew. */
  readonly boot?: () => number;
  readonly now?: () => number;
  /** The bridge ends with an error, which the test expects. */
  readonly fails?: boolean;
};

/** A bridge that is logged in to an Asterisk which does what it is told, and connected to a broker. */
function temporaryFolder(stage: AsyncDisposableStack): string {
  return stage.use(folder()).path;
}

async function online(
  stage: AsyncDisposableStack,
  { env = {}, boot = () => 0, ...more }: Setup = {},
) {
  const broker = await startBroker(stage);
  const pbx = await startAsterisk(stage, boot);
  const bridge = start(stage, { AMI_PORT: String(pbx.port), MQTT_URL: broker.url, ...env }, more);
  await broker.messages.untilOne(isState('pbx/state', 'online'));
  const play = (messages: readonly { readonly text: string }[]) =>
    pbx.peers.at(-1)?.raw(messages.map(({ text }) => `${text}\r\n`).join(''));
  return { ...bridge, broker, pbx, play };
}

function start(
  stage: AsyncDisposableStack,
  env: Readonly<Record<string, string>>,
  { now = Date.now, fails = false }: Omit<Setup, 'env' | 'boot'> = {},
) {
  const log = new Arrivals<Line>();
  const controller = new AbortController();
  const running = runBridge({
    env: {
      AMI_HOST: '127.0.0.1',
      AMI_PORT: DEAD_PORT,
      AMI_USERNAME: 'bridge',
      AMI_SECRET: SECRET,
      MQTT_URL: `mqtt://127.0.0.1:${DEAD_PORT}`,
      MQTT_PASSWORD: PASSWORD,
      MQTT_USERNAME: 'bridge',
      HTTP_PORT: '0',
      ...env,
    },
    version: '1.2.3',
    write: (line) => log.add(JSON.parse(line)),
    signal: controller.signal,
    now,
  });
  const stop = async () => {
    controller.abort('SIGTERM');
    await running;
  };
  stage.defer(async () => {
    if (!fails) await stop();
    expectDiscreet(log.all);
  });
  return { log, lines: log.all, running, stop };
}

/** No secret at any level; no phone number and no name of a person at `info` or above. */
function expectDiscreet(lines: readonly Line[]): void {
  expect(JSON.stringify(lines)).not.toMatch(new RegExp(`${SECRET}|${PASSWORD}`));
  const loud = lines.filter(({ level }) => level !== 'debug');
  expect(JSON.stringify(loud)).not.toMatch(/\b50[12]\b|Anna|Carl/);
}

async function startBroker(stage: AsyncDisposableStack, port?: number): Promise<EmbeddedBroker> {
  return stage.use(await embeddedBroker(port));
}

async function startAsterisk(
  stage: AsyncDisposableStack,
  boot: () => number = () => 0,
): Promise<ScriptedAsterisk> {
  return stage.use(await scriptedAsterisk({ onAction: answers(boot) }));
}

/** No channels, whenever it is asked. */
function answers(boot: () => number): NonNullable<AmiScript['onAction']> {
  return (action, peer) => {
    const name = action.get('Action');
    if (name === 'CoreStatus') {
      peer.reply(
        action,
        'Success',
        ['CoreStartupDate', '2026-02-12'],
        ['CoreStartupTime', `0${boot()}:00:00`],
      );
      return true;
    }
    if (name !== 'CoreShowChannels') return false;
    peer.reply(action, 'Success', ['EventList', 'start']);
    const id = ['ActionID', action.get('ActionID') ?? ''] as const;
    const end = [
      ['EventList', 'Complete'],
      ['ListItems', '0'],
    ] as const;
    peer.raw(`${messageText(['Event', 'CoreShowChannelsComplete'], id, ...end)}\r\n`);
    return true;
  };
}

async function listening(stage: AsyncDisposableStack, server: Server): Promise<number> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  stage.defer(() => void server.close());
  const address = server.address();
  return typeof address === 'object' && address !== null ? address.port : 0;
}

async function freePort(stage: AsyncDisposableStack): Promise<number> {
  const server = createServer();
  const port = await listening(stage, server);
  server.close();
  await once(server, 'close');
  return port;
}

type Told = { readonly topic: string; readonly payload: string };

const isEvent =
  (event: string) =>
  ({ topic }: Told) =>
    topic.endsWith(`/${event}`);
const isState = (topic: string, value: string) => (told: Told) =>
  told.topic === `asterisk/${topic}` && told.payload === value;

function toTopic(id: unknown): string {
  return String(id).replace('asterisk/', 'asterisk/call/');
}

/** Of the events of calls, in the order in which they came. */
function ids(broker: EmbeddedBroker): readonly unknown[] {
  return broker.messages.all
    .filter(({ topic }) => topic.includes('/call/'))
    .map(({ payload }) => JSON.parse(payload).id);
}

function indexOf(name: string): number {
  return EVENTS.findIndex((message) => message.kind === 'event' && message.name === name);
}
