// What Asterisk's services say of a call themselves: queues, parking, hold. It completes the story; nothing that is told
// of ringing, answer and end depends on it alone.

import { toOwn } from '../ami/own.ts';
import type { LeftQueue } from '../event/call-event.ts';
import { CHANNEL_STATE, type Channel } from '../pbx/channel.ts';
import type { Signal } from '../pbx/signal.ts';
import type { ParkedIn, QueueEntry } from '../pbx/surroundings.ts';
import type { Switchboard } from '../pbx/switchboard.ts';
import type { Call, StoryMoment, Waiting } from './call.ts';
import type { CallBook } from './call-book.ts';
import { leaveAlone } from './conversation.ts';
import { factsOf, isLifted, queueJoined, queueLeft, wasGivenUp } from './ending.ts';
import type { Holds } from './holds.ts';
import type { Picked, SystemAnswers } from './system-answers.ts';
import type { Teller } from './teller.ts';

type SignalOf<T extends Signal['type']> = Extract<Signal, { type: T }>;

type Slot = { readonly slot: string };

/** What is known of a channel that was asked for. */
export type Found = {
  readonly moment: StoryMoment;
  readonly queueEntry: QueueEntry | undefined;
  /** It waits in no queue. */
  readonly hasLeftQueue: boolean;
  readonly isInBridge: boolean;
  readonly parkedIn: ParkedIn | undefined;
  /** What of the phone system it is connected with. */
  readonly service: Picked | undefined;
};

type Parts = {
  readonly board: Switchboard;
  readonly book: CallBook;
  readonly teller: Teller;
  readonly system: SystemAnswers;
  readonly holds: Holds;
};

