// What a refusal or a broken connection means to an operator: reason codes of MQTT 5 (OASIS MQTT 5.0, section 2.4),
// return codes of MQTT 3.1.1 (section 3.2.2.3), and the errors of sockets, TLS and WebSockets.

import type { IConnackPacket, IDisconnectPacket } from 'mqtt';
import { ConnectorError, type ErrorCode } from '../../errors.ts';

/** The broker's answer to CONNECT, where it is no. */
export function toConnackError(connack: IConnackPacket, broker: string): ConnectorError {
  const reason = connack.reasonCode ?? connack.returnCode ?? 0;
  const { code, text } = CONNACK_REASONS[reason] ?? {
    code: 'MQTT_CONNECT_REFUSED' as const,
    text: `the connection, reason code ${hex(reason)}`,
  };
  return new ConnectorError(code, `The broker at ${broker} refused ${text}`);
}

/** A DISCONNECT that the broker sent (MQTT 5 only). */
export function toDisconnectError(packet: IDisconnectPacket, broker: string): ConnectorError {
  const reason = packet.reasonCode ?? 0;
  if (reason === SESSION_TAKEN_OVER) {
    return new ConnectorError(
      'MQTT_CLIENT_ID_TAKEN',
      `Another client connected to the broker at ${broker} with the same client id (MQTT_CLIENT_ID)`,
    );
  }
  const why = DISCONNECT_REASONS[reason] ?? `reason code ${hex(reason)}`;
  return new ConnectorError(
    'MQTT_DISCONNECTED',
    `The broker at ${broker} ended the connection: ${why}`,
  );
}

/** A reason code of PUBACK, 0x80 or more. */
export function toPublishError(reason: number, topic: string): ConnectorError {
  const refused = NEVER_TAKEN[reason];
  if (refused !== undefined) {
    return new ConnectorError('MQTT_PUBLISH_REFUSED', `The broker refused ${topic}: ${refused}`);
  }
  const why = DENIED[reason] ?? `reason code ${hex(reason)}`;
  return new ConnectorError('MQTT_PUBLISH_DENIED', `The broker denied ${topic}: ${why}`);
}

export type Stage = 'connecting' | 'online';

/** An error of the socket, of TLS, of the WebSocket, or of the MQTT library. */
export function toConnectionError(cause: unknown, broker: string, stage: Stage): ConnectorError {
  if (cause instanceof ConnectorError) return cause;
  const { code, message } = cause as { code?: unknown; message: string };
  if (typeof code === 'string') return toSocketError({ code, message }, { broker, stage, cause });
  if (/keepalive timeout/i.test(message)) {
    const text = `The broker at ${broker} does not answer pings any more`;
    return new ConnectorError('MQTT_SILENT', text, { cause });
  }
  return stage === 'connecting'
    ? new ConnectorError('MQTT_NOT_A_BROKER', `${broker} is no MQTT broker: ${message}`, { cause })
    : new ConnectorError('MQTT_DISCONNECTED', `The broker at ${broker} broke MQTT: ${message}`, {
        cause,
      });
}

type Refusal = { readonly code: ErrorCode; readonly text: string };

const SESSION_TAKEN_OVER = 0x8e;
const LOGIN: Refusal = { code: 'MQTT_LOGIN_REJECTED', text: 'the user name or password' };
const UNAUTHORISED: Refusal = { code: 'MQTT_LOGIN_REJECTED', text: 'this user: not authorised' };
const VERSION: Refusal = { code: 'MQTT_PROTOCOL_REFUSED', text: 'this version of MQTT' };
const CLIENT_ID = refusal('the client id (MQTT_CLIENT_ID)');
const UNAVAILABLE = refusal('the connection: it is not available now');

