// A manager interface that plays a capture to whoever logs in: what a real Asterisk sent, in its own time, cut as it
// was cut. For people who write an AMI client, for the demo and for the tests.

import { createServer, type Server, type Socket } from 'node:net';
import { bannerOf, type Capture } from '../../core/capture/format.ts';
import { toPlayback } from '../../core/capture/playback.ts';
import { ConnectorError } from '../../errors.ts';
import { Session, type SessionOptions } from './session.ts';

export type SimulatorOptions = {
  readonly capture: Capture;
  /** Default 0: any free port. */
  readonly port?: number;
  /** Default 127.0.0.1. */
  readonly host?: string;
  /** 1: as recorded; 10: ten times as fast; 0: as fast as the client reads. */
  readonly speed: number;
  /** Begins again when it is through. */
  readonly loop?: boolean;
  /** Where one is not set, any is accepted. */
  readonly username?: string;
  readonly secret?: string;
  /** How long a refused login waits for its answer; default 1,000, as in Asterisk. */
  readonly refusalDelayMs?: number;
  /** A client that leaves more than this unread is dropped; default 64 MiB. */
  readonly maxBufferedBytes?: number;
  /** Called each time that a client has been told the whole capture. */
  readonly onEnd?: () => void;
};

export type Simulator = {
  readonly port: number;
  /** Resolves when a client has been told the whole capture for the first time. Sessions stay open after that. */
  readonly ended: Promise<void>;
  /** Ends every session and gives the port back. */
  readonly close: () => Promise<void>;
};

const MAX_BUFFERED_BYTES = 64 * 1024 * 1024;
const MAX_SESSIONS = 100;
const DEFAULT_BANNER = 'Asterisk Call Manager/11.0.0\r\n';

/** @throws ConnectorError REPLAY_LISTEN_FAILED */
export async function startSimulator(options: SimulatorOptions): Promise<Simulator> {
  const sessions = new Set<Session>();
  const ended = Promise.withResolvers<void>();
  const shared = toSessionOptions(options, ended.resolve);
  const server = createServer((socket) => open(sessions, { ...shared, socket }));
  server.maxConnections = MAX_SESSIONS;
  const port = await listen(server, options);
  return { port, ended: ended.promise, close: () => close(server, sessions) };
}

type Shared = Omit<SessionOptions, 'socket'>;

function toSessionOptions(options: SimulatorOptions, onFirstEnd: () => void): Shared {
  const { capture, speed, loop = false, username, secret } = options;
  const banner = bannerOf(capture.text) || DEFAULT_BANNER;
  const playback = toPlayback(capture, loop ? 'leave-out' : 'play');
  const startSeconds = (capture.startedAt + playback.fromMs) / 1000;
  return {
    banner,
    amiVersion: banner.trimEnd().split('/')[1] ?? '',
    playback,
    startSeconds,
    bootSeconds: Math.floor(startSeconds) - (playback.uptimeSeconds ?? DAY_SECONDS),
    speed,
    loop,
    ...(username !== undefined && { username }),
    ...(secret !== undefined && { secret }),
    refusalDelayMs: options.refusalDelayMs ?? 1000,
    maxBufferedBytes: options.maxBufferedBytes ?? MAX_BUFFERED_BYTES,
    onEnd: () => {
      onFirstEnd();
      options.onEnd?.();
    },
  };
}

const DAY_SECONDS = 86_400;

function open(sessions: Set<Session>, options: Shared & { readonly socket: Socket }): void {
  const session = new Session(options);
  sessions.add(session);
  options.socket.on('close', () => sessions.delete(session));
}

function listen(server: Server, { port = 0, host = '127.0.0.1' }: SimulatorOptions) {
  return new Promise<number>((resolve, reject) => {
    server.once('error', (cause) => {
      const text = `Cannot listen on ${host}:${port}: ${cause.message}`;
      reject(new ConnectorError('REPLAY_LISTEN_FAILED', text, { cause }));
    });
    server.listen(port, host, () => {
      const address = server.address();
      resolve(typeof address === 'object' && address !== null ? address.port : port);
    });
  });
}

async function close(server: Server, sessions: ReadonlySet<Session>): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  for (const session of sessions) session.close();
  await closed;
}
