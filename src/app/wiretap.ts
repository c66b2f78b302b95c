// wiretap: captures what a manager interface says, and works with such captures. Only explain knows more of calls than their ids.

import { ConnectorError } from '../errors.ts';
import { type Arguments, type Command, parseArguments, usage } from './wiretap/arguments.ts';
import { CAPTURE, capture } from './wiretap/capture.ts';
import { EXPLAIN, explain } from './wiretap/explain.ts';
import { REPLAY, replay } from './wiretap/replay.ts';
import { SANITIZE, sanitize } from './wiretap/sanitize.ts';
import { SPLIT, split } from './wiretap/split.ts';
import type { Terminal } from './wiretap/terminal.ts';

type Run = (options: Arguments, terminal: Terminal) => Promise<number>;

const COMMANDS: ReadonlyMap<string, { readonly command: Command; readonly run: Run }> = new Map(
  [
    { command: CAPTURE, run: capture },
    { command: SANITIZE, run: sanitize },
    { command: SPLIT, run: split },
    { command: EXPLAIN, run: explain },
    { command: REPLAY, run: replay },
  ].map((entry) => [entry.command.name, entry]),
);

const EXIT = { done: 0, failed: 1, usage: 2, config: 78 } as const;

/** Runs `wiretap <argv>` to its end and gives the exit code. Never throws what a user can cause. */
export async function runWiretap(argv: readonly string[], terminal: Terminal): Promise<number> {
  try {
    return await dispatch(argv, terminal);
  } catch (error) {
    if (!(error instanceof ConnectorError)) throw error;
    terminal.stderr(`${error.message}\n${error.hint}\n`);
    return exitCode(error);
  }
}

async function dispatch([name, ...argv]: readonly string[], terminal: Terminal): Promise<number> {
  if (name === undefined || name === '--help' || name === '-h') {
    const write = name === undefined ? terminal.stderr : terminal.stdout;
    write(OVERVIEW);
    return name === undefined ? EXIT.usage : EXIT.done;
  }
  const entry = COMMANDS.get(name);
  if (entry === undefined) {
    throw new ConnectorError('USAGE', `There is no "wiretap ${name}".`);
  }
  const options = parseArguments(entry.command, argv);
  if (options.get('help') === undefined) return entry.run(options, terminal);
  terminal.stdout(usage(entry.command));
  return EXIT.done;
}

function exitCode({ code }: ConnectorError): number {
  if (code === 'USAGE') return EXIT.usage;
  return code === 'CONFIG_INVALID' ? EXIT.config : EXIT.failed;
}

const OVERVIEW = `Usage: wiretap COMMAND [options]

Records what the manager interface of an Asterisk says, and works with such recordings ("captures").
A capture is two files: NAME.raw, the bytes as they came, and NAME.times, when each piece came.

Commands:
  capture        record from an Asterisk, until Ctrl-C
  sanitize FILE  replace numbers, names, addresses and secrets by stand-ins, the same ones everywhere
  split FILE     make one capture of each call
  explain FILE   tell what the bridge makes of it: each event and why, and each message that told nothing
  replay FILE    serve a capture as a manager interface, for any client

wiretap COMMAND --help tells more.
`;
