// What the switch says has happened, as values: AMI events become signals here, in their order. An event whose channel
// snapshots are not whole is damaged or forged, and is no signal (see `SignalReader`).

import { KnownEvent } from '../ami/known-events.ts';
import { type AmiMessage, header, type SuspectReason } from '../ami/message.ts';
import { type Plan, planOf } from './signal-plan.ts';
import {
  BLOCK_KEYS,
  type EventMessage,
  isSignalEvent,
  isWhole,
  type Reader,
  readerOf,
} from './signal-readers.ts';
import { microsAt, millisAt } from './signal-time.ts';
import { type Event, TextEvent } from './signal-values.ts';

/** A channel when it is created, or as a list shows it (manager_channels.c, the snapshot block that most events carry). */
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

/** What is read of it in all other events: the rest stays what it was, or decides nothing any more. */
export type ChannelUpdate = Pick<ChannelSnapshot, 'id' | 'state'>;

/** Where its name may have changed: NewCallerid says so, and Newstate shows it before (manager_channels.c). */
export type NamedUpdate = ChannelUpdate & Pick<ChannelSnapshot, 'callerName'>;

/** A dialplan goes from one extension to the next, and dials from one of them. */
export type DiallerUpdate = ChannelUpdate & Pick<ChannelSnapshot, 'exten'>;

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
  | { readonly type: 'channel-changed'; readonly channel: NamedUpdate }
  | {
      readonly type: 'caller-id-changed';
      readonly channel: NamedUpdate;
      readonly withheld: boolean;
    }
  /** Asterisk was asked to call a phone, and it was lifted: what for. */
  | {
      readonly type: 'originated';
      readonly channelId: string;
      readonly exten: string | undefined;
      readonly isAnnouncement: boolean;
    }
  | {
      readonly type: 'dial-begun';
      /** Absent where nobody's channel dials: Originate, Page. */
      readonly from: DiallerUpdate | undefined;
      readonly to: ChannelUpdate;
      readonly dialString: string;
    }
  | { readonly type: 'dial-progressed'; readonly to: ChannelUpdate; readonly status: string }
  | {
      readonly type: 'dial-ended';
      readonly from: ChannelUpdate | undefined;
      readonly to: ChannelUpdate;
      readonly status: string;
      readonly forwarded: boolean;
    }
  | {
      readonly type: 'bridge-entered';
      readonly bridge: BridgeSnapshot;
      readonly channel: ChannelUpdate;
      /** The channel whose place in the bridge it takes. */
      readonly swapped: string | undefined;
    }
  | {
      readonly type: 'bridge-left';
      readonly bridgeId: string;
      readonly channel: ChannelUpdate;
    }
  | {
      readonly type: 'picked-up';
      readonly channel: ChannelUpdate;
      readonly target: ChannelUpdate;
    }
  | { readonly type: 'hangup-requested'; readonly channel: ChannelUpdate }
  /** Asterisk is going down and takes this channel with it. */
  | { readonly type: 'shutdown-requested'; readonly channel: ChannelUpdate }
  | { readonly type: 'hung-up'; readonly channel: ChannelUpdate; readonly cause: number }
  | {
      readonly type: 'digit-pressed';
      readonly channel: ChannelUpdate;
      readonly digit: string;
      readonly durationMs: number;
    }
  | { readonly type: 'held'; readonly channel: ChannelUpdate }
  | { readonly type: 'resumed'; readonly channel: ChannelUpdate }
  | {
      readonly type: 'queue-joined';
      readonly channel: ChannelUpdate;
      readonly queue: string;
      readonly position: number;
    }
  | { readonly type: 'queue-left'; readonly channel: ChannelUpdate; readonly queue: string }
  /** Nobody of the queue took it: the caller left, or the time was over (Asterisk says the same of both). */
  | { readonly type: 'queue-given-up'; readonly channel: ChannelUpdate; readonly queue: string }
  | {
      readonly type: 'parked';
      readonly channel: ChannelUpdate;
      readonly slot: string;
      /** `PJSIP/101`: who parked it. */
      readonly parker: string | undefined;
    }
  | {
      readonly type: 'unparked';
      readonly channel: ChannelUpdate;
      readonly retriever: ChannelUpdate;
      readonly slot: string;
    }
  /** Nobody fetched it: it goes back to who parked it. */
  | { readonly type: 'park-timed-out'; readonly channel: ChannelUpdate; readonly slot: string }
  /** Somebody passed the other side on; whether anybody takes it is another matter. */
  | {
      readonly type: 'passed-on';
      readonly how: 'blind' | 'attended';
      readonly by: ChannelUpdate;
      /** Of an attended one: the channel on which the same person spoke to the target. */
      readonly second: ChannelUpdate | undefined;
    }
  /** Somebody listens to others. */
  | { readonly type: 'spying'; readonly channel: ChannelUpdate }
  | { readonly type: 'pbx-shutdown' };

/**
 * `at`: epoch milliseconds, by the PBX's own clock where it sends one; `micros`: the microseconds of that clock beyond
 * them, 0 to 999, else `undefined`.
 */
export type Moment = { readonly at: number; readonly micros: number | undefined };

export type Signal = Happening & Moment;

/** What is damaged or forged, and says nothing. */
export type Suspect = {
  readonly type: 'suspect';
  readonly reason: SuspectReason | ReaderReason;
};

/** `undefined` of a sound event that says nothing of calls. */
export type ReadResult = Signal | Suspect | undefined;

export function isSignal(result: ReadResult): result is Signal {
  return result !== undefined && result.type !== 'suspect';
}

/**
 * A response has no place among events: its action is not ours, or somebody's text has become a message. An event that
 * shows no channel, and no time where all others show theirs, is such a text too.
 */
