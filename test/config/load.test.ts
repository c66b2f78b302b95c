import { describe, expect, it } from 'vitest';
import { type Config, secretsOf } from '../../src/config/config.ts';
import { loadConfig } from '../../src/config/load.ts';
import { VARIABLES } from '../../src/config/variables.ts';
import { ConnectorError } from '../../src/errors.ts';

type Env = Record<string, string | undefined>;
type Disk = Record<string, string>;

const LOGIN = { AMI_USERNAME: 'bridge', AMI_SECRET: 'hunter-two' };
const YAML = '/etc/asterisk-mqtt/asterisk-mqtt.yaml';
const CERT = '-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n';
const KEY = '-----BEGIN PRIVATE KEY-----\nMIIE\n-----END PRIVATE KEY-----\n';

function load(env: Env, disk: Disk = {}): Config {
  const readFile = (path: string) => {
    const text = disk[path];
    if (text === undefined) throw Object.assign(new Error(`no ${path}`), { code: 'ENOENT' });
    return text;
  };
  return loadConfig({ env, readFile });
}

function mistakes(env: Env, disk: Disk = {}): readonly string[] {
  try {
    load(env, disk);
  } catch (error) {
    if (error instanceof ConnectorError && error.code === 'CONFIG_INVALID') {
      return error.message.split('\n');
    }
    throw error;
  }
  return [];
}

describe('the defaults', () => {
  it('are those of the contract', () => {
    expect(load(LOGIN)).toEqual({
      ami: { host: '127.0.0.1', port: 5038, username: 'bridge', secret: 'hunter-two' },
      mqtt: {
        url: 'mqtt://localhost:1883',
        topicPrefix: 'asterisk',
        clientId: 'asterisk-mqtt',
        protocolVersion: 'auto',
        keepaliveSeconds: 30,
      },
      callDtmf: false,
      outbox: { maxEvents: 1_000_000, maxBytes: 2 ** 30, maxAgeMs: 7 * 86_400_000 },
      http: { host: '0.0.0.0', port: 8000 },
      log: { level: 'info', format: 'json' },
    });
  });

  it('have the TLS port where AMI is by TLS', () => {
    expect(load({ ...LOGIN, AMI_TLS: 'true' }).ami).toMatchObject({ port: 5039, tls: {} });
    expect(load({ ...LOGIN, AMI_TLS: 'true', AMI_PORT: '5038' }).ami.port).toBe(5038);
  });

  it.each([
    ['asterisk', 'asterisk-mqtt'],
    ['berlin', 'asterisk-mqtt-berlin'],
    ['asterisk/berlin', 'asterisk-mqtt-asterisk-berlin'],
  ])('have a client id of its own for the prefix %s', (prefix, clientId) => {
    expect(load({ ...LOGIN, MQTT_TOPIC_PREFIX: prefix }).mqtt.clientId).toBe(clientId);
  });
});

describe('a stand-in', () => {
  const standIns = { AMI_USERNAME: 'anybody', AMI_SECRET: 'nothing' };
  const readFile = () => 'ami:\n  username: ann\n';

  it('holds where a variable is set nowhere, for who needs less than the bridge', () => {
    const { username, secret } = loadConfig({ env: {}, readFile: () => '', standIns }).ami;
    expect({ username, secret }).toEqual({ username: 'anybody', secret: 'nothing' });
  });

  it('gives way to the YAML file, and both to the environment', () => {
    expect(loadConfig({ env: {}, readFile, standIns }).ami.username).toBe('ann');
    const env = { AMI_USER: 'bob' };
    expect(loadConfig({ env, readFile, standIns }).ami.username).toBe('bob');
  });
});

