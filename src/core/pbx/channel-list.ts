// The answer to CoreShowChannels: the channels that exist now, with the bridge each is in.

import { type AmiMessage, header } from '../ami/message.ts';
import { toText } from '../ami/value.ts';
import {
  type BridgeKind,
  type BridgeSnapshot,
  type ChannelSnapshot,
  toChannelSnapshot,
} from './signal.ts';

export type ChannelListItem = {
  readonly channel: ChannelSnapshot;
  readonly bridge: BridgeSnapshot | undefined;
  /** Somebody dialled it: Asterisk runs no dialplan for it. */
  readonly isDialled: boolean;
  /** Epoch milliseconds, whole seconds, from the Uniqueid; absent where that does not tell it. */
  readonly startedAt: number | undefined;
};

/** Items of the list that are whole; the response and the end of the list are left out. */
export function toChannelList(messages: readonly AmiMessage[]): readonly ChannelListItem[] {
  return messages
    .filter((message) => message.kind === 'event' && message.name === 'CoreShowChannel')
    .map(toItem)
    .filter((item) => item !== undefined);
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
