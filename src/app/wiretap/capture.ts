// wiretap capture: logs in, and writes down what Asterisk sends until it is told to stop.

import { loadConfig } from '../../config/load.ts';
import { type AmiMessage, header } from '../../core/ami/message.ts';
import { ConnectorError } from '../../errors.ts';
import { type AmiSession, connectAmi } from '../../io/ami/connection.ts';
import { CaptureWriter } from '../../io/capture/files.ts';
import { type Arguments, type Command, toNumber } from './arguments.ts';
import type { Terminal } from './terminal.ts';

export const CAPTURE: Command = {
  name: 'capture',
  operands: [],
  about: `Logs in to Asterisk as a manager user and records everything that it sends, byte for byte, with the
time of each piece: NAME.raw and NAME.times. Ends with Ctrl-C, or after --duration.

The settings are those of the bridge: AMI_HOST, AMI_PORT, AMI_USERNAME, AMI_SECRET (or AMI_SECRET_FILE),
AMI_TLS, AMI_TLS_CA_FILE and AMI_TLS_FINGERPRINT in the environment, or a YAML file. The options win.
The secret itself is never an option, and never in the capture.

A capture holds the numbers and names of real people. Before you pass it on: wiretap sanitize NAME.raw`,
  options: [
    { name: 'host', value: 'HOST', about: 'Name or address of Asterisk.' },
    { name: 'port', value: 'PORT', about: 'Port of its manager interface (5038, with TLS 5039).' },
    { name: 'user', value: 'USER', about: 'Name of the manager user.' },
    { name: 'tls', about: 'Connect by TLS.' },
    { name: 'tls-ca', value: 'FILE', about: 'PEM file with the authority of the certificate.' },
    { name: 'tls-fingerprint', value: 'HEX', about: 'Trust the certificate with this SHA-256.' },
    {
      name: 'events',
      value: 'CLASSES',
      about:
        'Classes of events to ask for, with commas between (call,agent,system); "all" for everything that the user may read.',
    },
    { name: 'out', value: 'NAME', about: 'Name of the capture (wiretap-<date and time>).' },
    { name: 'duration', value: 'SECONDS', about: 'Stop by itself after so many seconds.' },
    { name: 'force', about: 'Overwrite a capture that is there already.' },
  ],
};

const EVENTS = 'call,agent,system';
/** Asterisk sends nothing by itself when nobody calls: only a question finds a dead connection. */
const PING_EVERY_MS = 30_000;
/** So long a goodbye may take. */
const GOODBYE_MS = 2_000;

export async function capture(options: Arguments, terminal: Terminal): Promise<number> {
  const durationMs = toDurationMs(options.get('duration'));
  const recording = await begin(options, terminal);
  if (recording === undefined) {
    terminal.stderr('Stopped before Asterisk let us in; nothing was written.\n');
    return 0;
  }
  const trouble = await run(recording, { ...terminal, durationMs });
  await finish(recording);
  const { writer, tally } = recording;
  terminal.stdout(`${writer.paths.raw}: ${toLine(tally)}\n`);
  if (trouble !== undefined) throw trouble;
  return 0;
}

/** What was seen so far. */
type Tally = { bytes: number; events: number; readonly linkedids: Set<string> };

type Recording = {
  readonly session: AmiSession;
  readonly writer: CaptureWriter;
  readonly tally: Tally;
  /** Resolves when the disk fails. */
  readonly diskFailed: Promise<ConnectorError>;
};

type Piece = { readonly bytes: Buffer; readonly at: number };

/** `undefined` where the signal came first. */
async function begin(options: Arguments, terminal: Terminal): Promise<Recording | undefined> {
  const tally: Tally = { bytes: 0, events: 0, linkedids: new Set() };
  const sink = new Sink();
  const startedAt = now();
  const session = await logIn(options, {
    terminal,
    onBytes: (bytes, ageMs) => {
      tally.bytes += bytes.length;
      sink.take({ bytes: Buffer.from(bytes), at: now() - ageMs });
    },
    onMessage: (message) => count(tally, message),
  });
  if (session === undefined) return undefined;
  const disk = Promise.withResolvers<ConnectorError>();
  const force = options.get('force') !== undefined;
  const name = options.get('out') ?? defaultName(startedAt);
  try {
    const writer = await CaptureWriter.open(name, { startedAt, force, onError: disk.resolve });
    sink.pourInto(writer);
    return { session, writer, tally, diskFailed: disk.promise };
  } catch (error) {
    session.destroy();
    throw error;
  }
}

/** What comes before there is a file: a login that fails leaves none behind. */
class Sink {
  #early: Piece[] = [];
  #writer: CaptureWriter | undefined;