describe('the environment', () => {
  it('is taken as a whole', () => {
    const env = {
      ...LOGIN,
      AMI_HOST: 'pbx',
      AMI_TLS: 'true',
      AMI_TLS_CA_FILE: '/ca.pem',
      MQTT_URL: 'mqtts://broker',
      MQTT_USERNAME: 'me',
      MQTT_PASSWORD: 'pw',
      MQTT_TLS_CERT_FILE: '/cert.pem',
      MQTT_TLS_KEY_FILE: '/key.pem',
      MQTT_PROTOCOL_VERSION: '5',
      PBX_NAME: 'Berlin',
      CALL_DTMF: 'true',
      DATA_DIR: '/data',
      OUTBOX_MAX_AGE: '1h',
      HTTP_PORT: '0',
      LOG_FORMAT: 'pretty',
    };
    expect(load(env, { '/ca.pem': CERT, '/cert.pem': CERT, '/key.pem': KEY })).toMatchObject({
      ami: { host: 'pbx', tls: { ca: CERT } },
      mqtt: {
        url: 'mqtts://broker',
        username: 'me',
        password: 'pw',
        tls: { cert: CERT, key: KEY },
      },
      pbxName: 'Berlin',
      callDtmf: true,
      dataDir: '/data',
      outbox: { maxAgeMs: 3_600_000 },
      http: { port: 0 },
      log: { format: 'pretty' },
    });
  });

  it('counts an empty variable as unset', () => {
    expect(load({ ...LOGIN, AMI_PORT: '', PBX_NAME: '', CONFIG_FILE: '' })).toEqual(load(LOGIN));
  });

  it('knows AMI_USER and AMI_PASSWORD by their other names', () => {
    expect(load({ AMI_USER: 'bridge', AMI_PASSWORD: 'hunter-two' })).toEqual(load(LOGIN));
    expect(load({ AMI_USER: 'bridge', AMI_PASSWORD_FILE: '/s' }, { '/s': 'hunter-two' })).toEqual(
      load(LOGIN),
    );
  });

  it('wins over YAML, also by the other kind of a secret', () => {
    const yaml = { [YAML]: 'ami:\n  host: from-yaml\n  port: 5555\n  secret: from-yaml\n' };
    const env = { AMI_USERNAME: 'bridge', AMI_HOST: 'from-env', AMI_SECRET_FILE: '/s' };
    expect(load(env, { ...yaml, '/s': 'from-file' }).ami).toEqual({
      host: 'from-env',
      port: 5555,
      username: 'bridge',
      secret: 'from-file',
    });
  });

  it('may hold the credentials of the broker in its URL', () => {
    const { mqtt } = load({ ...LOGIN, MQTT_URL: 'tcp://me:p%40ss@broker:1884' });
    expect(mqtt).toMatchObject({ url: 'mqtt://broker:1884', username: 'me', password: 'p@ss' });
  });
});

describe('a secret in a file', () => {
  it.each(['hunter-two', 'hunter-two\n', 'hunter-two\r\n'])('is read from %j', (content) => {
    const env = { AMI_USERNAME: 'bridge', AMI_SECRET_FILE: '/run/secrets/ami' };
    expect(load(env, { '/run/secrets/ami': content })).toEqual(load(LOGIN));
  });

  it('keeps every other character', () => {
    const env = { ...LOGIN, MQTT_USERNAME: 'u', MQTT_PASSWORD_FILE: '/s' };
    expect(load(env, { '/s': ' a b ' }).mqtt.password).toBe(' a b ');
  });

  it('is a mistake where the secret is also set directly', () => {
    expect(mistakes({ ...LOGIN, AMI_SECRET_FILE: '/s' }, { '/s': 'x' })).toEqual([
      'AMI_SECRET is set twice, as AMI_SECRET and as AMI_SECRET_FILE; allowed: one of them',
    ]);
  });

  it('is a mistake where the file is missing, empty or has two lines, without a word of it', () => {
    const env = { AMI_USERNAME: 'bridge', AMI_SECRET_FILE: 'hunter-two' };
    expect(mistakes(env)).toEqual([
      'AMI_SECRET (AMI_SECRET_FILE) names a file that cannot be read (ENOENT); allowed: the path of a readable file',
    ]);
    expect(mistakes(env, { 'hunter-two': '\n' })).toEqual([
      'AMI_SECRET (AMI_SECRET_FILE) names an empty file; allowed: a file with the value',
    ]);
    expect(mistakes(env, { 'hunter-two': 'one\ntwo\n' })).toEqual([
      'AMI_SECRET (AMI_SECRET_FILE) has a value (not shown) that is not allowed; allowed: one line of text',
    ]);
  });
});

