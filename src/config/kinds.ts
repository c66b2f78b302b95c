// The kinds of settings: each reads one from text and says in words what it allows. envalid does not check defaults,
// so a default is kept as text here and takes the same way as what an operator writes.

import {
  bool,
  EnvError,
  host as envalidHost,
  makeExactValidator,
  type OptionalValidatorSpec,
  type RequiredValidatorSpec,
} from 'envalid';

/** What is said about a variable where it is declared. */
export type About = {
  readonly desc: string;
  /** Where it stands in the YAML file; absent where it cannot stand there. */
  readonly yaml?: string;
  readonly default?: string;
  /** What holds where it is not set and has no fixed default, in words; makes the variable optional. */
  readonly absent?: string;
  readonly example?: string;
  readonly aliases?: readonly string[];
  readonly yamlAliases?: readonly string[];
};

type Facts = Omit<About, 'default'> & {
  readonly defaultText?: string;
  /** What is allowed, in words: the end of every message about a wrong value. */
  readonly allowed: string;
  /** Its value is never shown. */
  readonly secret: boolean;
  /** Has a twin that names a file with the value. */
  readonly twin: boolean;
};

export type Variable<T = unknown> = Facts & (RequiredValidatorSpec<T> | OptionalValidatorSpec<T>);

type Declared<T, A extends About> = Facts &
  (A extends { readonly absent: string } ? OptionalValidatorSpec<T> : RequiredValidatorSpec<T>);

type Rules<T> = {
  readonly allowed: string;
  /** `undefined`: not allowed. */
  readonly read: (text: string) => T | undefined;
  readonly secret?: boolean;
  readonly twin?: boolean;
};

/** Any text of one line. */
export const text = kind({
  allowed: 'up to 200 characters, without line breaks or control characters',
  read: (value) => (value.length <= 200 && !hasControl(value) ? value : undefined),
});

/** Text that is never shown and may be kept in a file that `NAME_FILE` names. */
export const secret = kind({
  allowed: 'one line of text',
  read: (value) => (hasControl(value) ? undefined : value),
  secret: true,
  twin: true,
});

export const host = kind({
  allowed: 'a host name or an IP address, without scheme, port or brackets',
  read: (value) => (/^\w[\w.-]*$/.test(value) || isHost(value) ? value : undefined),
});

export const port = wholeNumber({ min: 1, max: 65_535 });

/** A TCP port, or 0 for none. */
export const portOrOff = wholeNumber({ min: 0, max: 65_535 });

export const flag = kind({ allowed: '`true` or `false`', read: toFlag });

/** A number of bytes. */
export const byteSize = kind({
  allowed:
    'a whole number of bytes, or a number with the unit kB, MB, GB, KiB, MiB or GiB, such as `512MiB`',
  read: (value) => quantity(value, BYTES),
});

/** Milliseconds. */
export const duration = kind({
  allowed: 'a number with the unit s, m, h or d, such as `90s`, `12h` or `7d`',
  read: (value) => quantity(value, MILLISECONDS),
});

export const mqttUrl = kind({
  allowed:
    '`mqtt://host:port`, `tcp://host:port`, `mqtts://host:port`, `ws://host:port/path` or `wss://host:port/path`; special characters in a user name or password percent-encoded',
  read: (value) => (isMqttUrl(value) ? value : undefined),
});

export const topicPrefix = kind({
  allowed:
    'a topic of up to 200 characters without `+`, `#` or control characters, and without a leading or trailing `/`',
  read: (value) => (isTopicPrefix(value) ? value : undefined),
});

/** The SHA-256 fingerprint of a certificate, as Node spells it: upper case with colons. */
export const fingerprint = kind({
  allowed: 'a SHA-256 fingerprint: 64 hexadecimal digits, with or without colons',
  read: toFingerprint,
});

/** The path of a file or folder. */
export const path = kind({ allowed: 'a path', read: toPath });

/** The path of a private key: not shown, as somebody may have put the key itself there. */
export const keyPath = kind({ allowed: 'a path', read: toPath, secret: true });

