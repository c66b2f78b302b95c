// Which channel belongs to which call: the Linkedid that it was created with says so. A call is found by every Linkedid
// that ever led to it, and stays in the book until its last channel, plumbing too, is gone, and for a while after that: a
// straggler must not found it anew.

import type { Channel } from '../pbx/channel.ts';
import { withOne, without } from '../pbx/short-list.ts';
import type { Switchboard } from '../pbx/switchboard.ts';
import type { Call } from './call.ts';

/** So many Linkedids of calls that are gone, and that a person was a part of, are remembered. */
const MAX_ENDED = 100;

const NONE: readonly string[] = [];

type Adopted = { readonly call: Call; readonly isOpened: boolean };

export class CallBook {
  readonly #board: Switchboard;
  readonly #byLinkedId = new Map<string, Call>();
  readonly #ended = new Set<string>();

  constructor(board: Switchboard) {
    this.#board = board;
  }

  /** Of a channel that exists. */
  callOf(channel: Channel | undefined): Call | undefined {
    return channel === undefined ? undefined : this.#byLinkedId.get(channel.linkedId);
  }

  callById(channelId: string): Call | undefined {
    return this.callOf(this.#board.get(channelId));
  }

  callByLinkedId(linkedId: string): Call | undefined {
    return this.#byLinkedId.get(linkedId);
  }

  /** Whether a Linkedid leads to a call. */
  knows(linkedId: string): boolean {
    return this.#byLinkedId.has(linkedId);
  }

  /** A call of before, whose channels are in it. */
  restore(call: Call): void {
    for (const linkedId of linkedIdsOf(call)) this.#byLinkedId.set(linkedId, call);
  }

  /** Calls that have not ended and that a person is or was a part of. */
  openCalls(): readonly Call[] {
    const calls = new Set(this.#byLinkedId.values());
    return [...calls].filter(
      (call) => call.state !== 'hungup' && call.callerId !== undefined && hasChannels(call),
    );
  }

  /**
   * The call of a new channel: its Linkedid says which; the first channel of a new Linkedid founds one, and the first
   * person of it opens it.
   */
  adopt({ id, kind, linkedId }: Channel, at: number): Adopted {
    const call = this.#byLinkedId.get(linkedId) ?? this.#found(linkedId, at);
    if (!hasChannels(call)) for (const each of linkedIdsOf(call)) this.#ended.delete(each); // or it is forgotten while this one is there
    if (kind !== 'person') {
      call.plumbingIds = withOne(call.plumbingIds, id);
      return { call, isOpened: false };
    }
    const isOpened = call.callerId === undefined;
    call.personIds = withOne(call.personIds, id);
    call.callerId ??= id;
    return { call, isOpened };
  }

  #found(linkedId: string, at: number): Call {
    const call = newCall(linkedId, at);
    this.#byLinkedId.set(linkedId, call);
    return call;
  }

  /** The channel is gone. */
  release(channel: Channel | undefined): void {
    const call = this.callOf(channel);
    if (channel === undefined || call === undefined) return;
    call.personIds = without(call.personIds, channel.id);
    call.plumbingIds = without(call.plumbingIds, channel.id);
    if (hasChannels(call)) return;
    for (const linkedId of linkedIdsOf(call)) {
      if (call.callerId === undefined) this.#byLinkedId.delete(linkedId);
      else this.#ended.add(linkedId);
    }
    this.#forgetOldest();
  }

  #forgetOldest(): void {
    for (const linkedId of this.#ended) {
      if (this.#ended.size <= MAX_ENDED) return;
      this.#ended.delete(linkedId);
      this.#byLinkedId.delete(linkedId);
    }
  }

  /** All that belongs to one call belongs to the other from now on. */
  move(from: Call, to: Call): void {
    const linkedIds = linkedIdsOf(from);
    for (const linkedId of linkedIds) this.#byLinkedId.set(linkedId, to);
    to.personIds = [...to.personIds, ...from.personIds];
    to.plumbingIds = [...to.plumbingIds, ...from.plumbingIds];
    to.joinedIds = [...to.joinedIds, ...linkedIds];
    from.personIds = NONE;
    from.plumbingIds = NONE;
  }
}

/** That lead to it. */
export function linkedIdsOf({ id, joinedIds }: Call): readonly string[] {
  return [id, ...joinedIds];
}

function hasChannels({ personIds, plumbingIds }: Call): boolean {
  return personIds.length + plumbingIds.length > 0;
}

/** `[systemname-]EPOCH.SEQUENCE`, the older one first. The sequence is a whole number: .9 is older than .10. */
export function compareIds(a: string, b: string): number {
  const [epochA, sequenceA] = numbersOf(a);
  const [epochB, sequenceB] = numbersOf(b);
  return epochA - epochB || sequenceA - sequenceB;
}

function numbersOf(id: string): readonly [epoch: number, sequence: number] {
  const [, epoch = '0', sequence = '0'] = /(\d{1,12})\.(\d{1,12})$/.exec(id) ?? [];
  return [Number(epoch), Number(sequence)];
}

function newCall(linkedId: string, at: number): Call {
  return {
    id: linkedId,
    personIds: NONE,
    plumbingIds: NONE,
    joinedIds: NONE,
    facts: undefined,
    conversation: undefined,
    system: 'never',
    queue: undefined,
    isParked: false,
    slot: undefined,
    holds: undefined,
    state: 'dialing',
    callerId: undefined,
    from: undefined,
    to: undefined,
    originatedTo: undefined,
    isAnnouncement: false,
    dialledName: undefined,
    answeredBy: undefined,
    hasRung: false,
    countsFrom: at,
    answeredAt: undefined,
    lastSeenAt: at,
    sequence: 0,
    isNamed: false,
    repeats: undefined,
  };
}
