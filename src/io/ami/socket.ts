// The way to the manager's port: TCP, or TLS with the certificate pinned by its authority or by its fingerprint.

import { connect as connectTcp, isIP, type Socket } from 'node:net';
import { connect as connectTls, type TLSSocket } from 'node:tls';
import { ConnectorError } from '../../errors.ts';

export type TlsPinning = {
  /** PEM text of the authority, or of the self-signed certificate itself. */
  readonly ca?: string;
  /** SHA-256 of the certificate, hex, with or without colons. It replaces the check of name and authority. */
  readonly fingerprint?: string;
};

const READ_BYTES = 64 * 1024;

export type SocketOptions = {
  readonly host: string;
  readonly port: number;
  readonly tls?: TlsPinning;
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
};

export type Connection = {
  /** Without Nagle's delay. It has no listener for its errors but ours. */
  readonly socket: Socket;
  readonly inlet: Inlet;
};

/**
 * A connected socket, and what comes in.
 * @throws ConnectorError AMI_UNREACHABLE, AMI_TLS_FAILED
 */
export async function openSocket(options: SocketOptions): Promise<Connection> {
  options.signal.throwIfAborted();
  const inlet = new Inlet();
  const { tls } = options;
  const socket = tls === undefined ? openTcp(options, inlet) : openTls(options, tls, inlet);
  socket.setNoDelay(true);
  try {
    await connected(socket, options);
    checkFingerprint(socket, options);
    return { socket, inlet };
  } catch (cause) {
    socket.destroy();
    options.signal.throwIfAborted();
    throw toConnectionError(cause, options);
  }
}

/** `hasMore`: as many bytes as are read at a time, so the next ones are there already. Not known of TLS. */
type Listener = (bytes: Buffer, hasMore: boolean) => void;

/** What comes in, for one listener. */
export class Inlet {
  #onBytes: Listener | undefined;
  /** What came before there was a listener. */
  #early = Buffer.alloc(0);

  take(bytes: Buffer, hasMore = false): void {
    if (this.#onBytes === undefined) this.#early = Buffer.concat([this.#early, bytes]);
    else this.#onBytes(bytes, hasMore);
  }

  /** The bytes are those of a buffer that is used again: who keeps some copies them. */
  listen(onBytes: Listener): void {
    this.#onBytes = onBytes;
    if (this.#early.length > 0) onBytes(this.#early, false);
    this.#early = Buffer.alloc(0);
  }
}

/** What a failed or broken connection means to an operator. */
function toConnectionError(
  cause: unknown,
  { host, port }: { readonly host: string; readonly port: number },
): ConnectorError {
  if (cause instanceof ConnectorError) return cause;
  const { code = '', message } = cause as NodeJS.ErrnoException;
  if (isTlsTrouble(code)) {
    const text = `TLS to Asterisk at ${host}:${port} failed: ${tlsReason(message)}`;
    return new ConnectorError('AMI_TLS_FAILED', text, { cause });
  }
  const why = REASONS[code] ?? message;
  return new ConnectorError('AMI_UNREACHABLE', `No way to Asterisk at ${host}:${port}: ${why}`, {
    cause,
  });
}

/** Messages of OpenSSL are lines of its source, of which a part is the reason; Node adds advice for its own users. */
function tlsReason(message: string): string {
  const [, reason = message] = /\berror:[0-9A-F]+:[^:]*:[^:]*:([^:]+)/.exec(message) ?? [];
  return reason.replace(/; if the root CA is installed locally.*$/, '');
}

const REASONS: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'nothing listens there (connection refused)',
  ENOTFOUND: 'the name is not known',
  EAI_AGAIN: 'the name could not be resolved now',
  EHOSTUNREACH: 'the host cannot be reached',
  ENETUNREACH: 'the network cannot be reached',
  ETIMEDOUT: 'no answer',
  ECONNRESET: 'the connection was reset',
};

/** A buffer for each read, as streams have it, would be 64 KiB for the 400 bytes of an event. */
function openTcp({ host, port }: SocketOptions, inlet: Inlet): Socket {
  const buffer = Buffer.allocUnsafeSlow(READ_BYTES);
  const callback = (bytes: number) => {
    inlet.take(buffer.subarray(0, bytes), bytes === READ_BYTES);
    return true; // it is never paused
  };
  return connectTcp({ host, port, onread: { buffer, callback } });
}

function openTls(
  { host, port }: SocketOptions,
  { ca, fingerprint }: TlsPinning,
  inlet: Inlet,
): TLSSocket {
  const socket = connectTls({
    host,
    port,
    ...(isIP(host) === 0 && { servername: host }),
    ...(ca !== undefined && { ca }),
    rejectUnauthorized: fingerprint === undefined,
  });
  return socket.on('data', (bytes: Buffer) => inlet.take(bytes));
}

function connected(socket: Socket, options: SocketOptions): Promise<void> {
  const { signal, timeoutMs } = options;
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => socket.destroy(timedOut(socket)), timeoutMs);
    const abort = () => socket.destroy();
    signal.addEventListener('abort', abort, { once: true });
    const settle = () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', abort);
    };
    socket.once('error', reject);
    socket.once('close', () => reject(closedEarly()));
    socket.once(options.tls === undefined ? 'connect' : 'secureConnect', () => resolve());
    socket.once('close', settle);
    socket.once(options.tls === undefined ? 'connect' : 'secureConnect', settle);
  });
}

/** Where TCP is through, it is the other side's TLS that says nothing. */
function timedOut({ connecting }: Socket): Error {
  const code = connecting ? 'ETIMEDOUT' : 'ERR_TLS_HANDSHAKE_TIMEOUT';
  return Object.assign(new Error('no answer'), { code });
}

function closedEarly(): Error {
  return Object.assign(new Error('the connection was closed at once'), { code: 'ECONNRESET' });
}

function checkFingerprint(socket: Socket, { host, port, tls }: SocketOptions): void {
  if (tls?.fingerprint === undefined) return;
  const seen = (socket as TLSSocket).getPeerCertificate().fingerprint256 ?? '';
  if (hexOf(seen) === hexOf(tls.fingerprint)) return;
  throw new ConnectorError(
    'AMI_TLS_FAILED',
    `The certificate of Asterisk at ${host}:${port} has the fingerprint ${seen}, not the one in AMI_TLS_FINGERPRINT`,
  );
}

function hexOf(fingerprint: string): string {
  return fingerprint.replaceAll(':', '').toLowerCase();
}

function isTlsTrouble(code: string): boolean {
  return /^(ERR_SSL|ERR_TLS|CERT_|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO|EPROTO)/.test(code);
}
