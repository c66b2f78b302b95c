// AMI event → signal: what the switch says has happened. The only file that reads the fields of AMI events. An event
// whose channel snapshots are not whole is damaged or forged, and is no signal (see `SignalReader`).

import { type AmiMessage, hasOnce, header, type SuspectReason } from '../ami/message.ts';
import { isUnknown, toName, toNumber, toText } from '../ami/value.ts';

/** A channel as one event shows it (manager_channels.c, the snapshot block that most events carry). */
export type ChannelSnapshot = {
  readonly id: string;
  readonly linkedId: string;
  /** `PJSIP/102-00000003`, `Local/103@internal-00000000;1` */
  readonly name: string;
  readonly state: number;
  readonly number: string | undefined;
  readonly callerName: string | undefined;
  readonly exten: string;
};

export type BridgeKind =
  /** Connects those who are in it. */
  | 'ordinary'
  /** Parking, agents waiting: connects nobody. */
  | 'holding'
  /** A place of its own, where many meet. */
  | 'conference';

export type BridgeSnapshot = {
  readonly id: string;
  readonly kind: BridgeKind;
  readonly name: string | undefined;
};

type Happening =
  | { readonly type: 'channel-created'; readonly channel: ChannelSnapshot }
  | { readonly type: 'channel-changed'; readonly channel: ChannelSnapshot }
  | {
      readonly type: 'caller-id-changed';
      readonly channel: ChannelSnapshot;
      readonly withheld: boolean;
    }
  | {
      readonly type: 'dial-begun';
      /** Absent where nobody's channel dials: Originate, Page. */
      readonly from: ChannelSnapshot | undefined;
      readonly to: ChannelSnapshot;
      readonly dialString: string;
    }
  | { readonly type: 'dial-progressed'; readonly to: ChannelSnapshot; readonly status: string }
  | {
      readonly type: 'dial-ended';
      readonly from: ChannelSnapshot | undefined;
      readonly to: ChannelSnapshot;
      readonly status: string;
      readonly forwarded: boolean;
    }
  | {
      readonly type: 'bridge-entered';
      readonly bridge: BridgeSnapshot;
      readonly channel: ChannelSnapshot;
    }
  | {
      readonly type: 'bridge-left';
      readonly bridge: BridgeSnapshot;
      readonly channel: ChannelSnapshot;
    }
  | {
      readonly type: 'picked-up';
      readonly channel: ChannelSnapshot;
      readonly target: ChannelSnapshot;
    }
  | { readonly type: 'hangup-requested'; readonly channel: ChannelSnapshot }
  /** Asterisk is going down and takes this channel with it. */
  | { readonly type: 'shutdown-requested'; readonly channel: ChannelSnapshot }
  | { readonly type: 'hung-up'; readonly channel: ChannelSnapshot; readonly cause: number }
  | {
      readonly type: 'digit-pressed';
      readonly channel: ChannelSnapshot;
      readonly digit: string;
      readonly durationMs: number;
    }
  | { readonly type: 'pbx-shutdown' };

/** `pbxMicros` is the PBX's own clock, `1770888509.123456` without the dot, where it sends one. */
export type Signal = Happening & { readonly at: number; readonly pbxMicros: string | undefined };

export type ReadResult =
  | { readonly kind: 'signal'; readonly signal: Signal }
  | { readonly kind: 'suspect'; readonly reason: SuspectReason | ReaderReason }
  | { readonly kind: 'ignored' };

/** A response has no place among events: its action is not ours, or somebody's text has become a message. */
type ReaderReason = 'snapshot' | 'after-damage' | 'stray-response';

/** The events that this file reads; the rest need not become text. */
function isSignalEvent(eventName: string): boolean {
  return Object.hasOwn(READERS, eventName);
}

/**
 * Reads events in their order. A value with an empty line in it cuts its event into pieces: the first lacks headers,
 * the others look like events of somebody else's making, and the last ends with what the first lacks. So an event that
 * is cut short makes all that follows suspect, up to and with the piece that has the rest of it.
 */
export class SignalReader {
  #damaged = false;

  /** Whether an event of that name need become text: the pieces of one that was cut short may have any name. */
  wants(eventName: string): boolean {
    return this.#damaged || isSignalEvent(eventName);
  }

