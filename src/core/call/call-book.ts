// Which channel belongs to which call. A call is found by every Linkedid that ever led to it, and stays in the book
// until its last channel, plumbing too, is gone, and for a while after that: a straggler must not found it anew.

import type { Channel } from '../pbx/channel.ts';
import { withOne, without } from '../pbx/short-list.ts';
import type { Call } from './call.ts';
import { noFacts } from './ending.ts';

/** So many Linkedids of calls that are gone, and that a person was a part of, are remembered. */
const MAX_ENDED = 100;

const NONE: readonly string[] = [];

type Adopted = { readonly call: Call; readonly isOpened: boolean };

export class CallBook {
  readonly #byLinkedId = new Map<string, Call>();
  readonly #byChannel = new Map<string, Call>();
  readonly #ended = new Set<string>();

  callOf(channel: Channel | undefined): Call | undefined {
    return channel === undefined ? undefined : this.#byChannel.get(channel.id);
  }

  callById(channelId: string): Call | undefined {
    return this.#byChannel.get(channelId);
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
    for (const linkedId of [call.id, ...call.joinedIds]) this.#byLinkedId.set(linkedId, call);
    for (const id of [...call.personIds, ...call.plumbingIds]) this.#byChannel.set(id, call);
  }

  /** Calls that have not ended and that a person is or was a part of. */
  openCalls(): readonly Call[] {
    const calls = new Set(this.#byChannel.values());
    return [...calls].filter(({ state, callerId }) => state !== 'hungup' && callerId !== undefined);
  }

  /**
   * The call of a new channel: its Linkedid says which; the first channel of a new Linkedid founds one, and the first
   * person of it opens it.
   */
  adopt({ id, kind, linkedId }: Channel, at: number): Adopted {
    const call = this.#byLinkedId.get(linkedId) ?? this.#found(linkedId, at);
    this.#byChannel.set(id, call);
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
  release(channelId: string): void {
    const call = this.#byChannel.get(channelId);
    if (call === undefined) return;
    this.#byChannel.delete(channelId);
    call.personIds = without(call.personIds, channelId);
    call.plumbingIds = without(call.plumbingIds, channelId);
    if (call.personIds.length + call.plumbingIds.length > 0) return;
    for (const linkedId of [call.id, ...call.joinedIds]) {
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
    for (const id of [...from.personIds, ...from.plumbingIds]) this.#byChannel.set(id, to);
    const linkedIds = [from.id, ...from.joinedIds];
    for (const linkedId of linkedIds) this.#byLinkedId.set(linkedId, to);
    to.personIds = [...to.personIds, ...from.personIds];
    to.plumbingIds = [...to.plumbingIds, ...from.plumbingIds];
    to.joinedIds = [...to.joinedIds, ...linkedIds];
    from.personIds = NONE;
    from.plumbingIds = NONE;
  }
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
    startedAt: at,
    personIds: NONE,
    plumbingIds: NONE,
    joinedIds: NONE,
    facts: noFacts(),
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
    ringingAt: undefined,
    answeredAt: undefined,
    lastSeenAt: at,
    sequence: 0,
    isNamed: false,
    repeats: undefined,
  };
}
