// What was heard of channels since the session began. A list of what exists is put together while things go on: what was
// heard since is newer than what the list says, also of channels that nobody knew yet.

import { toOwn } from '../ami/own.ts';
import type { ChannelListItem } from '../pbx/channel-list.ts';
import type { BridgeSnapshot, Signal } from '../pbx/signal.ts';

type Heard = {
  isGone: boolean;
  /** A queue or a parking lot told of it. */
  isServed: boolean;
  state: number;
  /** Where it was last heard to be; `undefined` where nothing was heard of that. */
  place: { readonly bridge: BridgeSnapshot | undefined } | undefined;
};

const OF_SERVICE: ReadonlySet<Signal['type']> = new Set([
  'queue-joined',
  'queue-left',
  'parked',
  'unparked',
  'park-timed-out',
]);

export class SinceLogin {
  readonly #heard = new Map<string, Heard>();

  note(signal: Signal): void {
    if (!('channel' in signal)) return;
    const { id, state } = signal.channel;
    const heard = this.#of(id);
    heard.state = state;
    heard.isGone ||= signal.type === 'hung-up';
    heard.isServed ||= OF_SERVICE.has(signal.type);
    if (signal.type === 'bridge-left') heard.place = NOWHERE;
    if (signal.type !== 'bridge-entered') return;
    heard.place = { bridge: toOwnBridge(signal.bridge) };
    if (signal.swapped !== undefined) this.#of(signal.swapped).place = NOWHERE;
  }

  #of(channelId: string): Heard {
    const known = this.#heard.get(channelId);
    if (known !== undefined) return known;
    const heard = newHeard();
    this.#heard.set(toOwn(channelId), heard);
    return heard;
  }

  isServed(channelId: string): boolean {
    return this.#heard.get(channelId)?.isServed === true;
  }

  /** The item as it is true now; `undefined` where its channel is gone. */
  correct(item: ChannelListItem): ChannelListItem | undefined {
    const { channel } = item;
    const heard = this.#heard.get(channel.id);
    if (heard === undefined) return item;
    if (heard.isGone) return undefined;
    const { bridge } = heard.place ?? item;
    return {
      ...item,
      bridge,
      channel: { ...channel, state: Math.max(channel.state, heard.state) },
    };
  }
}

function toOwnBridge({ id, kind, name }: BridgeSnapshot): BridgeSnapshot {
  return { id: toOwn(id), kind, name: toOwn(name) };
}

const NOWHERE = { bridge: undefined };

function newHeard(): Heard {
  return { isGone: false, isServed: false, state: 0, place: undefined };
}
