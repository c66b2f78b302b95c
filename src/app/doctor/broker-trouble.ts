// A failed attempt to reach the broker: at which step it failed, and what to do about it.

import type { Config } from '../../config/config.ts';
import { type ConnectorError, ERRORS, type ErrorCode } from '../../errors.ts';
import { type BrokerAddress, toBrokerAddress } from '../../io/mqtt/broker-url.ts';
import { loopbackHint } from './name.ts';
import { isSomethingElse, type Stranger } from './stranger.ts';

/** The name of the step. A silence does not say how far we got: that is known by who is there. */
export function failedStep(
  { code }: ConnectorError,
  { tls }: Config['mqtt'],
  stranger?: Stranger,
): string {
  const kind = stranger?.answerer.kind;
  if (kind === 'nobody') return 'port';
  if (kind !== undefined && kind !== 'tls' && tls !== undefined) return 'TLS';
  return FAILED_AT[code] ?? 'connection';
}

const FAILED_AT: Readonly<Partial<Record<ErrorCode, string>>> = {
  MQTT_UNREACHABLE: 'port',
  MQTT_TLS_FAILED: 'TLS',
};

/** Whether it is worth to find out who is there. */
export function isStrange({ code }: ConnectorError): boolean {
  return STRANGE.has(code);
}

const STRANGE: ReadonlySet<ErrorCode> = new Set([
  'MQTT_NOT_A_BROKER',
  'MQTT_SILENT',
  'MQTT_DISCONNECTED',
  'MQTT_TLS_FAILED',
]);

/** The one of the bridge would throw the bridge out. */
export function doctorId({ clientId }: Config['mqtt']): string {
  return `${clientId}-doctor`;
}

/** `stranger`: who is there, where that was found out. */
export function remedyFor(
  { code, hint }: ConnectorError,
  mqtt: Config['mqtt'],
  stranger?: Stranger,
): string {
  const address = toBrokerAddress(mqtt.url);
  if (code === 'MQTT_UNREACHABLE') return `${hint}${loopbackHint(address.host)}`;
  if (code === 'MQTT_CONNECT_REFUSED') {
    return `${hint} Doctor connects as "${doctorId(mqtt)}", so as not to throw out a bridge that runs.`;
  }
  return stranger === undefined ? hint : (remedyAmong(stranger, address) ?? hint);
}

/** It may be a broker that is only asked in the wrong way. */
function remedyAmong(stranger: Stranger, { protocol, name }: BrokerAddress): string | undefined {
  if (isSomethingElse(stranger)) return ERRORS.MQTT_NOT_A_BROKER.hint;
  const { kind } = stranger.answerer;
  const isSecure = protocol === 'mqtts' || protocol === 'wss';
  if (kind === 'tls' && !isSecure) return `Set MQTT_URL to ${protocol}s://${name}.`;
  if (kind !== 'silent' || !isSecure) return undefined;
  return `If the broker has no TLS at this port, set MQTT_URL to ${protocol.slice(0, -1)}://${name}.`;
}
