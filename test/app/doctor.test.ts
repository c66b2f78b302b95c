// doctor against an Asterisk and a broker of a few lines, and what it prints.

import { once } from 'node:events';
import { createServer as createHttpServer } from 'node:http';
import { createServer } from 'node:net';
import type { IConnectPacket, IPublishPacket } from 'mqtt-packet';
import { describe, expect, it } from 'vitest';
import { type DoctorOptions, runDoctor } from '../../src/app/doctor.ts';
import { embeddedBroker } from '../support/embedded-broker.ts';
import { type AmiScript, SECRET, scriptedAsterisk } from '../support/scripted-asterisk.ts';
import { accepted, acknowledged, type Script, scriptedBroker } from '../support/scripted-broker.ts';

/** Nobody listens there. */
const DEAD_PORT = '1';
const PASSWORD = 'the-password-of-the-broker';
const CONF = {
  write: 'reporting',
  read: 'call,agent,system',
  writetimeout: '10000',
  timestampevents: 'yes',
};

describe.concurrent('doctor', () => {
  it('finds nothing where nothing is wrong', async () => {
    await using stage = await set();
    const { code, lines } = await examine(stage.env);
    expect(lines).toEqual([
      'ok    asterisk  127.0.0.1 is an address',
      `ok    asterisk  port ${stage.pbx.port} opens`,
      'ok    asterisk  the manager interface of an Asterisk answers',
      'ok    asterisk  the login as "bridge" is accepted',
      'ok    asterisk  read has call, as manager.conf says',
      'ok    asterisk  read has agent, as manager.conf says',
      'ok    asterisk  read has system: FullyBooted came',
      'ok    asterisk  write has reporting',
      'ok    asterisk  write has nothing that the bridge does not need',
      'ok    asterisk  timestampevents is set',
      'ok    asterisk  writetimeout is 10000 ms',
      expect.stringMatching(
        /^ok {4}asterisk {2}the clock of Asterisk is 0\.\d s .* the clock here$/,
      ),
      'ok    asterisk  Asterisk 22.10.1 (AMI 11.0.0)',
      'ok    broker    127.0.0.1 is an address',
      `ok    broker    port ${stage.broker.port} opens`,
      'ok    broker    connected by MQTT 5 as "asterisk-mqtt-doctor"',
      'ok    broker    a last will on asterisk/bridge/state is accepted',
      'ok    broker    publishing call events is allowed (tried with asterisk/call/doctor/probe)',
      'ok    broker    publishing other topics is allowed (tried with asterisk/bridge/doctor)',
      'ok    data      DATA_DIR is not set: what is undelivered is kept in memory',
      'ok    http      HTTP_PORT is 0: no metrics and no health by HTTP',
      '21 ok, 0 warnings, 0 failed, 0 not checked',
    ]);
    expect(code).toBe(0);
  });

  it('skips what depends on what failed, and never tells a secret', async () => {
    const env = { AMI_PORT: DEAD_PORT, MQTT_URL: `mqtt://127.0.0.1:${DEAD_PORT}` };
    const { code, lines, text } = await examine({ ...ENV, ...env });
    expect(code).toBe(1);
    expect(lines.filter((line) => /^(?:FAIL|skip)/.test(line))).toEqual([
      'FAIL  asterisk  No way to Asterisk at 127.0.0.1:1: nothing listens there (connection refused)',
      'skip  asterisk  banner: not checked, as "port" failed',
      'skip  asterisk  login: not checked, as "port" failed',
      'skip  asterisk  classes in "read": not checked, as "port" failed',
      'skip  asterisk  classes in "write": not checked, as "port" failed',
      'skip  asterisk  timestampevents: not checked, as "port" failed',
      'skip  asterisk  writetimeout: not checked, as "port" failed',
      'skip  asterisk  clock: not checked, as "port" failed',
      'skip  asterisk  version: not checked, as "port" failed',
      'FAIL  broker    No way to the broker at 127.0.0.1:1: nothing listens there (connection refused)',
      'skip  broker    connection: not checked, as "port" failed',
      'skip  broker    last will: not checked, as "port" failed',
      'skip  broker    call events: not checked, as "port" failed',
      'skip  broker    other topics: not checked, as "port" failed',
    ]);
    expect(lines).toContainEqual(expect.stringMatching(/^ {6}-> .*127\.0\.0\.1 is the container/));
    expect(text).not.toContain(SECRET);
    expect(text).not.toContain(PASSWORD);
  });

  it('masks a secret that somebody else tells', async () => {
    await using stage = await set({ pbx: { greeting: `${SECRET}\r\n` } });
    const { text } = await examine(stage.env);
    expect(text).toContain('begins with "***"');
    expect(text).not.toContain(SECRET);
  });

  it('skips everything where a name does not resolve', async () => {
    const { lines } = await examine({ ...ENV, AMI_HOST: 'a..b', MQTT_URL: 'mqtt://a..b' });
    expect(lines.filter((line) => line.startsWith('FAIL'))).toEqual([
      expect.stringMatching(/^FAIL {2}asterisk {2}a\.\.b does not resolve: /),
      expect.stringMatching(/^FAIL {2}broker {4}a\.\.b does not resolve: /),
    ]);
    expect(lines.filter((line) => line.startsWith('skip'))).toHaveLength(9 + 5);
  });

  it('ends in time, whatever hangs', async () => {
    await using silent = await scriptedAsterisk({ greeting: '' });
    const env = { AMI_PORT: String(silent.port), MQTT_URL: `mqtt://127.0.0.1:${silent.port}` };
    const { code, lines } = await examine({ ...ENV, ...env }, { timeMs: 200 });
    expect(code).toBe(1);
    expect(lines).toContain('FAIL  asterisk  broken off, as the rest takes too long');
    expect(lines).toContain('FAIL  broker    broken off, as the rest takes too long');
    expect(lines.at(-1)).toBe('4 ok, 0 warnings, 2 failed, 0 not checked');
  });

  it('ends at once when it is told to', async () => {
    await using silent = await scriptedAsterisk({ greeting: '' });
    const stop = new AbortController();
    const running = examine(
      { ...ENV, AMI_PORT: String(silent.port), MQTT_URL: `mqtt://127.0.0.1:${DEAD_PORT}` },
      { signal: stop.signal },
    );
    stop.abort('SIGINT');
    const { code, lines } = await running;
    expect(code).toBe(1);
    expect(lines.at(-1)).toBe('Stopped before everything was checked.');
    expect(lines.slice(0, -1).filter((line) => !line.startsWith('ok'))).toEqual([]);
  });

  it.each([
    ['--bogus=1', 'doctor has no option --bogus.'],
    ['now', 'doctor has no option now.'],
  ])('refuses %s', async (option, message) => {
    await expect(runDoctor([option], options())).rejects.toMatchObject({ code: 'USAGE', message });
    await expect(runDoctor(['--help', 'x'], options())).rejects.toMatchObject({ code: 'USAGE' });
  });

  it('says how it is used', async () => {
    const { code, text } = await run(['--help'], {});
    expect(code).toBe(0);
    expect(text).toContain('--snippet');
  });

  it('needs the settings of the bridge', async () => {
    await expect(runDoctor([], options({ env: {} }))).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
      message: expect.stringContaining('AMI_SECRET'),
    });
  });

  it('is coloured on a terminal, unless NO_COLOR asks for none', async () => {
    const env = { ...ENV, AMI_PORT: DEAD_PORT, MQTT_URL: `mqtt://127.0.0.1:${DEAD_PORT}` };
    const terminal = { isTerminal: true };
    expect((await examine(env, terminal)).text).toContain('\x1b[31mFAIL  \x1b[0masterisk');
    expect((await examine({ ...env, NO_COLOR: '1' }, terminal)).text).not.toContain('\x1b');
  });
});

