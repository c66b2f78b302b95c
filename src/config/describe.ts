// The settings for people: .env.example, asterisk-mqtt.example.yaml and docs/configuration.md, made from their
// declaration. What is required stands there to be filled in; everything else is commented out and shows its default.

import { COMPOSE_VARIABLES } from './compose-variables.ts';
import { VARIABLE_NAMES, VARIABLES, type VariableName } from './variables.ts';

const GROUPS: readonly { readonly title: string; readonly prefixes: readonly string[] }[] = [
  { title: 'Asterisk', prefixes: ['AMI_'] },
  { title: 'MQTT', prefixes: ['MQTT_'] },
  { title: 'What is told', prefixes: ['PBX_', 'CALL_'] },
  { title: 'Outbox', prefixes: ['DATA_', 'OUTBOX_'] },
  { title: 'Health and metrics', prefixes: ['HTTP_', 'HEARTBEAT_'] },
  { title: 'Log', prefixes: ['LOG_'] },
  { title: 'Configuration file', prefixes: ['CONFIG_'] },
];

export function describeEnvironment(): string {
  return [
    '# Every setting of asterisk-mqtt. Copy this file to .env, put your own values where none is commented out,',
    '# and take the # away where you want another value than the default. An empty value counts as unset. For docker',
    "# compose, a value with $, # or spaces stands in single quotes: 'like $this'.",
    '# Made by `npm run docs` from src/config/variables.ts.',
    ...GROUPS.flatMap((group) => ['', `### ${group.title}`, ...namesIn(group).flatMap(toEnvLines)]),
    ...composeLines(),
    '',
  ].join('\n');
}

function composeLines(): readonly string[] {
  return [
    '',
    '### docker compose: not for the bridge itself',
    ...Object.entries(COMPOSE_VARIABLES).flatMap(([name, variable]) => [
      '',
      ...wrap(`${variable.desc} Default: ${variable.default}.`).map((line) => `# ${line}`),
      `#${name}=${variable.default}`,
    ]),
  ];
}

export function describeYaml(): string {
  return [
    '# Every setting of asterisk-mqtt that may stand in the file that CONFIG_FILE names. The environment wins over it.',
    '# Take the # away where you want another value than the default.',
    '# Made by `npm run docs` from src/config/variables.ts.',
    ...[...toSections()].flatMap(toYamlLines),
    '',
  ].join('\n');
}

export function describeConfiguration(): string {
  return [
    INTRODUCTION,
    ...GROUPS.flatMap((group) => [`## ${group.title}`, '', ...toTable(namesIn(group)), '']),
    RULES,
  ].join('\n');
}

const INTRODUCTION = `# Configuration

<!-- Made by \`npm run docs\` from src/config/variables.ts. -->

Settings are environment variables. The same settings may stand in a YAML file, and secrets in files of their own.
Only \`AMI_USERNAME\` and \`AMI_SECRET\` are required. [\`.env.example\`](../.env.example) and
[\`asterisk-mqtt.example.yaml\`](../asterisk-mqtt.example.yaml) hold them all, ready to be edited.
`;

const RULES = `## Rules

- **Which one wins**: the environment, then the YAML file, then the default. An empty variable counts as unset.
- **Secrets in files**: \`AMI_SECRET_FILE\` and \`MQTT_PASSWORD_FILE\` (\`ami.secret_file\`, \`mqtt.password_file\`) name a file
  that holds the value, as Docker and Kubernetes mount secrets. A line break at its end does not count. Both the secret and
  its file is a mistake.
- **The YAML file** has the keys of the tables below the sections: \`ami.host\` is \`host\` in \`ami\`. An unknown key is a mistake.
- **Credentials in \`MQTT_URL\`** (\`mqtt://user:password@host\`) count as \`MQTT_USERNAME\` and \`MQTT_PASSWORD\`. Both is a mistake.
- **What does not go together** is a mistake: certificates without TLS, a client certificate without its key, a password
  without a user name (MQTT 5 allows it: \`MQTT_PROTOCOL_VERSION=5\`).
- **Mistakes** are all told at once, one line each: the variable, what was wrong and what is allowed, never the value of a
  secret. The exit code is 78.
`;

