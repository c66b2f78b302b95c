// Which events are signals and what of them is read: the only file that knows the fields of AMI events.

import { type AmiMessage, hasOnce, header } from '../ami/message.ts';
import { isUnknown, toName, toNumber, toText } from '../ami/value.ts';
import type { BridgeKind, BridgeSnapshot, ChannelSnapshot, Happening } from './signal.ts';

/** The events that become signals; the rest need not become text. */
export function isSignalEvent(eventName: string): boolean {
  return Object.hasOwn(READERS, eventName);
}

/** The channel of a list item; `undefined` where its block is not whole. */
export function toChannelSnapshot(message: AmiMessage): ChannelSnapshot | undefined {
  return message.kind === 'event' && isWhole(message, GUARD) ? channelOf(message) : undefined;
}

export type EventMessage = { readonly text: string };

export type Reader = {
  /** Prefixes of the snapshot blocks that must be whole, and of those that may be missing altogether. */
  readonly blocks: readonly string[];
  readonly optionalBlocks?: readonly string[];
  /** Other headers that decide something: each exactly once. */
  readonly once?: readonly string[];
  readonly read: (message: EventMessage) => Happening | undefined;
};

const UNREAD: Reader = { blocks: [], read: () => undefined };

/** Read for nothing but whether it is whole: numbers and names of people are in it. */
const GUARD: Reader = { blocks: [''], read: () => undefined };

const READERS: Readonly<Record<string, Reader>> = {
  Newchannel: {
    blocks: [''],
    read: (message) => ({ type: 'channel-created', channel: channelOf(message) }),
  },
  Newstate: {
    blocks: [''],
    read: (message) => ({ type: 'channel-changed', channel: channelOf(message) }),
  },
  NewCallerid: {
    blocks: [''],
    read: (message) => ({
      type: 'caller-id-changed',
      channel: channelOf(message),
      withheld: isWithheld(header(message, 'CID-CallingPres')),
    }),
  },
  OriginateResponse: { blocks: [], once: ['Response', 'Uniqueid'], read: toOriginated },
  DialBegin: {
    blocks: ['Dest'],
    optionalBlocks: [''],
    read: (message) => ({
      type: 'dial-begun',
      from: optionalChannelOf(message),
      to: channelOf(message, 'Dest'),
      dialString: toText(header(message, 'DialString') ?? ''),
    }),
  },
  DialState: {
    blocks: ['Dest'],
    optionalBlocks: [''],
    once: ['DialStatus'],
    read: (message) => ({
      type: 'dial-progressed',
      to: channelOf(message, 'Dest'),
      status: header(message, 'DialStatus') ?? '',
    }),
  },
  DialEnd: {
    blocks: ['Dest'],
    optionalBlocks: [''],
    once: ['DialStatus'],
    read: (message) => ({
      type: 'dial-ended',
      from: optionalChannelOf(message),
      to: channelOf(message, 'Dest'),
      status: header(message, 'DialStatus') ?? '',
      forwarded: header(message, 'Forward') !== undefined,
    }),
  },
  BridgeEnter: {
    blocks: [''],
    once: ['BridgeUniqueid'],
    read: (message) => ({
      type: 'bridge-entered',
      bridge: bridgeOf(message),
      channel: channelOf(message),
      swapped: toNumber(header(message, 'SwapUniqueid')),
    }),
  },
  BridgeLeave: {
    blocks: [''],
    once: ['BridgeUniqueid'],
    read: (message) => ({
      type: 'bridge-left',
      bridge: bridgeOf(message),
      channel: channelOf(message),
    }),
  },
  Pickup: {
    blocks: ['', 'Target'],
    read: (message) => ({
      type: 'picked-up',
      channel: channelOf(message),
      target: channelOf(message, 'Target'),
    }),
  },
  HangupRequest: {
    blocks: [''],
    read: (message) => ({ type: 'hangup-requested', channel: channelOf(message) }),
  },
  SoftHangupRequest: { blocks: [''], read: toShutdownRequest },
  Hangup: {
    blocks: [''],
    once: ['Cause'],
    read: (message) => ({
      type: 'hung-up',
      channel: channelOf(message),
      cause: toInteger(header(message, 'Cause')),
    }),
  },
  DTMFEnd: { blocks: [''], once: ['Digit', 'DurationMs', 'Direction'], read: toDigit },
  Shutdown: { blocks: [], once: ['Privilege', 'Shutdown', 'Restart'], read: toShutdown },
  Hold: { blocks: [''], read: (message) => ({ type: 'held', channel: channelOf(message) }) },
  Unhold: { blocks: [''], read: (message) => ({ type: 'resumed', channel: channelOf(message) }) },
  QueueCallerJoin: {
    blocks: [''],
    once: ['Queue', 'Position'],
    read: (message) => ({
      type: 'queue-joined',
      ...queueOf(message),
      position: toInteger(header(message, 'Position')),
    }),
  },
  QueueCallerLeave: {
    blocks: [''],
    once: ['Queue'],
    read: (message) => ({ type: 'queue-left', ...queueOf(message) }),
  },
  QueueCallerAbandon: {
    blocks: [''],
    once: ['Queue'],
    read: (message) => ({ type: 'queue-given-up', ...queueOf(message) }),
  },
  ParkedCall: {
    blocks: ['Parkee'],
    once: ['ParkingSpace'],
    read: (message) => ({
      type: 'parked',
      ...slotOf(message),
      parker: toNumber(header(message, 'ParkerDialString')),
    }),
  },
  UnParkedCall: {
    blocks: ['Parkee', 'Retriever'],
    once: ['ParkingSpace'],
    read: (message) => ({
      type: 'unparked',
      ...slotOf(message),
      retriever: channelOf(message, 'Retriever'),
    }),
  },
  ParkedCallTimeOut: {
    blocks: ['Parkee'],
    once: ['ParkingSpace'],
    read: (message) => ({ type: 'park-timed-out', ...slotOf(message) }),
  },
  BlindTransfer: {
    blocks: ['Transferer'],
    optionalBlocks: ['Transferee'],
    once: ['Result'],
    read: (message) => toPassedOn(message, 'blind', ['Transferer']),
  },
  AttendedTransfer: {
    blocks: ['OrigTransferer', 'SecondTransferer'],
    once: ['Result'],
    read: (message) => toPassedOn(message, 'attended', ['OrigTransferer', 'SecondTransferer']),
  },
  ChanSpyStart: {
    blocks: ['Spyer'],
    optionalBlocks: ['Spyee'],
    read: (message) => ({ type: 'spying', channel: channelOf(message, 'Spyer') }),
  },
  NewConnectedLine: GUARD,
  NewAccountCode: GUARD,
  MusicOnHoldStart: GUARD,
  MusicOnHoldStop: GUARD,
  DTMFBegin: GUARD,
};

