// What Asterisk says of where channels are, besides that they exist: of which kind their bridges are, who waits in a
// queue, who is parked. Each is an answer to a list action; what could not be asked is empty.

import { type AmiMessage, hasOnce, header } from '../ami/message.ts';
import { toText } from '../ami/value.ts';
import type { BridgeSnapshot } from './signal.ts';
import { toBridgeSnapshot, toParkedSnapshot } from './signal-readers.ts';

export type QueueEntry = {
  readonly queue: string;
  /** From 1. */
  readonly position: number;
  readonly waitSeconds: number;
};

export type ParkedIn = {
  readonly slot: string;
  /** `PJSIP/101`: who parked it. */
  readonly parker: string | undefined;
};

export type Surroundings = {
  /** By the id of the bridge. */
  readonly bridges: ReadonlyMap<string, BridgeSnapshot>;
  /** By channel; `undefined` where nobody was asked who waits. */
  readonly waiting: ReadonlyMap<string, QueueEntry> | undefined;
  /** By channel. */
  readonly parked: ReadonlyMap<string, ParkedIn>;
};

export const NO_SURROUNDINGS: Surroundings = {
  bridges: new Map(),
  waiting: undefined,
  parked: new Map(),
};

/** Of the answer to BridgeList. */
export function toBridges(messages: readonly AmiMessage[]): Surroundings['bridges'] {
  return toMap(messages, 'BridgeListItem', (message) => {
    const keys = ['BridgeUniqueid', 'BridgeTechnology', 'BridgeCreator'] as const;
    if (!keys.every((key) => hasOnce(message, key))) return undefined;
    const bridge = toBridgeSnapshot(message);
    return [bridge.id, bridge];
  });
}

/** Of the answer to QueueStatus; `undefined` where it has no end, or there are no queues. */
export function toWaiting(messages: readonly AmiMessage[]): Surroundings['waiting'] {
  const end = messages.at(-1);
  if (end === undefined || header(end, 'EventList')?.toLowerCase() !== 'complete') return undefined;
  return toMap(messages, 'QueueEntry', (message) => {
    const keys = ['Queue', 'Position', 'Uniqueid', 'Wait'] as const;
    if (!keys.every((key) => hasOnce(message, key))) return undefined;
    const queue = toText(header(message, 'Queue') ?? '');
    const position = toCount(header(message, 'Position'));
    const waitSeconds = toCount(header(message, 'Wait'));
    return [toText(header(message, 'Uniqueid') ?? ''), { queue, position, waitSeconds }];
  });
}

/** Of the answer to ParkedCalls. */
export function toParked(messages: readonly AmiMessage[]): Surroundings['parked'] {
  return toMap(messages, 'ParkedCall', (message) => {
    const parked = toParkedSnapshot(message);
    if (parked === undefined) return undefined;
    const { channel, slot, parker } = parked;
    return [channel.id, { slot, parker }];
  });
}

type Event = Extract<AmiMessage, { kind: 'event' }>;

function toMap<T>(
  messages: readonly AmiMessage[],
  name: string,
  read: (message: Event) => readonly [id: string, item: T] | undefined,
): ReadonlyMap<string, T> {
  const items = messages
    .filter((message): message is Event => message.kind === 'event' && message.name === name)
    .map(read);
  return new Map(items.filter((item) => item !== undefined));
}

function toCount(value: string | undefined): number {
  const count = Number(value);
  return Number.isSafeInteger(count) && count > 0 ? count : 0;
}
