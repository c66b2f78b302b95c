// Every environment variable, declared once: validation, the YAML keys, .env.example, the example YAML and
// docs/configuration.md are made from this table.

import {
  byteSize,
  choice,
  duration,
  fingerprint,
  flag,
  host,
  keyPath,
  mqttUrl,
  path,
  port,
  portOrOff,
  secret,
  text,
  topicPrefix,
  wholeNumber,
} from './kinds.ts';

export const VARIABLES = {
  CONFIG_FILE: path({
    desc: 'A YAML file with the same settings in nested form. The environment wins over it. The default may be missing; a file that is named here may not.',
    default: '/etc/asterisk-mqtt/asterisk-mqtt.yaml',
  }),

  AMI_HOST: host({
    yaml: 'ami.host',
    desc: 'Host name or address of the Asterisk Manager Interface. In a container, 127.0.0.1 is the container itself; with our docker-compose.yml, the machine below it is host.docker.internal.',
    default: '127.0.0.1',
    example: 'pbx.example.com',
  }),
  AMI_PORT: port({
    yaml: 'ami.port',
    desc: 'TCP port of the Asterisk Manager Interface.',
    absent: '`5038`; `5039` with `AMI_TLS=true`',
    example: '5038',
  }),
  AMI_USERNAME: text({
    yaml: 'ami.username',
    aliases: ['AMI_USER'],
    yamlAliases: ['ami.user'],
    desc: 'Name of the manager user: the section in manager.conf. The least it needs is `read = call,agent,system` and `write = reporting`, and `dtmf` in `read` for `CALL_DTMF`.',
    example: 'asterisk-mqtt',
  }),
  AMI_SECRET: secret({
    yaml: 'ami.secret',
    aliases: ['AMI_PASSWORD'],
    yamlAliases: ['ami.password'],
    desc: 'Secret of the manager user. The login is by MD5 challenge; the secret itself is sent only to a server that has no challenge.',
    example: 'change-me',
  }),
  AMI_TLS: flag({
    yaml: 'ami.tls',
    desc: 'Connect to Asterisk by TLS. The certificate is verified against the public authorities that Node.js knows, unless one of the next two says otherwise.',
    default: 'false',
  }),
  AMI_TLS_CA_FILE: path({
    yaml: 'ami.tls_ca_file',
    desc: 'PEM file with the authority that signed the certificate of Asterisk, or with a self-signed certificate itself.',
    absent: 'none',
    example: '/run/secrets/asterisk-ca.pem',
  }),
  AMI_TLS_FINGERPRINT: fingerprint({
    yaml: 'ami.tls_fingerprint',
    desc: 'SHA-256 fingerprint of the certificate of Asterisk: this certificate is trusted and no other, whoever signed it. `openssl x509 -noout -fingerprint -sha256 -in asterisk.pem` prints it.',
    absent: 'none',
    example:
      'A1:B2:C3:D4:E5:F6:07:18:29:3A:4B:5C:6D:7E:8F:90:A1:B2:C3:D4:E5:F6:07:18:29:3A:4B:5C:6D:7E:8F:90',
  }),

  MQTT_URL: mqttUrl({
    yaml: 'mqtt.url',
    yamlAliases: ['mqtt.broker'],
    desc: 'URL of the broker. `mqtts://` and `wss://` use TLS, `ws://` and `wss://` WebSocket. In a container, localhost is the container itself.',
    default: 'mqtt://localhost:1883',
    example: 'mqtts://broker.example.com:8883',
  }),
  MQTT_USERNAME: text({
    yaml: 'mqtt.username',
    desc: 'User name at the broker.',
    absent: 'none',
    example: 'asterisk',
  }),
  MQTT_PASSWORD: secret({
    yaml: 'mqtt.password',
    desc: 'Password at the broker.',
    absent: 'none',
    example: 'change-me',
  }),
  MQTT_TOPIC_PREFIX: topicPrefix({
    yaml: 'mqtt.topic_prefix',
    desc: 'First levels of every topic. Several PBXs on one broker use one prefix each.',
    default: 'asterisk',
    example: 'asterisk/berlin',
  }),
  MQTT_CLIENT_ID: text({
    yaml: 'mqtt.client_id',
    desc: 'Client id at the broker. Each client needs one of its own.',
    absent: '`asterisk-mqtt`, with the prefix appended where it is not `asterisk`',
    example: 'asterisk-mqtt-berlin',
  }),
  MQTT_PROTOCOL_VERSION: choice(
    'auto',
    '5',
    '3.1.1',
  )({
    yaml: 'mqtt.protocol_version',
    desc: 'Version of MQTT. `auto` tries 5, and 3.1.1 once the broker refuses 5.',
    default: 'auto',
  }),
  MQTT_KEEPALIVE: wholeNumber({ min: 1, max: 65_535 })({
    yaml: 'mqtt.keepalive',
    desc: 'Seconds after which a silent connection to the broker is probed.',
    default: '30',
  }),
  MQTT_TLS_CA_FILE: path({
    yaml: 'mqtt.tls_ca_file',
    desc: 'PEM file with the authority that signed the certificate of the broker. Needs a URL with TLS.',
    absent: 'none',
    example: '/run/secrets/broker-ca.pem',
  }),
  MQTT_TLS_CERT_FILE: path({
    yaml: 'mqtt.tls_cert_file',
    desc: 'PEM file with the certificate that the bridge shows to the broker. Needs `MQTT_TLS_KEY_FILE` and a URL with TLS.',
    absent: 'none',
    example: '/run/secrets/client.pem',
  }),
  MQTT_TLS_KEY_FILE: keyPath({
    yaml: 'mqtt.tls_key_file',
    desc: 'PEM file with the private key of that certificate, without a passphrase. Needs `MQTT_TLS_CERT_FILE`.',
    absent: 'none',
    example: '/run/secrets/client.key',
  }),

  PBX_NAME: text({
    yaml: 'pbx.name',
    desc: 'Name of the PBX in `bridge/info`, logs and metrics.',
    absent: 'the `SystemName` of Asterisk, or else `AMI_HOST`',
    example: 'Berlin',
  }),
  CALL_DTMF: flag({
    yaml: 'call.dtmf',
    desc: 'Publish the digits that are pressed in a call. They can be card numbers and PINs.',
    default: 'false',
  }),

  DATA_DIR: path({
    yaml: 'data_dir',
    desc: 'Folder for what is to outlive the process: undelivered events and open calls, in one SQLite file. One folder per bridge; one that cannot be written ends the bridge at start. Without it they are in memory, and are lost when the bridge ends.',
    absent: 'none; `/data` in the image',
    example: '/data',
  }),
  OUTBOX_MAX_EVENTS: wholeNumber({ min: 1, max: 100_000_000 })({
    yaml: 'outbox.max_events',
    desc: 'How many undelivered events are kept while the broker is away. The first limit reached counts: the events of finished calls go first, then the oldest.',
    default: '1000000',
  }),
  OUTBOX_MAX_BYTES: byteSize({
    yaml: 'outbox.max_bytes',
    desc: 'How many bytes of undelivered events are kept; without `DATA_DIR` never more than a quarter of what Node may use for its heap.',
    default: '1GiB',
  }),
  OUTBOX_MAX_AGE: duration({
    yaml: 'outbox.max_age',
    desc: 'How long an undelivered event is kept.',
    default: '7d',
  }),

  HTTP_HOST: host({
    yaml: 'http.host',
    desc: 'Address on which `/metrics` and `/health` are served.',
    default: '0.0.0.0',
  }),
  HTTP_PORT: portOrOff({
    yaml: 'http.port',
    desc: 'Port on which `/metrics`, `/health`, `/health/live` and `/health/ready` are served. 0 turns them off; the health check of the image works all the same.',
    default: '8000',
  }),

  HEARTBEAT_FILE: path({
    yaml: 'heartbeat_file',
    desc: 'File that the bridge renews every 5 s with the time and whether it is ready, for health checks without HTTP. The health check of the image reads it.',
    absent: 'none; `/dev/shm/asterisk-mqtt` in the image',
    example: '/dev/shm/asterisk-mqtt',
  }),

  LOG_LEVEL: choice(
    'error',
    'warn',
    'info',
    'debug',
  )({
    yaml: 'log.level',
    desc: '`error`: data is lost or somebody must act. `warn`: odd, nothing lost. `info`: lifecycle. `debug`: every message told; holds call ids.',
    default: 'info',
  }),
  LOG_FORMAT: choice(
    'json',
    'pretty',
  )({
    yaml: 'log.format',
    desc: '`json`: one object per line. `pretty`: for people.',
    default: 'json',
  }),
};

export type VariableName = keyof typeof VARIABLES;

/** The names of all variables, in the order of their declaration. */
export const VARIABLE_NAMES = Object.keys(VARIABLES) as readonly VariableName[]; // the keys of a literal
