// Whatever stands in the environment and in the YAML file: a configuration, or mistakes that name no secret.

import fc from 'fast-check';
import { expect, it } from 'vitest';
import { loadConfig } from '../../src/config/load.ts';
import { VARIABLE_NAMES, VARIABLES } from '../../src/config/variables.ts';
import { ConnectorError } from '../../src/errors.ts';
import { anyCharacter } from '../support/any-character.ts';
import { runs } from '../support/property-runs.ts';

const SECRET = 'hunter-two';
const LOGIN = { AMI_USERNAME: 'bridge', AMI_SECRET: SECRET, MQTT_PASSWORD: SECRET };

/** The mistakes; empty where there are none. */
function mistakes(env: Record<string, string>, yaml: string): string {
  const readFile = (path: string) => {
    if (path === '/config.yaml') return yaml;
    throw Object.assign(new Error('none'), { code: 'ENOENT' });
  };
  try {
    loadConfig({ env: { ...LOGIN, CONFIG_FILE: '/config.yaml', ...env }, readFile });
    return '';
  } catch (error) {
    if (error instanceof ConnectorError && error.code === 'CONFIG_INVALID') return error.message;
    throw error;
  }
}

const value = fc.oneof(
  fc.string({ unit: anyCharacter }),
  fc.constantFrom('1e400', '-0', 'NaN', '0x10', '٣', '9'.repeat(400), 'true ', '\0', '\r\n'),
  fc.constantFrom(`mqtt://u:${SECRET}@`, `http://${SECRET}@x`, `mqtt://u:${SECRET}@b:99999/#?`),
  fc.constantFrom('[::1', '1GiB', '-7d', 'a/#/b', '/', 'ä'.repeat(40_000)),
);

it('values of any kind are taken or named, and no secret is told', () => {
  const env = fc.dictionary(fc.constantFrom(...VARIABLE_NAMES), value, { maxKeys: 5 });
  fc.assert(
    fc.property(env, (variables) => {
      const { CONFIG_FILE: _, ...rest } = variables as Record<string, string>;
      expect(mistakes(rest, '')).not.toContain(SECRET);
    }),
    { numRuns: runs(67) },
  );
});

const yamlKeys = VARIABLE_NAMES.flatMap((name) => VARIABLES[name].yaml?.split('.') ?? []);
const yamlPiece = fc.oneof(
  fc.constantFrom(...yamlKeys, '__proto__', 'constructor', `secret: ${SECRET}`),
  fc.constantFrom(': ', '\n', '  ', '- ', '{', '}', '[', ']', '&a ', '*a ', '<<: ', '|\n', '!!js '),
  value,
);

it('a YAML file of any kind is taken or refused, and no secret is told', () => {
  fc.assert(
    fc.property(fc.array(yamlPiece, { maxLength: 30 }), (pieces) => {
      expect(mistakes({}, pieces.join(''))).not.toContain(SECRET);
    }),
    { numRuns: runs(67) },
  );
});

it('a YAML file of a few lines cannot fill the memory', () => {
  const lines = ['a0: &a0 [x, x, x, x, x, x, x, x, x]'];
  for (let n = 1; n < 30; n++)
    lines.push(
      `a${n}: &a${n} [${Array(9)
        .fill(`*a${n - 1}`)
        .join()}]`,
    );
  expect(mistakes({}, lines.join('\n'))).not.toBe('');
});
