// AMI messages written by hand, as text: a character per byte, lines that end in CR LF, no empty line behind them.

export type Headers = readonly (readonly [key: string, value: string])[];

/** What a channel's snapshot shows; what is not given is as Asterisk writes it for a channel that is being dialled. */
export type Shown = {
  readonly channel: string;
  readonly id: string;
  readonly linked?: string;
  readonly state?: string;
  readonly num?: string;
  readonly name?: string;
  readonly exten?: string;
};

/** An event as every session gets it. */
export function eventText(name: string, ...headers: Headers): string {
  return messageText(['Event', name], ['Privilege', 'call,all'], ...headers);
}

export function messageText(...headers: Headers): string {
  return headers.map(([key, value]) => `${key}: ${value}\r\n`).join('');
}

/** The block of headers that shows a channel, in Asterisk's order. */
export function block(shown: Shown, prefix = ''): Headers {
  const { channel, id, linked = id, state = '4', num = '<unknown>', name = '<unknown>' } = shown;
  const headers: Headers = [
    ['Channel', channel],
    ['ChannelState', state],
    ['ChannelStateDesc', 'Ring'],
    ['CallerIDNum', num],
    ['CallerIDName', name],
    ['ConnectedLineNum', '<unknown>'],
    ['ConnectedLineName', '<unknown>'],
    ['Language', 'en'],
    ['AccountCode', ''],
    ['Context', 'internal'],
    ['Exten', shown.exten ?? 's'],
    ['Priority', '1'],
    ['Uniqueid', id],
    ['Linkedid', linked],
  ];
  return headers.map(([key, value]) => [`${prefix}${key}`, value]);
}

/** The block of headers that shows a bridge. */
export function bridgeBlock(
  id: string,
  technology = 'simple_bridge',
  creator = '<unknown>',
): Headers {
  return [
    ['BridgeUniqueid', id],
    ['BridgeType', 'basic'],
    ['BridgeTechnology', technology],
    ['BridgeCreator', creator],
    ['BridgeName', creator === '<unknown>' ? '<unknown>' : '700'],
    ['BridgeNumChannels', '1'],
    ['BridgeVideoSourceMode', 'none'],
  ];
}

/** UTF-8 as it arrives: a character per byte. */
export function utf8(text: string): string {
  return Buffer.from(text, 'utf8').toString('latin1');
}
