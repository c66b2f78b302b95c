// Which events are signals and what of them is read: the only file that knows the fields of AMI events.

import { KnownEvent } from '../ami/known-events.ts';
import type { Layout } from '../ami/layout.ts';
import { type AmiMessage, hasOnce, header } from '../ami/message.ts';
import { isUnknown, toName, toNumber, toText } from '../ami/value.ts';
import type { BridgeKind, BridgeSnapshot, ChannelSnapshot, Moment, Signal } from './signal.ts';

/** The events that become signals; the rest need not become text. */
export function isSignalEvent(eventName: string): boolean {
  return READERS.has(eventName);
}

/** The channel of a list item; `undefined` where its block is not whole. */
export function toChannelSnapshot(message: AmiMessage): ChannelSnapshot | undefined {
  return message.kind === 'event' && isWhole(message, GUARD) ? channelOf(message) : undefined;
}

/** The bridge of a list item. */
export function toBridgeSnapshot(message: EventMessage): BridgeSnapshot {
  return bridgeOf(message);
}

/** The parked channel of a list item; `undefined` where it is not whole. */
export function toParkedSnapshot(message: EventMessage) {
  return isWhole(message, PARKED) ? parkedOf(message) : undefined;
}

export type EventMessage = { readonly text: string } | KnownEvent;

export type Reader = {
  /** Prefixes of the snapshot blocks that must be whole, and of those that may be missing altogether. */
  readonly blocks: readonly string[];
  readonly optionalBlocks?: readonly string[];
  /** Headers that stand in front of the blocks, or where there is none, and decide something: each exactly once. */
  readonly once?: readonly string[];
  /** The same of headers behind the last of `blocks`. */
  readonly behind?: readonly string[];
  readonly read: (message: EventMessage, moment: Moment) => Signal | undefined;
};

const UNREAD: Reader = { blocks: [], read: () => undefined };

/** Read for nothing but whether it is whole: numbers and names of people are in it. */
const GUARD: Reader = { blocks: [''], read: () => undefined };
const WIRE_GUARD: Reader = { blocks: ['LocalOne', 'LocalTwo'], read: () => undefined };
/** The same of what has its blocks not in every version or case. */
const LOOSE_GUARD: Reader = { blocks: [], optionalBlocks: ['', 'Dest'], read: () => undefined };

const PARKED: Reader = {
  blocks: ['Parkee'],
  behind: ['ParkingSpace'],
  read: (message, moment) => ({ ...moment, type: 'parked', ...parkedOf(message) }),
};

