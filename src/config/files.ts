// Settings that stand in files of their own: secrets (`NAME_FILE`) and certificates. Neither the content nor the path
// of such a file is shown: a common slip is to put the secret itself where its file should be named.

import type { Values } from './config.ts';
import type { Mistakes } from './mistakes.ts';
import type { VariableName } from './variables.ts';

/** The text of a file. Throws an error with a `code`, as `node:fs` does. */
export type FileReader = (path: string) => string;

export type Files = { readonly readFile: FileReader; readonly mistakes: Mistakes };

type FileSetting = {
  readonly name: VariableName;
  /** The variable or key that names the file. */
  readonly place: string;
  readonly path: string;
};

/** The texts of the PEM files, by the variable that names them. */
export type Pems = { readonly [Name in keyof typeof PEM_KINDS]?: string };

/** The secret in the file at `path`, which `place` names, without the line break that editors leave at the end. */
export function readSecret(setting: FileSetting, files: Files): string | undefined {
  const secret = read(setting, files)?.replace(/\r?\n$/, '');
  if (secret !== '') return secret;
  files.mistakes.add(
    setting.name,
    `(${setting.place}) names an empty file`,
    'a file with the value',
  );
  return undefined;
}

export function readPems(values: Partial<Values>, files: Files): Pems {
  const pems: { [Name in keyof typeof PEM_KINDS]?: string } = {};
  for (const name of PEM_NAMES) {
    const path = values[name];
    const pem = path === undefined ? undefined : readPem(name, path, files);
    if (pem !== undefined) pems[name] = pem;
  }
  return pems;
}

const CERTIFICATE = { mark: /-----BEGIN [A-Z0-9 ]*CERTIFICATE-----/, called: 'certificate' };
const KEY = {
  mark: /-----BEGIN (?!ENCRYPTED)[A-Z0-9 ]*PRIVATE KEY-----(?!\s*Proc-Type)/,
  called: 'private key that needs no passphrase',
};

const PEM_KINDS = {
  AMI_TLS_CA_FILE: CERTIFICATE,
  MQTT_TLS_CA_FILE: CERTIFICATE,
  MQTT_TLS_CERT_FILE: CERTIFICATE,
  MQTT_TLS_KEY_FILE: KEY,
};

const PEM_NAMES = Object.keys(PEM_KINDS) as readonly (keyof typeof PEM_KINDS)[]; // the keys of a literal

function readPem(name: keyof typeof PEM_KINDS, path: string, files: Files): string | undefined {
  const { mark, called } = PEM_KINDS[name];
  const content = read({ name, place: name, path }, files);
  if (content === undefined || mark.test(content)) return content;
  files.mistakes.add(name, `names a file without a ${called}`, `a PEM file with a ${called}`);
  return undefined;
}

function read({ name, place, path }: FileSetting, { readFile, mistakes }: Files) {
  try {
    return readFile(path);
  } catch (error) {
    const subject = place === name ? '' : `(${place}) `;
    const problem = `${subject}names a file that cannot be read (${codeOf(error)})`;
    mistakes.add(name, problem, 'the path of a readable file');
    return undefined;
  }
}

/** Why a file could not be read, in one word; the message of the error would hold the path. */
export function codeOf(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return typeof code === 'string' ? code : 'unreadable';
}
