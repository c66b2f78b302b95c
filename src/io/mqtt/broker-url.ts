// MQTT_URL taken apart. Only `name` may be shown to anybody: the URL itself can hold a user and a password.

import { ConnectorError } from '../../errors.ts';

export type BrokerAddress = {
  readonly protocol: 'mqtt' | 'mqtts' | 'ws' | 'wss';
  /** A name or an address, IPv6 without brackets. */
  readonly host: string;
  readonly port: number;
  /** Path and query, for WebSockets. */
  readonly path: string;
  /** What messages call the broker: `host:port`. */
  readonly name: string;
  readonly username?: string;
  readonly password?: string;
};

const PROTOCOLS: Readonly<Record<string, BrokerAddress['protocol']>> = {
  'mqtt:': 'mqtt',
  'tcp:': 'mqtt',
  'mqtts:': 'mqtts',
  'ws:': 'ws',
  'wss:': 'wss',
};

const DEFAULT_PORTS = { mqtt: 1883, mqtts: 8883, ws: 80, wss: 443 } as const;

/** @throws ConnectorError CONFIG_INVALID, without the URL in its message */
export function toBrokerAddress(text: string): BrokerAddress {
  const url = URL.parse(text);
  const protocol = url === null ? undefined : PROTOCOLS[url.protocol];
  if (url === null || protocol === undefined || url.hostname === '') {
    throw new ConnectorError(
      'CONFIG_INVALID',
      'MQTT_URL is no broker URL such as mqtt://broker:1883 (mqtt, tcp, mqtts, ws or wss)',
    );
  }
  const port = url.port === '' ? DEFAULT_PORTS[protocol] : Number(url.port);
  return {
    protocol,
    host: url.hostname.replace(/^\[(.*)\]$/, '$1'),
    port,
    path: `${url.pathname === '' ? '/' : url.pathname}${url.search}`,
    name: `${url.hostname}:${port}`,
    ...(url.username !== '' && { username: decoded(url.username) }),
    ...(url.password !== '' && { password: decoded(url.password) }),
  };
}

/** A `%` that encodes nothing stands for itself. */
function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
