import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { COMPOSE_VARIABLES } from '../src/config/compose-variables.ts';
import { VARIABLE_NAMES } from '../src/config/variables.ts';

const TEXT = readFileSync('docker-compose.yml', 'utf8');
const { services } = parse(TEXT, { merge: true });
const USED = [...TEXT.matchAll(/\$\{([A-Z_]+):-([^}]*)\}/g)].map(([, name = '', value]) => ({
  name,
  value,
}));
const BRIDGES = new Set<string>(VARIABLE_NAMES);

describe('docker-compose.yml', () => {
  it('reads nothing but what .env.example tells of, with the same defaults', () => {
    const own = USED.filter(({ name }) => !BRIDGES.has(name));
    expect(Object.fromEntries(own.map(({ name, value }) => [name, value]))).toEqual(
      Object.fromEntries(
        Object.entries(COMPOSE_VARIABLES).map(([name, variable]) => [name, variable.default]),
      ),
    );
    expect(TEXT.match(/\$\{/g)?.length).toBe(USED.length);
  });

  it('starts the bridge alone unless a profile is asked for', () => {
    const always = Object.entries<{ profiles?: readonly string[] }>(services)
      .filter(([, { profiles }]) => profiles === undefined)
      .map(([name]) => name);
    expect(always).toEqual(['bridge']);
  });

  it.each(['bridge', 'doctor', 'wiretap'])('gives %s no more than it needs', (name) => {
    expect(services[name]).toMatchObject({
      read_only: true,
      cap_drop: ['ALL'],
      security_opt: ['no-new-privileges:true'],
    });
  });

  it('asks every service that stays whether it is well', () => {
    const staying = Object.entries<Record<string, unknown>>(services).filter(
      ([, { restart }]) => restart !== undefined,
    );
    const built = ['bridge', 'asterisk']; // their images bring a health check along
    for (const [name, service] of staying) {
      expect([name, built.includes(name) || service.healthcheck !== undefined]).toEqual([
        name,
        true,
      ]);
    }
  });
});
