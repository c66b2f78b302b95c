#!/usr/bin/env node
// The process: arguments → command, error → exit code. The only place that reads `process`. A command is loaded when it is
// called: what is not loaded takes no time and no memory.

import process from 'node:process';
import { styleText } from 'node:util';
import { getHeapStatistics } from 'node:v8';
import packageJson from '../package.json' with { type: 'json' };
import type { Terminal } from './app/wiretap/terminal.ts';
import { ConnectorError } from './errors.ts';

const HELP = `asterisk-mqtt ${packageJson.version}: tells the calls of an Asterisk PBX to an MQTT broker

Usage:
  asterisk-mqtt                     run the bridge; it is configured by environment variables
  asterisk-mqtt doctor              what is wrong, and what to do about it; --snippet: what to write into manager.conf
  asterisk-mqtt wiretap COMMAND     record, sanitize, split, explain or replay what the manager interface says
  asterisk-mqtt --help | --version

The bridge needs AMI_USERNAME and AMI_SECRET, and AMI_HOST and MQTT_URL where these are not on this machine.
Every setting: docs/configuration.md and .env.example.
`;

/** sysexits.h: EX_CONFIG. */
const EXIT = { ok: 0, failed: 1, usage: 2, configuration: 78 } as const;

/** Put in by the bundler, where the commit is known. */
declare const BUILD_REVISION: string | undefined;
const revision = typeof BUILD_REVISION === 'string' ? BUILD_REVISION : undefined;

const stop = new AbortController();
process.exitCode = EXIT.failed; // where nothing is left to wait for, and yet it is not done
void main(process.argv.slice(2)).then((code) => {
  process.exitCode = code;
});

async function main([command, ...rest]: readonly string[]): Promise<number> {
  listenForSignals();
  endWithTheReader();
  try {
    if (command === undefined) return await bridge();
    if (command === 'doctor') return await doctor(rest);
    if (command === 'wiretap') return await wiretap(rest);
    if (command === '--version') return print(toVersion());
    if (command === '--help') return print(HELP);
    throw new ConnectorError('USAGE', `There is no command "${command}"`);
  } catch (error) {
    return explain(error);
  }
}

async function bridge(): Promise<number> {
  const { runBridge } = await import('./app/bridge.ts');
  await runBridge({
    env: process.env,
    version: packageJson.version,
    ...(revision !== undefined && { revision }),
    heapLimitBytes: getHeapStatistics().heap_size_limit,
    availableBytes: process.availableMemory(),
    write: (line) => process.stdout.write(line),
    signal: stop.signal,
  });
  return EXIT.ok;
}

/** Ends the process by itself: a name server that does not answer would hold it for a minute more. */
async function doctor(argv: readonly string[]): Promise<never> {
  const { runDoctor } = await import('./app/doctor.ts');
  process.exit(await runDoctor(argv, toTerminal(process.stdout)));
}

async function wiretap(argv: readonly string[]): Promise<number> {
  const { runWiretap } = await import('./app/wiretap.ts');
  return await runWiretap(argv, toTerminal(process.stderr));
}

function toTerminal(watched: { readonly isTTY?: boolean }): Terminal {
  return {
    env: process.env,
    stdout: (text) => process.stdout.write(text),
    stderr: (text) => process.stderr.write(text),
    signal: stop.signal,
    isTerminal: watched.isTTY === true,
    hasColours: styleText('bold', '.') !== '.', // as Node decides it: stdout, NO_COLOR, FORCE_COLOR, TERM
  };
}

/** The first one asks to stop; the second does not ask. */
function listenForSignals(): void {
  for (const name of ['SIGINT', 'SIGTERM'] as const) {
    process.on(name, () => {
      if (stop.signal.aborted) process.exit(EXIT.failed);
      stop.abort(name);
    });
  }
}

/** `asterisk-mqtt | head`: who reads the log has gone, and a log that nobody gets is no way to run. */
function endWithTheReader(): void {
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
    process.exit(EXIT.failed);
  });
}

function toVersion(): string {
  return `${packageJson.version}${revision === undefined ? '' : ` (${revision})`}\n`;
}

function print(text: string): number {
  process.stdout.write(text);
  return EXIT.ok;
}

/** A failure that we know is a sentence and a remedy; one that we do not know keeps its stack. */
function explain(error: unknown): number {
  if (!(error instanceof ConnectorError)) throw error;
  process.stderr.write(`${error.message}\n${error.hint}\n`);
  if (error.code === 'CONFIG_INVALID') return EXIT.configuration;
  return error.code === 'USAGE' ? EXIT.usage : EXIT.failed;
}
