// The units for systemd, beside what they must agree with. What they do was tried on a real systemd.

import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';

const FOLDER = 'docker/systemd';
const CONTAINER = settingsOf('asterisk-mqtt.service');
const NODE = settingsOf('asterisk-mqtt-node.service');
const COMPOSE = parse(readFileSync('docker-compose.yml', 'utf8'), { merge: true });
const INSTALLATION = readFileSync('docs/without-compose.md', 'utf8');

/** `Key=value`, with the lines that a backslash continues; those of all sections, as systemd names no key in two of ours. */
function settingsOf(unit: string): readonly string[] {
  const text = readFileSync(`${FOLDER}/${unit}`, 'utf8').replaceAll(/ *\\\n */g, ' ');
  return text.split('\n').filter((line) => /^[A-Z]\w*=/.test(line));
}

function setting(settings: readonly string[], key: string): string {
  const values = settings.filter((line) => line.startsWith(`${key}=`));
  expect(values).toHaveLength(1);
  return values.join().slice(key.length + 1);
}

describe.each([
  ['of the container', CONTAINER],
  ['of plain Node', NODE],
])('the unit %s', (_, settings) => {
  it('comes back for ever, but not where the settings are wrong', () => {
    const main = readFileSync('src/main.ts', 'utf8');
    const configuration = /\bconfiguration: (\d+)/.exec(main)?.[1];
    expect(setting(settings, 'Restart')).toBe('always');
    expect(setting(settings, 'StartLimitIntervalSec')).toBe('0');
    expect(setting(settings, 'RestartPreventExitStatus')).toBe(configuration);
  });

  it('leaves the bridge time to say goodbye', () => {
    const grace = Number.parseInt(COMPOSE.services.bridge.stop_grace_period, 10);
    expect(Number(setting(settings, 'TimeoutStopSec'))).toBeGreaterThanOrEqual(grace);
  });

  it('says where to install what it starts', () => {
    const files = settings.join('\n').match(/\/(?:etc|opt)\/asterisk-mqtt\/[\w.-]+/g) ?? [];
    expect(files.length).toBeGreaterThan(0);
    for (const file of files) expect(INSTALLATION).toContain(file);
  });
});

describe('the unit of the container', () => {
  const run = setting(CONTAINER, 'ExecStart');

  it('confines it as Compose does', () => {
    const { read_only, cap_drop, security_opt, mem_limit, extra_hosts } = COMPOSE.services.bridge;
    expect({ read_only, cap_drop }).toEqual({ read_only: true, cap_drop: ['ALL'] });
    expect(run).toContain(' --read-only --cap-drop ALL ');
    expect(run).toContain(` --security-opt ${security_opt[0].replace(':true', '')} `);
    expect(run).toContain(` --memory ${/-(\w+)\}/.exec(mem_limit)?.[1]} `);
    expect(run).toContain(` --add-host ${extra_hosts[0]} `);
  });

  it('runs the same image, and shows as little of it', () => {
    const image = /-([^}]+)\}/.exec(COMPOSE.services.bridge.image)?.[1];
    expect(CONTAINER).toContain(`Environment=IMAGE=${image}`);
    expect(COMPOSE.services.bridge.ports[0]).toContain('127.0.0.1:8000}:8000');
    expect(CONTAINER).toContain('Environment=PUBLISH=127.0.0.1:8000');
    expect(run).toMatch(/ --publish \$\{PUBLISH\}:8000 /);
  });
});

it('the page that tells of the units names those that there are', () => {
  const named = new Set(INSTALLATION.match(/docker\/systemd\/[\w-]+\.service/g));
  expect([...named].filter((file) => !existsSync(file))).toEqual([]);
  expect(named.size).toBe(2);
});