describe.concurrent('of Asterisk, doctor', () => {
  it('knows who refuses the login', async () => {
    await using stage = await set();
    const { lines } = await examine({ ...stage.env, AMI_SECRET: 'a wrong one' });
    const at = lines.findIndex((line) => line.startsWith('FAIL'));
    expect(lines[at]).toMatch(/Login as "bridge" .* was refused: Authentication failed$/);
    expect(lines[at + 1]).toMatch(/^ {6}-> Compare AMI_USERNAME and AMI_SECRET with manager\.conf/);
    expect(lines[at + 2]).toBe('skip  asterisk  classes in "read": not checked, as "login" failed');
  });

  it('knows that the bridge itself may use the one session that there may be', async () => {
    const onAction: AmiScript['onAction'] = (action, peer) => {
      if (action.get('Action') !== 'Login') return false;
      peer.reply(action, 'Error', ['Message', 'Login Already In Use']);
      return true;
    };
    await using stage = await set({ pbx: { onAction } });
    const { text } = await examine(stage.env);
    expect(text).toMatch(/Login Already In Use\n {6}-> .*If that session is the bridge/);
  });

  it('says who answers instead', async () => {
    await using ssh = await set({ pbx: { greeting: 'SSH-2.0-OpenSSH_9.6\r\n' } });
    const { text } = await examine(ssh.env);
    expect(text).toMatch(/it begins with "SSH-2\.0-OpenSSH_9\.6"; an SSH server answers there\n/);
    expect(text).toContain('-> Something else than the Asterisk Manager Interface answers there.');
  });

  it('knows that the port is the plain one where TLS is asked for', async () => {
    await using stage = await set();
    const { text } = await examine({ ...stage.env, AMI_TLS: 'true' });
    expect(text).toContain('wrong version number; the plain manager interface of an Asterisk');
    expect(text).toContain('-> Set AMI_PORT to the TLS port');
  });

  it('reports a session that ends in the middle of the checks', async () => {
    const onAction: AmiScript['onAction'] = (action, peer) => {
      if (action.get('Action') !== 'ListCommands') return false;
      peer.socket.destroy();
      return true;
    };
    await using stage = await set({ pbx: { onAction } });
    const { lines } = await examine(stage.env);
    expect(lines).toContainEqual(
      expect.stringMatching(/^FAIL {2}asterisk .*closed the connection/),
    );
    expect(lines).toContain('skip  asterisk  clock: not checked, as the session ended');
  });

  it('asks for nothing that would be refused, and never for the secret', async () => {
    const onAction: AmiScript['onAction'] = (action, peer) => {
      const event = 'Event: Newchannel\r\nPrivilege: call,all\r\nTimestamp: 1.1\r\n\r\n';
      if (action.get('Action') === 'Ping') setTimeout(() => peer.raw(event), 100);
      return false;
    };
    await using stage = await set({ pbx: { onAction }, commands: ['Ping', 'ListCommands'] });
    const { lines } = await examine(stage.env);
    expect(lines).toContain('ok    asterisk  read has call: such events come'); // it was waited for
    const asked = stage.pbx.actions.map((action) => action.get('Action'));
    expect(asked).toEqual(['Challenge', 'Login', 'ListCommands', 'Ping', 'Logoff']);
    await using more = await set();
    await examine(more.env);
    const variables = more.pbx.actions.flatMap((action) => action.get('Variable') ?? []);
    expect(variables).toEqual([
      'AST_CONFIG(manager.conf,bridge,write,-1)',
      'AST_CONFIG(manager.conf,bridge,read,-1)',
      'AST_CONFIG(manager.conf,bridge,writetimeout,-1)',
      'AST_CONFIG(manager.conf,general,timestampevents,-1)',
    ]);
  });
});

