// Who is it, if not whom we expected? Some speak first (Asterisk, SSH), some when they are asked (web servers), some only
// TLS. What is found out here is for people; nothing else depends on it.

import { connect as connectTcp, isIP } from 'node:net';
import { connect as connectTls, type TLSSocket } from 'node:tls';

export type Place = { readonly host: string; readonly port: number };

export type Answerer =
  | { readonly kind: 'asterisk' | 'web-server' | 'ssh' }
  /** `fingerprint`: SHA-256 of its certificate, upper case with colons. */
  | { readonly kind: 'tls'; readonly fingerprint: string }
  /** It begins with `text`: printable, short. */
  | { readonly kind: 'stranger'; readonly text: string }
  /** It takes the connection and says nothing, or hangs up. */
  | { readonly kind: 'silent' }
  /** There is no connection to be had. */
  | { readonly kind: 'nobody' };

/** Takes up to 5 s. Never throws. */
export async function whoAnswers(place: Place, signal: AbortSignal): Promise<Answerer> {
  const greeting = await hear(place, { say: '', waitMs: 1_000, signal });
  if (greeting === undefined) return { kind: 'nobody' };
  const answer =
    greeting === '' ? await hear(place, { say: REQUEST, waitMs: 1_500, signal }) : greeting;
  if (answer !== undefined && answer !== '' && !isTls(answer)) return classify(answer);
  const fingerprint = await shakeHands(place, signal);
  return fingerprint === undefined ? { kind: 'silent' } : { kind: 'tls', fingerprint };
}

const REQUEST = 'GET / HTTP/1.0\r\n\r\n';
/** From the first byte on, the rest of a line is waited for so long. */
const LINE_MS = 100;
const TLS_MS = 2_000;

const FIRST_WORDS: readonly (readonly [RegExp, 'asterisk' | 'web-server' | 'ssh'])[] = [
  [/^Asterisk Call Manager\//, 'asterisk'],
  [/^HTTP\//, 'web-server'],
  [/^SSH-/, 'ssh'],
];

function classify(text: string): Answerer {
  const [, kind] = FIRST_WORDS.find(([words]) => words.test(text)) ?? [];
  if (kind !== undefined) return { kind };
  return { kind: 'stranger', text: text.slice(0, 40).replace(/[^\x20-\x7e].*/s, '') };
}

/** An alert or a part of a handshake (RFC 8446, section 5.1). */
function isTls(text: string): boolean {
  return [0x15, 0x16].includes(text.charCodeAt(0)) && text.charCodeAt(1) === 0x03;
}

type Hearing = { readonly say: string; readonly waitMs: number; readonly signal: AbortSignal };

/** What comes first, latin1: '' for nothing; `undefined` where there is no connection. */
function hear({ host, port }: Place, hearing: Hearing): Promise<string | undefined> {
  const { say, waitMs, signal } = hearing;
  return new Promise((resolve) => {
    let heard: string | undefined;
    const socket = connectTcp({ host, port, signal });
    const timer = setTimeout(() => socket.destroy(), waitMs);
    socket.on('connect', () => {
      heard = '';
      if (say !== '') socket.write(say);
    });
    socket.on('data', (bytes) => {
      if (heard === '') setTimeout(() => socket.destroy(), LINE_MS);
      heard = `${heard}${bytes.toString('latin1', 0, 200)}`;
    });
    socket.on('error', () => undefined); // what was heard until then counts
    socket.on('close', () => {
      clearTimeout(timer);
      resolve(heard);
    });
  });
}

/** The fingerprint of whoever it is; `undefined` where there is no TLS. */
async function shakeHands({ host, port }: Place, signal: AbortSignal): Promise<string | undefined> {
  if (signal.aborted) return undefined;
  return await new Promise((resolve) => {
    const name = isIP(host) === 0 ? { servername: host } : {};
    const socket: TLSSocket = connectTls({ host, port, ...name, rejectUnauthorized: false });
    const end = () => socket.destroy();
    const timer = setTimeout(end, TLS_MS);
    let fingerprint: string | undefined;
    signal.addEventListener('abort', end, { once: true });
    socket.on('secureConnect', () => {
      fingerprint = socket.getPeerCertificate().fingerprint256;
      end();
    });
    socket.on('error', () => undefined); // it ends in `close`
    socket.on('close', () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', end);
      resolve(fingerprint);
    });
  });
}
