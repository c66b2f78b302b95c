import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { createServer as createHttpServer } from 'node:http';
import { createServer as createTcpServer, type Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { createServer as createTlsServer } from 'node:tls';
import { describe, expect, it } from 'vitest';
import type { AmiMessage } from '../../../src/core/ami/message.ts';
import { header } from '../../../src/core/ami/message.ts';
import { type AmiOptions, type AmiSession, connectAmi } from '../../../src/io/ami/connection.ts';
import { eventText, messageText } from '../../support/ami-text.ts';
import {
  AUTHORITY,
  ELSEWHERE_CERT,
  ELSEWHERE_KEY,
  SERVER_CERT,
  SERVER_KEY,
} from '../../support/certificates.ts';
import {
  type AmiScript,
  BANNER,
  type ClientAction,
  type ScriptedAsterisk,
  SECRET,
  scriptedAsterisk,
} from '../../support/scripted-asterisk.ts';

const NEWSTATE = eventText('Newstate', ['Channel', 'PJSIP/101-00000001']);
/** Every wait of a client that is meant to give up, where nothing has to happen before. */
const SHORT = 30;
/** The same where it has to log in first, on a machine that may be busy. */
const PATIENT = 150;

/** What a client of the server is given while it lives. */
class Client {
  readonly messages: AmiMessage[] = [];
  readonly torn: number[] = [];
  readonly oversized: number[] = [];
  readonly bytes: Buffer[] = [];
  readonly #abort = new AbortController();
  readonly #options: AmiOptions;
  #onMessage: () => void = () => undefined;

  constructor(port: number, options: Partial<AmiOptions> = {}) {
    this.#options = {
      host: '127.0.0.1',
      port,
      username: 'bridge',
      secret: SECRET,
      events: 'call,agent,system',
      signal: this.#abort.signal,
      onMessage: (message) => {
        this.messages.push(message);
        this.#onMessage();
      },
      onBytes: (bytes) => this.bytes.push(Buffer.from(bytes)),
      onTorn: (bytes) => this.torn.push(bytes),
      onOversized: (bytes) => this.oversized.push(bytes),
      ...options,
    };
  }

  connect(): Promise<AmiSession> {
    return connectAmi(this.#options);
  }

  abort(): void {
    this.#abort.abort(new Error('told to stop'));
  }

  /** Resolves when so many messages have come. */
  async until(count: number): Promise<readonly AmiMessage[]> {
    while (this.messages.length < count) {
      await new Promise<void>((resolve) => {
        this.#onMessage = resolve;
      });
    }
    return this.messages;
  }
}

/** A client that is logged in, and the server's end of it. */
async function logIn(server: ScriptedAsterisk, options: Partial<AmiOptions> = {}) {
  const client = new Client(server.port, options);
  const session = await client.connect();
  const peer = server.peers.at(-1);
  if (peer === undefined) throw new Error('nobody connected');
  return { client, session, peer };
}

function headersOf(action: ClientAction | undefined): Record<string, string> {
  const { ActionID: _, ...headers } = Object.fromEntries(action ?? []);
  return headers;
}

function isAction(action: ClientAction, name: string): boolean {
  return action.get('Action') === name;
}

/** Answers two questions once both are asked, the second first. */
function answeringInReverse(): NonNullable<AmiScript['onAction']> {
  const held: (() => void)[] = [];
  return (action, peer) => {
    const name = action.get('Action') ?? '';
    if (!name.startsWith('Core')) return false;
    held.unshift(() => peer.reply(action, 'Success', ['Name', name]));
    if (held.length === 2) for (const reply of held) reply();
    return true;
  };
}

describe('the way into Asterisk', () => {
  it('is a challenge, and a login with its key for the events that are wanted', async () => {
    await using server = await scriptedAsterisk();
    const { session } = await logIn(server);
    expect(session.amiVersion).toBe('11.0.0');
    expect(server.actions.map(headersOf)).toEqual([
      { Action: 'Challenge', AuthType: 'MD5' },
      {
        Action: 'Login',
        AuthType: 'MD5',
        Username: 'bridge',
        Key: expect.stringMatching(/^[0-9a-f]{32}$/),
        Events: 'call,agent,system',
      },
    ]);
    session.destroy();
  });

  it('is the plain secret where the server has no challenge to give', async () => {
    const onAction: AmiScript['onAction'] = (action, peer) => {
      if (!isAction(action, 'Challenge')) return false;
      peer.reply(action, 'Error', ['Message', 'Authentication type not supported']);
      return true;
    };
    await using server = await scriptedAsterisk({ onAction });
    const { session } = await logIn(server);
    expect(headersOf(server.actions[1])).toEqual({
      Action: 'Login',
      Username: 'bridge',
      Secret: SECRET,
      Events: 'call,agent,system',
    });
    session.destroy();
  });

  it('is found in a banner that comes a byte at a time', async () => {
    const onSocket: AmiScript['onSocket'] = ({ socket }) => {
      for (const character of BANNER) socket.write(character);
    };
    await using server = await scriptedAsterisk({ greeting: '', onSocket });
    const { session } = await logIn(server);
    expect(session.amiVersion).toBe('11.0.0');
    session.destroy();
  });

  it('is found in a banner that is glued to what follows it', async () => {
    await using server = await scriptedAsterisk({ greeting: `${BANNER}${NEWSTATE}\r\n` });
    const { client, session } = await logIn(server);
    expect(client.messages).toEqual([{ kind: 'event', name: 'Newstate', text: NEWSTATE }]);
    expect(Buffer.concat(client.bytes).toString('latin1')).toContain(`${BANNER}${NEWSTATE}\r\n`);
    session.destroy();
  });

  it('is barred with the wrong secret, and who is barred is told, never the secret', async () => {
    await using server = await scriptedAsterisk();
    const client = new Client(server.port, { secret: 'hunter2' });
    const error = await client.connect().catch((reason) => reason);
    expect(error).toMatchObject({
      code: 'AMI_LOGIN_REJECTED',
      retryable: false,
      message: `Login as "bridge" to Asterisk at 127.0.0.1:${server.port} was refused: Authentication failed`,
      hint: expect.stringContaining('AMI_SECRET'),
    });
    expect(JSON.stringify([error, String(error), error.stack, error.hint])).not.toContain(
      'hunter2',
    );
  });

  it('is barred while another session has the name', async () => {
    const onAction: AmiScript['onAction'] = (action, peer) => {
      if (!isAction(action, 'Login')) return false;
      peer.reply(action, 'Error', ['Message', 'Login Already In Use']);
      peer.socket.end();
      return true;
    };
    await using server = await scriptedAsterisk({ onAction });
    await expect(new Client(server.port).connect()).rejects.toMatchObject({
      code: 'AMI_LOGIN_IN_USE',
    });
  });

  it.each([
    ['a user name with a line break', { username: 'bridge\r\nAction: Originate' }],
    ['a user name that is too long', { username: 'x'.repeat(2_000) }],
    ['event classes with a line break', { events: 'call\nSecret: x' }],
  ])('is not even tried with %s', async (_, options) => {
    await using server = await scriptedAsterisk();
    await expect(new Client(server.port, options).connect()).rejects.toMatchObject({
      code: 'AMI_ACTION_INVALID',
    });
    expect(server.actions.map((action) => action.get('Action'))).toEqual(['Challenge']);
  });
});

describe('what is no Asterisk', () => {
  it.each([
    ['an SSH server', 'SSH-2.0-OpenSSH_9.2p1\r\n', 'SSH-2.0-OpenSSH_9.2p1'],
    [
      'an HTTP server',
      'HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n',
      'HTTP/1.1 400 Bad Request',
    ],
    ['something without lines', 'x'.repeat(2_000), 'x'.repeat(40)],
    ['binary noise', '\x00\xff\n', '\\u0000ÿ'],
  ])('is told by its first words: %s', async (_, greeting, words) => {
    await using server = await scriptedAsterisk({ greeting });
    await expect(new Client(server.port).connect()).rejects.toMatchObject({
      code: 'AMI_NOT_ASTERISK',
      message: `127.0.0.1:${server.port} is not an Asterisk Manager Interface; it begins with "${words}"`,
    });
  });

  it('is told by its silence: a web server waits for us to speak', async () => {
    const server = createHttpServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as { port: number };
    const client = new Client(port, { deadlines: { bannerMs: SHORT } });
    await expect(client.connect()).rejects.toMatchObject({
      code: 'AMI_NO_BANNER',
      message: `127.0.0.1:${port} accepts the connection and stays silent: no manager banner came`,
    });
    server.close();
  });

  it.each([
    ['closes', (socket: Socket) => socket.end()],
    ['resets', (socket: Socket) => socket.resetAndDestroy()],
  ])('is a server that %s the connection before it says who it is', async (_, leave) => {
    await using server = await scriptedAsterisk({ greeting: 'Aster' });
    const onBytes = () => {
      for (const { socket } of server.peers) leave(socket);
    };
    await expect(new Client(server.port, { onBytes }).connect()).rejects.toMatchObject({
      code: 'AMI_NO_BANNER',
    });
  });

  it('is a port where nothing listens', async () => {
    const server = createTcpServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as { port: number };
    await new Promise((resolve) => server.close(resolve));
    await expect(new Client(port).connect()).rejects.toMatchObject({
      code: 'AMI_UNREACHABLE',
      message: `No way to Asterisk at 127.0.0.1:${port}: nothing listens there (connection refused)`,
    });
  });

  it('is a name that nobody knows', async () => {
    const client = new Client(5038, { host: 'no-such-host.invalid' });
    await expect(client.connect()).rejects.toMatchObject({ code: 'AMI_UNREACHABLE' });
  });
});

describe('an action', () => {
  it('is answered by the response with its ActionID, in whatever order they come', async () => {
    await using server = await scriptedAsterisk({ onAction: answeringInReverse() });
    const { client, session } = await logIn(server);
    const answers = await Promise.all([
      session.send({ name: 'CoreSettings' }),
      session.send({ name: 'CoreStatus' }),
    ]);
    expect(answers.map((answer) => header(answer, 'Name'))).toEqual(['CoreSettings', 'CoreStatus']);
    expect(new Set(server.actions.map((action) => action.get('ActionID'))).size).toBe(4);
    expect(client.messages).toEqual([]);
    session.destroy();
  });

  it('is not answered by a response of another ActionID, or of none', async () => {
    const onAction: AmiScript['onAction'] = (action, peer) => {
      if (!isAction(action, 'Ping')) return false;
      peer.raw('Response: Success\r\nActionID: forged\r\n\r\nResponse: Error\r\n\r\n');
      return false;
    };
    await using server = await scriptedAsterisk({ onAction });
    const { client, session } = await logIn(server);
    const answer = await session.send({ name: 'Ping' });
    expect(header(answer, 'Ping')).toBe('Pong');
    expect(client.messages.map(({ kind }) => kind)).toEqual(['response', 'response']);
    session.destroy();
  });
});

describe('an action that asks or waits', () => {
  it('is given a list up to its end, and other events go their way', async () => {
    const onAction: AmiScript['onAction'] = (action, peer) => {
      if (!isAction(action, 'CoreShowChannels')) return false;
      const id = ['ActionID', action.get('ActionID') ?? ''] as const;
      const item = `${messageText(['Event', 'CoreShowChannel'], id)}\r\n`;
      const end = `${messageText(['Event', 'CoreShowChannelsComplete'], id, ['ListItems', '2'])}\r\n`;
      const stranger = 'Event: CoreShowChannel\r\nActionID: forged\r\n\r\n';
      peer.reply(action, 'Success', ['EventList', 'start']);
      peer.raw(`${item}${NEWSTATE}\r\n${stranger}${item}${end}${item}`);
      return true;
    };
    await using server = await scriptedAsterisk({ onAction });
    const { client, session } = await logIn(server, { wanted: (name) => name === 'Newstate' });
    const list = await session.list({ name: 'CoreShowChannels' }, 'CoreShowChannelsComplete');
    expect(list.map((message) => message.kind !== 'suspect' && message.name)).toEqual([
      'Success',
      'CoreShowChannel',
      'CoreShowChannel',
      'CoreShowChannelsComplete',
    ]);
    expect(client.messages.map((message) => message.kind === 'event' && message.name)).toEqual([
      'Newstate',
      'CoreShowChannel',
    ]);
    session.destroy();
  });

  it('is given no list where it is refused', async () => {
    const onAction: AmiScript['onAction'] = (action, peer) => {
      if (!isAction(action, 'CoreShowChannels')) return false;
      peer.reply(action, 'Error', ['Message', 'Permission denied']);
      return true;
    };
    await using server = await scriptedAsterisk({ onAction });
    const { session } = await logIn(server);
    const list = await session.list({ name: 'CoreShowChannels' }, 'CoreShowChannelsComplete');
    expect(list).toMatchObject([{ kind: 'response', name: 'Error' }]);
    session.destroy();
  });

  it.each(['send', 'list'] as const)(
    'that is not answered in time ends the session: %s',
    async (way) => {
      const onAction: AmiScript['onAction'] = (action) =>
        !/Challenge|Login/.test(action.get('Action') ?? '');
      await using server = await scriptedAsterisk({ onAction });
      const deadlines = { actionMs: PATIENT, listMs: PATIENT };
      const { session } = await logIn(server, { deadlines });
      const asked =
        way === 'send'
          ? session.send({ name: 'Ping' })
          : session.list({ name: 'CoreShowChannels' }, 'CoreShowChannelsComplete');
      const silent = {
        code: 'AMI_SILENT',
        message: expect.stringContaining(`127.0.0.1:${server.port} did not answer`),
      };
      await expect(asked).rejects.toMatchObject(silent);
      await expect(session.closed).resolves.toMatchObject(silent);
      await expect(session.send({ name: 'Ping' })).rejects.toMatchObject({ code: 'AMI_SILENT' });
    },
  );

  it('that waits when the connection ends has failed with it', async () => {
    const onAction: AmiScript['onAction'] = (action, peer) => {
      if (isAction(action, 'Ping')) peer.socket.end();
      return isAction(action, 'Ping');
    };
    await using server = await scriptedAsterisk({ onAction });
    const { session } = await logIn(server);
    const asked = [session.send({ name: 'Ping' }), session.list({ name: 'CoreShowChannels' }, 'X')];
    for (const answer of asked) {
      await expect(answer).rejects.toMatchObject({ code: 'AMI_DISCONNECTED' });
    }
  });
});

describe('the events of a session', () => {
  it('are those that somebody wants, whole, in order and however they are cut', async () => {
    await using server = await scriptedAsterisk();
    const asked: string[] = [];
    const wanted = (name: string) => {
      asked.push(name);
      return name !== 'VarSet';
    };
    const { client, session, peer } = await logIn(server, { wanted });
    const varSet = eventText('VarSet', ['Variable', 'X']);
    const stream = `${NEWSTATE}\r\n${varSet}\r\n${NEWSTATE}\r\n`;
    peer.raw(stream.slice(0, 40));
    peer.raw(stream.slice(40));
    expect((await client.until(2)).map(({ text }) => text)).toEqual([NEWSTATE, NEWSTATE]);
    expect(asked).toEqual(['Newstate', 'VarSet', 'Newstate']);
    session.destroy();
  });

  it.each(['a\r\n\r\n', '\x00\r\n\r\n', 'Event:\r\n\r\n', 'Event: \r\n\r\n', 'Even\r\n\r\n'])(
    'go on behind noise of a few bytes: %j',
    async (noise) => {
      await using server = await scriptedAsterisk();
      const { client, session, peer } = await logIn(server, {
        wanted: (name) => name === 'Newstate',
      });
      peer.raw(noise);
      await session.send({ name: 'Ping' });
      peer.raw(`${NEWSTATE}\r\n`);
      const isNoise = noise !== 'Event: \r\n\r\n';
      const messages = await client.until(isNoise ? 2 : 1);
      expect(messages.map(({ kind }) => kind)).toEqual(isNoise ? ['suspect', 'event'] : ['event']);
      session.destroy();
    },
  );

  it('go on behind a line of 5 MiB, which is told', async () => {
    await using server = await scriptedAsterisk();
    const { client, session, peer } = await logIn(server);
    peer.raw(`Event: Hangup\r\nX: ${'x'.repeat(5 * 1024 * 1024)}\r\n\r\n${NEWSTATE}\r\n`);
    expect((await client.until(1)).map(({ text }) => text)).toEqual([NEWSTATE]);
    expect(client.oversized).toHaveLength(1);
    session.destroy();
  });

  it.each([
    ['closed', (socket: Socket) => socket.end()],
    ['reset', (socket: Socket) => socket.resetAndDestroy()],
  ])(
    'stop in the middle of a message when the connection is %s, which is told',
    async (_, leave) => {
      await using server = await scriptedAsterisk();
      const { client, session, peer } = await logIn(server);
      peer.raw(`${NEWSTATE}\r\nEvent: Hangup\r\nCha`);
      await client.until(1);
      leave(peer.socket);
      await expect(session.closed).resolves.toMatchObject({
        code: 'AMI_DISCONNECTED',
        retryable: true,
        message: expect.stringContaining(`127.0.0.1:${server.port}`),
      });
      expect(client.torn).toEqual(['Event: Hangup\r\nCha'.length]);
      expect(client.messages).toHaveLength(1);
    },
  );

  it('are over with nothing torn after a goodbye', async () => {
    await using server = await scriptedAsterisk();
    const { client, session } = await logIn(server);
    await session.close();
    await session.close();
    expect(server.actions.at(-1)?.get('Action')).toBe('Logoff');
    expect(client.torn).toEqual([]);
    await expect(session.closed).resolves.toMatchObject({ code: 'AMI_DISCONNECTED' });
  });

  it('are over though nobody answers the goodbye', async () => {
    const onAction: AmiScript['onAction'] = (action) => isAction(action, 'Logoff');
    await using server = await scriptedAsterisk({ onAction });
    const { session } = await logIn(server, { deadlines: { actionMs: PATIENT } });
    await session.close();
    await expect(session.closed).resolves.toMatchObject({ code: 'AMI_SILENT' });
  });
});

describe('what comes faster than it is understood', () => {
  const many = 20_000;
  const large = eventText('Newstate', ['Channel', 'PJSIP/101-00000001'], ['X', 'x'.repeat(200)]);
  const flood = `${large}\r\n`.repeat(many);

  /** A client that takes its time over each event, and whether it was behind. */
  async function logInSlowly(server: ScriptedAsterisk, options: Partial<AmiOptions> = {}) {
    let heard = 0;
    const edges: boolean[] = [];
    const onMessage = () => {
      heard += 1;
      if (heard % 100 === 0) keepBusy(1);
    };
    const onBehind = (isBehind: boolean) => edges.push(isBehind);
    const login = await logIn(server, { onMessage, onBehind, ...options });
    return { ...login, edges, heard: () => heard };
  }

  it('is heard to its end, also where the connection is long gone', async () => {
    await using server = await scriptedAsterisk();
    const { session, peer, edges, heard } = await logInSlowly(server);
    peer.raw(flood);
    peer.socket.end();
    await session.closed;
    expect(heard()).toBe(many);
    expect(edges[0]).toBe(true);
    expect(edges.at(-1)).toBe(false);
    expect(session.waitingBytes).toBe(0);
  });

  it('is read while it waits', async () => {
    await using server = await scriptedAsterisk();
    const { session, peer, edges } = await logInSlowly(server);
    let mostBytes = 0;
    peer.raw(flood);
    while (edges.length < 2) {
      await new Promise((resolve) => setImmediate(resolve));
      mostBytes = Math.max(mostBytes, session.waitingBytes);
    }
    expect(mostBytes).toBeGreaterThan(flood.length / 2);
    session.destroy();
  });

  it('makes no answer late that came in time', async () => {
    const onAction: AmiScript['onAction'] = (action, peer) => {
      if (!isAction(action, 'Ping')) return false;
      peer.raw(flood);
      peer.reply(action, 'Success');
      return true;
    };
    await using server = await scriptedAsterisk({ onAction });
    const { session } = await logInSlowly(server, { deadlines: { actionMs: PATIENT } });
    const askedAt = performance.now();
    await expect(session.send({ name: 'Ping' })).resolves.toMatchObject({ name: 'Success' });
    expect(performance.now() - askedAt).toBeGreaterThan(PATIENT);
    session.destroy();
  });

  it('hides from nobody that Asterisk hung up meanwhile', async () => {
    const onAction: AmiScript['onAction'] = (action, peer) => {
      if (!isAction(action, 'Ping')) return false;
      peer.raw(flood + flood);
      setTimeout(() => peer.socket.end(), PATIENT + SHORT); // too late for the answer
      return true;
    };
    await using server = await scriptedAsterisk({ onAction });
    const { session, heard } = await logInSlowly(server, { deadlines: { actionMs: PATIENT } });
    await expect(session.send({ name: 'Ping' })).rejects.toMatchObject({
      code: 'AMI_DISCONNECTED',
    });
    expect(await session.closed).toMatchObject({ code: 'AMI_DISCONNECTED' });
    expect(heard()).toBe(2 * many);
  });

  it('is not heard any more after the session was given up', async () => {
    await using server = await scriptedAsterisk();
    const { session, peer, edges, heard } = await logInSlowly(server);
    peer.raw(flood);
    while (edges.length === 0) await delay(1);
    expect(session.waitingBytes).toBeGreaterThan(0);
    session.destroy();
    const before = heard();
    await session.closed;
    await delay(SHORT);
    expect(heard()).toBe(before);
    expect(edges.at(-1)).toBe(false);
  });
});

function keepBusy(ms: number): void {
  const until = performance.now() + ms;
  while (performance.now() < until);
}

describe('being told to stop', () => {
  const stop = { message: 'told to stop' };

  it('before there is a connection ends it', async () => {
    await using server = await scriptedAsterisk();
    const client = new Client(server.port);
    client.abort();
    await expect(client.connect()).rejects.toMatchObject(stop);
    expect(server.peers).toEqual([]);
  });

  it('while the connection is made ends it', async () => {
    await using server = await scriptedAsterisk();
    const client = new Client(server.port);
    const connecting = client.connect();
    client.abort();
    await expect(connecting).rejects.toMatchObject(stop);
  });

  it('while the banner is waited for ends it', async () => {
    const client: { current?: Client } = {};
    const onSocket = () => setImmediate(() => client.current?.abort());
    await using server = await scriptedAsterisk({ greeting: '', onSocket });
    client.current = new Client(server.port);
    await expect(client.current.connect()).rejects.toMatchObject(stop);
  });

  it.each(['Challenge', 'Login'])('while %s waits for its answer ends it', async (name) => {
    const client: { current?: Client } = {};
    const onAction: AmiScript['onAction'] = (action) => {
      if (isAction(action, name)) client.current?.abort();
      return isAction(action, name);
    };
    await using server = await scriptedAsterisk({ onAction });
    client.current = new Client(server.port);
    await expect(client.current.connect()).rejects.toMatchObject(stop);
  });

  it('ends a session that is logged in, and what waits in it', async () => {
    await using server = await scriptedAsterisk({ onAction: (action) => isAction(action, 'Ping') });
    const { client, session } = await logIn(server);
    const asked = session.send({ name: 'Ping' });
    client.abort();
    await expect(asked).rejects.toMatchObject({ code: 'AMI_DISCONNECTED' });
    await session.closed;
  });
});

describe('a TLS connection', () => {
  const trusted = { cert: SERVER_CERT, key: SERVER_KEY };
  const elsewhere = { cert: ELSEWHERE_CERT, key: ELSEWHERE_KEY };
  const fingerprint = new X509Certificate(SERVER_CERT).fingerprint256;

  it.each([
    ['the authority of its certificate', { ca: AUTHORITY }],
    ['the fingerprint of its certificate', { fingerprint }],
    [
      'a fingerprint without colons, in small letters',
      { fingerprint: fingerprint.replaceAll(':', '').toLowerCase() },
    ],
  ])('is trusted by %s', async (_, tls) => {
    await using server = await scriptedAsterisk({}, createTlsServer(trusted));
    const { session } = await logIn(server, { tls });
    expect(session.amiVersion).toBe('11.0.0');
    session.destroy();
  });

  it('asks for its server by name where it has one', async () => {
    const tlsServer = createTlsServer(trusted);
    const asked: (string | false | null)[] = [];
    tlsServer.on('secureConnection', ({ servername }) => asked.push(servername));
    await using server = await scriptedAsterisk({}, tlsServer);
    for (const host of ['localhost', '127.0.0.1']) {
      const { session } = await logIn(server, { host, tls: { ca: AUTHORITY } });
      session.destroy();
    }
    expect(asked).toEqual(['localhost', false]);
  });

  it('is trusted by its fingerprint whatever name it has', async () => {
    await using server = await scriptedAsterisk({}, createTlsServer(elsewhere));
    const pinned = new X509Certificate(ELSEWHERE_CERT).fingerprint256;
    const { session } = await logIn(server, { tls: { fingerprint: pinned } });
    session.destroy();
  });

  it.each([
    { what: 'nobody vouches for', certificate: trusted, tls: {}, words: 'TLS to Asterisk at' },
    {
      what: 'is for another name',
      certificate: elsewhere,
      tls: { ca: AUTHORITY },
      words: 'altnames',
    },
    {
      what: 'has another fingerprint',
      certificate: elsewhere,
      tls: { fingerprint },
      words: 'not the one in AMI_TLS_FINGERPRINT',
    },
    {
      what: 'has another fingerprint, though its authority is trusted',
      certificate: trusted,
      tls: { ca: AUTHORITY, fingerprint: 'AB:CD' },
      words: fingerprint,
    },
  ])('is refused with a certificate that $what', async ({ certificate, tls, words }) => {
    await using server = await scriptedAsterisk({}, createTlsServer(certificate));
    await expect(new Client(server.port, { tls }).connect()).rejects.toMatchObject({
      code: 'AMI_TLS_FAILED',
      message: expect.stringMatching(new RegExp(`${words}(?!.*Node)`)),
    });
    expect(server.actions).toEqual([]);
  });

  it('is none on the plain port', async () => {
    await using server = await scriptedAsterisk();
    await expect(new Client(server.port, { tls: {} }).connect()).rejects.toMatchObject({
      code: 'AMI_TLS_FAILED',
    });
  });

  it('is needed on the TLS port, which says nothing to plain text', async () => {
    await using server = await scriptedAsterisk({}, createTlsServer(trusted));
    const client = new Client(server.port, { deadlines: { bannerMs: SHORT } });
    await expect(client.connect()).rejects.toMatchObject({ code: 'AMI_NO_BANNER' });
  });

  it('is given up when the handshake does not come to an end', async () => {
    await using server = await scriptedAsterisk({ greeting: '' });
    const client = new Client(server.port, { tls: {}, deadlines: { connectMs: SHORT } });
    await expect(client.connect()).rejects.toMatchObject({
      code: 'AMI_TLS_FAILED',
      message: expect.stringContaining('no answer'),
    });
  });
});