  take(piece: Piece): void {
    if (this.#writer === undefined) this.#early.push(piece);
    else this.#writer.write(piece.bytes, piece.at);
  }

  pourInto(writer: CaptureWriter): void {
    for (const { bytes, at } of this.#early.splice(0)) writer.write(bytes, at);
    this.#writer = writer;
  }
}

type Listeners = {
  readonly terminal: Terminal;
  readonly onBytes: (bytes: Buffer, ageMs: number) => void;
  readonly onMessage: (message: AmiMessage) => void;
};

async function logIn(
  options: Arguments,
  { terminal, onBytes, onMessage }: Listeners,
): Promise<AmiSession | undefined> {
  const { ami } = loadConfig({ env: environment(options, terminal.env) });
  const events = toEvents(options.get('events') ?? EVENTS);
  const connecting = new AbortController();
  const stop = () => connecting.abort(terminal.signal.reason);
  terminal.signal.addEventListener('abort', stop, { once: true });
  if (terminal.signal.aborted) stop();
  try {
    return await connectAmi({ ...ami, events, onBytes, onMessage, signal: connecting.signal });
  } catch (error) {
    if (terminal.signal.aborted) return undefined;
    throw error;
  } finally {
    terminal.signal.removeEventListener('abort', stop); // from here on the end is a polite one
  }
}

/** Until somebody ends it, or something does; then what that was. */
async function run(
  { session, writer, tally, diskFailed }: Recording,
  terminal: Terminal & { readonly durationMs: number | undefined },
): Promise<ConnectorError | undefined> {
  const stop = Promise.withResolvers<undefined>();
  const end = () => stop.resolve(undefined);
  terminal.signal.addEventListener('abort', end, { once: true });
  if (terminal.signal.aborted) end();
  const { durationMs } = terminal;
  const duration = durationMs === undefined ? undefined : setTimeout(end, durationMs);
  const pings = setInterval(() => {
    session.send({ name: 'Ping' }).catch(() => undefined); // `closed` tells what is wrong
  }, PING_EVERY_MS);
  const stopShowing = show(tally, terminal);
  terminal.stderr(`Recording to ${writer.paths.raw}; Ctrl-C ends it.\n`);
  try {
    return await Promise.race([stop.promise, session.closed, diskFailed]);
  } finally {
    clearTimeout(duration);
    clearInterval(pings);
    stopShowing();
    terminal.signal.removeEventListener('abort', end);
  }
}

async function finish({ session, writer }: Recording): Promise<void> {
  const timer = setTimeout(() => session.destroy(), GOODBYE_MS);
  await session.close();
  clearTimeout(timer);
  await writer.close();
}

/** One line, written anew every second, for people; a line every ten seconds for a log. */
function show(tally: Tally, { isTerminal, stderr }: Terminal): () => void {
  const write = () => stderr(isTerminal ? `\r\x1b[K${toLine(tally)}` : `${toLine(tally)}\n`);
  const timer = setInterval(write, isTerminal ? 1_000 : 10_000);
  return () => {
    clearInterval(timer);
    if (isTerminal) stderr('\r\x1b[K');
  };
}

function toLine({ bytes, events, linkedids }: Tally): string {
  const calls =
    linkedids.size < MAX_LINKEDIDS ? String(linkedids.size) : `${MAX_LINKEDIDS} or more`;
  return `${bytes} bytes, ${events} events, distinct Linkedids: ${calls}`;
}

/** A capture of weeks should not fill the memory with what is only counted. */
const MAX_LINKEDIDS = 1_000_000;

function count(tally: Tally, message: AmiMessage): void {
  if (message.kind !== 'event') return;
  tally.events++;
  const linkedid = header(message, 'Linkedid');
  if (linkedid !== undefined && tally.linkedids.size < MAX_LINKEDIDS) tally.linkedids.add(linkedid);
}

/** A timer takes no more than 2³¹ - 1 ms. */
const MAX_DURATION_SECONDS = 2_147_483;

/** @throws ConnectorError USAGE */
function toDurationMs(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const seconds = toNumber('duration', text);
  if (seconds <= MAX_DURATION_SECONDS) return seconds * 1000;
  throw new ConnectorError('USAGE', `--duration takes up to ${MAX_DURATION_SECONDS} seconds.`);
}

/** @throws ConnectorError USAGE */
function toEvents(classes: string): string {
  if (classes === 'all') return 'on';
  if (/^[a-z]+(,[a-z]+)*$/.test(classes)) return classes;
  const text = `--events ${JSON.stringify(classes)} is no list of event classes such as ${EVENTS}.`;
  throw new ConnectorError('USAGE', text);
}

const VARIABLES = {
  host: ['AMI_HOST'],
  port: ['AMI_PORT'],
  user: ['AMI_USERNAME', 'AMI_USER'],
  'tls-ca': ['AMI_TLS_CA_FILE'],
  'tls-fingerprint': ['AMI_TLS_FINGERPRINT'],
} as const;

/** The settings of the connection alone, with the options in the place of the variables. */
function environment(options: Arguments, env: Terminal['env']): Terminal['env'] {
  const settings = Object.entries(env).filter(([key]) => /^(AMI_|CONFIG_FILE$)/.test(key));
  const merged = new Map(settings);
  for (const [option, [name, ...aliases]] of Object.entries(VARIABLES)) {
    const value = options.get(option);
    if (value === undefined) continue;
    for (const alias of aliases) merged.delete(alias);
    merged.set(name, value);
  }
  const wantsTls = ['tls', 'tls-ca', 'tls-fingerprint'].some(
    (name) => options.get(name) !== undefined,
  );
  if (wantsTls) merged.set('AMI_TLS', 'true');
  return Object.fromEntries(merged);
}

function defaultName(at: number): string {
  const time = new Date(at).toISOString().slice(0, 19).replaceAll(':', '');
  return `wiretap-${time}Z`;
}

/** Epoch milliseconds with fractions. */
function now(): number {
  return performance.timeOrigin + performance.now();
}
