import { describe, expect, it } from 'vitest';
import {
  branchOf,
  formatMessage,
  headerOf,
  methodOf,
  parseMessage,
  summaryOf,
  tagOf,
  uriOf,
  userOf,
} from './message.ts';

const INVITE = [
  'INVITE sip:102@192.0.2.1:5060 SIP/2.0',
  'v: SIP/2.0/UDP 192.0.2.2:5101;branch=z9hG4bKabc;rport',
  'From: "O\'Brien; Jr." <sip:104@192.0.2.1>;tag=one',
  'To: <sip:102@192.0.2.1>',
  'CSeq: 7 INVITE',
  'Content-Length: 5',
  '',
  'v=0\r\n',
].join('\r\n');

describe('parseMessage', () => {
  it('reads a request, its headers by their long names and its body', () => {
    const message = parseMessage(INVITE);
    expect(message).toMatchObject({ kind: 'request', method: 'INVITE', body: 'v=0\r\n' });
    if (message === undefined) return;
    expect(branchOf(message)).toBe('z9hG4bKabc');
    expect(headerOf(message, 'cseq')).toBe('7 INVITE');
    expect(summaryOf(message)).toBe('INVITE');
  });

  it('reads a response by what it answers', () => {
    const message = parseMessage('SIP/2.0 180 Ringing\r\nCSeq: 7 INVITE\r\n\r\n');
    expect(message).toMatchObject({ kind: 'response', status: 180, body: '' });
    expect(message && summaryOf(message)).toBe('180 INVITE');
    expect(message && methodOf(message)).toBe('INVITE');
  });

  it('takes a keep-alive for nothing', () => {
    expect(parseMessage('\r\n\r\n')).toBeUndefined();
    expect(parseMessage('')).toBeUndefined();
  });

  it('gives back what formatMessage wrote', () => {
    const request = {
      kind: 'request',
      method: 'INFO',
      uri: 'sip:102@192.0.2.1',
      headers: [['Subject', 'a: b']],
      body: 'Grüße',
    } as const;
    const parsed = parseMessage(formatMessage(request));
    expect(parsed).toEqual({
      ...request,
      headers: [
        ['Subject', 'a: b'],
        ['Content-Length', '7'],
      ],
    });
  });
});

describe('an address', () => {
  it.each([
    [
      '"Bob" <sip:102@192.0.2.1:5060;transport=udp>;tag=x',
      'sip:102@192.0.2.1:5060;transport=udp',
      'x',
    ],
    ['sip:102@192.0.2.1;tag=y', 'sip:102@192.0.2.1', 'y'],
    ['<sip:102@192.0.2.1>', 'sip:102@192.0.2.1', ''],
  ])('%s has a URI, a user and a tag', (text, uri, tag) => {
    expect([uriOf(text), userOf(text), tagOf(text)]).toEqual([uri, '102', tag]);
  });
});
