// What exists in the switch: channels and the bridges they are in, each kept by its own id and never by Linkedid.
// The one question it answers is who is connected to whom: two persons are connected when a path leads from one to
// the other through ordinary bridges and wires; and the same way a person can be in a conference. Dials are no part of
// it.

import { toOwn } from '../ami/own.ts';
import { CHANNEL_STATE, type Channel, otherEnd, toChannel } from './channel.ts';
import { withOne, without } from './short-list.ts';
import type { BridgeKind, BridgeSnapshot, ChannelSnapshot } from './signal.ts';

type Bridge = {
  readonly id: string;
  readonly kind: BridgeKind;
  readonly name: string | undefined;
  channelIds: readonly string[];
};

/** `persons` are those who take part in it, themselves or at the end of a wire. */
export type Conference = {
  readonly name: string | undefined;
  readonly persons: readonly Channel[];
};

export const MAX_CHANNELS = 250_000;

const NOBODY: readonly string[] = [];

export class Switchboard {
  readonly #channels = new Map<string, Channel>();
  readonly #wireIds = new Map<string, string>();
  readonly #bridges = new Map<string, Bridge>();

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
    const { id: linkedId = snapshot.linkedId } = this.#channels.get(snapshot.linkedId) ?? {}; // one text for both
    const channel = toChannel({ ...snapshot, linkedId });
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

  /** The channel of a snapshot as it stands now; none where it is not there (any more): events can come late. */
  update(snapshot: ChannelSnapshot): Channel | undefined {
    const channel = this.#channels.get(snapshot.id);
    if (channel === undefined) return undefined;
    if (channel.state !== CHANNEL_STATE.up) channel.state = snapshot.state; // an event may be older than a list
    const { number, callerName, exten } = snapshot;
    if (channel.number !== number) channel.number = toOwn(number);
    if (channel.callerName !== callerName) channel.callerName = toOwn(callerName);
    if (channel.exten !== exten) channel.exten = toOwn(exten);
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
    bridge.channelIds = withOne(bridge.channelIds, channel.id);
    channel.bridgeId = bridge.id;
  }

  #found({ id, kind, name }: BridgeSnapshot): Bridge {
    const bridge = { id: toOwn(id), kind, name: toOwn(name), channelIds: NOBODY };
    this.#bridges.set(bridge.id, bridge);
    return bridge;
  }

  leave(channel: Channel): void {
    if (channel.bridgeId === undefined) return;
    const bridge = this.#bridges.get(channel.bridgeId);
    if (bridge !== undefined) {
      bridge.channelIds = without(bridge.channelIds, channel.id);
      if (bridge.channelIds.length === 0) this.#bridges.delete(channel.bridgeId);
    }
    channel.bridgeId = undefined;
  }

  /** The persons whom a path through ordinary bridges and wires joins to this channel, itself included if it is one. */
  connectedTo(start: Channel): readonly Channel[] {
    return [...this.#reachedFrom(start)].filter(({ kind }) => kind === 'person');
  }

  /** Whom a channel stands for in the bridge that it is in: a person for himself, a wire for those at its other end. */
  behind(channel: Channel): readonly Channel[] {
    if (channel.kind === 'person') return [channel];
    const [far] = this.#all([this.#wireIds.get(otherEnd(channel.name)) ?? '']);
    if (far === undefined) return [];
    return [...this.#reachedFrom(far, channel)].filter(({ kind }) => kind === 'person');
  }

  /** The conference that such a path leads to. */
  conferenceOf(start: Channel): Conference | undefined {
    const bridges = [...this.#reachedFrom(start)].map(({ bridgeId }) =>
      this.#bridges.get(bridgeId ?? ''),
    );
    const conference = bridges.find((bridge) => bridge?.kind === 'conference');
    if (conference === undefined) return undefined;
    const members = [...this.#all(conference.channelIds)];
    const persons = new Set(members.flatMap((member) => this.connectedTo(member)));
    return { name: conference.name, persons: [...persons] };
  }

  #reachedFrom(start: Channel, barred?: Channel): ReadonlySet<Channel> {
    const reached = new Set([start]);
    const crossed = new Set<Bridge>();
    for (const channel of reached) {
      for (const neighbour of this.#neighbours(channel, crossed)) {
        if (neighbour !== barred) reached.add(neighbour); // grows while it is walked
      }
    }
    return reached;
  }

  /** Each bridge is crossed once: a thousand people in one would be a million neighbours. */
  *#neighbours(channel: Channel, crossed: Set<Bridge>): Generator<Channel> {
    const bridge = this.#bridges.get(channel.bridgeId ?? '');
    if (bridge?.kind === 'ordinary' && !crossed.has(bridge)) {
      crossed.add(bridge);
      yield* this.#all(bridge.channelIds);
    }
    if (channel.kind === 'wire')
      yield* this.#all([this.#wireIds.get(otherEnd(channel.name)) ?? '']);
  }

  *#all(ids: Iterable<string>): Generator<Channel> {
    for (const id of ids) {
      const channel = this.#channels.get(id);
      if (channel !== undefined) yield channel;
    }
  }
}
