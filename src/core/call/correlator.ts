// Which channels are one call: signals in, events of calls out. A channel belongs to a call from its creation, and
// belonging only ever changes by joining: when persons of two calls are connected, or an event says that they are
// about to be, the two calls become one. A call lives while a person's channel belongs to it.

import type { CallEvent, Party } from '../event/call-event.ts';
import { CHANNEL_STATE, type Channel } from '../pbx/channel.ts';
import type { ChannelList, ChannelListItem } from '../pbx/channel-list.ts';
import type { BridgeSnapshot, ChannelSnapshot, Signal } from '../pbx/signal.ts';
import { Switchboard } from '../pbx/switchboard.ts';
import { type Call, type Happening, step, tellDigit } from './call.ts';
import { CallBook, compareIds } from './call-book.ts';
import {
  dialBegan,
  dialEnded,
  type Ending,
  endingOf,
  isWaiting,
  merged,
  pbxRestart,
  unseenEnding,
} from './ending.ts';
import { answererOf, callerOf, dialledBy, toParty } from './party.ts';

export type OpenCalls = {
  readonly active: number;
  readonly ringing: number;
  readonly answered: number;
};

export type ResyncResult = {
  readonly events: readonly CallEvent[];
  readonly kept: number;
  readonly ended: number;
  readonly found: number;
};

type SignalOf<T extends Signal['type']> = Extract<Signal, { type: T }>;
type Handlers = { readonly [T in Signal['type']]: (signal: SignalOf<T>) => void };

/** A moment, and whether what happened at it was learned of later. */
type Moment = { readonly at: number; readonly inferred?: true };

export class Correlator {
  readonly #board = new Switchboard();
  readonly #book = new CallBook();
  /** Open calls that a person is or was a part of, by state. */
  readonly #open = { dialing: 0, ringing: 0, answered: 0, hungup: 0 };
  /** Channels known from before the session, of which nothing is sure. */
  #stale: ReadonlySet<string> = new Set();
  /** Channels that hung up since the session began: a list may be older than their end. */
  #goneInSession: Set<string> | undefined;
  #told: CallEvent[] = [];

  /** What is told of a signal, in order. */
  handle(signal: Signal): readonly CallEvent[] {
    const handler = this.#handlers[signal.type] as (signal: Signal) => void; // one table, keyed by the type
    handler(signal);
    return this.#takeTold();
  }

  get openCalls(): OpenCalls {
    const { dialing, ringing, answered } = this.#open;
    return { active: dialing + ringing + answered, ringing, answered };
  }

  /**
   * A new session with Asterisk begins: what is known from before is true only up to `lastHeardAt`, until `resync`
   * or `restart` says what became of it.
   */
  beginSession(lastHeardAt: number): void {
    this.#stale = new Set(this.#board.channelIds);
    this.#goneInSession = new Set();
    for (const call of this.#book.openCalls()) {
      call.lastSeenAt = Math.max(call.lastSeenAt, lastHeardAt);
    }
  }

  /** Asterisk has started anew since: nothing that was known of it before this session is true any more. */
  restart(at: number): ResyncResult {
    const before = this.#book.openCalls();
    this.#forget(this.#stale, (call) => this.#endUnseen(call, at, pbxRestart(isAnswered(call))));
    return this.#toResult(before);
  }

  /**
   * The channels that exist now: calls of before whose people are gone have ended, calls that were answered meanwhile
   * are, calls never heard of are taken up from where they stand. A list that is not complete ends nothing.
   */
  resync({ items, isComplete }: ChannelList, at: number): ResyncResult {
    const before = this.#book.openCalls();
    const listed = new Set(items.map(({ channel }) => channel.id));
    const gone = isComplete ? this.#stale.difference(listed) : new Set<string>();
    this.#forget(gone, (call) => this.#endUnseen(call, at, unseenEnding(isAnswered(call))));
    const oldestFirst = items
      .filter(({ channel }) => this.#goneInSession?.has(channel.id) !== true)
      .toSorted((a, b) => compareIds(a.channel.id, b.channel.id));
    this.#goneInSession = undefined;
    for (const item of oldestFirst) this.#takeUp(item, at);
    for (const item of oldestFirst) this.#catchUp(item, at);
    return this.#toResult(before);
  }

  readonly #handlers: Handlers = {
    'channel-created': ({ channel, at }) => this.#onCreated(channel, at),
    'channel-changed': ({ channel, at }) => this.#onChanged(channel, at),
    'caller-id-changed': (signal) => this.#onCallerId(signal),
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
    'pbx-shutdown': () => this.#onPbxShutdown(),
  };

