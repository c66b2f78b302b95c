// Which events are signals and what of them is read. With signal-values.ts and signal-time.ts, the only file that knows the
// fields of AMI events.

import type { KnownEvent } from '../ami/known-events.ts';
import { type AmiMessage, hasOnce, header } from '../ami/message.ts';
import type { BridgeSnapshot, ChannelSnapshot, Moment, Signal } from './signal.ts';
import {
  bridgeAt,
  channelAt,
  diallerAt,
  type Event,
  integerAt,
  NOWHERE,
  namedAt,
  numberAt,
  type Places,
  TextEvent,
  textAt,
  updateAt,
} from './signal-values.ts';

/** The events that become signals; the rest need not become text. */
export function isSignalEvent(eventName: string): boolean {
  return READERS.has(eventName);
}

/** The channel of a list item; `undefined` where its block is not whole. */
export function toChannelSnapshot(message: AmiMessage): ChannelSnapshot | undefined {
  if (message.kind !== 'event' || !isWhole(message, GUARD)) return undefined;
  return channelIn(message);
}

/** The channel that an event shows, as a whole; `prefix`: of its headers. */
export function channelIn(message: EventMessage, prefix = ''): ChannelSnapshot {
  const event = new TextEvent(message);
  return channelAt(event, prefix)(event);
}

/** The bridge that an event or a list item shows. */
export function toBridgeSnapshot(message: EventMessage): BridgeSnapshot {
  const event = new TextEvent(message);
  return bridgeAt(event)(event);
}

/** The parked channel of a list item; `undefined` where it is not whole. */
export function toParkedSnapshot(message: EventMessage) {
  if (!isWhole(message, PARKED)) return undefined;
  const event = new TextEvent(message);
  return parkedAt(event)(event);
}

export type EventMessage = { readonly text: string } | KnownEvent;

/** Reads events of one layout, `undefined` where one says nothing. */
export type Read = (event: Event, at: Moment['at'], micros: Moment['micros']) => Signal | undefined;

export type Reader = {
  /** Prefixes of the snapshot blocks that must be whole, and of those that may be missing altogether. */
  readonly blocks: readonly string[];
  readonly optionalBlocks?: readonly string[];
  /** Headers that stand in front of the blocks, or where there is none, and decide something: each exactly once. */
  readonly once?: readonly string[];
  /** The same of headers behind the last of `blocks`. */
  readonly behind?: readonly string[];
  /** Looks up where its values stand; absent where none is read. */
  readonly toRead?: (places: Places) => Read;
};

const UNREAD: Reader = { blocks: [] };

/** Read for nothing but whether it is whole: numbers and names of people are in it. */
const GUARD: Reader = { blocks: [''] };
const WIRE_GUARD: Reader = { blocks: ['LocalOne', 'LocalTwo'] };
/** The same of what has its blocks not in every version or case. */
const LOOSE_GUARD: Reader = { blocks: [], optionalBlocks: ['', 'Dest'] };

const PARKED: Reader = {
  blocks: ['Parkee'],
  behind: ['ParkingSpace'],
  toRead: (places) => {
    const parked = parkedAt(places);
    return (event, at, micros) => ({ type: 'parked', at, micros, ...parked(event) });
  },
};