describe('the YAML file', () => {
  it('has the same settings in nested form', () => {
    const yaml = [
      'ami: { user: bridge, password: 0123, tls: yes }',
      'mqtt:',
      '  broker: mqtt://broker',
      '  topic_prefix: pbx',
      '  protocol_version: 5',
      'outbox: { max_bytes: 64MiB }',
      'log:',
      'http:',
      '  port: ~',
    ].join('\n');
    const config = load({}, { [YAML]: yaml });
    expect(config.ami).toMatchObject({ username: 'bridge', secret: '0123', port: 5039 });
    expect(config.mqtt).toMatchObject({
      url: 'mqtt://broker',
      topicPrefix: 'pbx',
      protocolVersion: '5',
    });
    expect(config.outbox.maxBytes).toBe(64 * 2 ** 20);
    expect(config.http.port).toBe(8000);
  });

  it('is read from CONFIG_FILE, which must then be there', () => {
    const env = { ...LOGIN, CONFIG_FILE: '/my.yaml' };
    expect(load(env, { '/my.yaml': 'pbx: { name: Berlin }' }).pbxName).toBe('Berlin');
    expect(mistakes(env)).toEqual([
      'CONFIG_FILE (/my.yaml) cannot be read (ENOENT); allowed: the path of a YAML file',
    ]);
  });

  it('may be empty or only comments', () => {
    expect(load(LOGIN, { [YAML]: '' })).toEqual(load(LOGIN));
    expect(load(LOGIN, { [YAML]: '# nothing\n' })).toEqual(load(LOGIN));
  });

  it.each([
    ['mqtt: { topic_prefx: a }', '"mqtt.topic_prefx", did you mean "mqtt.topic_prefix"?'],
    ['ami: { tls: { ca_file: a } }', '"ami.tls.ca_file", did you mean "ami.tls_ca_file"?'],
    ['MQTT_URL: a', '"MQTT_URL", did you mean "mqtt.url"?'],
    ['colour: red', '"colour"'],
    ['ami: host', '"ami"'],
    ['ami: { secret=hunter-two: x }', '"ami.secret…"'],
    ['__proto__: { x: 1 }', '"__proto__.x"'],
  ])('with an unknown key is a mistake: %s', (yaml, told) => {
    expect(mistakes(LOGIN, { [YAML]: yaml })).toEqual([
      `CONFIG_FILE (${YAML}) has the unknown key ${told}; allowed: the keys in docs/configuration.md`,
    ]);
  });

  it.each([
    ['ami:\n  secret: "hunter-two', 'is not valid YAML at line 2, column 22 (missing char)'],
    ['pbx: { name: a, name: b }', 'is not valid YAML at line 1, column 17 (duplicate key)'],
    ['- a\n- b', 'does not hold settings by name'],
    ['['.repeat(20_000), 'is n'],
  ])('that cannot be read as settings is a mistake, and is not quoted', (yaml, told) => {
    const [line = '', ...others] = mistakes(LOGIN, { [YAML]: yaml });
    expect(line).toContain(`CONFIG_FILE (${YAML}) ${told}`);
    expect(line).not.toContain('hunter');
    expect(others).toEqual([]);
  });

  it.each(['ami: { host: [a, b] }', 'ami: { host: *x }'])('holds plain values only: %s', (yaml) => {
    expect(mistakes(LOGIN, { [YAML]: yaml })).toEqual([
      `CONFIG_FILE (${YAML}) has a list or a reference at "ami.host"; allowed: one value`,
    ]);
  });
});