type ReaderReason = 'snapshot' | 'after-damage' | 'stray-response' | 'no-timestamp';

/**
 * Reads events in their order. A value with an empty line in it cuts its event into pieces: the first lacks headers,
 * the others look like events of somebody else's making, and the last ends with what the first lacks. So an event that
 * is cut short makes all that follows suspect, up to the piece that has the rest of it, or to an event that begins with
 * more than a caller has room for.
 */
export class SignalReader {
  #damaged = false;
  /** Events that nobody has room to forge say when they happened, so Asterisk writes it into all of them. */
  #isStamped = false;
  /** Always the same one: with the last object of a shape, V8 drops the code that it has compiled for that shape. */
  readonly #textEvent = new TextEvent({ text: '' });

  /** Whether an event of that name need become text: the pieces of one that was cut short may have any name. */
  wants(eventName: string): boolean {
    return this.#damaged || isSignalEvent(eventName);
  }

  /** `receivedAt` (epoch milliseconds) dates the signal where the PBX sends no Timestamp. */
  read(message: AmiMessage | KnownEvent, receivedAt: number): ReadResult {
    if (message instanceof KnownEvent && !this.#damaged)
      return this.#readKnown(message, receivedAt);
    const afterDamage = this.#damaged && !BEGINNING.test(message.text);
    const reader = readerOf(message);
    const isSound = isWhole(message, reader);
    this.#damaged = afterDamage ? !endsWhole(message) : !isSound && isCutShort(message, reader);
    if (message.kind === 'response') return toSuspect('stray-response');
    if (message.kind === 'suspect') return toSuspect(message.reason);
    if (!isSound) return toSuspect('snapshot');
    if (afterDamage) return toSuspect('after-damage');
    const event = this.#textEvent.moveTo(message);
    const stampPlace = event.place(STAMPED.exec(message.text)?.[1]);
    const read = reader.toRead?.(event);
    return this.#toResult(event, { reader, stampPlace, read }, receivedAt);
  }

  /** The same of an event that lacks no header, as all of its layout. */
  #readKnown(event: KnownEvent, receivedAt: number): ReadResult {
    const plan = planOf(event.layout);
    if (plan.isWhole && saysAll(event, plan.neverEmpty)) {
      return this.#toResult(event, plan, receivedAt);
    }
    this.#damaged = isCutShort(event, plan.reader);
    return toSuspect('snapshot');
  }

  #toResult(event: Event, { reader, stampPlace, read }: Reading, receivedAt: number): ReadResult {
    const at = millisAt(event, stampPlace);
    const isDated = !Number.isNaN(at);
    if (reader.blocks.length > 0) this.#isStamped = isDated;
    else if (this.#isStamped && !isDated && reader.once !== undefined) {
      return toSuspect('no-timestamp');
    }
    return isDated
      ? read?.(event, at, microsAt(event, stampPlace))
      : read?.(event, receivedAt, undefined);
  }
}

/** Whether none of these values is empty. */
function saysAll(event: Event, places: readonly number[]): boolean {
  for (const place of places) if (event.lengthAt(place) === 0) return false;
  return true;
}

function toSuspect(reason: Suspect['reason']): Suspect {
  return { type: 'suspect', reason };
}

type Reading = Pick<Plan, 'reader' | 'stampPlace' | 'read'>;

const STAMPED = /^Event: [^\n]*\n(?:Privilege: [^\n]*\n)?Timestamp: ([^\r\n]{1,20})\r?\n/;

/**
 * A block that must be there, or that has begun, has not all of its headers. One that has a header twice is another
 * matter: it has ended.
 */
function isCutShort(message: EventMessage, { blocks, optionalBlocks = [] }: Reader): boolean {
  const begun = optionalBlocks.filter(
    (prefix) => header(message, `${prefix}Channel`) !== undefined,
  );
  return [...blocks, ...begun].some((prefix) =>
    BLOCK_KEYS.some((key) => header(message, prefix + key) === undefined),
  );
}

/** As Asterisk writes it (manager_channels.c, manager_bridges.c), up to the first value that a caller can have written. */
const BEGINNING = new RegExp(
  [
    '^Event: .+\\r\\nPrivilege: .+\\r\\n(?:Timestamp: .+\\r\\n)?(?:SystemName: .+\\r\\n)?',
    '(?:Result: .+\\r\\n|BridgeUniqueid: .+\\r\\nBridgeType: .+\\r\\nBridgeTechnology: .+\\r\\n',
    'BridgeCreator: .+\\r\\nBridgeName: .+\\r\\n(?:Bridge[A-Za-z]+: .+\\r\\n)*)?',
    '([A-Za-z]*)Channel: .+\\r\\n\\1ChannelState: .+\\r\\n\\1ChannelStateDesc: .+\\r\\n\\1CallerIDNum: ',
  ].join(''),
);

/**
 * Of what follows a cut: the end of a block is there. It stands behind the last value that can have been cut, and is
 * more than a caller has room for who wants to pretend that and an event besides.
 */
function endsWhole({ text }: EventMessage): boolean {
  const end = text.split(/(?:^|\n)[A-Za-z]*(?:CallerID|ConnectedLine|Language)[A-Za-z]*: /).at(-1);
  return END_OF_BLOCK.every((key) => key.test(end ?? ''));
}

const END_OF_BLOCK = [
  /(?:^|\n)[A-Za-z]*Priority: [^\r]/,
  /(?:^|\n)[A-Za-z]*Uniqueid: [^\r]/,
  /(?:^|\n)[A-Za-z]*Linkedid: [^\r]/,
];
