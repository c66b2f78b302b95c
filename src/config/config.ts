// The settings as the bridge takes them: validated, with files read and defaults filled in.

import type { CleanedEnv } from 'envalid';
import type { Pems } from './files.ts';
import type { VARIABLES } from './variables.ts';

export type Values = CleanedEnv<typeof VARIABLES>;

/** `ca`, `cert` and `key` are PEM texts; `fingerprint` is SHA-256, upper case with colons. */
export type Config = {
  readonly ami: {
    readonly host: string;
    readonly port: number;
    readonly username: string;
    readonly secret: string;
    /** Present: connect by TLS. */
    readonly tls?: { readonly ca?: string; readonly fingerprint?: string };
  };
  readonly mqtt: {
    /** `mqtt:`, `mqtts:`, `ws:` or `wss:`, without credentials. */
    readonly url: string;
    readonly username?: string;
    readonly password?: string;
    readonly topicPrefix: string;
    readonly clientId: string;
    readonly protocolVersion: 'auto' | '5' | '3.1.1';
    readonly keepaliveSeconds: number;
    /** Present: the URL is one with TLS. */
    readonly tls?: { readonly ca?: string; readonly cert?: string; readonly key?: string };
  };
  readonly pbxName?: string;
  readonly callDtmf: boolean;
  readonly dataDir?: string;
  readonly outbox: {
    readonly maxEvents: number;
    readonly maxBytes: number;
    readonly maxAgeMs: number;
  };
  /** Port 0: no HTTP server. */
  readonly http: { readonly host: string; readonly port: number };
  readonly heartbeatFile?: string;
  readonly log: {
    readonly level: 'error' | 'warn' | 'info' | 'debug';
    readonly format: 'json' | 'pretty';
  };
};

export function toConfig(values: Values, pems: Pems): Config {
  return {
    ami: toAmi(values, pems),
    mqtt: toMqtt(values, pems),
    ...given({
      pbxName: values.PBX_NAME,
      dataDir: values.DATA_DIR,
      heartbeatFile: values.HEARTBEAT_FILE,
    }),
    callDtmf: values.CALL_DTMF,
    outbox: {
      maxEvents: values.OUTBOX_MAX_EVENTS,
      maxBytes: values.OUTBOX_MAX_BYTES,
      maxAgeMs: values.OUTBOX_MAX_AGE,
    },
    http: { host: values.HTTP_HOST, port: values.HTTP_PORT },
    log: { level: values.LOG_LEVEL, format: values.LOG_FORMAT },
  };
}

/** Every text in `config` that must not get out. */
export function secretsOf({ ami, mqtt }: Config): readonly string[] {
  const query = new URL(mqtt.url).search.slice(1); // brokers behind WebSocket take tokens there
  return [ami.secret, mqtt.password ?? '', query].filter((text) => text !== '');
}

/** Whether the connection to this URL is by TLS. */
export function isSecure(url: string): boolean {
  return url.startsWith('mqtts:') || url.startsWith('wss:');
}

function toAmi(values: Values, pems: Pems): Config['ami'] {
  const tls = given({ ca: pems.AMI_TLS_CA_FILE, fingerprint: values.AMI_TLS_FINGERPRINT });
  return {
    host: values.AMI_HOST,
    port: values.AMI_PORT ?? (values.AMI_TLS ? 5039 : 5038),
    username: values.AMI_USERNAME,
    secret: values.AMI_SECRET,
    ...(values.AMI_TLS && { tls }),
  };
}

function toMqtt(values: Values, pems: Pems): Config['mqtt'] {
  const url = new URL(values.MQTT_URL);
  const username = values.MQTT_USERNAME ?? decodeURIComponent(url.username);
  const password = values.MQTT_PASSWORD ?? decodeURIComponent(url.password);
  const tls = given({
    ca: pems.MQTT_TLS_CA_FILE,
    cert: pems.MQTT_TLS_CERT_FILE,
    key: pems.MQTT_TLS_KEY_FILE,
  });
  return {
    url: withoutUser(url),
    ...given({ username: username || undefined, password: password || undefined }),
    topicPrefix: values.MQTT_TOPIC_PREFIX,
    clientId: values.MQTT_CLIENT_ID ?? clientIdFor(values.MQTT_TOPIC_PREFIX),
    protocolVersion: values.MQTT_PROTOCOL_VERSION,
    keepaliveSeconds: values.MQTT_KEEPALIVE,
    ...(isSecure(values.MQTT_URL) && { tls }),
  };
}

function withoutUser(url: URL): string {
  const bare = new URL(url);
  bare.username = '';
  bare.password = '';
  return bare.href.replace(/^tcp:/, 'mqtt:');
}

/** Two bridges at one broker differ in their prefixes, and must differ in their client ids. */
function clientIdFor(topicPrefix: string): string {
  return topicPrefix === 'asterisk'
    ? 'asterisk-mqtt'
    : `asterisk-mqtt-${topicPrefix.replace(/\/+/g, '-')}`;
}

type Given<T> = { [K in keyof T]?: Exclude<T[K], undefined> };

/** Without the keys that have no value: an optional key is absent, never `undefined`. */
function given<T extends Record<string, unknown>>(entries: T): Given<T> {
  const present = Object.entries(entries).filter(([, value]) => value !== undefined);
  return Object.fromEntries(present) as Given<T>; // only keys of T, only values that are there
}
