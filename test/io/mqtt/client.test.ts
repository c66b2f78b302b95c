import { createServer as createHttpServer } from 'node:http';
import { createServer, type Socket } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import { Aedes } from 'aedes';
import type { IConnectPacket, Packet } from 'mqtt-packet';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { createWebSocketStream, WebSocketServer } from 'ws';
import type { Publication } from '../../../src/core/event/publication.ts';
import { ConnectorError } from '../../../src/errors.ts';
import {
  type BrokerConnection,
  type BrokerOptions,
  connectBroker,
} from '../../../src/io/mqtt/client.ts';
import {
  AUTHORITY,
  CLIENT_CERT,
  CLIENT_KEY,
  ELSEWHERE_CERT,
  ELSEWHERE_KEY,
  SERVER_CERT,
  SERVER_KEY,
} from '../../support/certificates.ts';
import {
  accepted,
  acknowledged,
  type Script,
  scriptedBroker,
} from '../../support/scripted-broker.ts';

const never = new AbortController().signal;
const open: BrokerConnection[] = [];
const cleanups: (() => PromiseLike<unknown>)[] = [];

afterEach(async () => {
  for (const connection of open.splice(0)) await connection.end();
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

describe('connecting', () => {
  it('says who it is, leaves a last will, and starts a clean session', async () => {
    const broker = await scripted();
    await connected({ url: broker.url, username: 'bridge', password: 'secret' });
    expect(broker.packets[0]).toMatchObject({
      cmd: 'connect',
      protocolVersion: 5,
      clean: true,
      clientId: 'asterisk-mqtt',
      keepalive: 30,
      username: 'bridge',
      will: { topic: 'asterisk/bridge/state', qos: 1, retain: true },
    });
    const { will, password } = broker.packets[0] as IConnectPacket;
    expect(String(will?.payload)).toBe('offline');
    expect(String(password)).toBe('secret');
  });

  it.each([
    [
      { payload: 'hello', retain: false },
      { topic: 'asterisk/bridge/state', retain: false },
    ],
    ['none' as const, undefined],
  ])('leaves another last will, or none, where that is asked for', async (lastWill, will) => {
    const broker = await scripted();
    await connected({ url: broker.url, lastWill });
    const packet = broker.packets[0] as IConnectPacket;
    if (will === undefined) expect(packet.will).toBeUndefined();
    else expect(packet.will).toMatchObject({ ...will, payload: Buffer.from('hello') });
  });

  it('takes user and password from the URL, decoded, unless they are given apart', async () => {
    const broker = await scripted();
    const url = broker.url.replace('//', '//ann:p%40ss@');
    await connected({ url });
    await connected({ url, username: 'bob', password: 'other' });
    const logins = packetsOf(broker.packets, 'connect').map((packet) => {
      const { username, password } = packet as IConnectPacket;
      return [username, String(password)];
    });
    expect(logins).toEqual([
      ['ann', 'p@ss'],
      ['bob', 'other'],
    ]);
  });

  it('tells what the broker accepts', async () => {
    const properties = { receiveMaximum: 7, maximumPacketSize: 1_000 };
    const broker = await scripted({ onConnect: (_, peer) => peer.send(accepted(properties)) });
    const connection = await connected({ url: broker.url });
    expect(connection).toMatchObject({
      broker: `127.0.0.1:${broker.port}`,
      protocolVersion: '5',
      receiveMaximum: 7,
      maximumPacketSize: 1_000,
    });
  });

  it('switches the delay of small packets off', async () => {
    const spy = vi.spyOn((await import('node:net')).Socket.prototype, 'setNoDelay');
    const broker = await scripted();
    await connected({ url: broker.url });
    expect(spy).toHaveBeenCalledWith(true);
    spy.mockRestore();
  });

  it.each([
    [0x84, 'MQTT_PROTOCOL_REFUSED'],
    [0x85, 'MQTT_CONNECT_REFUSED'],
    [0x86, 'MQTT_LOGIN_REJECTED'],
    [0x87, 'MQTT_LOGIN_REJECTED'],
    [0x89, 'MQTT_CONNECT_REFUSED'],
    [0x9f, 'MQTT_CONNECT_REFUSED'],
    [0xa2, 'MQTT_CONNECT_REFUSED'],
  ])('maps the reason code %i of a refusal to %s', async (reasonCode, code) => {
    const broker = await scripted({
      onConnect: (_packet, peer) => peer.send({ ...accepted(), reasonCode }),
    });
    const error = await failure({ url: broker.url });
    expect(error.code).toBe(code);
    expect(error.message).toContain(`127.0.0.1:${broker.port}`);
  });

  it.each([
    [1, 'MQTT_PROTOCOL_REFUSED'],
    [2, 'MQTT_CONNECT_REFUSED'],
    [3, 'MQTT_CONNECT_REFUSED'],
    [4, 'MQTT_LOGIN_REJECTED'],
    [5, 'MQTT_LOGIN_REJECTED'],
  ])('maps the return code %i of 3.1.1 to %s', async (returnCode, code) => {
    const broker = await scripted({
      onConnect: (_packet, peer) => peer.send({ ...accepted(), returnCode }),
    });
    expect((await failure({ url: broker.url, protocolVersion: '3.1.1' })).code).toBe(code);
  });

  it.each([
    ['QoS 1', { maximumQoS: 0 }],
    ['retained messages', { retainAvailable: false }],
  ])('is refused by a broker that has no %s', async (lacking, properties) => {
    const broker = await scripted({ onConnect: (_, peer) => peer.send(accepted(properties)) });
    const error = await failure({ url: broker.url });
    expect(error.code).toBe('MQTT_CONNECT_REFUSED');
    expect(error.message).toContain(lacking);
  });

  it('is told by a broker of 3.1.1 that it does not speak MQTT 5', async () => {
    const { url } = await aedesBroker();
    expect((await failure({ url })).code).toBe('MQTT_PROTOCOL_REFUSED');
  });

  it('ends when it is aborted, with the reason of the abort', async () => {
    const arrived = Promise.withResolvers<void>();
    const broker = await scripted({ onConnect: () => arrived.resolve() });
    const controller = new AbortController();
    const attempt = connectBroker(options({ url: broker.url }), controller.signal);
    await arrived.promise;
    controller.abort(new Error('stopping'));
    await expect(attempt).rejects.toThrow('stopping');
  });
});

describe('a broker that is not there', () => {
  it('is unreachable where nothing listens', async () => {
    const broker = await scriptedBroker();
    await broker[Symbol.asyncDispose]();
    const error = await failure({ url: broker.url.replace('//', '//ann:hush@') });
    expect(error.code).toBe('MQTT_UNREACHABLE');
    expect(error.message).toContain(`127.0.0.1:${broker.port}`);
    expect(error.message).not.toMatch(/ann|hush/);
  });

  it('is unreachable over a WebSocket too', async () => {
    const broker = await scriptedBroker();
    await broker[Symbol.asyncDispose]();
    expect((await failure({ url: `ws://127.0.0.1:${broker.port}` })).code).toBe('MQTT_UNREACHABLE');
  });

  it.each([
    'HTTP/1.1 400 Bad Request\r\n\r\n',
    '220 mail ESMTP\r\n',
    'SSH-2.0-OpenSSH_9\r\n',
    '\xff\xff',
  ])('is no broker where %j comes back', async (greeting) => {
    const broker = await scripted({
      onConnect: () => {},
      onSocket: (_socket, peer) => peer.raw(Buffer.from(greeting.padEnd(80, '\n'), 'latin1')),
    });
    expect((await failure({ url: broker.url })).code).toBe('MQTT_NOT_A_BROKER');
  });

  it.each(['mqtt', 'ws'])('is no broker where a web server answers %s://', async (scheme) => {
    const server = createHttpServer((_request, response) => response.end('hello'));
    const port = await listening(server);
    const error = await failure({ url: `${scheme}://127.0.0.1:${port}` });
    expect(error.code).toBe('MQTT_NOT_A_BROKER');
    expect(error.message).toContain(`127.0.0.1:${port}`);
  });

  it('is no broker where a WebSocket reaches something that is no web server', async () => {
    const broker = await scripted({ onSocket: (_socket, peer) => peer.raw('SSH-2.0-x\r\n') });
    const error = await failure({ url: `ws://127.0.0.1:${broker.port}` });
    expect(error.code).toBe('MQTT_NOT_A_BROKER');
  });

  it('is silent where it accepts and never answers', async () => {
    const broker = await scripted({ onConnect: () => {} });
    const error = await failure({ url: broker.url, connectTimeoutMs: 50 });
    expect(error.code).toBe('MQTT_SILENT');
  });

  it('is told apart where it hangs up on CONNECT', async () => {
    const broker = await scripted({ onConnect: (_, peer) => peer.hangUp() });
    expect((await failure({ url: broker.url })).code).toBe('MQTT_DISCONNECTED');
  });

  it('cannot fill the memory with a packet that never ends', async () => {
    const broker = await scripted({
      onConnect: (_, peer) => {
        peer.raw(Buffer.from([0x20, 0xff, 0xff, 0xff, 0x7f]));
        for (let i = 0; i < 40; i++) peer.raw(Buffer.alloc(65_536));
      },
    });
    expect((await failure({ url: broker.url })).code).toBe('MQTT_NOT_A_BROKER');
  });

  it.each(['', 'broker', 'http://broker', 'mqtt://', 'mqtt://ann:hush@'])(
    'is a mistake of MQTT_URL where that is %j, which is not repeated',
    async (url) => {
      const error = await failure({ url });
      expect(error.code).toBe('CONFIG_INVALID');
      expect(error.message).toContain('MQTT_URL');
      expect(error.message).not.toContain('hush');
    },
  );
});

describe('TLS', () => {
  it('verifies the broker and shows a certificate of its own', async () => {
    const server = createTlsServer({
      cert: SERVER_CERT,
      key: SERVER_KEY,
      ca: AUTHORITY,
      requestCert: true,
    });
    const broker = await scripted({}, server);
    const connection = await connected({
      url: `mqtts://localhost:${broker.port}`,
      tls: { ca: AUTHORITY, cert: CLIENT_CERT, key: CLIENT_KEY },
    });
    await connection.publisher.publish(message());
    expect(packetsOf(broker.packets, 'publish')).toHaveLength(1);
  });

  it.each([
    ['of an unknown authority', { cert: SERVER_CERT, key: SERVER_KEY }, undefined],
    ['of another name', { cert: ELSEWHERE_CERT, key: ELSEWHERE_KEY }, { ca: AUTHORITY }],
  ])('refuses a certificate %s', async (_, certificate, tls) => {
    const broker = await scripted({}, createTlsServer(certificate));
    const url = `mqtts://127.0.0.1:${broker.port}`;
    expect((await failure({ url, ...(tls && { tls }) })).code).toBe('MQTT_TLS_FAILED');
    const overWebSocket = url.replace('mqtts', 'wss');
    expect((await failure({ url: overWebSocket, ...(tls && { tls }) })).code).toBe(
      'MQTT_TLS_FAILED',
    );
  });

  it('says so where the broker insists on a certificate that is not given', async () => {
    const certificate = { cert: SERVER_CERT, key: SERVER_KEY, ca: AUTHORITY, requestCert: true };
    const broker = await scripted({ onConnect: () => {} }, createTlsServer(certificate));
    const url = `mqtts://127.0.0.1:${broker.port}`;
    const error = await failure({ url, tls: { ca: AUTHORITY } });
    expect(error.code).toBe('MQTT_TLS_FAILED');
    expect(error.message).toMatch(/certificate required$/);
  });

  it('says so where the port speaks plain MQTT', async () => {
    const broker = await scripted();
    const url = `mqtts://127.0.0.1:${broker.port}`;
    expect((await failure({ url })).code).toBe('MQTT_TLS_FAILED');
  });

  it('says so where the certificate is no certificate', async () => {
    const broker = await scripted();
    const url = `mqtts://127.0.0.1:${broker.port}`;
    const error = await failure({ url, tls: { cert: 'nonsense', key: 'nonsense' } });
    expect(error.code).toBe('MQTT_TLS_FAILED');
  });
});

describe('publishing with MQTT 5', () => {
  it('says of a JSON message what it is', async () => {
    const broker = await scripted();
    const { publisher } = await connected({ url: broker.url });
    await publisher.publish(message({ id: 'asterisk/1.1/ringing' }));
    const [packet] = packetsOf(broker.packets, 'publish');
    expect(packet).toMatchObject({ topic: 'asterisk/call/1.1/ringing', qos: 1, retain: false });
    expect(String(packet?.payload)).toBe('{"event":"ringing"}');
    expect(packet?.properties).toEqual({
      contentType: 'application/json',
      payloadFormatIndicator: true,
      userProperties: {
        __proto__: null,
        id: 'asterisk/1.1/ringing',
        schema: 'asterisk-mqtt/call/1',
      },
    });
  });

  it('says nothing of plain text', async () => {
    const broker = await scripted();
    const { publisher } = await connected({ url: broker.url });
    const { schema: _, ...plain } = message({ retain: true, payload: 'online' });
    await publisher.publish(plain);
    const [packet] = packetsOf(broker.packets, 'publish');
    expect(packet).toMatchObject({ retain: true });
    expect(packet?.properties).toBeUndefined();
  });

  it.each([
    [0x00, undefined],
    [0x10, undefined],
    [0x80, 'MQTT_PUBLISH_DENIED'],
    [0x83, 'MQTT_PUBLISH_DENIED'],
    [0x87, 'MQTT_PUBLISH_DENIED'],
    [0x90, 'MQTT_PUBLISH_REFUSED'],
    [0x97, 'MQTT_PUBLISH_DENIED'],
    [0x99, 'MQTT_PUBLISH_REFUSED'],
  ])('takes the reason code %i of an acknowledgement as %s', async (reason, code) => {
    const broker = await scripted({
      onPublish: ({ messageId }, peer) => peer.send(acknowledged(messageId, reason)),
    });
    const { publisher } = await connected({ url: broker.url });
    expect((await rejection(publisher.publish(message())))?.code).toBe(code);
  });

  it('refuses what is larger than the broker accepts, without sending it', async () => {
    const broker = await scripted({
      onConnect: (_, peer) => peer.send(accepted({ maximumPacketSize: 200 })),
    });
    const { publisher } = await connected({ url: broker.url });
    const large = await rejection(publisher.publish(message({ payload: 'x'.repeat(200) })));
    expect(large?.code).toBe('MQTT_PUBLISH_REFUSED');
    await publisher.publish(message());
    expect(packetsOf(broker.packets, 'publish')).toHaveLength(1);
  });

  it.each(['', 'a/+/b', 'a/#', 'a\0b', 'a\u0085b', 'a\ud800b', 'x'.repeat(65_536)])(
    'refuses a topic that no broker takes, and stays connected',
    async (topic) => {
      const broker = await scripted();
      const { publisher } = await connected({ url: broker.url });
      const error = await rejection(publisher.publish(message({ topic })));
      expect(error?.code).toBe('MQTT_PUBLISH_REFUSED');
      await publisher.publish(message());
    },
  );

  it('leaves out an id that MQTT does not allow', async () => {
    const broker = await scripted();
    const { publisher } = await connected({ url: broker.url });
    await publisher.publish(message({ id: 'a\u0001b' }));
    const [packet] = packetsOf(broker.packets, 'publish');
    expect(Object.keys(packet?.properties?.userProperties ?? {})).toEqual(['schema']);
  });

  it('never has more unacknowledged than the broker accepts', async () => {
    let unacknowledged = 0;
    let most = 0;
    const broker = await scripted({
      onConnect: (_, peer) => peer.send(accepted({ receiveMaximum: 2 })),
      onPublish: ({ messageId }, peer) => {
        most = Math.max(most, ++unacknowledged);
        setImmediate(() => {
          unacknowledged -= 1;
          peer.send(acknowledged(messageId));
        });
      },
    });
    const { publisher } = await connected({ url: broker.url });
    const topics = Array.from({ length: 20 }, (_, i) => `t/${i}`);
    await Promise.all(topics.map((topic) => publisher.publish(message({ topic }))));
    expect(most).toBe(2);
    const sent = packetsOf(broker.packets, 'publish').map(({ topic }) => topic);
    expect(sent).toEqual(topics);
  });

  it('keeps the order of its calls', async () => {
    const broker = await scripted();
    const { publisher } = await connected({ url: broker.url });
    const topics = Array.from({ length: 300 }, (_, i) => `t/${i}`);
    await Promise.all(topics.map((topic) => publisher.publish(message({ topic }))));
    const sent = packetsOf(broker.packets, 'publish').map(({ topic }) => topic);
    expect(sent).toEqual(topics);
  });
});

describe('publishing with MQTT 3.1.1', () => {
  it('arrives at a broker that knows no better', async () => {
    const { url, aedes } = await aedesBroker();
    const received: string[] = [];
    aedes.on('publish', ({ topic, payload }, client) => {
      if (client) received.push(`${topic} ${payload}`);
    });
    const connection = await connected({ url, protocolVersion: '3.1.1' });
    expect(connection).toMatchObject({ protocolVersion: '3.1.1', receiveMaximum: 65_535 });
    await connection.publisher.publish(message());
    expect(received).toEqual(['asterisk/call/1.1/ringing {"event":"ringing"}']);
  });

  it('works over a WebSocket, with the path of the URL', async () => {
    const { aedes } = await aedesBroker();
    const http = createHttpServer();
    const sockets = new WebSocketServer({ server: http, path: '/mqtt' });
    sockets.on('connection', (socket, request) =>
      aedes.handle(createWebSocketStream(socket), request),
    );
    const port = await listening(http);
    const settings = { url: `ws://127.0.0.1:${port}/mqtt`, protocolVersion: '3.1.1' as const };
    const connection = await connected(settings);
    await connection.publisher.publish(message());
    await connection.end();
    const elsewhere = await failure({ ...settings, url: `ws://127.0.0.1:${port}/other` });
    expect(elsewhere.code).toBe('MQTT_NOT_A_BROKER');
  });

  it('leaves the last will where the connection just dies', async () => {
    const { url, aedes, hangUp } = await aedesBroker();
    const told = Promise.withResolvers<string>();
    aedes.on('publish', ({ topic, payload }) => {
      if (topic === 'asterisk/bridge/state') told.resolve(String(payload));
    });
    const connection = await connected({ url, protocolVersion: '3.1.1' });
    hangUp();
    expect((await connection.closed).code).toBe('MQTT_DISCONNECTED');
    expect(await told.promise).toBe('offline');
  });
});

describe('the end of a connection', () => {
  it('is a takeover where another client has the same id', async () => {
    const broker = await scripted({
      onPublish: (_, peer) => {
        peer.send({ cmd: 'disconnect', reasonCode: 0x8e });
        peer.hangUp();
      },
    });
    const { publisher, closed } = await connected({ url: broker.url });
    const error = await rejection(publisher.publish(message()));
    expect(error?.code).toBe('MQTT_CLIENT_ID_TAKEN');
    expect(error?.message).toContain('MQTT_CLIENT_ID');
    expect(await closed).toBe(error);
  });

  it.each([
    ['is shutting down', { cmd: 'disconnect', reasonCode: 0x8b } as Packet],
    ['cannot be read', 'HTTP/1.1 500\r\n'],
    ['answers twice', accepted() as Packet],
  ])('rejects all that is unacknowledged where the broker %s', async (_, answer) => {
    const broker = await scripted({
      onPublish: (_packet, peer) =>
        typeof answer === 'string' ? peer.raw(answer) : peer.send(answer),
    });
    const { publisher, closed } = await connected({ url: broker.url });
    const all = [publisher.publish(message()), publisher.publish(message())];
    const errors = await Promise.all(all.map(rejection));
    expect(errors.map((error) => error?.code)).toEqual(['MQTT_DISCONNECTED', 'MQTT_DISCONNECTED']);
    expect((await closed).code).toBe('MQTT_DISCONNECTED');
    expect((await rejection(publisher.publish(message())))?.code).toBe('MQTT_DISCONNECTED');
  });

  it('comes where a message is not acknowledged in time', async () => {
    let count = 0;
    const broker = await scripted({
      onPublish: ({ messageId }, peer) => {
        count += 1;
        if (count === 1) peer.send(acknowledged(messageId));
      },
    });
    const { publisher, closed } = await connected({ url: broker.url, ackTimeoutMs: 60 });
    await publisher.publish(message());
    const error = await rejection(publisher.publish(message()));
    expect(error?.code).toBe('MQTT_SILENT');
    expect(await closed).toBe(error);
  });

  it('comes where pings are not answered', async () => {
    let silent: Socket | undefined;
    const broker = await scripted({
      onSocket: (socket) => {
        silent = socket;
      },
    });
    const connection = await connected({ url: broker.url, keepaliveSeconds: 1 });
    silent?.pause();
    expect((await connection.closed).code).toBe('MQTT_SILENT');
  });

  it('is clean where everything is acknowledged: no last will', async () => {
    const broker = await scripted();
    const connection = await connected({ url: broker.url });
    await connection.publisher.publish(message());
    await connection.end();
    expect(broker.packets.at(-1)?.cmd).toBe('disconnect');
    await connection.end();
    expect((await connection.closed).code).toBe('MQTT_DISCONNECTED');
  });

  it('is not clean where something is not acknowledged, so that the last will tells', async () => {
    const arrived = Promise.withResolvers<void>();
    const broker = await scripted({ onPublish: () => arrived.resolve() });
    const connection = await connected({ url: broker.url });
    const publishing = rejection(connection.publisher.publish(message()));
    await arrived.promise;
    await connection.end();
    expect((await publishing)?.code).toBe('MQTT_DISCONNECTED');
    expect(packetsOf(broker.packets, 'disconnect')).toEqual([]);
  });
});

function options(settings: Partial<BrokerOptions> & { readonly url: string }): BrokerOptions {
  return {
    clientId: 'asterisk-mqtt',
    stateTopic: 'asterisk/bridge/state',
    protocolVersion: '5',
    keepaliveSeconds: 30,
    ...settings,
  };
}

async function connected(settings: Partial<BrokerOptions> & { readonly url: string }) {
  const connection = await connectBroker(options(settings), never);
  open.push(connection);
  return connection;
}

async function failure(settings: Partial<BrokerOptions> & { readonly url: string }) {
  const error = await rejection(connectBroker(options(settings), never));
  if (error === undefined) throw new Error('connected');
  return error;
}

async function rejection(promise: Promise<unknown>): Promise<ConnectorError | undefined> {
  try {
    await promise;
    return undefined;
  } catch (error) {
    if (error instanceof ConnectorError) return error;
    throw error;
  }
}

function message(changes: Partial<Publication> = {}): Publication {
  return {
    topic: 'asterisk/call/1.1/ringing',
    payload: '{"event":"ringing"}',
    retain: false,
    schema: 'asterisk-mqtt/call/1',
    at: 0,
    ...changes,
  };
}

function packetsOf<C extends Packet['cmd']>(packets: readonly Packet[], cmd: C) {
  return packets.filter((packet): packet is Extract<Packet, { cmd: C }> => packet.cmd === cmd);
}

async function scripted(script: Script = {}, server?: Parameters<typeof scriptedBroker>[1]) {
  const broker = await scriptedBroker(script, server);
  cleanups.push(() => broker[Symbol.asyncDispose]());
  return broker;
}

async function aedesBroker() {
  const aedes = await Aedes.createBroker();
  const sockets: Socket[] = [];
  const server = createServer((socket) => {
    sockets.push(socket);
    aedes.handle(socket);
  });
  const port = await listening(server);
  cleanups.push(() => new Promise<void>((resolve) => aedes.close(() => resolve())));
  const hangUp = () => sockets.map((socket) => socket.destroy());
  return { aedes, url: `mqtt://127.0.0.1:${port}`, hangUp };
}

async function listening(server: ReturnType<typeof createServer>): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  cleanups.push(() => new Promise((resolve) => server.close(resolve)));
  const address = server.address();
  return typeof address === 'object' && address !== null ? address.port : 0;
}
