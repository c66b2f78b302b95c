// The parts that log lines are made of.

import type { ConnectorError } from '../errors.ts';
import type { LogFields, LogLevel } from './logger.ts';

export type Line = {
  readonly level: LogLevel;
  readonly message: string;
  readonly fields: LogFields;
};

export function error(message: string, fields: LogFields): Line {
  return { level: 'error', message, fields };
}

export function warn(message: string, fields: LogFields): Line {
  return { level: 'warn', message, fields };
}

export function info(message: string, fields: LogFields): Line {
  return { level: 'info', message, fields };
}

export function debug(message: string, fields: LogFields): Line {
  return { level: 'debug', message, fields };
}

/** What went wrong and what to do about it. */
export function withHint({ message, hint }: ConnectorError): string {
  return `${unended(message)}. ${hint}`;
}

export function errorFields({ code, hint, cause }: ConnectorError): LogFields {
  return { code, hint, ...(cause instanceof Error && { cause: messageOf(cause) }) };
}

/** A name with several addresses fails with one error for each, and with no message of its own. */
function messageOf(error: Error): string {
  if (!(error instanceof AggregateError) || error.message !== '') return error.message;
  return error.errors.map(({ message }: Error) => message).join('; ');
}

/** `3 events`, `1 event`. */
export function many(count: number, unit: string): string {
  return `${count} ${unit}${count === 1 ? '' : 's'}`;
}

/** The text without a full stop at its end, to go on behind it. */
export function unended(text: string): string {
  return text.replace(/[\s.]+$/, '');
}

/** `host:port`, as in a URL. */
export function at(host: string, port: number): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}

/** Milliseconds as seconds, to a tenth. */
export function toSeconds(milliseconds: number): number {
  return Math.round(milliseconds / 100) / 10;
}

/** `12 MB`. */
export function toMegabytes(bytes: number): string {
  return `${Math.round(bytes / 1e6)} MB`;
}
