import { describe, expect, it } from 'vitest';
import { VARIABLE_NAMES, VARIABLES, type VariableName } from '../../src/config/variables.ts';

function parse(name: VariableName, text: string): unknown {
  return VARIABLES[name]._parse(text);
}

describe('a variable', () => {
  it.each(VARIABLE_NAMES)('%s has a default that its own validator takes', (name) => {
    const { defaultText } = VARIABLES[name];
    if (defaultText !== undefined) expect(() => parse(name, defaultText)).not.toThrow();
  });

  it.each(VARIABLE_NAMES)('%s has an example that its own validator takes', (name) => {
    const { example } = VARIABLES[name];
    if (example !== undefined) expect(() => parse(name, example)).not.toThrow();
  });

  it('stands at a place in YAML that no other has', () => {
    const paths = VARIABLE_NAMES.flatMap((name) => [
      VARIABLES[name].yaml ?? name,
      ...(VARIABLES[name].yamlAliases ?? []),
    ]);
    expect(new Set(paths).size).toBe(paths.length);
  });

  it('is a secret where its name says so', () => {
    const secrets = VARIABLE_NAMES.filter((name) => VARIABLES[name].secret);
    expect(secrets).toEqual(['AMI_SECRET', 'MQTT_PASSWORD', 'MQTT_TLS_KEY_FILE']);
  });

  const HEX = 'a1b2c3d4e5f60718293a4b5c6d7e8f90'.repeat(2);

  it.each<[VariableName, string, unknown]>([
    ['AMI_PORT', '5038', 5038],
    ['HTTP_PORT', '0', 0],
    ['AMI_TLS', 'true', true],
    ['AMI_TLS', 'No', false],
    ['AMI_HOST', 'my_pbx-1.example', 'my_pbx-1.example'],
    ['AMI_HOST', '::1', '::1'],
    ['AMI_HOST', 'fd00::1:2', 'fd00::1:2'],
    ['AMI_USERNAME', 'Jürgen: O’Brien', 'Jürgen: O’Brien'],
    ['OUTBOX_MAX_BYTES', '1GiB', 1_073_741_824],
    ['OUTBOX_MAX_BYTES', '1.5 MB', 1_500_000],
    ['OUTBOX_MAX_BYTES', '4096', 4096],
    ['OUTBOX_MAX_AGE', '7d', 604_800_000],
    ['OUTBOX_MAX_AGE', '90s', 90_000],
    ['MQTT_URL', 'mqtt://localhost:1883', 'mqtt://localhost:1883'],
    ['MQTT_URL', 'tcp://broker', 'tcp://broker'],
    ['MQTT_URL', 'wss://broker/mqtt', 'wss://broker/mqtt'],
    ['MQTT_TOPIC_PREFIX', 'pbx/berlin', 'pbx/berlin'],
    ['MQTT_PROTOCOL_VERSION', '3.1.1', '3.1.1'],
    ['AMI_TLS_FINGERPRINT', HEX, HEX.toUpperCase().match(/../g)?.join(':')],
  ])('%s takes %j', (name, text, value) => {
    expect(parse(name, text)).toEqual(value);
  });

  it.each<[VariableName, string]>([
    ['AMI_PORT', '0'],
    ['AMI_PORT', '65536'],
    ['AMI_PORT', '5038 '],
    ['AMI_PORT', '0x13'],
    ['AMI_PORT', '-1'],
    ['AMI_TLS', 'maybe'],
    ['AMI_HOST', 'tcp://pbx'],
    ['AMI_HOST', 'pbx:5038'],
    ['AMI_HOST', '[::1]'],
    ['AMI_HOST', 'pbx\r'],
    ['AMI_USERNAME', 'a\r\nAction: Logoff'],
    ['AMI_SECRET', 'a\nb'],
    ['AMI_SECRET', 'a\0b'],
    ['OUTBOX_MAX_BYTES', '1 gigabyte'],
    ['OUTBOX_MAX_BYTES', '0'],
    ['OUTBOX_MAX_BYTES', '99999999GiB'],
    ['OUTBOX_MAX_BYTES', '1toString'],
    ['OUTBOX_MAX_AGE', '3600'],
    ['OUTBOX_MAX_AGE', '7 weeks'],
    ['OUTBOX_MAX_EVENTS', '1e6'],
    ['MQTT_URL', 'broker:1883'],
    ['MQTT_URL', 'http://broker'],
    ['MQTT_URL', 'mqtt://'],
    ['MQTT_URL', 'mqtt://broker:99999'],
    ['MQTT_URL', 'mqtt://u:100%@broker'],
    ['MQTT_TOPIC_PREFIX', 'pbx/+'],
    ['MQTT_TOPIC_PREFIX', '#'],
    ['MQTT_TOPIC_PREFIX', '/pbx'],
    ['MQTT_TOPIC_PREFIX', 'pbx/'],
    ['MQTT_TOPIC_PREFIX', 'p\0bx'],
    ['MQTT_TOPIC_PREFIX', 'x'.repeat(201)],
    ['MQTT_PROTOCOL_VERSION', '4'],
    ['AMI_TLS_FINGERPRINT', 'a1b2'],
    ['LOG_LEVEL', 'verbose'],
  ])('%s refuses %j', (name, text) => {
    expect(() => parse(name, text)).toThrow(VARIABLES[name].allowed);
  });
});