export class Services {
  readonly #parts: Parts;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  onHeld(signal: SignalOf<'held'>): void {
    const [call, channel] = this.#find(signal);
    if (call === undefined) return;
    const { teller, holds } = this.#parts;
    const { at, micros } = signal;
    holds.held(call, channel.id, { by: teller.partyOf(call, channel), at, micros });
  }

  onResumed(signal: SignalOf<'resumed'>): void {
    const [call, channel] = this.#find(signal);
    if (call === undefined) return;
    const { at, micros } = signal;
    this.#parts.holds.resumed(call, channel.id, { at, micros });
  }

  onQueueJoined(signal: SignalOf<'queue-joined'>): void {
    const [call] = this.#find(signal);
    if (call === undefined) return;
    const { queue, position, at } = signal;
    const { teller, system } = this.#parts;
    system.confirm(call, { service: 'queue', serviceName: queue });
    queueJoined(factsOf(call));
    call.queue = { name: toOwn(queue), since: at, givenUp: false };
    teller.tell(call, { event: 'queued', queue, position }, signal);
  }

  onQueueGivenUp(signal: SignalOf<'queue-given-up'>): void {
    const [call] = this.#find(signal);
    if (call?.queue !== undefined) call.queue.givenUp = true;
  }

  onQueueLeft(signal: SignalOf<'queue-left'>): void {
    const [call, channel] = this.#find(signal);
    if (call === undefined || call.queue === undefined) return;
    const { name: queue, since } = call.queue;
    const reason = whyLeft(call, call.queue, channel);
    call.queue = undefined;
    queueLeft(factsOf(call), reason);
    const waitSeconds = Math.max(0, signal.at - since) / 1_000;
    this.#parts.teller.tell(call, { event: 'left_queue', queue, reason, waitSeconds }, signal);
  }

  onParked(signal: SignalOf<'parked'>): void {
    const [call, channel] = this.#find(signal);
    if (call === undefined) return;
    this.#parts.system.confirm(call, { service: 'parking' });
    this.#park(call, channel, signal);
  }

  /** Whoever parked it has no more to do with it. */
  #park(call: Call, channel: Channel, { slot, parker, ...moment }: ParkedIn & StoryMoment): void {
    const { board, teller } = this.#parts;
    call.isParked = true;
    call.slot = { name: toOwn(slot), isFetched: false };
    const by = call.conversation?.passedOn?.by ?? teller.partyAt(call, parker ?? '');
    if (call.conversation !== undefined) {
      const [parked = channel] = board.behind(channel);
      leaveAlone(call.conversation, parked.id);
    }
    teller.tell(call, { event: 'parked', slot, ...(by && { by }) }, moment);
  }

  /** Told once, by what is seen first: that they are connected, or that Asterisk says so. */
  onFetched(call: Call, retriever: Channel, { slot: name, ...moment }: StoryMoment & Slot): void {
    if (call.slot?.isFetched && call.slot.name === name) return;
    call.slot = { name: toOwn(name), isFetched: true };
    const { teller } = this.#parts;
    const by = teller.partyOf(call, retriever);
    teller.tell(call, { event: 'retrieved', slot: name, by, reason: 'retrieved' }, moment);
  }

  onParkTimedOut(signal: SignalOf<'park-timed-out'>): void {
    const [call] = this.#find(signal);
    if (call === undefined) return;
    call.slot = undefined;
    const story = { event: 'retrieved', slot: signal.slot, reason: 'timeout' } as const;
    this.#parts.teller.tell(call, story, signal);
  }

  /**
   * Where a channel is that was not heard of for a while: what its services did with it meanwhile. `found` is what they
   * say of it now.
   */
  onFound(call: Call, channel: Channel, { moment, ...found }: Found): void {
    const isCaller = channel.id === call.callerId;
    if (isCaller && found.queueEntry !== undefined)
      this.#foundWaiting(call, channel, { ...found.queueEntry, ...moment });
    else if (isCaller && found.hasLeftQueue) this.#foundOut(call, found.isInBridge, moment);
    const { parkedIn, service } = found;
    if (isCaller && service !== undefined && channel.state === CHANNEL_STATE.up && !channel.dialled)
      this.#parts.system.found(call, service, moment);
    if (parkedIn !== undefined && call.slot?.isFetched !== false) {
      this.#park(call, channel, { ...parkedIn, ...moment });
    }
  }

  #foundWaiting(call: Call, channel: Channel, entry: QueueEntry & StoryMoment): void {
    const { queue, position, waitSeconds, ...moment } = entry;
    if (call.queue?.name === queue) return;
    const { teller, system } = this.#parts;
    const picked = { service: 'queue', serviceName: queue } as const;
    if (channel.state === CHANNEL_STATE.up) system.found(call, picked, moment);
    queueJoined(factsOf(call));
    call.queue = { name: toOwn(queue), since: moment.at - waitSeconds * 1_000, givenUp: false };
    teller.tell(call, { event: 'queued', queue, position }, moment);
  }

  #foundOut(call: Call, isInBridge: boolean, moment: StoryMoment): void {
    if (call.queue === undefined) return;
    const { name: queue, since } = call.queue;
    const reason = isInBridge ? 'connected' : 'unknown';
    call.queue = undefined;
    queueLeft(factsOf(call), reason);
    const waitSeconds = Math.max(0, moment.at - since) / 1_000;
    this.#parts.teller.tell(call, { event: 'left_queue', queue, reason, waitSeconds }, moment);
  }

  #find({
    channel: snapshot,
  }: Pick<SignalOf<'held'>, 'channel'>): [Call, Channel] | [undefined, undefined] {
    const { board, book } = this.#parts;
    const channel = board.update(snapshot);
    const call = book.callOf(channel);
    return channel === undefined || call === undefined ? [undefined, undefined] : [call, channel];
  }
}

/** Asterisk says that a queue was given up when the caller left and when the time was over alike. */
function whyLeft(call: Call, { givenUp }: Waiting, channel: Channel): LeftQueue['reason'] {
  const facts = factsOf(call);
  if (isLifted(facts)) return 'connected';
  if (channel.askedToHangUp || (givenUp && wasGivenUp(facts))) return 'abandoned';
  return givenUp ? 'timeout' : 'exited';
}
