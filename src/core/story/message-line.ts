// A message in one line: `DialState PJSIP/102-00000002 RINGING`.

import type { AmiMessage } from '../ami/message.ts';
import { header } from '../ami/message.ts';
import type { BridgeSnapshot, Signal } from '../pbx/signal.ts';
import { channelIn, toBridgeSnapshot } from '../pbx/signal-readers.ts';

type SignalOf<T extends Signal['type']> = Extract<Signal, { type: T }>;

/** The name of the event, and what of it decides something, or says whose it is. */
export function toSignalLine(message: AmiMessage, signal: Signal): string {
  const details = DETAILS[signal.type] as Details<Signal['type']>; // one table, keyed by the type
  return `${header(message, 'Event') ?? ''} ${details(signal, message)}`.trimEnd();
}

/** Of a message that nobody may trust: how it begins. */
export function toRawLine({ text }: AmiMessage): string {
  const [first = ''] = text.split(/\r?\n/, 1);
  const start = first.length > RAW_LENGTH ? `${first.slice(0, RAW_LENGTH)}…` : first;
  return `"${start}" (${text.length} bytes)`;
}

const RAW_LENGTH = 60;

type Details<T extends Signal['type']> = (signal: SignalOf<T>, message: AmiMessage) => string;

const DETAILS: { readonly [T in Signal['type']]: Details<T> } = {
  'channel-created': (_, message) => `${stateIn(message)}${whoIn(message)}`,
  'channel-changed': (_, message) => stateIn(message),
  'caller-id-changed': ({ withheld }, message) =>
    `${nameIn(message)}${whoIn(message)}${withheld ? ' withheld' : ''}`,
  originated: ({ channelId, exten, isAnnouncement }) =>
    `channel ${channelId} for ${isAnnouncement ? 'an announcement' : (exten ?? 'nobody known')}`,
  'dial-begun': ({ from, dialString }, message) => `${dialIn(message, from)} (${dialString})`,
  'dial-progressed': ({ status }, message) => `${nameIn(message, 'Dest')} ${status}`,
  'dial-ended': ({ from, status, forwarded }, message) =>
    `${dialIn(message, from)} ${status}${forwarded ? ' forwarded' : ''}`,
  'bridge-entered': ({ bridge, swapped }, message) =>
    `${nameIn(message)} ${bridgeOf(bridge)}${swapped === undefined ? '' : ` in the place of ${swapped}`}`,
  'bridge-left': (_, message) => `${nameIn(message)} ${bridgeOf(toBridgeSnapshot(message))}`,
  'picked-up': (_, message) => `${nameIn(message)} takes the call of ${nameIn(message, 'Target')}`,
  'hangup-requested': (_, message) => nameIn(message),
  'shutdown-requested': (_, message) => `${nameIn(message)} by a shutdown`,
  'hung-up': ({ cause }, message) => `${nameIn(message)} cause ${cause}`,
  'digit-pressed': ({ digit }, message) => `${nameIn(message)} digit ${digit}`,
  held: (_, message) => nameIn(message),
  resumed: (_, message) => nameIn(message),
  'queue-joined': ({ queue, position }, message) =>
    `${nameIn(message)} queue ${queue} position ${position}`,
  'queue-left': ({ queue }, message) => `${nameIn(message)} queue ${queue}`,
  'queue-given-up': ({ queue }, message) => `${nameIn(message)} queue ${queue}`,
  parked: ({ slot, parker }, message) =>
    `${nameIn(message, 'Parkee')} slot ${slot}${parker === undefined ? '' : ` by ${parker}`}`,
  unparked: ({ slot }, message) =>
    `${nameIn(message, 'Parkee')} slot ${slot} fetched by ${nameIn(message, 'Retriever')}`,
  'park-timed-out': ({ slot }, message) => `${nameIn(message, 'Parkee')} slot ${slot}`,
  'passed-on': (signal, message) => `by ${transferersIn(message, signal)}, ${signal.how}`,
  spying: (_, message) => nameIn(message, 'Spyer'),
  'pbx-shutdown': () => '',
};

/** AST_STATE_* (channelstate.h), by number. */
const STATES = [
  ...['Down', 'Reserved', 'OffHook', 'Dialing', 'Ring', 'Ringing', 'Up', 'Busy'],
  ...['Dialing Offhook', 'Pre-ring'],
];

function stateIn(message: AmiMessage): string {
  const { name, state } = channelIn(message);
  return `${name} ${STATES[state] ?? `state ${state}`}`;
}

/** `, 101 Alice, dialled 102`; a channel that somebody called has the extension `s`, and dialled nothing. */
function whoIn(message: AmiMessage): string {
  const { number, callerName, exten } = channelIn(message);
  const who = [number, callerName].filter((part) => part !== undefined).join(' ');
  const dialled = exten === '' || exten === 's' ? '' : `, dialled ${exten}`;
  return `${who === '' ? '' : `, ${who}`}${dialled}`;
}

/** `prefix`: of the headers of the channel. */
function nameIn(message: AmiMessage, prefix = ''): string {
  return channelIn(message, prefix).name;
}

function dialIn(message: AmiMessage, from: { readonly id: string } | undefined): string {
  const called = nameIn(message, 'Dest');
  return from === undefined ? `to ${called}` : `${nameIn(message)} to ${called}`;
}

function transferersIn(message: AmiMessage, { how, by, second }: SignalOf<'passed-on'>): string {
  if (how === 'blind') return nameIn(message, 'Transferer');
  const first = nameIn(message, 'OrigTransferer');
  const isOne = second === undefined || second.id === by.id;
  return isOne ? first : `${first} and ${nameIn(message, 'SecondTransferer')}`;
}

const ID_LENGTH = 8;

/** Ids of bridges are long, and the first characters tell them apart. */
function bridgeOf({ id, kind, name }: BridgeSnapshot): string {
  const what = kind === 'ordinary' ? 'bridge' : KINDS[kind];
  return `${what} ${name ?? id.slice(0, ID_LENGTH)}`;
}

const KINDS = { holding: 'holding bridge', conference: 'conference' } as const;
