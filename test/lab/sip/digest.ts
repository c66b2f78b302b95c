import { createHash, randomBytes } from 'node:crypto';
import { headerOf, type SipRequest, type SipResponse } from './message.ts';

export type Account = { readonly username: string; readonly secret: string };

/** The Authorization header that answers a challenge (RFC 2617, MD5); chan_sip asks without `qop`, as RFC 2069 has it. */
export function authorizationOf(
  challenge: SipResponse,
  { method, uri }: SipRequest,
  { username, secret }: Account,
): string {
  const text = headerOf(challenge, 'WWW-Authenticate');
  const [realm, nonce, opaque] = ['realm', 'nonce', 'opaque'].map((name) => quoted(text, name));
  const qop = /\bqop="?[^"]*\bauth\b/.test(text) ? toQop() : undefined;
  const secretPart = md5(`${username}:${realm}:${secret}`);
  const middle = qop === undefined ? [] : [qop.count, qop.cnonce, 'auth'];
  const response = md5([secretPart, nonce, ...middle, md5(`${method}:${uri}`)].join(':'));
  const fields = [
    `username="${username}"`,
    `realm="${realm}"`,
    `nonce="${nonce}"`,
    `uri="${uri}"`,
    `response="${response}"`,
    'algorithm=MD5',
    ...(qop === undefined ? [] : [`qop=auth, nc=${qop.count}, cnonce="${qop.cnonce}"`]),
    ...(opaque === '' ? [] : [`opaque="${opaque}"`]),
  ];
  return `Digest ${fields.join(', ')}`;
}

function toQop() {
  return { count: '00000001', cnonce: randomBytes(8).toString('hex') };
}

function quoted(text: string, name: string): string {
  return new RegExp(`\\b${name}="([^"]*)"`).exec(text)?.[1] ?? '';
}

function md5(text: string): string {
  return createHash('md5').update(text).digest('hex');
}