describe.concurrent('of the broker, doctor', () => {
  it('takes a name of its own, and leaves nothing that a consumer could believe', async () => {
    await using stage = await set();
    await examine({ ...stage.env, MQTT_TOPIC_PREFIX: 'asterisk/berlin' });
    const [connect, ...rest] = stage.broker.packets;
    expect(connect).toMatchObject({
      clientId: 'asterisk-mqtt-asterisk-berlin-doctor',
      will: { topic: 'asterisk/berlin/bridge/state', retain: false },
    });
    expect(String((connect as IConnectPacket).will?.payload)).not.toMatch(/^(online|offline)$/);
    const published = rest.filter((packet): packet is IPublishPacket => packet.cmd === 'publish');
    expect(published.map(({ topic, retain, qos }) => ({ topic, retain, qos }))).toEqual([
      { topic: 'asterisk/berlin/call/doctor/probe', retain: false, qos: 1 },
      { topic: 'asterisk/berlin/bridge/doctor', retain: false, qos: 1 },
    ]);
    expect(rest.at(-1)).toMatchObject({ cmd: 'disconnect' }); // the last will is not published
  });

  it('knows that call events are denied', async () => {
    await using stage = await set({ broker: denying('asterisk/call/doctor/probe') });
    const { code, text } = await examine(stage.env);
    expect(code).toBe(1);
    expect(text).toMatch(/FAIL .*cannot be published: .*call\/doctor\/probe: not authorised\n/);
    expect(text).toMatch(/ok .*publishing other topics is allowed/);
  });

  it('knows that other topics may be denied', async () => {
    await using stage = await set({ broker: denying('asterisk/bridge/doctor') });
    const { code, text } = await examine(stage.env);
    expect(code).toBe(0);
    expect(text).toMatch(/warn .*may be denied: .*\n {6}-> .*bridge\/state \(also the last will\)/);
  });

  it('knows that a refused connection is refused for its last will', async () => {
    const onConnect: Script['onConnect'] = (packet, peer) =>
      peer.send(packet.will ? { ...accepted(), reasonCode: 0x87, returnCode: 0x87 } : accepted());
    await using stage = await set({ broker: { onConnect } });
    const { code, lines } = await examine(stage.env);
    expect(code).toBe(1);
    expect(lines).toContainEqual(
      expect.stringMatching(/^FAIL {2}broker {4}a last will on asterisk\/bridge\/state is not/),
    );
    expect(lines).toContainEqual(expect.stringMatching(/^ok .*publishing call events is allowed/));
  });

  it('knows that a refused login is refused', async () => {
    const onConnect: Script['onConnect'] = (_, peer) =>
      peer.send({ ...accepted(), reasonCode: 0x86, returnCode: 0x86 });
    await using stage = await set({ broker: { onConnect } });
    const { text } = await examine(stage.env);
    expect(text).toMatch(/refused the user name or password\n {6}-> Compare MQTT_USERNAME/);
    expect(text).toContain('skip  broker    last will: not checked, as "connection" failed');
  });

  it('says that by MQTT 3.1.1 a denial cannot be known', async () => {
    await using broker = await embeddedBroker(); // it does not speak 5
    await using stage = await set();
    const { lines } = await examine({ ...stage.env, MQTT_URL: broker.url });
    expect(lines).toContain(
      'ok    broker    connected by MQTT 3.1.1 as "asterisk-mqtt-doctor"; it does not speak 5',
    );
    const unknown = lines.filter((line) => line.startsWith('skip  broker    publishing'));
    expect(unknown).toEqual([
      expect.stringContaining('call events: could not be checked'),
      expect.stringContaining('other topics: could not be checked'),
    ]);
  });

  it('says that a web server answers', async () => {
    const web = createHttpServer((_, response) => response.end());
    web.listen(0, '127.0.0.1');
    await once(web, 'listening');
    const address = web.address();
    const port = typeof address === 'object' ? address?.port : undefined;
    await using stage = await set();
    const { text } = await examine({ ...stage.env, MQTT_URL: `mqtt://127.0.0.1:${port}` });
    web.close();
    web.closeAllConnections();
    expect(text).toMatch(
      /; a web server \(HTTP\) answers there\n {6}-> Something else than an MQTT/,
    );
  });

  it('believes in no TLS where none is', async () => {
    const hangsUp = createServer((socket) => socket.destroy());
    hangsUp.listen(0, '127.0.0.1');
    await once(hangsUp, 'listening');
    const address = hangsUp.address();
    const port = typeof address === 'object' ? address?.port : undefined;
    await using stage = await set();
    const { text } = await examine({ ...stage.env, MQTT_URL: `mqtts://127.0.0.1:${port}` });
    hangsUp.close();
    expect(text).toMatch(/FAIL {2}broker {4}TLS to the broker .* failed: /);
    expect(text).toContain(`-> If the broker has no TLS at this port, set MQTT_URL to mqtt://`);
    expect(text).toContain('skip  broker    connection: not checked, as "TLS" failed');
  });
});

