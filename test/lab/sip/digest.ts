import { createHash, randomBytes } from 'node:crypto';
import { headerOf, type SipRequest, type SipResponse } from './message.ts';

export type Account = { readonly username: string; readonly secret: string };

/** The Authorization header that answers a challenge (RFC 2617, MD5). */
export function authorizationOf(
  challenge: SipResponse,
  { method, uri }: SipRequest,
  { username, secret }: Account,
): string {
  const text = headerOf(challenge, 'WWW-Authenticate');
  const [realm, nonce, opaque] = ['realm', 'nonce', 'opaque'].map((name) => quoted(text, name));
  const cnonce = randomBytes(8).toString('hex');
  const count = '00000001';
  const secretPart = md5(`${username}:${realm}:${secret}`);
  const response = md5(`${secretPart}:${nonce}:${count}:${cnonce}:auth:${md5(`${method}:${uri}`)}`);
  const fields = [
    `username="${username}"`,
    `realm="${realm}"`,
    `nonce="${nonce}"`,
    `uri="${uri}"`,
    `response="${response}"`,
    'algorithm=MD5, qop=auth',
    `nc=${count}, cnonce="${cnonce}"`,
    ...(opaque === '' ? [] : [`opaque="${opaque}"`]),
  ];
  return `Digest ${fields.join(', ')}`;
}

function quoted(text: string, name: string): string {
  return new RegExp(`\\b${name}="([^"]*)"`).exec(text)?.[1] ?? '';
}

function md5(text: string): string {
  return createHash('md5').update(text).digest('hex');
}
