// A message in one line: `DialState PJSIP/102-00000002 RINGING`.

import type { AmiMessage } from '../ami/message.ts';
import { header } from '../ami/message.ts';
import type { BridgeSnapshot, ChannelSnapshot, Signal } from '../pbx/signal.ts';

type SignalOf<T extends Signal['type']> = Extract<Signal, { type: T }>;

/** The name of the event, and what of it decides something. */
export function toSignalLine(message: AmiMessage, signal: Signal): string {
  const details = DETAILS[signal.type] as (signal: Signal) => string; // one table, keyed by the type
  return `${header(message, 'Event') ?? ''} ${details(signal)}`.trimEnd();
}

/** Of a message that nobody may trust: how it begins. */
export function toRawLine({ text }: AmiMessage): string {
  const [first = ''] = text.split(/\r?\n/, 1);
  const start = first.length > RAW_LENGTH ? `${first.slice(0, RAW_LENGTH)}…` : first;
  return `"${start}" (${text.length} bytes)`;
}

const RAW_LENGTH = 60;

const DETAILS: { readonly [T in Signal['type']]: (signal: SignalOf<T>) => string } = {
  'channel-created': ({ channel }) => `${stateOf(channel)}${whoOf(channel)}`,
  'channel-changed': ({ channel }) => stateOf(channel),
  'caller-id-changed': ({ channel, withheld }) =>
    `${channel.name}${whoOf(channel)}${withheld ? ' withheld' : ''}`,
  originated: ({ channelId, exten, isAnnouncement }) =>
    `channel ${channelId} for ${isAnnouncement ? 'an announcement' : (exten ?? 'nobody known')}`,
  'dial-begun': ({ from, to, dialString }) => `${dialOf(from, to)} (${dialString})`,
  'dial-progressed': ({ to, status }) => `${to.name} ${status}`,
  'dial-ended': ({ from, to, status, forwarded }) =>
    `${dialOf(from, to)} ${status}${forwarded ? ' forwarded' : ''}`,
  'bridge-entered': ({ channel, bridge, swapped }) =>
    `${channel.name} ${bridgeOf(bridge)}${swapped === undefined ? '' : ` in the place of ${swapped}`}`,
  'bridge-left': ({ channel, bridge }) => `${channel.name} ${bridgeOf(bridge)}`,
  'picked-up': ({ channel, target }) => `${channel.name} takes the call of ${target.name}`,
  'hangup-requested': ({ channel }) => channel.name,
  'shutdown-requested': ({ channel }) => `${channel.name} by a shutdown`,
  'hung-up': ({ channel, cause }) => `${channel.name} cause ${cause}`,
  'digit-pressed': ({ channel, digit }) => `${channel.name} digit ${digit}`,
  held: ({ channel }) => channel.name,
  resumed: ({ channel }) => channel.name,
  'queue-joined': ({ channel, queue, position }) =>
    `${channel.name} queue ${queue} position ${position}`,
  'queue-left': ({ channel, queue }) => `${channel.name} queue ${queue}`,
  'queue-given-up': ({ channel, queue }) => `${channel.name} queue ${queue}`,
  parked: ({ channel, slot, parker }) =>
    `${channel.name} slot ${slot}${parker === undefined ? '' : ` by ${parker}`}`,
  unparked: ({ channel, retriever, slot }) =>
    `${channel.name} slot ${slot} fetched by ${retriever.name}`,
  'park-timed-out': ({ channel, slot }) => `${channel.name} slot ${slot}`,
  'passed-on': ({ how, by, second }) =>
    `by ${by.name}${second === undefined || second.id === by.id ? '' : ` and ${second.name}`}${how === 'blind' ? ', blind' : ', attended'}`,
  spying: ({ channel }) => channel.name,
  'pbx-shutdown': () => '',
};

/** AST_STATE_* (channelstate.h), by number. */
const STATES = [
  ...['Down', 'Reserved', 'OffHook', 'Dialing', 'Ring', 'Ringing', 'Up', 'Busy'],
  ...['Dialing Offhook', 'Pre-ring'],
];

function stateOf({ name, state }: ChannelSnapshot): string {
  return `${name} ${STATES[state] ?? `state ${state}`}`;
}

/** `, 101 Alice, dialled 102`; a channel that somebody called has the extension `s`, and dialled nothing. */
function whoOf({ number, callerName, exten }: ChannelSnapshot): string {
  const who = [number, callerName].filter((part) => part !== undefined).join(' ');
  const dialled = exten === '' || exten === 's' ? '' : `, dialled ${exten}`;
  return `${who === '' ? '' : `, ${who}`}${dialled}`;
}

function dialOf(from: ChannelSnapshot | undefined, to: ChannelSnapshot): string {
  return from === undefined ? `to ${to.name}` : `${from.name} to ${to.name}`;
}

const ID_LENGTH = 8;

/** Ids of bridges are long, and the first characters tell them apart. */
function bridgeOf({ id, kind, name }: BridgeSnapshot): string {
  const what = kind === 'ordinary' ? 'bridge' : KINDS[kind];
  return `${what} ${name ?? id.slice(0, ID_LENGTH)}`;
}

const KINDS = { holding: 'holding bridge', conference: 'conference' } as const;
