import { describe, expect, it } from 'vitest';
import { COMPOSE_VARIABLES } from '../../src/config/compose-variables.ts';
import {
  describeConfiguration,
  describeEnvironment,
  describeYaml,
} from '../../src/config/describe.ts';
import { loadConfig } from '../../src/config/load.ts';
import { VARIABLE_NAMES, VARIABLES } from '../../src/config/variables.ts';

const CERTIFICATE = '-----BEGIN CERTIFICATE-----\n';
const KEY = '-----BEGIN PRIVATE KEY-----\n';
const YAML = '/my.yaml';

function load(env: Record<string, string>, yaml = '') {
  const readFile = (path: string) => {
    if (path === YAML) return yaml;
    return path.endsWith('.key') ? KEY : CERTIFICATE;
  };
  return loadConfig({ env: { CONFIG_FILE: YAML, ...env }, readFile });
}

/** As `docker run --env-file` reads it. */
function parseEnv(text: string): Record<string, string> {
  const lines = text.split('\n').filter((line) => /^[A-Z]/.test(line));
  return Object.fromEntries(lines.map((line) => line.split(/=(.*)/, 2)));
}

const LOGIN = { AMI_USERNAME: 'asterisk-mqtt', AMI_SECRET: 'change-me' };

describe('.env.example', () => {
  it('is a configuration as it stands: the defaults', () => {
    expect(load(parseEnv(describeEnvironment()))).toEqual(load(LOGIN));
  });

  it('has every variable, with a value that is allowed', () => {
    const all = parseEnv(describeEnvironment().replace(/^#(?=[A-Z])/gm, ''));
    const { AMI_SECRET_FILE, MQTT_PASSWORD_FILE, ...values } = all;
    const names = [...VARIABLE_NAMES, ...Object.keys(COMPOSE_VARIABLES)];
    expect(Object.keys(values).toSorted()).toEqual(names.toSorted());
    expect([AMI_SECRET_FILE, MQTT_PASSWORD_FILE]).not.toContain(undefined);
    const secure = { AMI_TLS: 'true', MQTT_URL: 'mqtts://broker', CONFIG_FILE: YAML };
    expect(load({ ...values, ...secure })).toMatchObject({
      ami: { tls: { ca: CERTIFICATE } },
      mqtt: { tls: { key: KEY } },
      dataDir: '/data',
    });
  });

  it('keeps its lines readable', () => {
    const comments = describeEnvironment().match(/^# .*/gm) ?? [];
    for (const line of comments) expect(line.length).toBeLessThanOrEqual(115);
  });
});

describe('the example YAML', () => {
  it('is a configuration as it stands: the defaults', () => {
    expect(load({}, describeYaml())).toEqual(load(LOGIN));
  });

  it('has every setting but the file itself, and means the same as the environment', () => {
    const yaml = describeYaml()
      .replace(/^( *)#(?! )(.*)/gm, '$1$2')
      .replace(/^.*_file: \/run\/secrets\/(ami_secret|mqtt_password)\n/gm, '')
      .replace('tls: false', 'tls: true')
      .replace('url: mqtt://', 'url: mqtts://');
    const all = parseEnv(describeEnvironment().replace(/^#(?=[A-Z])/gm, ''));
    const { AMI_SECRET_FILE: _, MQTT_PASSWORD_FILE: __, ...values } = all;
    const secure = { AMI_TLS: 'true', MQTT_URL: 'mqtts://localhost:1883', CONFIG_FILE: YAML };
    expect(load({}, yaml)).toEqual(load({ ...values, ...secure }));
  });
});

describe('docs/configuration.md', () => {
  it('has every variable once, with its other names', () => {
    const rows = describeConfiguration().match(/^\| `.*/gm) ?? [];
    expect(rows.map((row) => /`(\w+)`/.exec(row)?.[1]).toSorted()).toEqual(
      VARIABLE_NAMES.toSorted(),
    );
    for (const name of VARIABLE_NAMES) {
      const row = rows.find((line) => line.startsWith(`| \`${name}\``)) ?? '';
      const { aliases = [], yaml = '', yamlAliases = [] } = VARIABLES[name];
      for (const other of [...aliases, yaml, ...yamlAliases]) expect(row).toContain(other);
      expect(row.split(' | ')).toHaveLength(4);
    }
  });
});
