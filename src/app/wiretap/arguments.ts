// The arguments of a command: one table says what is accepted and what --help tells.

import { ConnectorError } from '../../errors.ts';

export type Option = {
  readonly name: string;
  /** What its value is called in the help; an option without one is a switch. */
  readonly value?: string;
  readonly about: string;
};

export type Command = {
  readonly name: string;
  /** What its operands are called in the help, in order; all are required. */
  readonly operands: readonly string[];
  /** What it does, for somebody who has never used it. */
  readonly about: string;
  readonly options: readonly Option[];
};

export type Arguments = {
  readonly operands: readonly string[];
  /** The value of an option; '' for a switch that is set, `undefined` for what is not given. */
  readonly get: (name: string) => string | undefined;
};

const SECRETS: ReadonlySet<string> = new Set(['secret', 'password', 'pass']);

/** @throws ConnectorError USAGE, with a sentence that says what is wrong */
export function parseArguments(command: Command, argv: readonly string[]): Arguments {
  const values = new Map<string, string>();
  const operands: string[] = [];
  const rest = [...argv];
  for (let text = rest.shift(); text !== undefined; text = rest.shift()) {
    if (text === '--') operands.push(...rest.splice(0));
    else if (text === '-h') values.set('help', '');
    else if (text.startsWith('-') && text !== '-') readOption(command, { text, rest, values });
    else operands.push(text);
  }
  if (!values.has('help')) checkOperands(command, operands);
  return { operands, get: (name) => values.get(name) };
}

export function usage({ name, operands, about, options }: Command): string {
  const rows = [...options, HELP].map(({ name, value, about }) => ({
    left: value === undefined ? `  --${name}` : `  --${name} ${value}`,
    about,
  }));
  const width = Math.max(...rows.map(({ left }) => left.length)) + 2;
  const lines = rows.map(({ left, about }) => left.padEnd(width) + hang(about, width));
  const line = ['wiretap', name, ...operands, '[options]'].join(' ');
  return `Usage: ${line}\n\n${about}\n\nOptions:\n${lines.join('\n')}\n`;
}

/** A non-negative number. @throws ConnectorError USAGE */
export function toNumber(option: string, text: string): number {
  const number = Number(text);
  if (text.trim() !== '' && Number.isFinite(number) && number >= 0) return number;
  throw new ConnectorError('USAGE', `--${option} ${JSON.stringify(text)} is no number from 0 up.`);
}

/** @throws ConnectorError USAGE */
export function toPort(text: string): number {
  const port = toNumber('port', text);
  if (Number.isInteger(port) && port <= 65_535) return port;
  throw new ConnectorError('USAGE', `--port ${text} is no TCP port: 0 to 65535.`);
}

const HELP: Option = { name: 'help', about: 'Show this and end.' };

type Reading = {
  readonly text: string;
  /** The arguments behind it, from which it takes its value. */
  readonly rest: string[];
  readonly values: Map<string, string>;
};

function readOption(command: Command, { text, rest, values }: Reading): void {
  const [, name = '', , glued] = /^--([^=]*)(=(.*))?$/s.exec(text) ?? [];
  if (SECRETS.has(name)) throw secretRefused(name);
  const option = [...command.options, HELP].find((one) => one.name === name);
  if (option === undefined)
    throw new ConnectorError('USAGE', `There is no option ${nameOf(text)}.`);
  if (values.has(name)) throw new ConnectorError('USAGE', `--${name} is given twice.`);
  if (option.value === undefined) {
    if (glued !== undefined) throw new ConnectorError('USAGE', `--${name} takes no value.`);
    values.set(name, '');
    return;
  }
  const value = glued ?? rest.shift();
  if (value === undefined || value === '') {
    throw new ConnectorError('USAGE', `--${name} needs a value: --${name} ${option.value}.`);
  }
  values.set(name, value);
}

function secretRefused(name: string): ConnectorError {
  const text =
    `There is no --${name}, on purpose: everybody on this machine can read the arguments of a command, ` +
    'and the shell keeps them in its history. Set AMI_SECRET in the environment, or AMI_SECRET_FILE ' +
    'to the path of a file that holds the secret.';
  return new ConnectorError('USAGE', text);
}

/** What stands behind a `=` may be somebody's secret. */
function nameOf(text: string): string {
  return text.split('=', 1)[0] ?? '';
}

function checkOperands({ operands: wanted }: Command, given: readonly string[]): void {
  const missing = wanted[given.length];
  if (missing !== undefined) throw new ConnectorError('USAGE', `${missing} is missing.`);
  if (given.length > wanted.length) {
    throw new ConnectorError('USAGE', `${JSON.stringify(given[wanted.length])} is one too many.`);
  }
}

const LINE_WIDTH = 100;

function hang(text: string, indent: number): string {
  const lines: string[] = [''];
  for (const word of text.split(' ')) {
    const line = lines.at(-1) ?? '';
    if (line === '') lines[lines.length - 1] = word;
    else if (indent + line.length + word.length < LINE_WIDTH)
      lines[lines.length - 1] = `${line} ${word}`;
    else lines.push(word);
  }
  return lines.join(`\n${' '.repeat(indent)}`);
}
