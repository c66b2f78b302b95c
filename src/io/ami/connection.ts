// One session with the Asterisk Manager Interface: connect, read the banner, log in, hand on every message, answer
// for our own actions. The socket is never paused: Asterisk cuts a slow reader off and throws its events away. What comes
// faster than it is understood waits in read-ahead.ts, and a session that has ended is over when that is understood, too.

import { createHash } from 'node:crypto';
import type { Socket } from 'node:net';
import { type Action, toActionText } from '../../core/ami/action.ts';
import {
  amiVersion,
  CHALLENGE,
  type Credentials,
  challengeOf,
  loginError,
  toLogin,
} from '../../core/ami/login.ts';
import type { AmiMessage } from '../../core/ami/message.ts';
import { ConnectorError } from '../../errors.ts';
import { MessageStream } from './message-stream.ts';
import { PendingActions } from './pending-actions.ts';
import { ReadAhead } from './read-ahead.ts';
import { type Connection, openSocket, type TlsPinning } from './socket.ts';

export type AmiOptions = Credentials & {
  readonly host: string;
  readonly port: number;
  readonly tls?: TlsPinning;
  readonly signal: AbortSignal;
  /** Every event that is no answer to an action of ours. Called from the socket's own turn of the event loop. */
  readonly onMessage: (message: AmiMessage) => void;
  /**
   * Every byte the server sends, from the banner on, before anything is made of it; in a buffer that is used again: who
   * keeps some copies them. They came `ageMs` ago.
   */
  readonly onBytes?: (bytes: Buffer, ageMs: number) => void;
  /** What may be read and wait to be understood; 64 MiB if left out. */
  readonly maxReadAheadBytes?: number;
  /** Much is read and waits to be understood, or that is over. */
  readonly onBehind?: (isBehind: boolean) => void;
  readonly onOversized?: (bytes: number) => void;
  /** Bytes of a message that the end of the connection cut off. */
  readonly onTorn?: (bytes: number) => void;
  /** Asked for every event by its name, false skips it. Items of our lists always pass. */
  readonly wanted?: (eventName: string) => boolean;
  readonly deadlines?: Partial<Deadlines>;
};

export type Deadlines = {
  readonly connectMs: number;
  /** Longer than the longest `writetimeout`: a stalled session of somebody else holds the banner back so long. */
  readonly bannerMs: number;
  readonly actionMs: number;
  readonly listMs: number;
};

const DEADLINES: Deadlines = {
  connectMs: 10_000,
  bannerMs: 15_000,
  actionMs: 10_000,
  listMs: 30_000,
};

const MAX_READ_AHEAD_BYTES = 64 * 1024 * 1024;

/** A banner is 30 bytes; what is much longer is somebody else's talk. */
const MAX_BANNER_BYTES = 1_024;

/**
 * A session that is logged in.
 * @throws ConnectorError AMI_UNREACHABLE, AMI_TLS_FAILED, AMI_NO_BANNER, AMI_NOT_ASTERISK, AMI_LOGIN_REJECTED,
 *   AMI_LOGIN_IN_USE, AMI_SILENT, AMI_DISCONNECTED, AMI_ACTION_INVALID; the signal's reason when that is aborted
 */
export async function connectAmi(options: AmiOptions): Promise<AmiSession> {
  const { host, port, tls, signal } = options;
  const timeoutMs = options.deadlines?.connectMs ?? DEADLINES.connectMs;
  const opened = await openSocket({ host, port, ...(tls && { tls }), timeoutMs, signal });
  const session = new AmiSession(options, opened);
  try {
    await session.logIn();
    return session;
  } catch (error) {
    session.destroy();
    signal.throwIfAborted();
    throw error;
  }
}

export class AmiSession {
  /** Resolves when the connection has ended, with the reason. Never rejects. */
  readonly closed: Promise<ConnectorError>;
  readonly #options: AmiOptions;
  readonly #deadlines: Deadlines;
  readonly #socket: Socket;
  readonly #stream: MessageStream;
  readonly #readAhead: ReadAhead;
  readonly #actions = new PendingActions();
  readonly #banner = Promise.withResolvers<string>();
  #bannerBytes: Buffer | undefined = Buffer.alloc(0);
  #amiVersion = '';
  #error: ConnectorError | undefined;

