// The answer to CoreShowChannels: the channels that exist now, with the bridge each is in.

import { type AmiMessage, header } from '../ami/message.ts';
import { toText } from '../ami/value.ts';
import type { BridgeKind, BridgeSnapshot, ChannelSnapshot } from './signal.ts';
import { toChannelSnapshot } from './signal-readers.ts';

export type ChannelListItem = {
  readonly channel: ChannelSnapshot;
  readonly bridge: BridgeSnapshot | undefined;
  /** Somebody dialled it: Asterisk runs no dialplan for it. */
  readonly isDialled: boolean;
  /** It listens to others. */
  readonly isSpying: boolean;
  /** What it runs: `Queue`, `VoiceMail`; '' where nothing, or where that is not told. */
  readonly application: string;
  /** Epoch milliseconds, whole seconds, from the Uniqueid; absent where that does not tell it. */
  readonly startedAt: number | undefined;
};

export type ChannelList = {
  readonly items: readonly ChannelListItem[];
  /** Every channel is in it: one that is not does not exist. */
  readonly isComplete: boolean;
};

/** The items that are whole, of a response, its items and the event that ends them. */
export function toChannelList(messages: readonly AmiMessage[]): ChannelList {
  const reader = new ChannelListReader();
  for (const message of messages) reader.read(message);
  return reader.list;
}

/** Reads them one by one, for who has other things to do in between. */
export class ChannelListReader {
  readonly #items: ChannelListItem[] = [];
  #listed = 0;
  #last: AmiMessage | undefined;

  read(message: AmiMessage): void {
    this.#last = message;
    if (!isItem(message)) return;
    this.#listed += 1;
    const item = toItem(message);
    if (item !== undefined) this.#items.push(item);
  }

  get list(): ChannelList {
    const isWhole = this.#items.length === this.#listed;
    return { items: this.#items, isComplete: isWhole && hasEnded(this.#last, this.#listed) };
  }
}

function isItem(message: AmiMessage): boolean {
  return message.kind !== 'response' && header(message, 'Event') === 'CoreShowChannel';
}

/** `EventList: Complete`, else it was cancelled; the number of items is missing in old releases. */
function hasEnded(end: AmiMessage | undefined, items: number): boolean {
  if (end === undefined || header(end, 'EventList')?.toLowerCase() !== 'complete') return false;
  return Number(header(end, 'ListItems') ?? items) === items;
}

function toItem(message: AmiMessage): ChannelListItem | undefined {
  const channel = toChannelSnapshot(message);
  if (channel === undefined) return undefined;
  const application = header(message, 'Application') ?? '';
  const bridgeId = header(message, 'BridgeId') ?? '';
  const bridge = { id: bridgeId, kind: bridgeKind(application), name: conferenceName(message) };
  return {
    channel,
    bridge: bridgeId === '' ? undefined : bridge,
    isDialled: application.startsWith('AppDial') || application.startsWith('AppQueue'),
    application,
    isSpying: application === 'ChanSpy' || application === 'ExtenSpy',
    startedAt: startedAt(channel.id),
  };
}

/** The list names the bridge and not its kind; what the channel does there tells it. */
function bridgeKind(application: string): BridgeKind {
  if (application === 'ConfBridge') return 'conference';
  return application === 'Park' ? 'holding' : 'ordinary';
}

function conferenceName(message: AmiMessage): string | undefined {
  if (header(message, 'Application') !== 'ConfBridge') return undefined;
  return toText(header(message, 'ApplicationData') ?? '').split(',', 1)[0];
}

function startedAt(uniqueid: string): number | undefined {
  const [, epoch] = /(\d{9,11})\.\d+$/.exec(uniqueid) ?? [];
  return epoch === undefined ? undefined : Number(epoch) * 1_000;
}