describe('what is wrong', () => {
  it('is told at once, each with its name, what it is and what is allowed', () => {
    const env = {
      AMI_SECRET: 'hunter\ntwo',
      AMI_PORT: 'abc',
      MQTT_URL: 'http://me:hunter-two@broker/?token=hunter-two',
      OUTBOX_MAX_AGE: '7',
      LOG_LEVEL: 'loud',
      AMI_TLS_FINGERPRINT: 'aa'.repeat(32),
    };
    expect(mistakes(env, { [YAML]: 'http: { port: 99999 }' })).toEqual([
      'AMI_PORT is "abc"; allowed: a whole number from 1 to 65535',
      'AMI_USERNAME is not set; allowed: up to 200 characters, without line breaks or control characters',
      'AMI_SECRET has a value (not shown) that is not allowed; allowed: one line of text',
      `MQTT_URL is "http://***@broker/?***"; allowed: ${VARIABLES.MQTT_URL.allowed}`,
      'OUTBOX_MAX_AGE is "7"; allowed: a number with the unit s, m, h or d, such as `90s`, `12h` or `7d`',
      `HTTP_PORT (http.port in ${YAML}) is "99999"; allowed: a whole number from 0 to 65535`,
      'LOG_LEVEL is "loud"; allowed: `error`, `warn`, `info`, `debug`',
      'AMI_TLS_FINGERPRINT is set, but AMI_TLS is not; allowed: this one only with AMI_TLS=true',
    ]);
  });

  it('never holds a secret, however malformed the URL is', () => {
    for (const MQTT_URL of [
      'mqtt:/me:hunter-two@b',
      'me:hunter-two@b',
      'mqtt://me:1/hunter-two@b',
      'ws://b:99999/?k=hunter-two',
    ]) {
      const [line = ''] = mistakes({ ...LOGIN, MQTT_URL });
      expect(line).toContain('MQTT_URL is ');
      expect(line).not.toContain('hunter');
    }
  });

  it.each<[Env, string]>([
    [{ AMI_USER: 'x' }, 'AMI_USERNAME is set twice, as AMI_USERNAME and as AMI_USER'],
    [{ MQTT_PASSWORD: 'x' }, 'MQTT_PASSWORD is set, but MQTT_USERNAME is not'],
    [{ MQTT_TLS_CA_FILE: '/c' }, 'MQTT_TLS_CA_FILE is set, but MQTT_URL is one without TLS'],
    [
      { MQTT_URL: 'mqtts://b', MQTT_TLS_CERT_FILE: '/c' },
      'MQTT_TLS_CERT_FILE is set, but MQTT_TLS_KEY_FILE is not',
    ],
    [
      { MQTT_URL: 'mqtts://b', MQTT_TLS_KEY_FILE: '/k' },
      'MQTT_TLS_KEY_FILE is set, but MQTT_TLS_CERT_FILE is not',
    ],
    [
      { MQTT_URL: 'mqtt://u@b', MQTT_USERNAME: 'v' },
      'MQTT_USERNAME is set, and MQTT_URL has a user name too',
    ],
    [
      { MQTT_URL: 'mqtt://u:p@b', MQTT_PASSWORD: 'q' },
      'MQTT_PASSWORD is set, and MQTT_URL has a password too',
    ],
    [
      { AMI_TLS: 'true', AMI_TLS_CA_FILE: '/k' },
      'AMI_TLS_CA_FILE names a file without a certificate',
    ],
    [
      { MQTT_URL: 'mqtts://b', MQTT_TLS_CERT_FILE: '/c', MQTT_TLS_KEY_FILE: '/encrypted' },
      'MQTT_TLS_KEY_FILE names a file without a private key that needs no passphrase',
    ],
    [
      { AMI_TLS: 'true', AMI_TLS_CA_FILE: '/nowhere' },
      'AMI_TLS_CA_FILE names a file that cannot be read (ENOENT)',
    ],
  ])('is told where settings do not go together: %j', (env, told) => {
    const disk = {
      '/c': CERT,
      '/k': KEY,
      '/encrypted': '-----BEGIN ENCRYPTED PRIVATE KEY-----\nMIIE\n',
    };
    const lines = mistakes({ ...LOGIN, ...env }, disk);
    expect(lines).toHaveLength(1);
    expect(lines[0]).toContain(told);
  });

  it('is nothing where a password stands alone under MQTT 5', () => {
    const env = { ...LOGIN, MQTT_PASSWORD: 'token', MQTT_PROTOCOL_VERSION: '5' };
    expect(load(env).mqtt.password).toBe('token');
  });
});

it('names every text that must not get out', () => {
  const env = { ...LOGIN, MQTT_URL: 'wss://u:p%25w@broker/mqtt?token=abc' };
  expect(secretsOf(load(env))).toEqual(['hunter-two', 'p%w', 'token=abc']);
  expect(secretsOf(load(LOGIN))).toEqual(['hunter-two']);
});

it('reads the real disk where no reader is given', () => {
  const env = { ...LOGIN, CONFIG_FILE: import.meta.filename };
  expect(() => loadConfig({ env })).toThrow('is not valid YAML');
});
