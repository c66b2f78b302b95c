// Which channels are one call: signals in, events of calls out. A channel belongs to a call from its creation, and
// belonging only ever changes by joining: when persons of two calls are connected, or an event says that they are
// about to be, the two calls become one. A call lives while a person's channel belongs to it.

import { toOwn } from '../ami/own.ts';
import type { CallEvent, Party } from '../event/call-event.ts';
import { CHANNEL_STATE, type Channel, isNearEnd } from '../pbx/channel.ts';
import type { ChannelList } from '../pbx/channel-list.ts';
import type { BridgeSnapshot, ChannelSnapshot, NamedUpdate, Signal } from '../pbx/signal.ts';
import { NO_SURROUNDINGS } from '../pbx/surroundings.ts';
import { Switchboard } from '../pbx/switchboard.ts';
import { type Call, isAlive } from './call.ts';
import { CallBook } from './call-book.ts';
import { begin, placeOf } from './conversation.ts';
import {
  dialBegan,
  dialEnded,
  endingOf,
  factsOf,
  isLifted,
  isWaiting,
  legOf,
  wasAnswered,
} from './ending.ts';
import { Holds } from './holds.ts';
import { isAnswered, Joiner } from './joiner.ts';
import { type CallChanges, Keeper, type Restored, type SavedState } from './keeper.ts';
import { dialledIn, toParty } from './party.ts';
import { Patience } from './patience.ts';
import { Resync, type ResyncSteps } from './resync.ts';
import { Services } from './services.ts';
import { SystemAnswers } from './system-answers.ts';
import { type OpenCalls, Teller } from './teller.ts';
import { Transfers } from './transfers.ts';

export type { CallChanges, SavedState } from './keeper.ts';
export type { ResyncCounts, ResyncSteps } from './resync.ts';
export type { OpenCalls } from './teller.ts';

type SignalOf<T extends Signal['type']> = Extract<Signal, { type: T }>;
type Handlers = { readonly [T in Signal['type']]: (signal: SignalOf<T>) => void };

/** A moment, and whether what happened at it was learned of later. */
type Moment = {
  readonly at: number;
  readonly micros?: number | undefined;
  readonly inferred?: true;
};

/** `exten`: the extension that it is dialled from. */
type Dial = {
  readonly dialler: Channel;
  readonly leg: Channel;
  readonly exten: string | undefined;
};

type Named = { readonly name: string | undefined };
type Answer = { readonly by: Party; readonly unrung: boolean };