  #onCreated(snapshot: ChannelSnapshot, at: number): void {
    if (this.#board.get(snapshot.id) !== undefined) return;
    this.#adopt(this.#board.add(snapshot), at);
    this.#onChanged(snapshot, at);
  }

  #onChanged(snapshot: ChannelSnapshot, at: number): void {
    const channel = this.#board.update(snapshot);
    const call = this.#book.callOf(channel);
    if (channel === undefined || call === undefined) return;
    call.lastSeenAt = at;
    if (channel.state === CHANNEL_STATE.ringing) this.#alert(call, channel, { at });
    if (channel.id === call.callerId && channel.state === CHANNEL_STATE.up) onCallerUp(call);
  }

  #onCallerId({ channel: snapshot, withheld }: SignalOf<'caller-id-changed'>): void {
    const channel = this.#board.update(snapshot);
    if (channel !== undefined) channel.withheld ||= withheld;
  }

  #onDialBegun({ from, to, dialString, at }: SignalOf<'dial-begun'>): void {
    const dialler = from && this.#board.update(from);
    const leg = this.#board.update(to);
    const call = this.#book.callOf(leg);
    if (leg === undefined || call === undefined) return;
    leg.dialled = true;
    leg.dialString = dialString;
    call.lastSeenAt = at;
    dialBegan(call.facts, leg.id, {
      isPerson: leg.kind === 'person',
      dialler: from?.id,
      isCallers: from !== undefined && from.id === call.callerId,
    });
    if (dialler !== undefined && dialler.id === call.callerId) learnDialled(call, dialler);
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
    dialEnded(call.facts, leg.id, { status, forwarded });
    const diallersCall = this.#book.callOf(dialler);
    if (status !== 'ANSWER' || dialler === undefined || diallersCall === undefined) return;
    this.#join([...this.#board.connectedTo(dialler), leg], [call, diallersCall], at);
  }

  #onBridgeEntered({ bridge, channel: snapshot, at }: SignalOf<'bridge-entered'>): void {
    const channel = this.#board.update(snapshot);
    if (channel === undefined) return;
    this.#board.enter(channel, bridge);
    this.#connect(channel, bridge, { at });
  }

  #onBridgeLeft({ bridge, channel: snapshot }: SignalOf<'bridge-left'>): void {
    const channel = this.#board.update(snapshot);
    if (channel?.bridgeId === bridge.id) this.#board.leave(channel);
  }

  /** The leg that picks up is no call, however old it is, unless nobody was a part of the other one. */
  #onPickedUp({ channel, target, at }: SignalOf<'picked-up'>): void {
    const picking = this.#book.callOf(this.#board.update(channel));
    const ringing = this.#book.callOf(this.#board.update(target));
    if (picking === undefined || ringing === undefined || picking === ringing) return;
    if (ringing.callerId === undefined) this.#merge(ringing, picking, at);
    else this.#merge(picking, ringing, at);
  }

  #onHangupRequested({ channel: snapshot }: SignalOf<'hangup-requested'>): void {
    const channel = this.#board.update(snapshot);
    const call = this.#book.callOf(channel);
    if (channel === undefined || call === undefined) return;
    const isCaller = channel.id === call.callerId;
    if (call.state === 'answered') {
      if (channel.kind === 'person') call.facts.firstToHangUp ??= isCaller ? 'caller' : 'callee';
      return;
    }
    const leg = call.facts.legs.get(channel.id);
    if (leg !== undefined) leg.askedToHangUp = true;
    if (!isCaller) return;
    call.facts.callerAskedToHangUp = true;
    call.facts.callerWasWaiting = isWaiting(call.facts);
  }

  #onShutdownRequested({ channel }: SignalOf<'shutdown-requested'>): void {
    const call = this.#book.callById(channel.id);
    if (call !== undefined) call.facts.pbxWentDown = true;
  }

  #onPbxShutdown(): void {
    for (const call of this.#book.openCalls()) call.facts.pbxWentDown = true;
  }

  #onHungUp({ channel: { id }, cause, at }: SignalOf<'hung-up'>): void {
    this.#goneInSession?.add(id);
    const call = this.#book.callById(id);
    if (call !== undefined) this.#noteCause(call, id, cause);
    this.#board.remove(id);
    this.#book.release(id);
    if (call === undefined || isAlive(call)) return;
    const ending = endingOf(call.facts, isAnswered(call));
    this.#end(call, { type: 'end', at, ending });
  }

  #onDigit({
    channel: snapshot,
    digit,
    durationMs,
    at,
    pbxMicros,
  }: SignalOf<'digit-pressed'>): void {
    const channel = this.#board.update(snapshot);
    const call = this.#book.callOf(channel);
    if (channel?.kind !== 'person' || call === undefined) return;
    this.#fixWho(call);
    const by = this.#partyOf(call, channel);
    const id = pbxMicros === undefined ? {} : { id: pbxMicros };
    this.#told.push(...tellDigit(call, { at, value: digit, by, durationMs, ...id }));
  }

  #adopt(channel: Channel, at: number): void {
    const { call, isOpened } = this.#book.adopt(channel, at);
    if (isOpened) this.#open[call.state] += 1;
    const dialled = this.#board.get(call.callerId ?? '')?.createdExten;
    if (channel.id !== call.callerId && channel.createdNumber === dialled) {
      call.dialledName ??= channel.createdName;
    }
  }

  /** A phone rings. */
  #alert(call: Call, channel: Channel, moment: Moment): void {
    if (channel.kind === 'person') this.#step(call, { type: 'ring', ...moment });
  }

  /** Somebody has entered a bridge: who is connected now? */
  #connect(channel: Channel, bridge: BridgeSnapshot, moment: Moment): void {
    if (bridge.kind === 'conference') this.#enterConference(channel, bridge, moment);
    if (bridge.kind !== 'ordinary') return;
    const persons = this.#board.connectedTo(channel);
    if (persons.length < 2) return;
    const calls = persons.map((person) => this.#book.callOf(person)).filter(isPresent);
    const call = this.#join(persons, calls, moment.at);
    const caller = persons.find(({ id }) => id === call?.callerId);
    if (call === undefined || caller === undefined) return;
    const others = persons.filter((person) => person !== caller);
    const answerer = others.find(({ dialled }) => dialled) ?? others[0];
    if (answerer === undefined) return;
    const by = this.#partyOf(call, answerer);
    this.#step(call, { type: 'answer', by, conference: false, ...moment });
  }

  #enterConference(channel: Channel, bridge: BridgeSnapshot, moment: Moment): void {
    const call = this.#book.callOf(channel);
    if (call === undefined || call.callerId !== channel.id) return;
    this.#fixWho(call);
    const by = toParty(call.to?.extension ?? '', bridge.name);
    this.#step(call, { type: 'answer', by, conference: true, ...moment });
  }

  /**
   * The call whose `from` is one of those who talk goes on; if both or neither, the older one. Never does one that
   * nobody was a part of: it has no `from`, and nothing is told of it.
   */
  #join(talking: readonly Channel[], calls: readonly Call[], at: number): Call | undefined {
    const talks = ({ callerId }: Call) =>
      callerId === undefined ? -1 : Number(talking.some(({ id }) => id === callerId));
    const [winner, ...losers] = [...new Set(calls)].toSorted(
      (a, b) => talks(b) - talks(a) || compareIds(a.id, b.id),
    );
    if (winner === undefined) return undefined;
    for (const loser of losers) this.#merge(loser, winner, at);
    return winner;
  }

  #merge(loser: Call, winner: Call, at: number): void {
    this.#book.move(loser, winner);
    const ending = merged(isAnswered(loser));
    if (loser.sequence > 0) this.#end(loser, { type: 'end', at, ending, mergedInto: winner.id });
    else this.#dropSilently(loser);
  }

  #end(call: Call, happening: Extract<Happening, { type: 'end' }>): void {
    if (call.callerId === undefined) this.#dropSilently(call);
    else this.#step(call, happening);
  }

  #endUnseen(call: Call, at: number, ending: Ending): void {
    this.#end(call, { type: 'end', at, ending, lastSeenAt: call.lastSeenAt });
  }

  /** It never told anything, and never will. */
  #dropSilently(call: Call): void {
    if (call.callerId !== undefined) this.#open[call.state] -= 1;
    call.state = 'hungup';
  }

  #step(call: Call, happening: Happening): void {
    const { state } = call;
    this.#fixWho(call);
    this.#told.push(...step(call, happening));
    this.#open[state] -= 1;
    this.#open[call.state] += 1;
  }

  /** Names improve until the first event and then stay. */
  #fixWho(call: Call): void {
    const caller = this.#board.get(call.callerId ?? '');
    if (caller === undefined) return;
    call.from ??= callerOf(caller);
    call.to ??= caller.dialled
      ? { extension: '' }
      : toParty(dialledBy(caller.createdExten), call.dialledName);
  }

  #partyOf(call: Call, channel: Channel): Party {
    this.#fixWho(call);
    if (channel.id === call.callerId && call.from !== undefined) return call.from;
    return answererOf(channel, call.to?.extension ?? '');
  }

  #noteCause(call: Call, channelId: string, cause: number): void {
    const leg = call.facts.legs.get(channelId);
    if (leg !== undefined) leg.cause = cause;
    if (channelId !== call.callerId) return;
    call.facts.callerCause = cause;
    this.#fixWho(call); // while the channel is still there
  }

  #forget(channelIds: ReadonlySet<string>, onDead: (call: Call) => void): void {
    for (const id of channelIds) {
      const call = this.#book.callById(id);
      if (call?.callerId === id) this.#fixWho(call); // while the channel is still there
      this.#board.remove(id);
      this.#book.release(id);
      if (call !== undefined && !isAlive(call)) onDead(call);
    }
  }

  #toResult(before: readonly Call[]): ResyncResult {
    const after = new Set(this.#book.openCalls());
    const kept = before.filter((call) => after.has(call)).length;
    const events = this.#takeTold();
    return { events, kept, ended: before.length - kept, found: after.size - kept };
  }

  #takeUp({ channel: snapshot, startedAt, isDialled }: ChannelListItem, at: number): void {
    if (this.#board.update(snapshot) !== undefined) return;
    const channel = this.#board.add(snapshot);
    channel.dialled ||= isDialled;
    this.#adopt(channel, startedAt ?? at);
  }

  #catchUp({ channel: { id }, bridge }: ChannelListItem, at: number): void {
    const channel = this.#board.get(id);
    const call = this.#book.callOf(channel);
    if (channel === undefined || call === undefined) return;
    call.lastSeenAt = at;
    const moment: Moment = { at, inferred: true };
    if (channel.state === CHANNEL_STATE.ringing) this.#alert(call, channel, moment);
    this.#board.leave(channel);
    if (bridge === undefined) return;
    this.#board.enter(channel, bridge);
    this.#connect(channel, bridge, moment);
  }

  #takeTold(): readonly CallEvent[] {
    if (this.#told.length === 0) return NOTHING;
    const told = this.#told;
    this.#told = [];
    return told;
  }
}

function isAnswered({ answeredAt }: Call): boolean {
  return answeredAt !== undefined;
}

const NOTHING: readonly CallEvent[] = [];

/**
 * Whether somebody is left in it. A call that Asterisk itself starts through a Local channel has nobody in it between
 * two phones that it tries: there the wire's first end stands for them.
 */
function isAlive({ id, state, personIds, plumbingIds }: Call): boolean {
  return personIds.size > 0 || (state !== 'answered' && plumbingIds.has(id));
}

/** Up, and no person has answered: the system itself picked up. */
function onCallerUp({ state, facts }: Call): void {
  if (state !== 'answered') facts.systemUp = 'last';
}

/** A phone that was called first (Originate) dials when it is lifted: now `to` is known. */
function learnDialled(call: Call, dialler: Channel): void {
  if (!dialler.dialled || (call.to !== undefined && call.to.extension !== '')) return;
  call.to = toParty(dialledBy(dialler.exten), undefined);
}

function isPresent<T>(value: T | undefined): value is T {
  return value !== undefined;
}