function queueOf(message: EventMessage) {
  return { channel: channelOf(message), queue: toText(header(message, 'Queue') ?? '') };
}

function slotOf(message: EventMessage) {
  const slot = toText(header(message, 'ParkingSpace') ?? '');
  return { channel: channelOf(message, 'Parkee'), slot };
}

/** One that failed names no channel. The dialplan's own Originate() sends none. */
function toOriginated(message: EventMessage): Happening | undefined {
  if (header(message, 'Response') !== 'Success') return undefined;
  return {
    type: 'originated',
    channelId: toText(header(message, 'Uniqueid') ?? ''),
    exten: toNumber(header(message, 'Exten')),
    isAnnouncement: isAnnouncement(header(message, 'Application')),
  };
}

/** Applications that connect the phone with somebody, or go on in a dialplan or a program that may. */
const CONNECTING: ReadonlySet<string> = new Set(
  'agi bridge confbridge dial followme gosub goto macro meetme page parkedcall pickup pickupchan queue retrydial stasis'.split(
    ' ',
  ),
);

/** The phone was called to listen to something. */
function isAnnouncement(application: string | undefined): boolean {
  return application !== undefined && !CONNECTING.has(application.toLowerCase());
}

/** One that failed, was not permitted or named no extension changes nothing. */
function toPassedOn(
  message: EventMessage,
  how: 'blind' | 'attended',
  [first, second]: readonly [string, string?],
): Happening | undefined {
  if (header(message, 'Result') !== 'Success') return undefined;
  return {
    type: 'passed-on',
    how,
    by: channelOf(message, first),
    second: second === undefined ? undefined : channelOf(message, second),
  };
}

/** AST_SOFTHANGUP_SHUTDOWN (channel.h): in SoftHangupRequest, Cause is one of these flags and no Q.850 number. */
const SOFT_HANGUP_SHUTDOWN = 4;