  constructor(options: AmiOptions, { socket, inlet }: Connection) {
    this.#options = options;
    this.#deadlines = { ...DEADLINES, ...options.deadlines };
    this.#socket = socket;
    this.#stream = new MessageStream({
      onMessage: (message) => this.#onMessage(message),
      wanted: (eventName) => this.#isWanted(eventName),
      ...(options.onOversized && { onOversized: options.onOversized }),
    });
    this.#readAhead = new ReadAhead({
      onBytes: (bytes, ageMs) => this.#onData(bytes, ageMs),
      maxBytes: options.maxReadAheadBytes ?? MAX_READ_AHEAD_BYTES,
      onBehind: options.onBehind,
    });
    this.#banner.promise.catch(() => undefined); // awaited in logIn only, which may have failed before
    this.closed = this.#listen();
    inlet.listen((bytes, hasMore) => this.#readAhead.take(bytes, hasMore));
  }

  /** What was read and waits to be understood. */
  get waitingBytes(): number {
    return this.#readAhead.waitingBytes;
  }

  /** The version in the banner: 11.0.0 is Asterisk 22. */
  get amiVersion(): string {
    return this.#amiVersion;
  }

  async logIn(): Promise<void> {
    const { host, port, username, secret } = this.#options;
    this.#amiVersion = await this.#readBanner();
    const challenge = challengeOf(await this.send(CHALLENGE));
    const key = challenge === undefined ? undefined : md5(challenge + secret);
    const response = await this.send(toLogin(this.#options, key));
    const error = loginError(response, `Login as "${username}" to Asterisk at ${host}:${port}`);
    if (error !== undefined) throw error;
  }

  /**
   * The response to an action.
   * @throws ConnectorError AMI_SILENT when it does not come in time, which also ends the session; AMI_DISCONNECTED;
   *   AMI_ACTION_INVALID when the action cannot be put into words
   */
  async send(action: Action): Promise<AmiMessage> {
    const [response] = await this.#ask(action, undefined);
    if (response === undefined) throw this.#silent(action);
    return response;
  }

  /** The response to a list action and, where it is a success, its items and the event that ends it. */
  list(action: Action, listEnd: string): Promise<readonly AmiMessage[]> {
    return this.#ask(action, listEnd);
  }

  /** Says goodbye, and waits until the connection has ended. */
  async close(): Promise<void> {
    if (!this.#socket.destroyed) {
      await this.send({ name: 'Logoff' }).catch(() => undefined); // it may be gone already
      this.#socket.end();
      const timer = setTimeout(() => this.#socket.destroy(), 500);
      await this.closed;
      clearTimeout(timer);
    }
  }

  /** Nothing more is heard of it, nor of what was read and not understood. */
  destroy(): void {
    this.#readAhead.clear();
    this.#socket.destroy();
  }

  async #ask(action: Action, listEnd: string | undefined): Promise<readonly AmiMessage[]> {
    const { actionId, answer } = this.#actions.expect({
      ...(listEnd !== undefined && { listEnd }),
      deadlineMs: listEnd === undefined ? this.#deadlines.actionMs : this.#deadlines.listMs,
      caughtUp: () => this.#readAhead.caughtUp(),
      onDeadline: () => this.#fail(this.#unanswered(action)),
    });
    if (this.#error !== undefined) this.#actions.failAll(this.#error);
    else this.#write(action, actionId);
    return answer;
  }

  #write(action: Action, actionId: string): void {
    try {
      this.#socket.write(toActionText(action, actionId));
    } catch (error) {
      if (!(error instanceof ConnectorError)) throw error;
      this.#actions.fail(actionId, error);
    }
  }

  #readBanner(): Promise<string> {
    const { host, port } = this.#options;
    const timer = setTimeout(() => {
      const text = `${host}:${port} accepts the connection and stays silent: no manager banner came`;
      this.#banner.reject(this.#fail(new ConnectorError('AMI_NO_BANNER', text)));
    }, this.#deadlines.bannerMs);
    return this.#banner.promise.finally(() => clearTimeout(timer));
  }

  /** Until the connection has ended, and all that came is understood. */
  async #listen(): Promise<ConnectorError> {
    const { signal } = this.#options;
    const socket = this.#socket;
    const abort = () => this.destroy();
    signal.addEventListener('abort', abort, { once: true });
    socket.on('error', (cause) => this.#fail(this.#broken(cause)));
    await new Promise<void>((resolve) => socket.on('close', () => resolve()));
    await this.#readAhead.caughtUp();
    signal.removeEventListener('abort', abort);
    return this.#onClose();
  }

  #onData(bytes: Buffer, ageMs: number): void {
    this.#options.onBytes?.(bytes, ageMs);
    const rest = this.#bannerBytes === undefined ? bytes : this.#onBannerBytes(bytes);
    if (rest !== undefined && rest.length > 0) this.#stream.push(rest);
  }

  /** What stands behind the banner's line, or undefined where that has not ended yet or is no banner. */
  #onBannerBytes(bytes: Buffer): Buffer | undefined {
    const seen = Buffer.concat([this.#bannerBytes ?? Buffer.alloc(0), bytes]);
    const end = seen.indexOf('\n');
    this.#bannerBytes = seen;
    if (end < 0 && seen.length < MAX_BANNER_BYTES) return undefined;
    const version = amiVersion(seen.toString('latin1', 0, Math.max(0, end)));
    if (version === undefined) {
      this.#banner.reject(this.#fail(this.#notAsterisk(seen)));
      this.#readAhead.clear();
      return undefined;
    }
    this.#bannerBytes = undefined;
    this.#banner.resolve(version);
    return seen.subarray(end + 1);
  }

  #notAsterisk(seen: Buffer): ConnectorError {
    const { host, port } = this.#options;
    const start = JSON.stringify(seen.toString('latin1', 0, 40).split(/[\r\n]/, 1)[0]);
    const text = `${host}:${port} is not an Asterisk Manager Interface; it begins with ${start}`;
    return new ConnectorError('AMI_NOT_ASTERISK', text);
  }

  #onMessage(message: AmiMessage): void {
    if (!this.#actions.accept(message)) this.#options.onMessage(message);
  }

  #isWanted(eventName: string): boolean {
    return this.#options.wanted?.(eventName) !== false || this.#actions.expectsItems;
  }

  #onClose(): ConnectorError {
    const torn = this.#stream.end();
    if (torn > 0) this.#options.onTorn?.(torn);
    const error = this.#error ?? this.#hungUp();
    this.#error = error;
    this.#banner.reject(this.#closedBeforeBanner(error));
    this.#actions.failAll(error);
    return error;
  }

  #broken(cause: Error): ConnectorError {
    const { host, port } = this.#options;
    const text = `The connection to Asterisk at ${host}:${port} broke: ${cause.message}`;
    return new ConnectorError('AMI_DISCONNECTED', text, { cause });
  }

  #closedBeforeBanner(error: ConnectorError): ConnectorError {
    if (error.code !== 'AMI_DISCONNECTED') return error;
    const { host, port } = this.#options;
    const text = `${host}:${port} closed the connection before a manager banner came`;
    return new ConnectorError('AMI_NO_BANNER', text);
  }

  /** The first reason counts; what follows from it does not. */
  #fail(error: ConnectorError): ConnectorError {
    this.#error ??= error;
    this.#socket.destroy();
    return this.#error;
  }

  /** Where Asterisk has hung up meanwhile, that is why. */
  #unanswered(action: Action): ConnectorError {
    return this.#socket.closed ? this.#hungUp() : this.#silent(action);
  }

  #hungUp(): ConnectorError {
    const { host, port } = this.#options;
    const text = `Asterisk at ${host}:${port} closed the connection`;
    return new ConnectorError('AMI_DISCONNECTED', text);
  }

  #silent(action: Action): ConnectorError {
    const { host, port } = this.#options;
    const text = `Asterisk at ${host}:${port} did not answer ${action.name} in time`;
    return new ConnectorError('AMI_SILENT', text);
  }
}

/** Lower-case hex, as Asterisk compares it (main/manager.c, authenticate). */
function md5(text: string): string {
  return createHash('md5').update(text, 'utf8').digest('hex');
}