export function wholeNumber({ min, max }: { readonly min: number; readonly max: number }) {
  return kind({
    allowed: `a whole number from ${min} to ${max}`,
    read: (value) => {
      const number = /^\d{1,15}$/.test(value) ? Number(value) : Number.NaN;
      return number >= min && number <= max ? number : undefined;
    },
  });
}

export function choice<const T extends string>(...choices: readonly T[]) {
  return kind({
    allowed: choices.map((word) => `\`${word}\``).join(', '),
    read: (value) => choices.find((word) => word === value),
  });
}

/** `value` with what may be credentials in it taken out, short enough for a message. */
export function withoutCredentials(value: string): string {
  const bare = value.replace(/^([a-z][a-z0-9+.-]*:\/\/)?.*@/is, '$1***@').replace(/\?.*$/s, '?***');
  return bare.length > 80 ? `${bare.slice(0, 80)}…` : bare;
}

const BYTES = {
  '': 1,
  B: 1,
  kB: 1e3,
  KB: 1e3,
  MB: 1e6,
  GB: 1e9,
  KiB: 2 ** 10,
  MiB: 2 ** 20,
  GiB: 2 ** 30,
};

const MILLISECONDS = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };

function kind<T>({ allowed, read, secret = false, twin = false }: Rules<T>) {
  const validator = makeExactValidator<T>((value) => {
    const result = read(value);
    if (result === undefined) throw new EnvError(allowed);
    return result;
  });
  return <A extends About>({ default: defaultText, ...about }: A): Declared<T, A> => {
    const spec = about.absent === undefined ? validator({}) : validator({ default: undefined });
    const facts = { ...about, ...(defaultText !== undefined && { defaultText }) };
    // The compiler cannot see that `absent` in A and the optional spec go together.
    return { ...spec, ...facts, allowed, secret, twin } as unknown as Declared<T, A>;
  };
}

function hasControl(value: string): boolean {
  return /\p{Cc}/u.test(value);
}

function isHost(value: string): boolean {
  return parses(() => envalidHost()._parse(value));
}

function toFlag(value: string): boolean | undefined {
  const word = value.toLowerCase();
  return parses(() => bool()._parse(word)) ? bool()._parse(word) : undefined;
}

function quantity(value: string, units: Readonly<Record<string, number>>): number | undefined {
  const [, digits, unit] = /^(\d{1,15}(?:\.\d{1,6})?) ?([A-Za-z]*)$/.exec(value) ?? [];
  const factor = unit === undefined || !Object.hasOwn(units, unit) ? undefined : units[unit];
  const amount = Math.round(Number(digits) * (factor ?? Number.NaN));
  return Number.isSafeInteger(amount) && amount > 0 ? amount : undefined;
}

function isMqttUrl(value: string): boolean {
  if (hasControl(value) || !URL.canParse(value)) return false;
  const url = new URL(value);
  const isPlain = ['mqtt:', 'tcp:', 'mqtts:'].includes(url.protocol) && !hasPath(url);
  const isWebSocket = ['ws:', 'wss:'].includes(url.protocol);
  return url.hostname !== '' && (isPlain || isWebSocket) && hasReadableUser(url);
}

/** Often an unencoded `/` or `?` in a password, which then stands where the path should. */
function hasPath({ pathname, search, hash }: URL): boolean {
  return !['', '/'].includes(pathname) || search !== '' || hash !== '';
}

function hasReadableUser({ username, password }: URL): boolean {
  return parses(() => decodeURIComponent(username + password));
}

function isTopicPrefix(value: string): boolean {
  return value.length <= 200 && !hasControl(value) && !/[+#]|^\/|\/$/.test(value);
}

function toFingerprint(value: string): string | undefined {
  const digits = value.replaceAll(':', '').toUpperCase();
  return /^[0-9A-F]{64}$/.test(digits) ? digits.match(/../g)?.join(':') : undefined;
}

function toPath(value: string): string | undefined {
  return hasControl(value) ? undefined : value;
}

function parses(parse: () => unknown): boolean {
  try {
    parse();
    return true;
  } catch {
    return false;
  }
}
