// What a phone offers and answers: one stream of PCMU with telephone events (RFC 4733).

export type Direction = 'sendrecv' | 'sendonly' | 'recvonly' | 'inactive';
export type MediaAddress = { readonly host: string; readonly port: number };

export const DTMF_PAYLOAD_TYPE = 101;

export function toSdp({ host, port }: MediaAddress, version: number, direction: Direction): string {
  const lines = [
    'v=0',
    `o=- 1 ${version} IN IP4 ${host}`,
    's=-',
    `c=IN IP4 ${host}`,
    't=0 0',
    `m=audio ${port} RTP/AVP 0 ${DTMF_PAYLOAD_TYPE}`,
    'a=rtpmap:0 PCMU/8000',
    `a=rtpmap:${DTMF_PAYLOAD_TYPE} telephone-event/8000`,
    `a=fmtp:${DTMF_PAYLOAD_TYPE} 0-16`,
    'a=ptime:20',
    `a=${direction}`,
  ];
  return `${lines.join('\r\n')}\r\n`;
}

/** Where the other side wants its audio; `undefined` where the text is no SDP or refuses audio. */
export function mediaAddressOf(sdp: string): MediaAddress | undefined {
  const host = /^c=IN IP4 (\S+)/m.exec(sdp)?.[1];
  const port = Number(/^m=audio (\d+)/m.exec(sdp)?.[1] ?? 0);
  return host === undefined || port === 0 ? undefined : { host, port };
}

/** What a phone answers to an offer of that direction. */
export function answeringDirection(sdp: string): Direction {
  const offered = /^a=(sendonly|recvonly|inactive)\s*$/m.exec(sdp)?.[1];
  if (offered === 'sendonly') return 'recvonly';
  if (offered === 'recvonly') return 'sendonly';
  return offered === 'inactive' ? 'inactive' : 'sendrecv';
}
