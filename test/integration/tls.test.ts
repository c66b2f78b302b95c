// Both links by TLS: Asterisk's own self-signed certificate, pinned, and a broker that asks for a client certificate.

import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type Lab,
  makeCertificates,
  run,
  SECRET,
  startLab,
  startTlsBroker,
} from '../lab/containers.ts';
import { startBridge } from './image.ts';

const AMI = {
  AMI_HOST: 'asterisk',
  AMI_TLS: 'true',
  AMI_USERNAME: 'bridge',
  AMI_SECRET: SECRET.ami,
};
const MQTT = {
  MQTT_URL: 'mqtts://mosquitto:8883',
  MQTT_TLS_CA_FILE: '/run/secrets/ca.pem',
  MQTT_TLS_CERT_FILE: '/run/secrets/client.pem',
  MQTT_TLS_KEY_FILE: '/run/secrets/client.key',
};

const secrets = mkdtempSync(join(tmpdir(), 'secrets-'));
const mounts = [{ source: secrets, target: '/run/secrets' }];
const stack = new AsyncDisposableStack();
let lab: Lab;
let fingerprint: string;

beforeAll(async () => {
  lab = stack.use(await startLab(22));
  const made = await makeCertificates(lab.asterisk, ['mosquitto', 'client']);
  stack.use(await startTlsBroker(lab.network, made));
  const show = 'openssl x509 -noout -fingerprint -sha256 -in /etc/asterisk/keys/cert.pem';
  fingerprint = (await run(lab.asterisk, ['sh', '-c', show])).trim().split('=')[1] ?? '';
  const certificate = await run(lab.asterisk, ['cat', '/etc/asterisk/keys/cert.pem']);
  const files = { ...made, 'asterisk.pem': certificate };
  chmodSync(secrets, 0o755);
  for (const [name, text] of Object.entries(files)) {
    writeFileSync(join(secrets, name), text, { mode: 0o644 });
  }
});
afterAll(async () => {
  await stack.disposeAsync();
  rmSync(secrets, { recursive: true });
});

describe('a bridge with TLS on both links', () => {
  it('logs in where the certificate of Asterisk is pinned by its fingerprint', async () => {
    const env = { ...AMI, ...MQTT, AMI_TLS_FINGERPRINT: fingerprint };
    await using bridge = await startBridge({ network: lab.network, env, mounts });
    expect((await bridge.health()).status).toBe('healthy');
  });

  it('logs in where that certificate is its own authority', async () => {
    const env = { ...AMI, ...MQTT, AMI_TLS_CA_FILE: '/run/secrets/asterisk.pem' };
    await using bridge = await startBridge({ network: lab.network, env, mounts });
    expect((await bridge.health()).status).toBe('healthy');
  });

  it('trusts neither a certificate that is not pinned nor one from elsewhere', async ({
    signal,
  }) => {
    const env = { ...AMI, ...MQTT, MQTT_TLS_CA_FILE: '/run/secrets/asterisk.pem' };
    await using bridge = await startBridge({ network: lab.network, env, mounts, healthy: false });
    const { output } = await bridge.untilHealth('unhealthy', signal);
    expect(output).toMatch(/^Not logged in to Asterisk: AMI_TLS_FAILED: .*AMI_TLS_FINGERPRINT/);
    expect(output).toMatch(/^Not connected to the broker: MQTT_TLS_FAILED: .*MQTT_TLS_CA_FILE/m);
  });
});
