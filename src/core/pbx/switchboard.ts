// What exists in the switch: channels and the bridges they are in, each kept by its own id and never by Linkedid.
// The one question it answers is who is connected to whom: two persons are connected when a path leads from one to
// the other through ordinary bridges and wires; and the same way a person can be in a conference. Dials are no part of
// it.

import { toOwn } from '../ami/own.ts';
import { CHANNEL_STATE, type Channel, otherEnd, toChannel } from './channel.ts';
import { FewTexts } from './few-texts.ts';
import { withOne, without } from './short-list.ts';
import type {
  BridgeKind,
  BridgeSnapshot,
  ChannelSnapshot,
  ChannelUpdate,
  NamedUpdate,
} from './signal.ts';

type Bridge = {
  readonly id: string;
  readonly kind: BridgeKind;
  readonly name: string | undefined;
  members: readonly Channel[];
};

/** `persons` are those who take part in it, themselves or at the end of a wire. */
export type Conference = {
  readonly name: string | undefined;
  readonly persons: readonly Channel[];
};

/** Of 100,000 calls that stay, and of those that come and go beside them; as many as a list of Asterisk may have items. */
export const MAX_CHANNELS = 250_000;

const NOBODY: readonly Channel[] = [];

export class Switchboard {
  readonly #channels = new Map<string, Channel>();
  readonly #wireIds = new Map<string, string>();
  readonly #bridges = new Map<string, Bridge>();
  readonly #texts = new FewTexts();
  /** Of these bridges. */
  #conferences = 0;

  get(id: string): Channel | undefined {
    return this.#channels.get(id);
  }

  get channelIds(): Iterable<string> {
    return this.#channels.keys();
  }

  /** No switch has so many channels at a time: the ends of many were never seen, and no more are taken. */
  get isFull(): boolean {
    return this.#channels.size >= MAX_CHANNELS;
  }

  add(snapshot: ChannelSnapshot): Channel {
    const founder = this.#channels.get(snapshot.linkedId);
    const channel = toChannel(snapshot, { founder, texts: this.#texts });
    this.#put(channel);
    return channel;
  }

  /** As it stood when it was last seen. */
  restore(channel: Channel, bridge: BridgeSnapshot | undefined): void {
    channel.bridgeId = undefined;
    this.#put(channel);
    if (bridge !== undefined) this.enter(channel, bridge);
  }

  #put(channel: Channel): void {
    this.#channels.set(channel.id, channel);
    if (channel.kind === 'wire') this.#wireIds.set(channel.name, channel.id);
  }

  /** One that somebody is in. */
  bridge(id: string): BridgeSnapshot | undefined {
    const bridge = this.#bridges.get(id);
    return bridge && { id, kind: bridge.kind, name: bridge.name };
  }

  /** The channel as it stands now; none where it is not there (any more): events can come late. */
  update({ id, state }: ChannelUpdate): Channel | undefined {
    const channel = this.#channels.get(id);
    if (channel === undefined) return undefined;
    if (channel.state !== CHANNEL_STATE.up) channel.state = state; // an event may be older than a list
    return channel;
  }

  /** The same where it may have got another name. */
  rename(update: NamedUpdate): Channel | undefined {
    const channel = this.update(update);
    if (channel === undefined || channel.callerName === update.callerName) return channel;
    channel.callerName = this.#texts.own(update.callerName);
    return channel;
  }

  remove(id: string): void {
    const channel = this.#channels.get(id);
    if (channel === undefined) return;
    this.leave(channel);
    this.#channels.delete(id);
    if (this.#wireIds.get(channel.name) === id) this.#wireIds.delete(channel.name); // names are used again
  }

  enter(channel: Channel, snapshot: BridgeSnapshot): void {
    this.leave(channel);
    const bridge = this.#bridges.get(snapshot.id) ?? this.#found(snapshot);
    bridge.members = withOne(bridge.members, channel);
    channel.bridgeId = bridge.id;
  }

  #found({ id, kind, name }: BridgeSnapshot): Bridge {
    const bridge = { id: toOwn(id), kind, name: toOwn(name), members: NOBODY };
    this.#bridges.set(bridge.id, bridge);
    if (kind === 'conference') this.#conferences += 1;
    return bridge;
  }

  leave(channel: Channel): void {
    const bridge = this.#bridgeOf(channel);
    channel.bridgeId = undefined;
    if (bridge === undefined) return;
    bridge.members = without(bridge.members, channel);
    if (bridge.members.length === 0) this.#forget(bridge);
  }

  #forget({ id, kind }: Bridge): void {
    this.#bridges.delete(id);
    if (kind === 'conference') this.#conferences -= 1;
  }

  /** The persons whom a path through ordinary bridges and wires joins to this channel, itself included if it is one. */
  connectedTo(start: Channel): readonly Channel[] {
    return personsOf(this.#reachedFrom(start));
  }

  /** Whom a channel stands for in the bridge that it is in: a person for himself, a wire for those at its other end. */
  behind(channel: Channel): readonly Channel[] {
    if (channel.kind === 'person') return [channel];
    const far = this.#farEnd(channel);
    return far === undefined ? [] : personsOf(this.#reachedFrom(far, channel));
  }

  /** The conference that such a path leads to. */
  conferenceOf(start: Channel): Conference | undefined {
    if (this.#conferences === 0) return undefined; // as it mostly is
    for (const channel of this.#reachedFrom(start)) {
      const bridge = this.#bridgeOf(channel);
      if (bridge?.kind === 'conference') return this.#toConference(bridge);
    }
    return undefined;
  }

  #toConference({ name, members }: Bridge): Conference {
    const persons = new Set(members.flatMap((member) => this.connectedTo(member)));
    return { name, persons: [...persons] };
  }

  #reachedFrom(start: Channel, barred?: Channel): ReadonlySet<Channel> {
    const reached = new Set<Channel>().add(start);
    const crossed = new Set<Bridge>();
    for (const channel of reached) {
      for (const neighbour of this.#neighbours(channel, crossed)) {
        if (neighbour !== barred) reached.add(neighbour); // grows while it is walked
      }
    }
    return reached;
  }

  /** Each bridge is crossed once: a thousand people in one would be a million neighbours. */
  #neighbours(channel: Channel, crossed: Set<Bridge>): readonly Channel[] {
    const members = this.#cross(this.#bridgeOf(channel), crossed);
    const far = channel.kind === 'wire' ? this.#farEnd(channel) : undefined;
    return far === undefined ? members : withOne(members, far);
  }

  #cross(bridge: Bridge | undefined, crossed: Set<Bridge>): readonly Channel[] {
    if (bridge?.kind !== 'ordinary' || crossed.has(bridge)) return NOBODY;
    crossed.add(bridge);
    return bridge.members;
  }

  #bridgeOf({ bridgeId }: Channel): Bridge | undefined {
    return bridgeId === undefined ? undefined : this.#bridges.get(bridgeId);
  }

  #farEnd({ name }: Channel): Channel | undefined {
    return this.#channels.get(this.#wireIds.get(otherEnd(name)) ?? '');
  }
}

function personsOf(channels: Iterable<Channel>): readonly Channel[] {
  const persons: Channel[] = [];
  for (const channel of channels) if (channel.kind === 'person') persons.push(channel);
  return persons;
}
