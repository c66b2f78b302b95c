import { randomBytes } from 'node:crypto';
import {
  type Header,
  headerOf,
  type SipMessage,
  type SipRequest,
  type SipResponse,
  sequenceOf,
  tagOf,
  uriOf,
} from './message.ts';
import type { Address } from './transport.ts';

export type DialogOptions = {
  readonly local: Address;
  readonly callId: string;
  /** `sip:102@192.0.2.1:5060` */
  readonly localUri: string;
  readonly localName?: string;
  readonly remoteUri: string;
  readonly target: string;
  readonly user: string;
};

/** The names by which two sides know their call, and the messages that carry them (RFC 3261, section 12). */
export class Dialog {
  readonly callId: string;
  readonly localTag = token();
  remoteTag = '';
  readonly #options: DialogOptions;
  #target: string;
  #sequence = 0;

  constructor(options: DialogOptions) {
    this.#options = options;
    this.callId = options.callId;
    this.#target = options.target;
  }

  /** What the other side said about itself: its tag, and where it wants further requests. */
  learn(message: SipMessage): void {
    const remote = headerOf(message, message.kind === 'request' ? 'From' : 'To');
    if (this.remoteTag === '') this.remoteTag = tagOf(remote);
    const contact = headerOf(message, 'Contact');
    if (contact !== '') this.#target = uriOf(contact);
  }

  /** A request with the next number. */
  toRequest(method: string, headers: readonly Header[] = [], body = ''): SipRequest {
    this.#sequence += 1;
    return this.#toRequest(method, { sequence: this.#sequence, headers, body });
  }

  /** The ACK for the answer to an INVITE. */
  toAck(invite: SipRequest): SipRequest {
    return this.#toRequest('ACK', { sequence: sequenceOf(invite), headers: [], body: '' });
  }

  /** What answers a request of the other side. */
  toResponse(
    request: SipRequest,
    [status, reason]: readonly [number, string],
    { headers = [], body = '' }: { headers?: readonly Header[]; body?: string } = {},
  ): SipResponse {
    const isElsewhere = headers.some(([name]) => name === 'Contact'); // a redirection
    const contact: Header[] = isElsewhere ? [] : [['Contact', this.#contact()]];
    return toResponse(request, {
      status,
      reason,
      tag: this.localTag,
      headers: [...contact, ...typed(body), ...headers],
      body,
    });
  }

  /** The value of a Replaces header that names this dialog. */
  get replaces(): string {
    return `${this.callId};to-tag=${this.remoteTag};from-tag=${this.localTag}`;
  }

  #toRequest(
    method: string,
    more: { sequence: number; headers: readonly Header[]; body: string },
  ): SipRequest {
    const { localUri, localName, remoteUri, local } = this.#options;
    const name = localName === undefined ? '' : `"${localName}" `;
    const to = this.remoteTag === '' ? `<${remoteUri}>` : `<${remoteUri}>;tag=${this.remoteTag}`;
    const headers: Header[] = [
      ['Via', `SIP/2.0/UDP ${local.host}:${local.port};branch=z9hG4bK${token()};rport`],
      ['From', `${name}<${localUri}>;tag=${this.localTag}`],
      ['To', to],
      ['Call-ID', this.callId],
      ['CSeq', `${more.sequence} ${method}`],
      ['Contact', this.#contact()],
      ['Max-Forwards', '70'],
      ['Allow', 'INVITE, ACK, BYE, CANCEL, OPTIONS, UPDATE, NOTIFY, REFER'],
      ['Supported', 'replaces'],
      ...typed(more.body),
      ...more.headers,
    ];
    return { kind: 'request', method, uri: this.#target, headers, body: more.body };
  }

  #contact(): string {
    const { user, local } = this.#options;
    return `<sip:${user}@${local.host}:${local.port}>`;
  }
}

export function toResponse(
  request: SipRequest,
  answer: {
    readonly status: number;
    readonly reason: string;
    readonly tag: string;
    readonly headers?: readonly Header[];
    readonly body?: string;
  },
): SipResponse {
  const { status, reason, tag, headers = [], body = '' } = answer;
  const to = headerOf(request, 'To');
  const copied: Header[] = [
    ...request.headers.filter(([name]) => name.toLowerCase() === 'via'),
    ['From', headerOf(request, 'From')],
    ['To', tagOf(to) === '' ? `${to};tag=${tag}` : to],
    ['Call-ID', headerOf(request, 'Call-ID')],
    ['CSeq', headerOf(request, 'CSeq')],
  ];
  return { kind: 'response', status, reason, headers: [...copied, ...headers], body };
}

/** The request that takes back an INVITE: the same in all that names it. */
export function toCancel(invite: SipRequest): SipRequest {
  const names = ['Via', 'From', 'To', 'Call-ID', 'Max-Forwards'];
  const headers = names.map((name): Header => [name, headerOf(invite, name)]);
  const sequence: Header = ['CSeq', `${sequenceOf(invite)} CANCEL`];
  return {
    kind: 'request',
    method: 'CANCEL',
    uri: invite.uri,
    headers: [...headers, sequence],
    body: '',
  };
}

export function token(): string {
  return randomBytes(8).toString('hex');
}

function typed(body: string): readonly Header[] {
  return body === '' ? [] : [['Content-Type', 'application/sdp']];
}