  /** `receivedAt` (epoch milliseconds) dates the signal where the PBX sends no Timestamp. */
  read(message: AmiMessage, receivedAt: number): ReadResult {
    const afterDamage = this.#damaged;
    const reader = readerOf(message);
    const isSound = isWhole(message, reader);
    this.#damaged = afterDamage ? !endsWhole(message) : !isSound && isCutShort(message, reader);
    if (message.kind === 'response') return { kind: 'suspect', reason: 'stray-response' };
    if (message.kind === 'suspect') return message;
    if (!isSound) return { kind: 'suspect', reason: 'snapshot' };
    if (afterDamage) return { kind: 'suspect', reason: 'after-damage' };
    const happening = reader.read(message);
    const stamp = header(message, 'Timestamp');
    return happening === undefined
      ? { kind: 'ignored' }
      : { kind: 'signal', signal: { ...happening, ...toMoment(stamp, receivedAt) } };
  }
}

/** The channel of a list item; `undefined` where its block is not whole. */
export function toChannelSnapshot(message: AmiMessage): ChannelSnapshot | undefined {
  return message.kind === 'event' && isWhole(message, GUARD) ? channelOf(message) : undefined;
}

type EventMessage = { readonly text: string };

type Reader = {
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
  DTMFEnd: { blocks: [''], read: toDigit },
  Shutdown: { blocks: [], once: ['Privilege', 'Shutdown', 'Restart'], read: toShutdown },
  NewConnectedLine: GUARD,
  NewAccountCode: GUARD,
  Hold: GUARD,
  Unhold: GUARD,
  MusicOnHoldStart: GUARD,
  MusicOnHoldStop: GUARD,
  DTMFBegin: GUARD,
  QueueCallerJoin: GUARD,
  QueueCallerLeave: GUARD,
  QueueCallerAbandon: GUARD,
};

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
const BLOCK_KEYS = ['Channel', 'ChannelState', 'Context', 'Exten', 'Uniqueid', 'Linkedid'] as const;

function isWhole(message: EventMessage, { blocks, optionalBlocks, once }: Reader): boolean {
  return (
    blocks.every((prefix) => BLOCK_KEYS.every((key) => hasOnce(message, prefix + key))) &&
    (once ?? []).every((key) => hasOnce(message, key)) &&
    (optionalBlocks ?? []).every((prefix) => isWholeOrAbsent(message, prefix))
  );
}

function readerOf(message: EventMessage): Reader {
  const name = header(message, 'Event') ?? '';
  return (isSignalEvent(name) ? READERS[name] : undefined) ?? UNREAD;
}

/** A block has begun and has not all of its headers. One that has a header twice is another matter: it has ended. */
function isCutShort(message: EventMessage, { blocks, optionalBlocks = [] }: Reader): boolean {
  return [...blocks, ...optionalBlocks].some(
    (prefix) =>
      header(message, `${prefix}Channel`) !== undefined &&
      BLOCK_KEYS.some((key) => header(message, prefix + key) === undefined),
  );
}

/** Of what follows a cut: the ids of its last block are there. They stand behind every value that can have been cut. */
function endsWhole({ text }: EventMessage): boolean {
  const lastBlock = text.split(/(?:^|\n)[A-Za-z]*Channel: /).at(-1) ?? '';
  return (
    /(?:^|\n)[A-Za-z]*Uniqueid: /.test(lastBlock) && /(?:^|\n)[A-Za-z]*Linkedid: /.test(lastBlock)
  );
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

function toInteger(value: string | undefined): number {
  const number = Number.parseInt(value ?? '', 10);
  return Number.isNaN(number) ? 0 : number;
}

/** `<epoch seconds>.<microseconds>` (manager.c, timestampevents); the microseconds are an id, too long for a number. */
function toMoment(stamp: string | undefined, receivedAt: number) {
  const [, seconds, micros] = /^(\d{1,12})\.(\d{6})$/.exec(stamp ?? '') ?? [];
  if (seconds === undefined || micros === undefined) {
    return { at: receivedAt, pbxMicros: undefined };
  }
  const at = Number(seconds) * 1_000 + Math.floor(Number(micros) / 1_000);
  return { at, pbxMicros: seconds + micros };
}
