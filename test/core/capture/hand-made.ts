// Small captures written by hand, for tests.

import type { Capture } from '../../../src/core/capture/format.ts';

export const BANNER = 'Asterisk Call Manager/11.0.0\r\n';

export type Headers = readonly (readonly [key: string, value: string])[];

/** A message: `message('Response', 'Success', ['ActionID', '1'])`. */
export function message(type: 'Event' | 'Response', name: string, ...headers: Headers): string {
  const lines = [[type, name], ...headers].map(([key, value]) => `${key}: ${value}\r\n`);
  return `${lines.join('')}\r\n`;
}

/** An event with the headers that every broadcast event has. */
export function event(name: string, ...headers: Headers): string {
  return message('Event', name, ['Privilege', 'call,all'], ...headers);
}

export type Chan = {
  readonly channel: string;
  readonly id: string;
  readonly linked?: string;
  readonly state?: string;
  readonly num?: string;
  readonly name?: string;
  readonly exten?: string;
};

/** A channel's snapshot as events carry it. */
export function snapshot(chan: Chan, prefix = ''): Headers {
  return Object.entries({
    Channel: chan.channel,
    ChannelState: chan.state ?? '4',
    ChannelStateDesc: 'Ring',
    CallerIDNum: chan.num ?? '<unknown>',
    CallerIDName: chan.name ?? '<unknown>',
    ConnectedLineNum: '<unknown>',
    ConnectedLineName: '<unknown>',
    Language: 'en',
    AccountCode: '',
    Context: 'internal',
    Exten: chan.exten ?? 's',
    Priority: '1',
    Uniqueid: chan.id,
    Linkedid: chan.linked ?? chan.id,
  }).map(([key, value]) => [`${prefix}${key}`, value]);
}

export const LOGIN = message('Response', 'Success', ['Message', 'Authentication accepted']);

/** A capture of these reads, 10 ms apart. */
export function capture(...pieces: readonly string[]): Capture {
  const starts = pieces.map((_, index) => pieces.slice(0, index).join('').length);
  return {
    startedAt: 1_770_000_000_000,
    text: pieces.join(''),
    reads: starts.map((offset, index) => ({ offset, ms: index * 10 })),
  };
}
