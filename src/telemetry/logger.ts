// One JSON line per fact on stdout, or one for people. The lines are written at once: after a crash the last one is
// there. What is known to be secret is masked wherever it appears, also in a text that came from outside.

import { destination as openDestination, pino, stdTimeFunctions } from 'pino';
import { prettyFactory } from 'pino-pretty';

export type LogLevel = 'error' | 'warn' | 'info' | 'debug';

export type LogFields = Readonly<Record<string, string | number | boolean | undefined>>;

export type Logger = { readonly [L in LogLevel]: (fields: LogFields, message: string) => void };

export type LoggerOptions = {
  readonly level: LogLevel;
  readonly format: 'json' | 'pretty';
  /** Texts that must not get out. */
  readonly secrets: readonly string[];
  /** Where lines go; stdout unless given. */
  readonly destination?: { write(line: string): void };
};

export function createLogger({ level, format, secrets, destination }: LoggerOptions): Logger {
  const out = destination ?? openDestination({ dest: 1, sync: true });
  const logger = pino(
    {
      level,
      base: null,
      messageKey: 'message',
      timestamp: stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      redact: { paths: ['secret', 'password'], censor: MASK },
    },
    format === 'pretty' ? prettified(out) : out,
  );
  const mask = createMask(secrets);
  const write = (at: LogLevel) => (fields: LogFields, message: string) => {
    if (logger.isLevelEnabled(at)) logger[at](maskFields(fields, mask), mask(message));
  };
  return { error: write('error'), warn: write('warn'), info: write('info'), debug: write('debug') };
}

const MASK = '***';
/** Anything shorter is no secret, and masking it would make every line unreadable. */
const SHORTEST_SECRET = 4;

export type Mask = (text: string) => string;

/** Takes what is secret out of a text. */
export function createMask(secrets: readonly string[]): Mask {
  const longestFirst = secrets
    .filter((secret) => secret.length >= SHORTEST_SECRET)
    .flatMap(spellings)
    .toSorted((a, b) => b.length - a.length);
  return (text) => longestFirst.reduce((masked, secret) => masked.replaceAll(secret, MASK), text);
}

/** As it is, and as it comes back: in a URL, in quotes, in base64, and read as if every byte were a character. */
function spellings(secret: string): readonly string[] {
  const bytes = new TextEncoder().encode(secret);
  const asBytes = String.fromCharCode(...bytes);
  return [
    ...new Set([
      secret,
      asBytes,
      encodeURIComponent(secret.toWellFormed()),
      JSON.stringify(secret).slice(1, -1),
      JSON.stringify(asBytes).slice(1, -1),
      btoa(asBytes),
    ]),
  ];
}

function maskFields(fields: LogFields, mask: Mask): LogFields {
  const masked = Object.entries(fields).map(([key, value]) => [
    key,
    typeof value === 'string' ? mask(value) : value,
  ]);
  return Object.fromEntries(masked);
}

/** In this process, not in a worker: a line is out before the next thing happens. */
function prettified(out: { write(line: string): void }): { write(line: string): void } {
  const toLine = prettyFactory({
    messageKey: 'message',
    translateTime: 'SYS:HH:MM:ss.l',
    singleLine: true,
  });
  return { write: (line) => out.write(toLine(line)) };
}