describe('the snippet', () => {
  it('needs no secret, and has what is least', async () => {
    const { code, text } = await run(['--snippet'], {});
    expect(code).toBe(0);
    expect(text).toMatch(/^\[asterisk-mqtt\]\nsecret = <.*>$/m);
    expect(text).toMatch(/^read = call,agent,system +;/m);
    expect(text).toMatch(/^write = reporting +;/m);
    expect(text).toMatch(/^permit = 127\.0\.0\.1\/255\.255\.255\.255$/m);
    expect(text).toMatch(/^# MQTT_USERNAME is not set/m);
  });

  it('follows the settings, and never tells a secret', async () => {
    const env = {
      ...ENV,
      AMI_HOST: 'pbx',
      AMI_TLS: 'true',
      CALL_DTMF: 'true',
      MQTT_TOPIC_PREFIX: 'pbx/berlin',
    };
    const { text } = await run(['--snippet'], env);
    expect(text).toMatch(/^\[bridge\]$/m);
    expect(text).toMatch(/^read = call,agent,system,dtmf +;/m);
    expect(text).toMatch(/^tlsbindaddr = 0\.0\.0\.0:5039$/m);
    expect(text).toMatch(/^user mqtt-user$/m);
    expect(text.match(/^topic .*$/gm)).toEqual([
      'topic write pbx/berlin/call/+/+',
      'topic write pbx/berlin/calls',
      'topic write pbx/berlin/bridge/state',
      'topic write pbx/berlin/bridge/info',
      'topic write pbx/berlin/bridge/event',
      'topic write pbx/berlin/pbx/state',
      'topic write pbx/berlin/bridge/doctor',
    ]);
    expect(text).not.toContain(SECRET);
    expect(text).not.toContain(PASSWORD);
  });
});

const ENV = {
  AMI_USERNAME: 'bridge',
  AMI_SECRET: SECRET,
  MQTT_USERNAME: 'mqtt-user',
  MQTT_PASSWORD: PASSWORD,
  HTTP_PORT: '0',
};

type Scene = {
  readonly pbx?: AmiScript;
  /** What the user may run. */
  readonly commands?: readonly string[];
  readonly broker?: Script;
};

/** An Asterisk with the least user that is needed, and a broker that allows everything. */
async function set({ pbx = {}, commands = COMMANDS, broker: script = {} }: Scene = {}) {
  await using stack = new AsyncDisposableStack();
  const asterisk = stack.use(
    await scriptedAsterisk({
      ...pbx,
      onAction: (action, peer) => pbx.onAction?.(action, peer) || answer(action, peer, commands),
    }),
  );
  const broker = stack.use(await scriptedBroker(script));
  const stop = stack.move();
  return {
    pbx: asterisk,
    broker,
    env: { ...ENV, AMI_PORT: String(asterisk.port), MQTT_URL: broker.url },
    [Symbol.asyncDispose]: () => stop.disposeAsync(),
  };
}

const COMMANDS = ['CoreSettings', 'CoreShowChannels', 'Getvar', 'ListCommands', 'Ping'];

type OnAction = NonNullable<AmiScript['onAction']>;

function answer(
  action: Parameters<OnAction>[0],
  peer: Parameters<OnAction>[1],
  commands: readonly string[],
): boolean {
  const name = action.get('Action');
  if (name === 'ListCommands') {
    peer.raw('Event: FullyBooted\r\nPrivilege: system,all\r\nStatus: Fully Booted\r\n\r\n');
    peer.reply(action, 'Success', ...commands.map((one) => [one, 'A command.'] as const));
  } else if (name === 'CoreSettings') {
    peer.reply(action, 'Success', ['AsteriskVersion', '22.10.1']);
  } else if (name === 'Ping') {
    peer.reply(action, 'Success', ['Ping', 'Pong'], ['Timestamp', String(Date.now() / 1_000)]);
  } else if (name === 'Getvar') {
    const [, , key = ''] = (action.get('Variable') ?? '').split(',');
    peer.reply(action, 'Success', ['Value', CONF[key as keyof typeof CONF] ?? '']);
  } else {
    return false;
  }
  return true;
}

/** A broker that does not allow that topic. */
function denying(topic: string): Script {
  return {
    onPublish: (packet, peer) =>
      peer.send(acknowledged(packet.messageId, packet.topic === topic ? 0x87 : 0)),
  };
}

function options(more: Partial<DoctorOptions> = {}): DoctorOptions {
  return {
    env: {},
    stdout: () => {},
    stderr: () => {},
    signal: new AbortController().signal,
    isTerminal: false,
    ...more,
  };
}

async function run(
  argv: readonly string[],
  env: Readonly<Record<string, string>>,
  more: Partial<DoctorOptions> = {},
) {
  let text = '';
  const stdout = (piece: string) => {
    text += piece;
  };
  const code = await runDoctor(argv, options({ env, stdout, ...more }));
  return { code, text, lines: text.trimEnd().split('\n') };
}

function examine(env: Readonly<Record<string, string>>, more: Partial<DoctorOptions> = {}) {
  return run([], env, more);
}
