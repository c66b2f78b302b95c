// A client of the mqtt package for one connection: it never reconnects, resubscribes or keeps messages for later; all
// of that is ours. Its socket is opened here and not by the package, which would take a proxy from the environment.

import { connect as connectTcp, isIP, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import {
  connect,
  type IClientOptions,
  MqttClient,
  type Packet,
  type PacketCallback,
  Store,
  UniqueMessageIdProvider,
} from 'mqtt';
import type { BrokerAddress } from './broker-url.ts';
import { gatherWrites } from './gathered-writes.ts';

export type ClientSettings = {
  readonly username?: string;
  readonly password?: string;
  readonly clientId: string;
  /** `{prefix}/bridge/state`: the topic of the last will. */
  readonly stateTopic: string;
  /** `offline`, retained, if left out; `none`: the broker gets no last will at all. */
  readonly lastWill?: LastWill | 'none';
  readonly protocolVersion: '5' | '3.1.1';
  readonly keepaliveSeconds: number;
  /** PEM texts. The broker's certificate is always verified; without `ca`, against the usual authorities. */
  readonly tls?: { readonly ca?: string; readonly cert?: string; readonly key?: string };
};

export type LastWill = { readonly payload: string; readonly retain: boolean };

const OFFLINE: LastWill = { payload: 'offline', retain: true };

/**
 * Nothing is kept: of what a broker sends to who subscribes to nothing, and of what goes again over another connection, as
 * that is the outbox's. It must not be `clean`: packets that the broker sent before the end are still handled behind it,
 * and would throw where nobody catches.
 */
class Forgetful extends Store {
  override put(_: Packet, done: () => void): this {
    done();
    return this;
  }

  override del(packet: Pick<Packet, 'messageId'>, done: PacketCallback): this {
    done(undefined, packet as Packet);
    return this;
  }
}

/** Larger than anything that a broker has to tell a client that subscribes to nothing. */
const MAX_INCOMING_PACKET_BYTES = 65_536;
const MAX_INCOMING_MESSAGES = 16;
/** The package's own limit must not be the one that strikes first. */
const NEVER_MS = 2 ** 31 - 1;

/**
 * The package keeps the four bytes of every length that it has ever written, and with them all of the pool that they were
 * taken from: 64 KiB each, by Node's default, for some thousand lengths. Larger buffers are no part of a pool.
 */
const POOL_BYTES = 2_048;

/** @throws what Node throws at once, such as ERR_OSSL_PEM_NO_START_LINE for a certificate that is none */
export function openClient(address: BrokerAddress, settings: ClientSettings): MqttClient {
  Buffer.poolSize = POOL_BYTES;
  const options = clientOptions(address, settings);
  if (address.protocol === 'mqtt') return new MqttClient(() => openTcp(address), options);
  if (address.protocol === 'mqtts')
    return new MqttClient(() => openTls(address, settings), options);
  return connect(webSocketOptions(address, settings, options)); // ws turns Nagle's delay off by itself
}

function clientOptions(address: BrokerAddress, settings: ClientSettings): IClientOptions {
  const username = settings.username ?? address.username;
  const password = settings.password ?? address.password;
  return {
    protocolId: 'MQTT',
    clientId: settings.clientId,
    ...(username !== undefined && { username }),
    ...(password !== undefined && { password }),
    clean: true,
    keepalive: settings.keepaliveSeconds,
    ...willOptions(settings),
    connectTimeout: NEVER_MS,
    reconnectPeriod: 0,
    resubscribe: false,
    queueQoSZero: false,
    writeCache: false, // a buffer for each of 65,536 numbers: 8 MB
    messageIdProvider: new UniqueMessageIdProvider(),
    timerVariant: 'native',
    incomingStore: new Forgetful({ clean: false }),
    outgoingStore: new Forgetful({ clean: false }),
    log: () => {}, // by default the environment can make it write passwords to stderr
    ...versionOptions(settings.protocolVersion),
  };
}

function willOptions({ stateTopic, lastWill = OFFLINE }: ClientSettings): IClientOptions {
  if (lastWill === 'none') return {};
  const { payload, retain } = lastWill;
  return { will: { topic: stateTopic, payload: Buffer.from(payload), qos: 1, retain } };
}

function versionOptions(version: ClientSettings['protocolVersion']): IClientOptions {
  if (version === '3.1.1') return { protocolVersion: 4 };
  return {
    protocolVersion: 5,
    properties: {
      sessionExpiryInterval: 0,
      receiveMaximum: MAX_INCOMING_MESSAGES,
      maximumPacketSize: MAX_INCOMING_PACKET_BYTES,
    },
  };
}

function openTcp({ host, port }: BrokerAddress): Socket {
  return gatherWrites(withoutDelay(connectTcp({ host, port })));
}

function openTls({ host, port }: BrokerAddress, { tls }: ClientSettings): Socket {
  const socket = connectTls({
    host,
    port,
    ...(isIP(host) === 0 && { servername: host }),
    ...tls,
    rejectUnauthorized: true,
  });
  return gatherWrites(withoutDelay(socket));
}

/** An option of the socket itself: it has one only once it is connected. */
function withoutDelay<S extends Socket>(socket: S): S {
  socket.once('connect', () => socket.setNoDelay(true));
  return socket;
}

function webSocketOptions(
  { protocol, host, port, path }: BrokerAddress,
  { tls }: ClientSettings,
  options: IClientOptions,
): IClientOptions {
  return {
    ...options,
    protocol: protocol === 'wss' ? 'wss' : 'ws',
    hostname: isIP(host) === 6 ? `[${host}]` : host,
    port,
    path,
    wsOptions: {
      perMessageDeflate: false,
      ...(protocol === 'wss' && { ...tls, rejectUnauthorized: true }),
    },
  };
}