const READERS: ReadonlyMap<string, Reader> = new Map(
  Object.entries<Reader>({
    Newchannel: {
      blocks: [''],
      read: (message, moment) => ({
        ...moment,
        type: 'channel-created',
        channel: channelOf(message),
      }),
    },
    Newstate: {
      blocks: [''],
      read: (message, moment) => ({
        ...moment,
        type: 'channel-changed',
        channel: channelOf(message),
      }),
    },
    NewCallerid: {
      blocks: [''],
      read: (message, moment) => ({
        ...moment,
        type: 'caller-id-changed',
        channel: channelOf(message),
        withheld: isWithheld(headerBehind(message, '', 'CID-CallingPres')),
      }),
    },
    OriginateResponse: {
      blocks: [],
      once: ['Privilege', 'Response', 'Channel', 'Reason', 'Uniqueid', 'CallerIDNum'],
      read: toOriginated,
    },
    DialBegin: {
      blocks: ['Dest'],
      optionalBlocks: [''],
      read: (message, moment) => ({
        ...moment,
        type: 'dial-begun',
        from: optionalChannelOf(message),
        to: channelOf(message, 'Dest'),
        dialString: toText(headerBehind(message, 'Dest', 'DialString') ?? ''),
      }),
    },
    DialState: {
      blocks: ['Dest'],
      optionalBlocks: [''],
      behind: ['DialStatus'],
      read: (message, moment) => ({
        ...moment,
        type: 'dial-progressed',
        to: channelOf(message, 'Dest'),
        status: headerBehind(message, 'Dest', 'DialStatus') ?? '',
      }),
    },
    DialEnd: {
      blocks: ['Dest'],
      optionalBlocks: [''],
      behind: ['DialStatus'],
      read: (message, moment) => ({
        ...moment,
        type: 'dial-ended',
        from: optionalChannelOf(message),
        to: channelOf(message, 'Dest'),
        status: headerBehind(message, 'Dest', 'DialStatus') ?? '',
        forwarded: headerBehind(message, 'Dest', 'Forward') !== undefined,
      }),
    },
    BridgeEnter: {
      blocks: [''],
      once: ['BridgeUniqueid'],
      read: (message, moment) => ({
        ...moment,
        type: 'bridge-entered',
        bridge: bridgeOf(message),
        channel: channelOf(message),
        swapped: toNumber(headerBehind(message, '', 'SwapUniqueid')),
      }),
    },
    BridgeLeave: {
      blocks: [''],
      once: ['BridgeUniqueid'],
      read: (message, moment) => ({
        ...moment,
        type: 'bridge-left',
        bridge: bridgeOf(message),
        channel: channelOf(message),
      }),
    },
    Pickup: {
      blocks: ['', 'Target'],
      read: (message, moment) => ({
        ...moment,
        type: 'picked-up',
        channel: channelOf(message),
        target: channelOf(message, 'Target'),
      }),
    },
    HangupRequest: {
      blocks: [''],
      read: (message, moment) => ({
        ...moment,
        type: 'hangup-requested',
        channel: channelOf(message),
      }),
    },
    SoftHangupRequest: { blocks: [''], read: toShutdownRequest },
    Hangup: {
      blocks: [''],
      behind: ['Cause'],
      read: (message, moment) => ({
        ...moment,
        type: 'hung-up',
        channel: channelOf(message),
        cause: toInteger(headerBehind(message, '', 'Cause')),
      }),
    },
    DTMFEnd: { blocks: [''], behind: ['Digit', 'DurationMs', 'Direction'], read: toDigit },
    Shutdown: { blocks: [], once: ['Privilege', 'Shutdown', 'Restart'], read: toShutdown },
    Hold: {
      blocks: [''],
      read: (message, moment) => ({ ...moment, type: 'held', channel: channelOf(message) }),
    },
    Unhold: {
      blocks: [''],
      read: (message, moment) => ({ ...moment, type: 'resumed', channel: channelOf(message) }),
    },
    QueueCallerJoin: {
      blocks: [''],
      behind: ['Queue', 'Position'],
      read: (message, moment) => ({
        ...moment,
        type: 'queue-joined',
        ...queueOf(message),
        position: toInteger(headerBehind(message, '', 'Position')),
      }),
    },
    QueueCallerLeave: {
      blocks: [''],
      behind: ['Queue'],
      read: (message, moment) => ({ ...moment, type: 'queue-left', ...queueOf(message) }),
    },
    QueueCallerAbandon: {
      blocks: [''],
      behind: ['Queue'],
      read: (message, moment) => ({ ...moment, type: 'queue-given-up', ...queueOf(message) }),
    },
    ParkedCall: PARKED,
    UnParkedCall: {
      blocks: ['Parkee'],
      optionalBlocks: ['Retriever'],
      behind: ['ParkingSpace'],
      read: toUnparked,
    },
    ParkedCallTimeOut: {
      blocks: ['Parkee'],
      behind: ['ParkingSpace'],
      read: (message, moment) => ({ ...moment, type: 'park-timed-out', ...slotOf(message) }),
    },
    BlindTransfer: {
      blocks: ['Transferer'],
      optionalBlocks: ['Transferee'],
      once: ['Result'],
      read: (message, moment) => toPassedOn(message, moment, 'blind'),
    },
    AttendedTransfer: {
      blocks: ['OrigTransferer', 'SecondTransferer'],
      once: ['Result'],
      read: (message, moment) => toPassedOn(message, moment, 'attended'),
    },
    ChanSpyStart: {
      blocks: ['Spyer'],
      optionalBlocks: ['Spyee'],
      read: (message, moment) => ({
        ...moment,
        type: 'spying',
        channel: channelOf(message, 'Spyer'),
      }),
    },
    NewConnectedLine: GUARD,
    NewAccountCode: GUARD,
    MusicOnHoldStart: GUARD,
    MusicOnHoldStop: GUARD,
    DTMFBegin: GUARD,
    ConfbridgeJoin: GUARD,
    ConfbridgeLeave: GUARD,
    ConfbridgeMute: LOOSE_GUARD,
    ConfbridgeUnmute: LOOSE_GUARD,
    ConfbridgeTalking: LOOSE_GUARD,
    LocalBridge: WIRE_GUARD,
    LocalOptimizationBegin: WIRE_GUARD,
    LocalOptimizationEnd: WIRE_GUARD,
    AgentCalled: LOOSE_GUARD,
    AgentComplete: LOOSE_GUARD,
    AgentConnect: LOOSE_GUARD,
    AgentDump: LOOSE_GUARD,
    AgentRingNoAnswer: LOOSE_GUARD,
    ChannelTalkingStart: LOOSE_GUARD,
    ChannelTalkingStop: LOOSE_GUARD,
    MixMonitorMute: LOOSE_GUARD,
    MixMonitorStart: LOOSE_GUARD,
    MixMonitorStop: LOOSE_GUARD,
    ChanSpyStop: { blocks: ['Spyer'], optionalBlocks: ['Spyee'], read: () => undefined },
    ParkedCallGiveUp: { blocks: ['Parkee'], read: () => undefined },
  }),
);

