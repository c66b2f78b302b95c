import { expect, it } from 'vitest';
import { authorizationOf } from './digest.ts';
import type { SipRequest, SipResponse } from './message.ts';

const ACCOUNT = { username: 'Mufasa', secret: 'CircleOfLife' };

it('answers a challenge without qop by the example of RFC 2069', () => {
  const header = answerTo('realm="testrealm@host.com", nonce="dcd98b7102dd2f0e8b11d0f600bfb0c093"');
  expect(header).toContain('response="1949323746fe6a43ef61f9606e7febea"');
  expect(header).not.toContain('qop');
});

it('answers a challenge with qop by a nonce of its own', () => {
  const header = answerTo('realm="asterisk", nonce="1", qop="auth"');
  expect(header).toMatch(/qop=auth, nc=00000001, cnonce="[0-9a-f]+"/);
});

function answerTo(challenge: string): string {
  const request: SipRequest = {
    kind: 'request',
    method: 'GET',
    uri: '/dir/index.html',
    headers: [],
    body: '',
  };
  const response: SipResponse = {
    kind: 'response',
    status: 401,
    reason: 'Unauthorized',
    headers: [['WWW-Authenticate', `Digest ${challenge}`]],
    body: '',
  };
  return authorizationOf(response, request, ACCOUNT);
}