function namesIn({ prefixes }: { readonly prefixes: readonly string[] }): readonly VariableName[] {
  return VARIABLE_NAMES.filter((name) => prefixes.some((prefix) => name.startsWith(prefix)));
}

function isRequired(name: VariableName): boolean {
  const { defaultText, absent } = VARIABLES[name];
  return defaultText === undefined && absent === undefined;
}

/** What to write for a variable so that it is there and right. */
function sample(name: VariableName): string {
  const { defaultText, example } = VARIABLES[name];
  return defaultText ?? example ?? '';
}

function toEnvLines(name: VariableName): readonly string[] {
  const { twin } = VARIABLES[name];
  const setting = `${name}=${sample(name)}`;
  return [
    '',
    ...toComment(name),
    isRequired(name) ? setting : `#${setting}`,
    ...(twin ? ['# or:', `#${name}_FILE=${toSecretPath(name)}`] : []),
  ];
}

function toSecretPath(name: VariableName): string {
  return `/run/secrets/${name.toLowerCase()}`;
}

/** The variables by their section, those outside of any first. */
function toSections(): ReadonlyMap<string, readonly VariableName[]> {
  const inYaml = VARIABLE_NAMES.filter((name) => VARIABLES[name].yaml !== undefined);
  const sections = Map.groupBy(inYaml, (name) => toPath(name).section);
  const outside = sections.get('') ?? [];
  sections.delete('');
  return new Map([['', outside], ...sections]);
}

function toPath(name: VariableName): { readonly section: string; readonly key: string } {
  const [first = '', ...rest] = (VARIABLES[name].yaml ?? '').split('.');
  return rest.length === 0 ? { section: '', key: first } : { section: first, key: rest.join('.') };
}

function toYamlLines([section, names]: readonly [string, readonly VariableName[]]) {
  const indent = section === '' ? '' : '  ';
  const settings = names.flatMap(toYamlSetting).map((line) => (line === '' ? '' : indent + line));
  return section === '' ? settings : ['', `${section}:`, ...settings.slice(1)];
}

function toYamlSetting(name: VariableName): readonly string[] {
  const { key } = toPath(name);
  const setting = `${key}: ${sample(name)}`;
  return [
    '',
    ...toComment(name),
    isRequired(name) ? setting : `#${setting}`,
    ...(VARIABLES[name].twin ? ['# or:', `#${key}_file: ${toSecretPath(name)}`] : []),
  ];
}

function toComment(name: VariableName): readonly string[] {
  const { desc, allowed } = VARIABLES[name];
  const text = `${desc} Allowed: ${allowed}. ${defaultOf(name)}.`;
  return wrap(text.replaceAll('`', '')).map((line) => `# ${line}`);
}

function defaultOf(name: VariableName): string {
  const { defaultText, absent } = VARIABLES[name];
  if (defaultText !== undefined) return `Default: ${defaultText}`;
  return absent === undefined ? 'Required' : `Default: ${absent}`;
}

const WIDTH = 108;

function wrap(text: string): readonly string[] {
  const lines = [''];
  for (const word of text.split(' ')) {
    const line = lines.at(-1) ?? '';
    if (line !== '' && line.length + 1 + word.length > WIDTH) lines.push(word);
    else lines[lines.length - 1] = line === '' ? word : `${line} ${word}`;
  }
  return lines;
}

function toTable(names: readonly VariableName[]): readonly string[] {
  return ['| variable | YAML | default | |', '|---|---|---|---|', ...names.map(toRow)];
}

function toRow(name: VariableName): string {
  const { desc, allowed, aliases = [], yaml, yamlAliases = [], twin } = VARIABLES[name];
  const spellings = [name, ...(twin ? [`${name}_FILE`] : []), ...aliases];
  const paths = [...(yaml === undefined ? [] : [yaml]), ...yamlAliases];
  const cells = [
    spellings.map(code).join('<br>'),
    paths.map(code).join('<br>'),
    toDefaultCell(name),
    `${desc} *Allowed*: ${allowed}.`,
  ];
  return `| ${cells.join(' | ')} |`;
}

function toDefaultCell(name: VariableName): string {
  const { defaultText, absent } = VARIABLES[name];
  if (defaultText !== undefined) return code(defaultText);
  return absent ?? '**required**';
}

function code(text: string): string {
  return `\`${text}\``;
}