function queueOf(message: EventMessage) {
  return { channel: channelOf(message), queue: toText(headerBehind(message, '', 'Queue') ?? '') };
}

function parkedOf(message: EventMessage) {
  return {
    ...slotOf(message),
    parker: toNumber(headerBehind(message, 'Parkee', 'ParkerDialString')),
  };
}

function slotOf(message: EventMessage) {
  const slot = toText(headerBehind(message, 'Parkee', 'ParkingSpace') ?? '');
  return { channel: channelOf(message, 'Parkee'), slot };
}

/** Without a retriever, nobody fetched it. */
function toUnparked(message: EventMessage, moment: Moment): Signal | undefined {
  if (header(message, 'RetrieverChannel') === undefined) return undefined;
  return {
    ...moment,
    type: 'unparked',
    ...slotOf(message),
    retriever: channelOf(message, 'Retriever'),
  };
}

/** One that failed names no channel. The dialplan's own Originate() sends none. */
function toOriginated(message: EventMessage, moment: Moment): Signal | undefined {
  if (header(message, 'Response') !== 'Success') return undefined;
  return {
    ...moment,
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
  moment: Moment,
  how: 'blind' | 'attended',
): Signal | undefined {
  if (header(message, 'Result') !== 'Success') return undefined;
  const [first, second] = TRANSFERERS[how];
  return {
    ...moment,
    type: 'passed-on',
    how,
    by: channelOf(message, first),
    second: second === undefined ? undefined : channelOf(message, second),
  };
}

const TRANSFERERS = {
  blind: ['Transferer', undefined],
  attended: ['OrigTransferer', 'SecondTransferer'],
} as const;

/** AST_SOFTHANGUP_SHUTDOWN (channel.h): in SoftHangupRequest, Cause is one of these flags and no Q.850 number. */
const SOFT_HANGUP_SHUTDOWN = 4;

/** Asterisk sends one to the other leg of every call too: only the flag of a shutdown says something. */
function toShutdownRequest(message: EventMessage, moment: Moment): Signal | undefined {
  if (toInteger(headerBehind(message, '', 'Cause')) !== SOFT_HANGUP_SHUTDOWN) return undefined;
  return { ...moment, type: 'shutdown-requested', channel: channelOf(message) };
}

/** It has no block that would be hard to forge, and ends every call: it counts only with all that Asterisk writes. */
function toShutdown(message: EventMessage, moment: Moment): Signal | undefined {
  const isSaid =
    header(message, 'Privilege') === 'system,all' &&
    /^(?:Cleanly|Uncleanly)$/.test(header(message, 'Shutdown') ?? '') &&
    /^(?:True|False)$/.test(header(message, 'Restart') ?? '');
  return isSaid ? { ...moment, type: 'pbx-shutdown' } : undefined;
}

/** Only what the party pressed, not what Asterisk sends on to the other side. */
function toDigit(message: EventMessage, moment: Moment): Signal | undefined {
  if (headerBehind(message, '', 'Direction') !== 'Received') return undefined;
  return {
    ...moment,
    type: 'digit-pressed',
    channel: channelOf(message),
    digit: toText(headerBehind(message, '', 'Digit') ?? ''),
    durationMs: toInteger(headerBehind(message, '', 'DurationMs')),
  };
}

/**
 * Text that a caller can choose is cut at 79 bytes before it reaches a channel: room for a forged header or two, not
 * for a whole block. So a block counts only if each of these stands there exactly once, and says something where
 * Asterisk always does: that is what a forger has no room for.
 */
export const BLOCK_KEYS = [
  'Channel',
  'ChannelState',
  'Context',
  'Exten',
  'Uniqueid',
  'Linkedid',
] as const;

const NEVER_EMPTY = ['Channel', 'ChannelState', 'Uniqueid', 'Linkedid'] as const;

export function isWhole(message: EventMessage, reader: Reader): boolean {
  const { blocks, optionalBlocks = [], once = [], behind = [] } = reader;
  if (!blocks.every((prefix) => isWholeBlock(message, prefix))) return false;
  const tail = behind.length > 0 ? tailOf(message, blocks.at(-1) ?? '') : message;
  return (
    once.every((key) => hasOnce(message, key)) &&
    behind.every((key) => hasOnce(tail, key)) &&
    optionalBlocks.every((prefix) => isWholeOrAbsent(message, prefix))
  );
}

/** Of all events of a layout: who reads them, and whether they are whole if they say something at these places. */
export type Verdict = {
  readonly reader: Reader;
  readonly isWhole: boolean;
  readonly neverEmpty: readonly number[];
};

export function toVerdict(layout: Layout): Verdict {
  const specimen = { text: layout.specimen };
  const reader = readerOf(specimen);
  const { blocks, optionalBlocks = [] } = reader;
  const neverEmpty = [...blocks, ...optionalBlocks]
    .flatMap((prefix) => NEVER_EMPTY.map((key) => layout.placeOf(prefix + key)))
    .filter((place) => place !== undefined);
  return { reader, isWhole: isWhole(specimen, reader), neverEmpty };
}

function isWholeBlock(message: EventMessage, prefix: string): boolean {
  return (
    BLOCK_KEYS.every((key) => hasOnce(message, prefix + key)) &&
    NEVER_EMPTY.every((key) => header(message, prefix + key) !== '')
  );
}

/** Of a message whose block of that prefix is whole: the end of the block, and what is behind it. */
function tailOf({ text }: EventMessage, prefix: string): EventMessage {
  return { text: text.slice(Math.max(0, text.indexOf(`\n${prefix}Linkedid: `))) };
}

/** A header behind the block of that prefix: what a text in the block pretends to be does not reach so far. */
function headerBehind(message: EventMessage, prefix: Prefix, key: string): string | undefined {
  if (message instanceof KnownEvent)
    return message.headerBehind(CHANNEL_KEYS[prefix].linkedId, key);
  return header(tailOf(message, prefix), key);
}

export function readerOf(message: EventMessage): Reader {
  return READERS.get(header(message, 'Event') ?? '') ?? UNREAD;
}

function isWholeOrAbsent(message: EventMessage, prefix: string): boolean {
  const keys = BLOCK_KEYS.map((key) => prefix + key);
  return isWholeBlock(message, prefix) || keys.every((key) => header(message, key) === undefined);
}

function optionalChannelOf(message: EventMessage): ChannelSnapshot | undefined {
  return header(message, 'Channel') === undefined ? undefined : channelOf(message);
}

function channelOf(message: EventMessage, prefix: Prefix = ''): ChannelSnapshot {
  const keys = CHANNEL_KEYS[prefix];
  return {
    id: toText(header(message, keys.id) ?? ''),
    linkedId: toText(header(message, keys.linkedId) ?? ''),
    name: toText(header(message, keys.name) ?? ''),
    state: toInteger(header(message, keys.state)),
    number: toNumber(header(message, keys.number)),
    callerName: toName(header(message, keys.callerName)),
    exten: toNumber(header(message, keys.exten)) ?? '',
  };
}

/** A text that is put together anew for every event would be looked for ten times as long. */
const CHANNEL_KEYS = {
  '': channelKeys(''),
  Dest: channelKeys('Dest'),
  Target: channelKeys('Target'),
  Parkee: channelKeys('Parkee'),
  Retriever: channelKeys('Retriever'),
  Transferer: channelKeys('Transferer'),
  OrigTransferer: channelKeys('OrigTransferer'),
  SecondTransferer: channelKeys('SecondTransferer'),
  Spyer: channelKeys('Spyer'),
};

type Prefix = keyof typeof CHANNEL_KEYS;

function channelKeys(prefix: string) {
  return {
    id: `${prefix}Uniqueid`,
    linkedId: `${prefix}Linkedid`,
    name: `${prefix}Channel`,
    state: `${prefix}ChannelState`,
    number: `${prefix}CallerIDNum`,
    callerName: `${prefix}CallerIDName`,
    exten: `${prefix}Exten`,
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