// A broker that speaks only 3.1.1 answers a CONNECT of MQTT 5 with a code of 3.1.1.
const CONNACK_REASONS: Readonly<Record<number, Refusal>> = {
  1: VERSION,
  2: CLIENT_ID,
  3: UNAVAILABLE,
  4: LOGIN,
  5: UNAUTHORISED,
  132: VERSION,
  133: CLIENT_ID,
  134: LOGIN,
  135: UNAUTHORISED,
  136: UNAVAILABLE,
  137: refusal('the connection: it is busy'),
  138: { code: 'MQTT_LOGIN_REJECTED', text: 'this client: it is banned' },
  140: { code: 'MQTT_LOGIN_REJECTED', text: 'a login by user name and password' },
  144: refusal('the topic of the last will (MQTT_TOPIC_PREFIX)'),
  151: refusal('the connection: a quota is used up'),
  154: refusal('retained messages, which this program needs'),
  155: refusal('QoS 1, which this program needs'),
  156: refusal('the connection: another server is to be used'),
  157: refusal('the connection: it has moved'),
  159: refusal('the connection: too many connections in a short time'),
};

const DISCONNECT_REASONS: Readonly<Record<number, string>> = {
  0: 'without a reason',
  129: 'it could not read a packet',
  130: 'protocol error',
  135: 'this user is not authorised any more',
  137: 'it is busy',
  139: 'it is shutting down',
  141: 'it heard nothing within the keepalive time',
  147: 'more messages were on their way than it accepts',
  149: 'a packet was too large',
  150: 'too many messages in a short time',
  151: 'a quota is used up',
  152: 'by its administrator',
  154: 'it does not support retained messages',
  155: 'it does not support QoS 1',
  156: 'another server is to be used',
  157: 'it has moved',
};

const NEVER_TAKEN: Readonly<Record<number, string>> = {
  144: 'it does not accept the topic',
  149: 'the packet is too large',
  153: 'it does not accept the payload',
};

const DENIED: Readonly<Record<number, string>> = {
  128: 'without a reason',
  131: 'for a reason of its own',
  135: 'not authorised',
  151: 'a quota is used up',
};

const UNREACHABLE: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'nothing listens there (connection refused)',
  ENOTFOUND: 'the name is not known',
  EAI_AGAIN: 'the name could not be resolved now',
  EHOSTUNREACH: 'the host cannot be reached',
  ENETUNREACH: 'the network cannot be reached',
  EADDRNOTAVAIL: 'the address cannot be reached from here',
  ETIMEDOUT: 'no answer',
};

const TLS_CODE =
  /^(ERR_TLS|ERR_SSL|ERR_OSSL|EPROTO|CERT_|CRL_|UNABLE_TO|DEPTH_ZERO|SELF_SIGNED|HOSTNAME_|INVALID_|PATH_LENGTH)/;

type Circumstances = {
  readonly broker: string;
  readonly stage: Stage;
  readonly cause: unknown;
};

function toSocketError(
  { code, message }: { readonly code: string; readonly message: string },
  { broker, stage, cause }: Circumstances,
): ConnectorError {
  // Node gives this one the code of a plain reset.
  if (TLS_CODE.test(code) || message.includes('before secure TLS connection')) {
    const text = `TLS to the broker at ${broker} failed: ${tlsReason(message)}`;
    return new ConnectorError('MQTT_TLS_FAILED', text, { cause });
  }
  if (stage === 'connecting' && code.startsWith('HPE_')) {
    const text = `${broker} is no MQTT broker with WebSockets: ${message}`;
    return new ConnectorError('MQTT_NOT_A_BROKER', text, { cause });
  }
  const why = UNREACHABLE[code];
  if (why !== undefined && stage === 'connecting') {
    const text = `No way to the broker at ${broker}: ${why}`;
    return new ConnectorError('MQTT_UNREACHABLE', text, { cause });
  }
  const text = `The connection to the broker at ${broker} broke: ${why ?? code}`;
  return new ConnectorError('MQTT_DISCONNECTED', text, { cause });
}

/** Messages of OpenSSL are lines of its source, of which a part is the reason; Node adds advice for its own users. */
function tlsReason(message: string): string {
  const [, reason = message] = /\berror:[0-9A-F]+:[^:]*:[^:]*:([^:]+)/.exec(message) ?? [];
  return reason.replace(/; if the root CA is installed locally.*$/, '');
}

function refusal(text: string): Refusal {
  return { code: 'MQTT_CONNECT_REFUSED', text };
}

function hex(reason: number): string {
  return `0x${reason.toString(16).padStart(2, '0')}`;
}
