// What a failed attempt means: the step, the words and the remedy, by its error and by who is there.

import { describe, expect, it } from 'vitest';
import * as asterisk from '../../../src/app/doctor/asterisk-trouble.ts';
import * as broker from '../../../src/app/doctor/broker-trouble.ts';
import { type Stranger, withStranger } from '../../../src/app/doctor/stranger.ts';
import type { Config } from '../../../src/config/config.ts';
import { ConnectorError, ERRORS, type ErrorCode } from '../../../src/errors.ts';
import type { Answerer } from '../../../src/io/probe/who-answers.ts';

const FINGERPRINT = 'AB:CD';
const TLS = stranger({ kind: 'tls', fingerprint: FINGERPRINT });
const PLAIN_ASTERISK = stranger({ kind: 'asterisk' });
const WEB = stranger({ kind: 'web-server' });
const SILENT = stranger({ kind: 'silent' });
const NOBODY = stranger({ kind: 'nobody' });

describe('trouble with Asterisk', () => {
  const plain: Config['ami'] = { host: 'pbx', port: 5038, username: 'bridge', secret: 'x' };
  const secure = { ...plain, tls: {} };
  const pinned = { ...plain, tls: { fingerprint: FINGERPRINT } };

  it.each<[ErrorCode, string, boolean]>([
    ['AMI_UNREACHABLE', 'port', false],
    ['AMI_TLS_FAILED', 'TLS', true],
    ['AMI_NO_BANNER', 'banner', true],
    ['AMI_NOT_ASTERISK', 'banner', true],
    ['AMI_LOGIN_REJECTED', 'login', false],
    ['AMI_SILENT', 'login', false],
    ['AMI_DISCONNECTED', 'login', false],
  ])('%s is trouble with the %s', (code, step, strange) => {
    expect(asterisk.failedStep(error(code))).toBe(step);
    expect(asterisk.isStrange(error(code))).toBe(strange);
  });

  it.each([
    ['AMI_NO_BANNER', plain, TLS, 'Set AMI_TLS=true.'],
    ['AMI_NO_BANNER', plain, WEB, ERRORS.AMI_NOT_ASTERISK.hint],
    ['AMI_NO_BANNER', plain, SILENT, ERRORS.AMI_NO_BANNER.hint],
    ['AMI_TLS_FAILED', secure, PLAIN_ASTERISK, 'Set AMI_PORT to the TLS port'],
    ['AMI_TLS_FAILED', secure, TLS, `the SHA-256 fingerprint ${FINGERPRINT}: compare`],
    ['AMI_TLS_FAILED', pinned, TLS, ERRORS.AMI_TLS_FAILED.hint],
    ['AMI_LOGIN_IN_USE', plain, undefined, 'If that session is the bridge'],
    ['AMI_UNREACHABLE', { ...plain, host: '127.0.0.1' }, undefined, 'host.docker.internal'],
  ] as const)('%s has a remedy', (...[code, ami, who, remedy]) => {
    expect(asterisk.remedyFor(error(code), ami, who)).toContain(remedy);
  });

  it('has a fingerprint to compare only where none is pinned', () => {
    const remedy = asterisk.remedyFor(error('AMI_TLS_FAILED'), pinned, TLS);
    expect(remedy).toBe(ERRORS.AMI_TLS_FAILED.hint);
  });
});

describe('trouble with the broker', () => {
  const plain = mqtt('mqtt://broker:1883');
  const secure = { ...mqtt('mqtts://broker:8883'), tls: {} };
  const webSocket = { ...mqtt('wss://broker:443/mqtt'), tls: {} };

  it.each([
    ['MQTT_UNREACHABLE', plain, undefined, 'port'],
    ['MQTT_SILENT', plain, SILENT, 'connection'],
    ['MQTT_SILENT', plain, NOBODY, 'port'],
    ['MQTT_SILENT', secure, SILENT, 'TLS'],
    ['MQTT_SILENT', secure, TLS, 'connection'],
    ['MQTT_TLS_FAILED', secure, TLS, 'TLS'],
    ['MQTT_DISCONNECTED', plain, TLS, 'connection'],
    ['MQTT_LOGIN_REJECTED', secure, undefined, 'connection'],
  ] as const)('%s is trouble with a step', (...[code, settings, who, step]) => {
    expect(broker.failedStep(error(code), settings, who)).toBe(step);
  });

  it.each([
    ['MQTT_DISCONNECTED', plain, TLS, 'Set MQTT_URL to mqtts://broker:1883.'],
    ['MQTT_TLS_FAILED', secure, SILENT, 'set MQTT_URL to mqtt://broker:8883.'],
    ['MQTT_TLS_FAILED', webSocket, SILENT, 'set MQTT_URL to ws://broker:443.'],
    ['MQTT_TLS_FAILED', secure, TLS, ERRORS.MQTT_TLS_FAILED.hint],
    ['MQTT_TLS_FAILED', secure, WEB, ERRORS.MQTT_NOT_A_BROKER.hint],
    ['MQTT_SILENT', plain, SILENT, ERRORS.MQTT_SILENT.hint],
    ['MQTT_CONNECT_REFUSED', plain, undefined, 'connects as "asterisk-mqtt-doctor"'],
    ['MQTT_UNREACHABLE', mqtt('mqtt://localhost'), undefined, 'host.docker.internal'],
  ] as const)('%s has a remedy', (...[code, settings, who, remedy]) => {
    expect(broker.remedyFor(error(code), settings, who)).toContain(remedy);
  });

  it('is worth asking who is there, where it may be no broker', () => {
    expect(broker.isStrange(error('MQTT_DISCONNECTED'))).toBe(true);
    expect(broker.isStrange(error('MQTT_LOGIN_REJECTED'))).toBe(false);
  });
});

describe('the words', () => {
  it('say who is there', () => {
    expect(withStranger(error('MQTT_SILENT'), WEB)).toBe('It went wrong; who is there');
  });

  it('do not say it where it is said, or where it is nothing to wonder at', () => {
    const other = stranger({ kind: 'stranger', text: '220 mail' });
    expect(withStranger(error('AMI_NOT_ASTERISK'), other)).toBe('It went wrong.');
    expect(withStranger(error('AMI_TLS_FAILED'), TLS)).toBe('It went wrong.');
    expect(withStranger(error('MQTT_TLS_FAILED'), SILENT)).toBe('It went wrong; who is there');
  });
});

function error(code: ErrorCode): ConnectorError {
  return new ConnectorError(code, 'It went wrong.');
}

function stranger(answerer: Answerer): Stranger {
  return { answerer, words: 'who is there' };
}

function mqtt(url: string): Config['mqtt'] {
  return {
    url,
    topicPrefix: 'asterisk',
    clientId: 'asterisk-mqtt',
    protocolVersion: 'auto',
    keepaliveSeconds: 30,
  };
}
