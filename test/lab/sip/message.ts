// SIP messages as text (RFC 3261), as far as phones beside an Asterisk need them.

export type Header = readonly [name: string, value: string];

type Common = { readonly headers: readonly Header[]; readonly body: string };
export type SipRequest = Common & {
  readonly kind: 'request';
  readonly method: string;
  readonly uri: string;
};
export type SipResponse = Common & {
  readonly kind: 'response';
  readonly status: number;
  readonly reason: string;
};
export type SipMessage = SipRequest | SipResponse;

/** `undefined` for what is no SIP: a keep-alive, say. */
export function parseMessage(text: string): SipMessage | undefined {
  const end = text.indexOf('\r\n\r\n');
  const [first = '', ...lines] = text.slice(0, end < 0 ? undefined : end).split('\r\n');
  const common = { headers: lines.map(toHeader), body: end < 0 ? '' : text.slice(end + 4) };
  const [, status, reason = ''] = /^SIP\/2\.0 (\d{3}) ?(.*)$/.exec(first) ?? [];
  if (status !== undefined) return { kind: 'response', status: Number(status), reason, ...common };
  const [, method, uri] = /^([A-Z]+) (\S+) SIP\/2\.0$/.exec(first) ?? [];
  if (method === undefined || uri === undefined) return undefined;
  return { kind: 'request', method, uri, ...common };
}

export function formatMessage(message: SipMessage): string {
  const first =
    message.kind === 'request'
      ? `${message.method} ${message.uri} SIP/2.0`
      : `SIP/2.0 ${message.status} ${message.reason}`;
  const lines = message.headers.map(([name, value]) => `${name}: ${value}`);
  const length = `Content-Length: ${Buffer.byteLength(message.body)}`;
  return `${[first, ...lines, length].join('\r\n')}\r\n\r\n${message.body}`;
}

/** The first header of that name; '' where there is none. */
export function headerOf({ headers }: Common, name: string): string {
  return headers.find(([key]) => key.toLowerCase() === name.toLowerCase())?.[1] ?? '';
}

export function withHeader<M extends SipMessage>(message: M, header: Header): M {
  const others = message.headers.filter(([key]) => key.toLowerCase() !== header[0].toLowerCase());
  return { ...message, headers: [...others, header] };
}

/** `INVITE`, or `180 INVITE` for a response. */
export function summaryOf(message: SipMessage): string {
  if (message.kind === 'request') return message.method;
  return `${message.status} ${methodOf(message)}`;
}

/** The method of a request, or of the request that a response answers. */
export function methodOf(message: SipMessage): string {
  return headerOf(message, 'CSeq').split(' ')[1] ?? '';
}

export function sequenceOf(message: SipMessage): number {
  return Number.parseInt(headerOf(message, 'CSeq'), 10);
}

export function branchOf(message: SipMessage): string {
  return /branch=([^;,\s]+)/.exec(headerOf(message, 'Via'))?.[1] ?? '';
}

/** The tag of a From or To header; '' where it has none yet. */
export function tagOf(address: string): string {
  return /;tag=([^;\s]+)/.exec(address)?.[1] ?? '';
}

/** `sip:102@192.0.2.1:5060` of `"Bob" <sip:102@192.0.2.1:5060;transport=udp>;tag=x`, parameters of the URI included. */
export function uriOf(address: string): string {
  return /<([^>]+)>/.exec(address)?.[1] ?? address.split(';')[0] ?? '';
}

export function userOf(address: string): string {
  return /sips?:([^@;>]+)@/.exec(address)?.[1] ?? '';
}

const COMPACT: Readonly<Record<string, string>> = {
  c: 'Content-Type',
  f: 'From',
  i: 'Call-ID',
  l: 'Content-Length',
  m: 'Contact',
  r: 'Refer-To',
  t: 'To',
  v: 'Via',
};

function toHeader(line: string): Header {
  const colon = line.indexOf(':');
  const name = line.slice(0, colon).trim();
  return [COMPACT[name] ?? name, line.slice(colon + 1).trim()];
}