/** Asterisk sends one to the other leg of every call too: only the flag of a shutdown says something. */
function toShutdownRequest(message: EventMessage): Happening | undefined {
  if (toInteger(header(message, 'Cause')) !== SOFT_HANGUP_SHUTDOWN) return undefined;
  return { type: 'shutdown-requested', channel: channelOf(message) };
}

/** It has no block that would be hard to forge, and ends every call: it counts only with all that Asterisk writes. */
function toShutdown(message: EventMessage): Happening | undefined {
  return header(message, 'Privilege') === 'system,all' ? { type: 'pbx-shutdown' } : undefined;
}

/** Only what the party pressed, not what Asterisk sends on to the other side. */
function toDigit(message: EventMessage): Happening | undefined {
  if (header(message, 'Direction') !== 'Received') return undefined;
  return {
    type: 'digit-pressed',
    channel: channelOf(message),
    digit: toText(header(message, 'Digit') ?? ''),
    durationMs: toInteger(header(message, 'DurationMs')),
  };
}

/**
 * Text that a caller can choose is cut at 79 bytes before it reaches a channel: room for a forged header or two, not
 * for a whole block. So a block counts only if each of these stands there exactly once.
 */
export const BLOCK_KEYS = [
  'Channel',
  'ChannelState',
  'Context',
  'Exten',
  'Uniqueid',
  'Linkedid',
] as const;

export function isWhole(message: EventMessage, { blocks, optionalBlocks, once }: Reader): boolean {
  return (
    blocks.every((prefix) => BLOCK_KEYS.every((key) => hasOnce(message, prefix + key))) &&
    (once ?? []).every((key) => hasOnce(message, key)) &&
    (optionalBlocks ?? []).every((prefix) => isWholeOrAbsent(message, prefix))
  );
}

export function readerOf(message: EventMessage): Reader {
  const name = header(message, 'Event') ?? '';
  return (isSignalEvent(name) ? READERS[name] : undefined) ?? UNREAD;
}

function isWholeOrAbsent(message: EventMessage, prefix: string): boolean {
  const keys = BLOCK_KEYS.map((key) => prefix + key);
  return (
    keys.every((key) => hasOnce(message, key)) ||
    keys.every((key) => header(message, key) === undefined)
  );
}

function optionalChannelOf(message: EventMessage): ChannelSnapshot | undefined {
  return header(message, 'Channel') === undefined ? undefined : channelOf(message);
}

function channelOf(message: EventMessage, prefix = ''): ChannelSnapshot {
  return {
    id: toText(header(message, `${prefix}Uniqueid`) ?? ''),
    linkedId: toText(header(message, `${prefix}Linkedid`) ?? ''),
    name: toText(header(message, `${prefix}Channel`) ?? ''),
    state: toInteger(header(message, `${prefix}ChannelState`)),
    number: toNumber(header(message, `${prefix}CallerIDNum`)),
    callerName: toName(header(message, `${prefix}CallerIDName`)),
    exten: toNumber(header(message, `${prefix}Exten`)) ?? '',
  };
}

function bridgeOf(message: EventMessage): BridgeSnapshot {
  const name = header(message, 'BridgeName');
  return {
    id: header(message, 'BridgeUniqueid') ?? '',
    kind: bridgeKind(message),
    name: isUnknown(name) ? undefined : toText(name ?? ''),
  };
}

/** The technology of an ordinary bridge changes as it goes on (simple_bridge, native_rtp); these two never do. */
function bridgeKind(message: EventMessage): BridgeKind {
  const technology = header(message, 'BridgeTechnology');
  if (technology === 'holding_bridge') return 'holding';
  return header(message, 'BridgeCreator') === 'ConfBridge' ? 'conference' : 'ordinary';
}

/** CID-CallingPres is `32 (Presentation Prohibited, Not Screened)`: bits 5 and 6 say who may see it (callerid.h). */
function isWithheld(presentation: string | undefined): boolean {
  return (toInteger(presentation) & 0x60) === 0x20;
}

/** Counts, codes and durations are never less than nought; what is none of them counts as nought. */
function toInteger(value: string | undefined): number {
  const number = Number.parseInt(value ?? '', 10);
  return Number.isSafeInteger(number) && number > 0 ? number : 0;
}
