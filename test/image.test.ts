import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import packageJson from '../package.json' with { type: 'json' };
import { NODE_OPTIONS } from './support/as-in-the-image.ts';

const DOCKERFILE = readFileSync('Dockerfile', 'utf8');

describe('the image', () => {
  it('says the version of the package', () => {
    expect(/^ARG VERSION=(.+)$/m.exec(DOCKERFILE)?.[1]).toBe(packageJson.version);
  });

  it('runs the Node that the package asks for', () => {
    expect(packageJson.engines.node).toBe('>=24');
    expect(DOCKERFILE).toContain('node:24-alpine');
  });

  it('gives Node the options that systemd gives it without an image', () => {
    const unit = readFileSync('docker/systemd/asterisk-mqtt-node.service', 'utf8');
    expect(NODE_OPTIONS).toMatch(/^--/);
    expect(unit).toContain(`/usr/bin/node ${NODE_OPTIONS} /opt/`);
  });

  it('is built without a frontend that would have to be pulled', () => {
    expect(DOCKERFILE).not.toMatch(/^# *syntax *=/m);
  });
});