const READERS: ReadonlyMap<string, Reader> = new Map(
  Object.entries<Reader>({
    Newchannel: { blocks: [''], toRead: toReadCreated },
    Newstate: { blocks: [''], toRead: toReadChanged },
    NewCallerid: { blocks: [''], toRead: toReadCallerId },
    OriginateResponse: {
      blocks: [],
      once: ['Privilege', 'Response', 'Channel', 'Reason', 'Uniqueid', 'CallerIDNum'],
      toRead: toReadOriginated,
    },
    DialBegin: { blocks: ['Dest'], optionalBlocks: [''], toRead: toReadDialBegun },
    DialState: {
      blocks: ['Dest'],
      optionalBlocks: [''],
      behind: ['DialStatus'],
      toRead: toReadDialProgressed,
    },
    DialEnd: {
      blocks: ['Dest'],
      optionalBlocks: [''],
      behind: ['DialStatus'],
      toRead: toReadDialEnded,
    },
    BridgeEnter: { blocks: [''], once: ['BridgeUniqueid'], toRead: toReadBridgeEntered },
    BridgeLeave: { blocks: [''], once: ['BridgeUniqueid'], toRead: toReadBridgeLeft },
    Pickup: { blocks: ['', 'Target'], toRead: toReadPickedUp },
    HangupRequest: { blocks: [''], toRead: toReadChannel('hangup-requested') },
    SoftHangupRequest: { blocks: [''], toRead: toReadShutdownRequest },
    Hangup: { blocks: [''], behind: ['Cause'], toRead: toReadHungUp },
    DTMFEnd: { blocks: [''], behind: ['Digit', 'DurationMs', 'Direction'], toRead: toReadDigit },
    Shutdown: { blocks: [], once: ['Privilege', 'Shutdown', 'Restart'], toRead: toReadShutdown },
    Hold: { blocks: [''], toRead: toReadChannel('held') },
    Unhold: { blocks: [''], toRead: toReadChannel('resumed') },
    QueueCallerJoin: { blocks: [''], behind: ['Queue', 'Position'], toRead: toReadQueueJoined },
    QueueCallerLeave: { blocks: [''], behind: ['Queue'], toRead: toReadQueue('queue-left') },
    QueueCallerAbandon: { blocks: [''], behind: ['Queue'], toRead: toReadQueue('queue-given-up') },
    ParkedCall: PARKED,
    UnParkedCall: {
      blocks: ['Parkee'],
      optionalBlocks: ['Retriever'],
      behind: ['ParkingSpace'],
      toRead: toReadUnparked,
    },
    ParkedCallTimeOut: { blocks: ['Parkee'], behind: ['ParkingSpace'], toRead: toReadParkTimeout },
    BlindTransfer: {
      blocks: ['Transferer'],
      optionalBlocks: ['Transferee'],
      once: ['Result'],
      toRead: toReadBlindTransfer,
    },
    AttendedTransfer: {
      blocks: ['OrigTransferer', 'SecondTransferer'],
      once: ['Result'],
      toRead: toReadAttendedTransfer,
    },
    ChanSpyStart: {
      blocks: ['Spyer'],
      optionalBlocks: ['Spyee'],
      toRead: toReadChannel('spying', 'Spyer'),
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
    ChanSpyStop: { blocks: ['Spyer'], optionalBlocks: ['Spyee'] },
    ParkedCallGiveUp: { blocks: ['Parkee'] },
  }),
);

function toReadCreated(places: Places): Read {
  const channel = channelAt(places);
  return (event, at, micros) => ({ type: 'channel-created', at, micros, channel: channel(event) });
}

function toReadChanged(places: Places): Read {
  const channel = namedAt(places);
  return (event, at, micros) => ({ type: 'channel-changed', at, micros, channel: channel(event) });
}

type ChannelSignal = Extract<Signal['type'], 'hangup-requested' | 'held' | 'resumed' | 'spying'>;

/** What is said of a channel, and nothing else. */
function toReadChannel(type: ChannelSignal, prefix = ''): (places: Places) => Read {
  return (places) => {
    const channel = updateAt(places, prefix);
    return (event, at, micros) => ({ type, at, micros, channel: channel(event) });
  };
}

function toReadCallerId(places: Places): Read {
  const channel = namedAt(places);
  const presentation = places.placeBehind(LINKED_ID, 'CID-CallingPres');
  return (event, at, micros) => ({
    type: 'caller-id-changed',
    at,
    micros,
    channel: channel(event),
    withheld: isWithheld(integerAt(event, presentation)),
  });
}

/** Nobody's channel dials in Originate and Page. */
function toReadDialBegun(places: Places): Read {
  const from = isChannelIn(places) ? diallerAt(places) : undefined;
  const to = updateAt(places, 'Dest');
  const dialString = places.placeBehind(DEST_LINKED_ID, 'DialString');
  return (event, at, micros) => ({
    type: 'dial-begun',
    at,
    micros,
    from: from?.(event),
    to: to(event),
    dialString: textAt(event, dialString),
  });
}

function toReadDialProgressed(places: Places): Read {
  const to = updateAt(places, 'Dest');
  const status = places.placeBehind(DEST_LINKED_ID, 'DialStatus');
  return (event, at, micros) => ({
    type: 'dial-progressed',
    at,
    micros,
    to: to(event),
    status: event.valueAt(status) ?? '',
  });
}

function toReadDialEnded(places: Places): Read {
  const from = isChannelIn(places) ? updateAt(places) : undefined;
  const to = updateAt(places, 'Dest');
  const status = places.placeBehind(DEST_LINKED_ID, 'DialStatus');
  const forwarded = places.placeBehind(DEST_LINKED_ID, 'Forward') !== NOWHERE;
  return (event, at, micros) => ({
    type: 'dial-ended',
    at,
    micros,
    from: from?.(event),
    to: to(event),
    status: event.valueAt(status) ?? '',
    forwarded,
  });
}

function toReadBridgeEntered(places: Places): Read {
  const bridge = bridgeAt(places);
  const channel = updateAt(places);
  const swapped = places.placeBehind(LINKED_ID, 'SwapUniqueid');
  return (event, at, micros) => ({
    type: 'bridge-entered',
    at,
    micros,
    bridge: bridge(event),
    channel: channel(event),
    swapped: numberAt(event, swapped),
  });
}

function toReadBridgeLeft(places: Places): Read {
  const bridgeId = places.placeOf('BridgeUniqueid');
  const channel = updateAt(places);
  return (event, at, micros) => ({
    type: 'bridge-left',
    at,
    micros,
    bridgeId: event.valueAt(bridgeId) ?? '',
    channel: channel(event),
  });
}

function toReadPickedUp(places: Places): Read {
  const channel = updateAt(places);
  const target = updateAt(places, 'Target');
  return (event, at, micros) => ({
    type: 'picked-up',
    at,
    micros,
    channel: channel(event),
    target: target(event),
  });
}

function toReadHungUp(places: Places): Read {
  const channel = updateAt(places);
  const cause = places.placeBehind(LINKED_ID, 'Cause');
  return (event, at, micros) => ({
    type: 'hung-up',
    at,
    micros,
    channel: channel(event),
    cause: integerAt(event, cause),
  });
}

function toReadQueueJoined(places: Places): Read {
  const channel = updateAt(places);
  const queue = places.placeBehind(LINKED_ID, 'Queue');
  const position = places.placeBehind(LINKED_ID, 'Position');
  return (event, at, micros) => ({
    type: 'queue-joined',
    at,
    micros,
    channel: channel(event),
    queue: textAt(event, queue),
    position: integerAt(event, position),
  });
}

function toReadQueue(type: 'queue-left' | 'queue-given-up'): (places: Places) => Read {
  return (places) => {
    const channel = updateAt(places);
    const queue = places.placeBehind(LINKED_ID, 'Queue');
    return (event, at, micros) => ({
      type,
      at,
      micros,
      channel: channel(event),
      queue: textAt(event, queue),
    });
  };
}

function parkedAt(places: Places) {
  const slotOf = slotAt(places);
  const parker = places.placeBehind(PARKEE_LINKED_ID, 'ParkerDialString');
  return (event: Event) => ({ ...slotOf(event), parker: numberAt(event, parker) });
}

function slotAt(places: Places) {
  const channel = updateAt(places, 'Parkee');
  const slot = places.placeBehind(PARKEE_LINKED_ID, 'ParkingSpace');
  return (event: Event) => ({ channel: channel(event), slot: textAt(event, slot) });
}

/** Without a retriever, nobody fetched it. */
function toReadUnparked(places: Places): Read {
  if (places.placeOf('RetrieverChannel') === NOWHERE) return readNothing;
  const slotOf = slotAt(places);
  const retriever = updateAt(places, 'Retriever');
  return (event, at, micros) => ({
    type: 'unparked',
    at,
    micros,
    ...slotOf(event),
    retriever: retriever(event),
  });
}

function readNothing(): undefined {
  return undefined;
}

function toReadParkTimeout(places: Places): Read {
  const slotOf = slotAt(places);
  return (event, at, micros) => ({
    type: 'park-timed-out',
    at,
    micros,
    ...slotOf(event),
  });
}

/** One that failed names no channel. The dialplan's own Originate() sends none. */
function toReadOriginated(places: Places): Read {
  const response = places.placeOf('Response');
  const id = places.placeOf('Uniqueid');
  const exten = places.placeOf('Exten');
  const application = places.placeOf('Application');
  return (event, at, micros) => {
    if (event.valueAt(response) !== 'Success') return undefined;
    return {
      type: 'originated',
      at,
      micros,
      channelId: textAt(event, id),
      exten: numberAt(event, exten),
      isAnnouncement: isAnnouncement(event.valueAt(application)),
    };
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
function toReadBlindTransfer(places: Places): Read {
  const result = places.placeOf('Result');
  const by = updateAt(places, 'Transferer');
  return (event, at, micros) => {
    if (event.valueAt(result) !== 'Success') return undefined;
    return { type: 'passed-on', at, micros, how: 'blind', by: by(event), second: undefined };
  };
}

function toReadAttendedTransfer(places: Places): Read {
  const result = places.placeOf('Result');
  const by = updateAt(places, 'OrigTransferer');
  const second = updateAt(places, 'SecondTransferer');
  return (event, at, micros) => {
    if (event.valueAt(result) !== 'Success') return undefined;
    return {
      type: 'passed-on',
      at,
      micros,
      how: 'attended',
      by: by(event),
      second: second(event),
    };
  };
}

/** AST_SOFTHANGUP_SHUTDOWN (channel.h): in SoftHangupRequest, Cause is one of these flags and no Q.850 number. */
const SOFT_HANGUP_SHUTDOWN = 4;

/** Asterisk sends one to the other leg of every call too: only the flag of a shutdown says something. */
function toReadShutdownRequest(places: Places): Read {
  const channel = updateAt(places);
  const cause = places.placeBehind(LINKED_ID, 'Cause');
  return (event, at, micros) => {
    if (integerAt(event, cause) !== SOFT_HANGUP_SHUTDOWN) return undefined;
    return { type: 'shutdown-requested', at, micros, channel: channel(event) };
  };
}

/** It has no block that would be hard to forge, and ends every call: it counts only with all that Asterisk writes. */
function toReadShutdown(places: Places): Read {
  const privilege = places.placeOf('Privilege');
  const shutdown = places.placeOf('Shutdown');
  const restart = places.placeOf('Restart');
  return (event, at, micros) => {
    const isSaid =
      event.valueAt(privilege) === 'system,all' &&
      /^(?:Cleanly|Uncleanly)$/.test(event.valueAt(shutdown) ?? '') &&
      /^(?:True|False)$/.test(event.valueAt(restart) ?? '');
    return isSaid ? { type: 'pbx-shutdown', at, micros } : undefined;
  };
}

/** Only what the party pressed, not what Asterisk sends on to the other side. */
function toReadDigit(places: Places): Read {
  const channel = updateAt(places);
  const direction = places.placeBehind(LINKED_ID, 'Direction');
  const digit = places.placeBehind(LINKED_ID, 'Digit');
  const durationMs = places.placeBehind(LINKED_ID, 'DurationMs');
  return (event, at, micros) => {
    if (event.valueAt(direction) !== 'Received') return undefined;
    return {
      type: 'digit-pressed',
      at,
      micros,
      channel: channel(event),
      digit: textAt(event, digit),
      durationMs: integerAt(event, durationMs),
    };
  };
}

function isChannelIn(places: Places): boolean {
  return places.placeOf('Channel') !== NOWHERE;
}

/** CID-CallingPres is `32 (Presentation Prohibited, Not Screened)`: bits 5 and 6 say who may see it (callerid.h). */
function isWithheld(presentation: number): boolean {
  return (presentation & 0x60) === 0x20;
}

/** What stands behind these ends a block: what a text in the block pretends to be does not reach so far. */
const LINKED_ID = 'Linkedid';
const DEST_LINKED_ID = 'DestLinkedid';
const PARKEE_LINKED_ID = 'ParkeeLinkedid';

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

export const NEVER_EMPTY = ['Channel', 'ChannelState', 'Uniqueid', 'Linkedid'] as const;

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

export function readerOf(message: EventMessage): Reader {
  return READERS.get(header(message, 'Event') ?? '') ?? UNREAD;
}

function isWholeOrAbsent(message: EventMessage, prefix: string): boolean {
  const keys = BLOCK_KEYS.map((key) => prefix + key);
  return isWholeBlock(message, prefix) || keys.every((key) => header(message, key) === undefined);
}