export class Correlator {
  readonly #board = new Switchboard();
  readonly #book = new CallBook(this.#board);
  readonly #teller = new Teller(this.#board);
  readonly #patience = new Patience();
  readonly #system = new SystemAnswers(this.#teller, this.#patience);
  readonly #holds = new Holds(this.#teller, this.#patience);
  readonly #joiner = new Joiner({
    board: this.#board,
    book: this.#book,
    teller: this.#teller,
    system: this.#system,
    holds: this.#holds,
  });
  readonly #transfers = new Transfers({
    board: this.#board,
    book: this.#book,
    teller: this.#teller,
    patience: this.#patience,
    holds: this.#holds,
    joiner: this.#joiner,
  });
  readonly #services = new Services({
    board: this.#board,
    book: this.#book,
    teller: this.#teller,
    system: this.#system,
    holds: this.#holds,
  });
  readonly #keeper = new Keeper({
    board: this.#board,
    book: this.#book,
    teller: this.#teller,
    system: this.#system,
    holds: this.#holds,
    transfers: this.#transfers,
  });
  readonly #resync = new Resync({
    board: this.#board,
    book: this.#book,
    teller: this.#teller,
    joiner: this.#joiner,
    services: this.#services,
    keeper: this.#keeper,
    acts: {
      step: (signal) => this.#step(signal),
      adopt: (channel, at) => this.#adopt(channel, at),
      spy: (channel) => this.#onSpying({ channel }),
      alert: (call, channel, moment) => this.#alert(call, channel, moment),
      connect: (channel, bridge, moment) => this.#connect(channel, bridge, moment),
    },
  });
  /** Calls that Asterisk has said it would take down with it. */
  #goingDown: readonly Call[] = [];

  /** What is told of a signal, in order. */
  handle(signal: Signal): readonly CallEvent[] {
    this.#resync.hear(signal);
    return this.#teller.take();
  }

  #step(signal: Signal): void {
    this.#elapse(signal.at);
    const handler = this.#handlers[signal.type] as (signal: Signal) => void; // one table, keyed by the type
    handler(signal);
  }

  /**
   * Epoch milliseconds, by the clock of the signals, at which `elapse` has something to tell; `undefined` also while what
   * was heard before that waits for its turn.
   */
  get nextAt(): number | undefined {
    const { nextAt } = this.#patience;
    return nextAt !== undefined && nextAt <= this.#resync.takenUpTo ? nextAt : undefined;
  }

  /** For who explains what is told: the call that a channel belongs to now, and how much is not sure yet. */
  callOf(channelId: string): Readonly<Call> | undefined {
    return this.#book.callById(channelId);
  }

  get doubts(): number {
    return this.#patience.size;
  }

  /** Epoch milliseconds, by the clock of the signals, from which on not everything that was seen is told yet. */
  get unsureSince(): number | undefined {
    return this.#patience.since;
  }

  /** Nothing was heard up to `at`, epoch milliseconds by the clock of the signals: what that tells. */
  elapse(at: number): readonly CallEvent[] {
    this.#elapse(at);
    return this.#teller.take();
  }

  /** What was heard and waits for its turn may still say what it was for. */
  #elapse(at: number): void {
    this.#patience.elapse(Math.min(at, this.#resync.takenUpTo));
  }

  /** So many channels are known that no more are taken. */
  get isFull(): boolean {
    return this.#board.isFull;
  }

  get openCalls(): OpenCalls {
    return this.#teller.openCalls;
  }

  /** What has become of the calls that something was told of since this was last asked: to be kept with what was told. */
  takeChanges(): CallChanges {
    return this.#keeper.takeChanges();
  }

  /** Instead of `takeChanges`, where nobody keeps them. */
  dropChanges(): void {
    this.#teller.takeChanged();
  }

  /** As `takeChanges`, of every open call: nothing more will be heard. */
  takeAll(): CallChanges {
    for (const call of this.#book.openCalls()) this.#teller.noteChange(call);
    return this.#keeper.takeChanges();
  }

  /**
   * The calls of an earlier process, as they were kept, before anything else happens here. From then on it is as after a
   * lost session: `beginSession`, then `resync` or `restart`.
   */
  restore(states: readonly SavedState[]): Restored {
    return this.#keeper.restore(states);
  }

  /**
   * A new session with Asterisk begins: what is known from before is true only up to `lastHeardAt`, until `resync`
   * or `restart` says what became of it.
   */
  beginSession(lastHeardAt: number): void {
    this.#resync.beginSession(lastHeardAt);
  }

  /**
   * What exists is about to be asked for, in a session that is up; where `silentSince` is given, only if any call was
   * heard of last before that, else false. `resync` says what became of them.
   */
  beginAudit(silentSince?: number): boolean {
    return this.#resync.beginAudit(silentSince);
  }

  /** What exists was asked for in vain. */
  giveUpAudit(): readonly CallEvent[] {
    return this.#resync.giveUpAudit();
  }

  /** Asterisk has started anew since: nothing that was known of it before the last login is true any more. */
  restart(at: number): ResyncSteps {
    return this.#resync.restart(at);
  }

  /**
   * The channels that exist now: calls of before whose people are gone have ended, calls that were answered meanwhile
   * are, calls never heard of are taken up from where they stand. A list that is not complete ends nothing.
   */
  resync(list: ChannelList, at: number, surroundings = NO_SURROUNDINGS): ResyncSteps {
    return this.#resync.compare(list, at, surroundings);
  }

  readonly #handlers: Handlers = {
    'channel-created': ({ channel, at }) => this.#onCreated(channel, at),
    'channel-changed': ({ channel, at }) => this.#onChanged(channel, at),
    'caller-id-changed': (signal) => this.#onCallerId(signal),
    originated: (signal) => this.#onOriginated(signal),
    'dial-begun': (signal) => this.#onDialBegun(signal),
    'dial-progressed': (signal) => this.#onDialProgressed(signal),
    'dial-ended': (signal) => this.#onDialEnded(signal),
    'bridge-entered': (signal) => this.#onBridgeEntered(signal),
    'bridge-left': (signal) => this.#onBridgeLeft(signal),
    'picked-up': (signal) => this.#onPickedUp(signal),
    'hangup-requested': (signal) => this.#onHangupRequested(signal),
    'shutdown-requested': (signal) => this.#onShutdownRequested(signal),
    'hung-up': (signal) => this.#onHungUp(signal),
    'digit-pressed': (signal) => this.#onDigit(signal),
    held: (signal) => this.#services.onHeld(signal),
    resumed: (signal) => this.#services.onResumed(signal),
    'queue-joined': (signal) => this.#services.onQueueJoined(signal),
    'queue-given-up': (signal) => this.#services.onQueueGivenUp(signal),
    'queue-left': (signal) => this.#services.onQueueLeft(signal),
    parked: (signal) => this.#services.onParked(signal),
    unparked: (signal) => this.#onUnparked(signal),
    'park-timed-out': (signal) => this.#services.onParkTimedOut(signal),
    'passed-on': (signal) => this.#transfers.onPassedOn(signal),
    spying: (signal) => this.#onSpying(signal),
    'pbx-shutdown': () => this.#onPbxShutdown(),
  };

  #onCreated(snapshot: ChannelSnapshot, at: number): void {
    if (this.#board.get(snapshot.id) !== undefined || this.isFull) return;
    this.#stayUp();
    this.#adopt(this.#board.add(snapshot), at);
    this.#onChanged(snapshot, at);
  }

  #onChanged(snapshot: NamedUpdate, at: number): void {
    const channel = this.#board.rename(snapshot);
    const call = this.#book.callOf(channel);
    if (channel === undefined || call === undefined) return;
    call.lastSeenAt = at;
    if (channel.state === CHANNEL_STATE.ringing) this.#alert(call, channel, { at });
    if (channel.id === call.callerId && channel.state === CHANNEL_STATE.up) {
      this.#onCallerUp(call, channel, at);
    }
  }

  #onCallerId({ channel: snapshot, withheld }: SignalOf<'caller-id-changed'>): void {
    const channel = this.#board.rename(snapshot);
    if (channel !== undefined) channel.withheld ||= withheld;
  }

  #onDialBegun({ from, to, dialString, at }: SignalOf<'dial-begun'>): void {
    const dialler = from && this.#board.update(from);
    const leg = this.#board.update(to);
    const call = this.#book.callOf(leg);
    if (leg === undefined || call === undefined) return;
    const isRinging = leg.dialled;
    leg.dialled = true;
    leg.dialString = dialString === leg.createdNumber ? leg.createdNumber : toOwn(dialString);
    call.lastSeenAt = at;
    dialBegan(factsOf(call), leg.id, {
      isPerson: leg.kind === 'person',
      dialler: dialler?.id ?? toOwn(from?.id),
      isCallers: from !== undefined && from.id === call.callerId,
      isCaller: leg.id === call.callerId,
      askedToHangUp: leg.askedToHangUp,
    });
    if (dialler !== undefined) this.#onDials(call, { dialler, leg, exten: from?.exten });
    if (isRinging) this.#alert(call, leg, { at });
  }

  #onDials(call: Call, { dialler, leg, exten }: Dial): void {
    const caller = this.#board.get(call.callerId ?? '');
    if (caller === undefined || leg === caller) return;
    if (dialler !== caller && !isNearEnd(dialler)) return;
    this.#goOn(call);
    if (!caller.dialled) return;
    call.originatedTo ??= toOwn(exten);
    this.#learnName(call, leg);
  }

  /** Asterisk says what it called that phone for. */
  #onOriginated({ channelId, exten, isAnnouncement, at }: SignalOf<'originated'>): void {
    const call = this.#book.callById(channelId);
    if (call === undefined) return;
    call.originatedTo ??= toOwn(exten);
    call.isAnnouncement = isAnnouncement;
    const caller = this.#board.get(call.callerId ?? '');
    if (isAnnouncement && caller?.state === CHANNEL_STATE.up) this.#onCallerUp(call, caller, at);
  }

  #onDialProgressed({ to, status, at }: SignalOf<'dial-progressed'>): void {
    const leg = this.#board.update(to);
    const call = this.#book.callOf(leg);
    if (leg === undefined || call === undefined) return;
    if (status === 'RINGING' || status === 'PROGRESS') this.#alert(call, leg, { at });
  }

  /** An answer across two calls, as a pickup gives one, tells that they are one before anything else does. */
  #onDialEnded({ from, to, status, forwarded, at }: SignalOf<'dial-ended'>): void {
    const dialler = from && this.#board.update(from);
    const leg = this.#board.update(to);
    const call = this.#book.callOf(leg);
    if (leg === undefined || call === undefined) return;
    dialEnded(factsOf(call), leg.id, { status, forwarded });
    const diallersCall = this.#book.callOf(dialler);
    if (status !== 'ANSWER' || dialler === undefined || diallersCall === undefined) return;
    this.#joiner.join([...this.#board.connectedTo(dialler), leg], [call, diallersCall], at);
  }

  #onBridgeEntered(signal: SignalOf<'bridge-entered'>): void {
    const { bridge, channel: snapshot, swapped, at, micros } = signal;
    const channel = this.#board.update(snapshot);
    if (channel === undefined) return;
    const before = this.#board.get(swapped ?? '');
    if (before !== undefined) this.#board.leave(before);
    this.#board.enter(channel, bridge);
    this.#connect(channel, bridge, { at, micros });
  }

  #onBridgeLeft({ bridgeId, channel: snapshot, at }: SignalOf<'bridge-left'>): void {
    const channel = this.#board.update(snapshot);
    if (channel?.bridgeId === bridgeId) this.#board.leave(channel);
    const call = this.#book.callOf(channel);
    if (call !== undefined) this.#transfers.settle(call, at);
  }

  /** The leg that picks up is no call, however old it is, unless nobody was a part of the other one. */
  #onPickedUp({ channel, target, at }: SignalOf<'picked-up'>): void {
    const picking = this.#book.callOf(this.#board.update(channel));
    const ringing = this.#book.callOf(this.#board.update(target));
    if (picking === undefined || ringing === undefined || picking === ringing) return;
    dialEnded(factsOf(ringing), target.id, { status: 'ANSWER', forwarded: false });
    if (ringing.callerId === undefined) this.#joiner.merge(ringing, picking, at);
    else this.#joiner.merge(picking, ringing, at);
  }

  /** Who fetches a parked call is no call of his own. */
  #onUnparked(signal: SignalOf<'unparked'>): void {
    const parkee = this.#board.update(signal.channel);
    const retriever = this.#board.update(signal.retriever);
    const calls = [parkee, retriever].map((channel) => this.#book.callOf(channel));
    if (parkee === undefined || retriever === undefined) return;
    const persons = [...this.#board.behind(parkee), retriever];
    const call = this.#joiner.join(persons, calls.filter(isPresent), signal.at);
    if (call !== undefined) this.#services.onFetched(call, retriever, signal);
  }

  #onHangupRequested({ channel: snapshot }: SignalOf<'hangup-requested'>): void {
    const channel = this.#board.update(snapshot);
    const call = this.#book.callOf(channel);
    if (channel === undefined || call === undefined) return;
    channel.askedToHangUp = true;
    const facts = factsOf(call);
    if (call.state === 'answered') {
      facts.firstToHangUp ??= call.conversation && placeOf(call.conversation, channel.id);
      return;
    }
    const leg = legOf(facts, channel.id);
    if (leg !== undefined) leg.askedToHangUp = true;
    if (channel.id !== call.callerId || isStillCalled(channel)) return;
    facts.callerAskedToHangUp = true;
    facts.callerWasWaiting = isWaiting(facts);
  }

  #onShutdownRequested({ channel }: SignalOf<'shutdown-requested'>): void {
    const call = this.#book.callById(channel.id);
    if (call !== undefined) factsOf(call).pbxWentDown = true;
  }

  /** It is no call, where nothing was told of it yet. */
  #onSpying({ channel }: { readonly channel: Pick<ChannelSnapshot, 'id'> }): void {
    const call = this.#book.callById(channel.id);
    if (call?.sequence === 0 && !call.isNamed) this.#teller.dropSilently(call);
  }

  #onPbxShutdown(): void {
    this.#goingDown = this.#book.openCalls();
    for (const call of this.#goingDown) factsOf(call).pbxWentDown = true;
  }

  /** An Asterisk that goes down makes no channel any more (channel.c): somebody else has said that it would. */
  #stayUp(): void {
    for (const call of this.#goingDown) factsOf(call).pbxWentDown = false;
    this.#goingDown = [];
  }

  #onHungUp({ channel: { id }, cause, at }: SignalOf<'hung-up'>): void {
    const channel = this.#board.get(id);
    const call = this.#book.callOf(channel);
    if (call !== undefined) this.#noteCause(call, id, cause);
    this.#board.remove(id);
    this.#book.release(channel);
    if (call === undefined) return;
    this.#transfers.settle(call, at);
    if (isAlive(call)) return;
    this.#transfers.conclude(call, at);
    this.#joiner.end(call, at, endingOf(factsOf(call), isAnswered(call)));
  }

  #onDigit(signal: SignalOf<'digit-pressed'>): void {
    const { channel: snapshot, digit, durationMs } = signal;
    const channel = this.#board.update(snapshot);
    const call = this.#book.callOf(channel);
    if (channel?.kind !== 'person' || call === undefined) return;
    const by = this.#teller.partyOf(call, channel);
    const durationSeconds = durationMs / 1_000;
    this.#teller.tell(call, { event: 'dtmf', digit, by, durationSeconds }, signal);
  }

  #adopt(channel: Channel, at: number): void {
    const { call, isOpened } = this.#book.adopt(channel, at);
    if (isOpened) this.#teller.open(call);
    this.#learnName(call, channel);
  }

  /** Whose number it is that was dialled. */
  #learnName(call: Call, channel: Channel): void {
    const caller = this.#board.get(call.callerId ?? '');
    if (caller === undefined || channel === caller) return;
    if (channel.createdNumber !== dialledIn(call, caller)) return;
    call.dialledName ??= channel.createdName;
  }

  /** A phone rings. */
  #alert(call: Call, channel: Channel, moment: Moment): void {
    if (channel.kind !== 'person') return;
    channel.dialled = true; // what rings was called
    if (channel.id !== call.callerId) this.#goOn(call);
    const ring = () => this.#teller.step(call, { type: 'ring', ...moment });
    if (channel.id === call.callerId && isNumberDue(channel)) this.#patience.wait(moment.at, ring);
    else ring();
  }

  /** A phone that was called first (Originate) was lifted for this; anybody else goes on from what had picked up. */
  #goOn(call: Call): void {
    const caller = this.#board.get(call.callerId ?? '');
    if (caller?.dialled) this.#system.withdraw(call);
    else this.#system.confirm(call);
  }

  /** Somebody has entered a bridge: who is connected now? */
  #connect(channel: Channel, bridge: BridgeSnapshot, moment: Moment): void {
    this.#enterConference(channel, moment);
    if (bridge.kind === 'holding') this.#wait(channel);
    if (bridge.kind !== 'ordinary') return;
    const persons = this.#board.connectedTo(channel);
    if (persons.length < 2) return;
    const calls = persons.map((person) => this.#book.callOf(person)).filter(isPresent);
    const fetched = this.#whoFetches(persons);
    const call = this.#joiner.join(persons, calls, moment.at);
    if (call === undefined) return;
    if (fetched !== undefined) {
      this.#services.onFetched(call, fetched.retriever, { ...moment, slot: fetched.slot });
    }
    if (call.state === 'answered') this.#transfers.onMet(call, persons, moment);
    else this.#answer(call, persons, moment);
  }

  /** Somebody who was not called to it is connected with a parked call. */
  #whoFetches(persons: readonly Channel[]) {
    const slotOf = (one: Channel) => this.#book.callOf(one)?.slot;
    const slot = persons.map(slotOf).find((each) => each?.isFetched === false);
    const retriever = persons.find((one) => !one.dialled && slotOf(one) === undefined);
    return slot && retriever && { slot: slot.name, retriever };
  }

  /** Put aside, as in parking: who talks to him next is nobody's successor. */
  #wait(channel: Channel): void {
    const call = this.#book.callOf(channel);
    if (call !== undefined) call.isParked = true;
  }

  /** The person who stands for `from` talks to another one. */
  #answer(call: Call, persons: readonly Channel[], moment: Moment): void {
    const isRung = ({ id }: Channel) => legOf(factsOf(call), id) !== undefined;
    const caller = this.#standInFor(call, persons, isRung);
    const others = persons.filter((person) => person !== caller);
    const answerer = others.find(isRung) ?? others.find(({ dialled }) => dialled) ?? others[0];
    if (caller === undefined || answerer === undefined) return;
    const { id } = answerer;
    const by = this.#teller.partyOf(call, answerer);
    const party = this.#teller.partyOf(call, caller);
    call.conversation = begin({ id: caller.id, party }, { id, party: by });
    wasAnswered(call);
    call.isParked = false;
    this.#teller.step(call, { type: 'answer', by, unrung: false, ...moment });
  }

  /** Where the caller is gone before anybody talked, whoever of those who talk was not rung for the others. */
  #standInFor(call: Call, persons: readonly Channel[], isRung: (one: Channel) => boolean) {
    const caller = persons.find(({ id }) => id === call.callerId);
    const isGone = !call.personIds.includes(call.callerId ?? '');
    return caller ?? (isGone ? persons.find((one) => !isRung(one)) : undefined);
  }

  /**
   * A caller's way into a conference is a call that the conference answers. Where phones were called into it besides, as
   * with a page, the first of them does.
   */
  #enterConference(channel: Channel, moment: Moment): void {
    const call = this.#book.callOf(channel);
    if (call === undefined || call.state === 'answered') return;
    const { name, persons = [] } = this.#board.conferenceOf(channel) ?? {};
    const own = persons.filter((one) => this.#book.callOf(one) === call);
    const caller = own.find(({ id }) => id === call.callerId);
    if (own.length > 1) this.#answer(call, own, moment);
    else if (caller !== undefined && !isWaiting(factsOf(call))) {
      this.#answerByConference(call, caller, { ...moment, name });
    }
  }

  #answerByConference(call: Call, caller: Channel, { name, ...moment }: Moment & Named): void {
    const dialled = dialledIn(call, caller);
    if (dialled === '') call.originatedTo = name;
    const by = toParty(dialled === '' ? (name ?? '') : dialled, name);
    this.#answerAlone(call, caller, { by, unrung: true, ...moment });
  }

  /** No other person is part of it. */
  #answerAlone(call: Call, caller: Channel, { by, unrung, ...moment }: Moment & Answer): void {
    call.conversation = begin({ id: caller.id, party: this.#teller.partyOf(call, caller) });
    this.#teller.step(call, { type: 'answer', by, unrung, ...moment });
  }

  /** Nobody else was lifted: it is the phone system that is there. */
  #onCallerUp(call: Call, caller: Channel, at: number): void {
    if (call.state === 'answered' || isLifted(factsOf(call))) return;
    if (call.isAnnouncement) {
      this.#system.withdraw(call);
      this.#answerAlone(call, caller, {
        by: this.#teller.partyOf(call, caller),
        unrung: false,
        at,
      });
      return;
    }
    factsOf(call).systemUp = 'last';
    this.#system.pickedUp(call, at);
  }

  #noteCause(call: Call, channelId: string, cause: number): void {
    const facts = factsOf(call);
    const leg = legOf(facts, channelId);
    if (leg !== undefined) leg.cause = cause;
    if (channelId !== call.callerId) return;
    facts.callerCause = cause;
    this.#teller.fixWho(call); // while the channel is still there
  }
}

/** A phone that is called first (Originate) and not lifted yet: as to any other phone, it can be busy or decline. */
function isStillCalled({ dialled, state }: Channel): boolean {
  return dialled && state !== CHANNEL_STATE.up;
}

/** Called first on a trunk: Asterisk tells the number a moment later, as what was dialled. */
function isNumberDue({ createdNumber, dialString }: Channel): boolean {
  return createdNumber === undefined && dialString === undefined;
}

function isPresent<T>(value: T | undefined): value is T {
  return value !== undefined;
}
