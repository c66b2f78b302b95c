// Settings that are right each for itself and wrong together. Better said at start than found out later: a CA file
// without TLS would look protected and be plain.

import { isSecure, type Values } from './config.ts';
import type { Mistakes } from './mistakes.ts';

/** `values` lacks those that were wrong by themselves. */
export function checkTogether(values: Partial<Values>, mistakes: Mistakes): void {
  checkAmiTls(values, mistakes);
  checkMqttTls(values, mistakes);
  checkClientCertificate(values, mistakes);
  checkCredentials(values, mistakes);
}

function checkAmiTls(values: Partial<Values>, mistakes: Mistakes): void {
  if (values.AMI_TLS !== false) return;
  for (const name of ['AMI_TLS_CA_FILE', 'AMI_TLS_FINGERPRINT'] as const) {
    if (values[name] !== undefined) {
      mistakes.add(name, 'is set, but AMI_TLS is not', 'this one only with AMI_TLS=true');
    }
  }
}

function checkMqttTls(values: Partial<Values>, mistakes: Mistakes): void {
  if (values.MQTT_URL === undefined || isSecure(values.MQTT_URL)) return;
  for (const name of ['MQTT_TLS_CA_FILE', 'MQTT_TLS_CERT_FILE', 'MQTT_TLS_KEY_FILE'] as const) {
    if (values[name] !== undefined) {
      mistakes.add(
        name,
        'is set, but MQTT_URL is one without TLS',
        'this one only with mqtts:// or wss://',
      );
    }
  }
}

function checkClientCertificate(values: Partial<Values>, mistakes: Mistakes): void {
  const { MQTT_TLS_CERT_FILE: cert, MQTT_TLS_KEY_FILE: key } = values;
  if ((cert === undefined) === (key === undefined)) return;
  const [set, unset] = cert === undefined ? KEY_ALONE : CERT_ALONE;
  if (!mistakes.has(unset)) mistakes.add(set, `is set, but ${unset} is not`, 'both or none');
}

const CERT_ALONE = ['MQTT_TLS_CERT_FILE', 'MQTT_TLS_KEY_FILE'] as const;
const KEY_ALONE = ['MQTT_TLS_KEY_FILE', 'MQTT_TLS_CERT_FILE'] as const;

function checkCredentials(values: Partial<Values>, mistakes: Mistakes): void {
  const { MQTT_URL: url, MQTT_USERNAME: username, MQTT_PASSWORD: password } = values;
  const inUrl = new URL(url ?? 'mqtt://unknown');
  if (username !== undefined && inUrl.username !== '') {
    mistakes.add('MQTT_USERNAME', 'is set, and MQTT_URL has a user name too', 'one of them');
  }
  if (password !== undefined && inUrl.password !== '') {
    mistakes.add('MQTT_PASSWORD', 'is set, and MQTT_URL has a password too', 'one of them');
  }
  if (
    password !== undefined &&
    !username &&
    inUrl.username === '' &&
    !mayLackUser(values, mistakes)
  ) {
    mistakes.add(
      'MQTT_PASSWORD',
      'is set, but MQTT_USERNAME is not',
      'a password without a user name only with MQTT_PROTOCOL_VERSION=5',
    );
  }
}

/** MQTT 3.1.1 has no password without a user name (section 3.1.2.9); MQTT 5 has. */
function mayLackUser(values: Partial<Values>, mistakes: Mistakes): boolean {
  return (
    values.MQTT_PROTOCOL_VERSION === '5' ||
    mistakes.has('MQTT_USERNAME') ||
    mistakes.has('MQTT_URL')
  );
}
