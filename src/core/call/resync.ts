// What is known of calls, compared with what Asterisk says that exists: after a login, and whenever it is asked again.
// Nothing waits for that. A signal of a call that begins now is taken at once; one of somebody who was there before, and
// whose call is known only once all is compared, waits in its order.

import { toOwn } from '../ami/own.ts';
import type { CallEvent } from '../event/call-event.ts';
import { CHANNEL_STATE, type Channel } from '../pbx/channel.ts';
import type { ChannelList, ChannelListItem } from '../pbx/channel-list.ts';
import type { BridgeSnapshot, ChannelSnapshot, Signal } from '../pbx/signal.ts';
import { NO_SURROUNDINGS, type Surroundings } from '../pbx/surroundings.ts';
import type { Switchboard } from '../pbx/switchboard.ts';
import { type Call, isAlive } from './call.ts';
import { type CallBook, compareIds } from './call-book.ts';
import { dialEnded, dialVanished, pbxRestart, unseenEnding } from './ending.ts';
import { toFound } from './found.ts';
import { isAnswered, type Joiner } from './joiner.ts';
import type { Keeper } from './keeper.ts';
import type { Found, Services } from './services.ts';
import { SinceLogin } from './since-login.ts';
import type { Teller } from './teller.ts';

/** Of the calls that were known: how many went on, or ended unseen; and how many more there are. */
export type ResyncCounts = {
  readonly kept: number;
  readonly ended: number;
  readonly found: number;
};

/** What each small step tells; in between, signals may come in. */
export type ResyncSteps = Generator<readonly CallEvent[], ResyncCounts>;

type Told = Generator<readonly CallEvent[]>;

/** A moment at which something was learned of that had happened before. */
type Moment = { readonly at: number; readonly inferred: true };

/** What the signals do, too. */
export type Acts = {
  readonly step: (signal: Signal) => void;
  readonly adopt: (channel: Channel, at: number) => void;
  readonly spy: (channel: Pick<ChannelSnapshot, 'id'>) => void;
  readonly alert: (call: Call, channel: Channel, moment: Moment) => void;
  readonly connect: (channel: Channel, bridge: BridgeSnapshot, moment: Moment) => void;
};

type Parts = {
  readonly board: Switchboard;
  readonly book: CallBook;
  readonly teller: Teller;
  readonly joiner: Joiner;
  readonly services: Services;
  readonly keeper: Keeper;
  readonly acts: Acts;
};

/** What was learned of a channel by asking; `isNews`: it was not known that it rings. */
type News = {
  readonly moment: Moment;
  readonly found: Found | undefined;
  readonly isNews: boolean;
};

/** What Asterisk said that exists, and what was heard since it was asked. */
type Listed = {
  readonly oldestFirst: readonly ChannelListItem[];
  /** Of what is heard of these nothing waits for the comparison. */
  readonly knownIds: ReadonlySet<string>;
  readonly sinceLogin: SinceLogin;
  readonly surroundings: Surroundings;
};

/** Its public half is that of the correlator, which says what each is for. */
export class Resync {
  readonly #board: Switchboard;
  readonly #book: CallBook;
  readonly #teller: Teller;
  readonly #joiner: Joiner;
  readonly #services: Services;
  readonly #keeper: Keeper;
  readonly #acts: Acts;
  /** Channels known from before the session, of which nothing is sure. */
  #stale: ReadonlySet<string> = new Set();
  /** Until what exists was asked for. */
  #sinceLogin: SinceLogin | undefined;
  #deferred: Signal[] = [];
  /** How many of these have had their turn. */
  #madeUp = 0;
  /** What was deferred is being made up for: whatever comes now stands behind it. */
  #isMakingUp = false;
  /** Channels and Linkedids that nobody knew before what exists was compared: what is heard of them waits for its end. */
  readonly #strangers = new Set<string>();
  /** Of the calls while what exists is compared: those that began, and those that were heard to end. */
  readonly #live = { begun: new Set<Call>(), ended: new Set<Call>() };

  constructor({ board, book, teller, joiner, services, keeper, acts }: Parts) {
    this.#board = board;
    this.#book = book;
    this.#teller = teller;
    this.#joiner = joiner;
    this.#services = services;
    this.#keeper = keeper;
    this.#acts = acts;
  }

  /** Epoch milliseconds by the clock of the signals: what was heard from then on waits for its turn; else `Infinity`. */
  get takenUpTo(): number {
    return this.#deferred[this.#madeUp]?.at ?? Number.POSITIVE_INFINITY;
  }

  /** Takes a signal now, or when its turn has come. */
  hear(signal: Signal): void {
    this.#sinceLogin?.note(signal);
    if (this.#isMakingUp || this.#isOfStranger(signal)) this.#deferred.push(signal);
    else this.#stepLive(signal);
  }

  #stepLive(signal: Signal): void {
    if (this.#sinceLogin === undefined) {
      this.#acts.step(signal);
      return;
    }
    const id = 'channel' in signal ? signal.channel.id : '';
    const before = this.#book.callById(id);
    this.#acts.step(signal);
    if (before?.state === 'hungup') this.#live.ended.add(before);
    const after = this.#book.callById(id);
    if (before === undefined && after?.callerId === id) this.#live.begun.add(after);
  }

  /**
   * Until what exists was asked for: of a channel of before, or one that somebody of before brought in. Who its call is of
   * is known only then, and what is heard of it waits for that, and so does what is heard later of all whom it names; a
   * call that begins now does not.
   */
  #isOfStranger(signal: Signal): boolean {
    if (this.#sinceLogin === undefined || this.#deferred.length >= MAX_DEFERRED) return false;
    const ids = idsIn(signal);
    const isNew = signal.type === 'channel-created' && !this.#isBroughtIn(signal.channel);
    const isWaiting = ids.some(
      (id) => this.#strangers.has(id) || (!isNew && this.#board.get(id) === undefined),
    );
    if (isWaiting) for (const id of ids) this.#strangers.add(toOwn(id));
    return isWaiting;
  }

  #isBroughtIn({ id, linkedId }: ChannelSnapshot): boolean {
    return linkedId !== id && (this.#strangers.has(linkedId) || !this.#book.knows(linkedId));
  }

  /** More may come while this goes on. */
  *#makeUp(): Told {
    this.#sinceLogin = undefined;
    this.#strangers.clear();
    this.#isMakingUp = true;
    for (; this.#madeUp < this.#deferred.length; this.#madeUp += 1) {
      const signal = this.#deferred[this.#madeUp];
      if (signal !== undefined) this.#acts.step(signal);
      yield this.#teller.take();
    }
    this.#deferNothing();
  }

  #deferNothing(): void {
    this.#deferred = [];
    this.#madeUp = 0;
    this.#isMakingUp = false;
  }

  beginSession(lastHeardAt: number): void {
    this.#deferNothing();
    this.#beginListening();
    for (const call of this.#book.openCalls()) {
      call.lastSeenAt = Math.max(call.lastSeenAt, lastHeardAt);
    }
  }

  beginAudit(silentSince?: number): boolean {
    if (silentSince !== undefined) {
      const isSilent = ({ lastSeenAt }: Call) => lastSeenAt <= silentSince;
      if (!this.#book.openCalls().some(isSilent)) return false;
    }
    this.#beginListening();
    return true;
  }

  giveUpAudit(): readonly CallEvent[] {
    return [...this.#makeUp()].flat();
  }

  #beginListening(): void {
    this.#stale = new Set(this.#board.channelIds);
    this.#sinceLogin = new SinceLogin();
    this.#strangers.clear();
    this.#live.begun.clear();
    this.#live.ended.clear();
  }

  *restart(at: number): ResyncSteps {
    const before = this.#book.openCalls();
    yield* this.#forget(this.#stale, (call) =>
      this.#joiner.endUnseen(call, at, pbxRestart(isAnswered(call))),
    );
    return this.#count(before);
  }

  *compare(
    { items, isComplete }: ChannelList,
    at: number,
    surroundings = NO_SURROUNDINGS,
  ): ResyncSteps {
    const before = this.#book.openCalls();
    const listed = new Set(items.map(idOf));
    const gone = isComplete ? this.#stale.difference(listed) : new Set<string>();
    yield* this.#forget(gone, (call) =>
      this.#joiner.endUnseen(call, at, unseenEnding(isAnswered(call))),
    );
    yield* this.#compareItems(items, at, surroundings);
    this.#keeper.resume();
    yield this.#teller.take();
    yield* this.#makeUp();
    const counts = this.#count(before);
    this.#live.begun.clear();
    this.#live.ended.clear();
    return counts;
  }

  *#compareItems(items: readonly ChannelListItem[], at: number, surroundings: Surroundings): Told {
    const sinceLogin = this.#sinceLogin ?? new SinceLogin();
    const oldestFirst = byAge(
      items.map((item) => sinceLogin.correct(item)).filter((item) => item !== undefined),
    );
    const knownIds = new Set(oldestFirst.map(idOf).filter((id) => this.#board.get(id)));
    const ringBefore = new Set([...knownIds].filter((id) => this.#isHeardRinging(id)));
    const servedIds = new Set(oldestFirst.map(idOf).filter((id) => sinceLogin.isServed(id)));
    const listed = { oldestFirst, knownIds, sinceLogin, surroundings };
    for (const item of this.#asItIs(listed)) {
      this.#takeUp(item, at);
      yield this.#teller.take();
    }
    const moment = { at, inferred: true } as const;
    for (const item of this.#asItIs(listed)) {
      const id = idOf(item);
      const isServed = servedIds.has(id) || (knownIds.has(id) && sinceLogin.isServed(id));
      const found = isServed ? undefined : toFound(item, surroundings, moment);
      this.#catchUp(item, { moment, found, isNews: !ringBefore.has(id) });
      yield this.#teller.take();
    }
  }

  /** The items, those of known channels with what was heard since, up to when each has its turn. */
  *#asItIs({ oldestFirst, knownIds, sinceLogin, surroundings }: Listed) {
    for (const listed of oldestFirst) {
      const item = knownIds.has(idOf(listed)) ? sinceLogin.correct(listed) : listed;
      if (item !== undefined) yield { ...item, bridge: this.#bridgeOf(item, surroundings) };
    }
  }

  *#forget(channelIds: ReadonlySet<string>, onDead: (call: Call) => void): Told {
    for (const id of channelIds) {
      const channel = this.#board.get(id);
      const call = this.#book.callOf(channel);
      if (call?.callerId === id) this.#teller.fixWho(call); // while the channel is still there
      if (call?.facts !== undefined) dialVanished(call.facts, id);
      this.#board.remove(id);
      this.#book.release(channel);
      if (call !== undefined && !isAlive(call)) onDead(call);
      yield this.#teller.take();
    }
  }

  #count(before: readonly Call[]): ResyncCounts {
    const { begun, ended } = this.#live;
    const after = new Set(this.#book.openCalls());
    const seen = before.filter((call) => after.has(call) || ended.has(call));
    const found = after.difference(begun).difference(new Set(before));
    return { kept: seen.length, ended: before.length - seen.length, found: found.size };
  }

  #takeUp(item: ChannelListItem, at: number): void {
    const { channel } = item;
    if (this.#board.rename(channel) === undefined && !this.#board.isFull) this.#takeUpNew(item, at);
    if (item.isSpying) this.#acts.spy(channel);
  }

  #takeUpNew(item: ChannelListItem, at: number): void {
    const { id } = item.channel;
    const cameByHimself = this.#cameByHimself(item);
    const snapshot = cameByHimself ? { ...item.channel, linkedId: id } : item.channel;
    const isCallKnown = this.#book.knows(snapshot.linkedId);
    for (const each of isCallKnown ? [id] : [id, snapshot.linkedId]) this.#strangers.add(each);
    const channel = this.#board.add(snapshot);
    channel.dialled ||= item.isDialled;
    this.#acts.adopt(channel, item.startedAt ?? at);
  }

  /**
   * Who came by himself to somebody else's call, as one who fetches a parked call does, has its Linkedid since they were
   * connected, and had a call of his own until then. Who runs Park was put there.
   */
  #cameByHimself({ channel, isDialled, application, bridge }: ChannelListItem): boolean {
    const { id, linkedId } = channel;
    const isConnected = bridge?.kind === 'ordinary' && application !== 'Park';
    if (isDialled || !isConnected || linkedId === id) return false;
    return this.#book.callByLinkedId(linkedId)?.callerId !== undefined;
  }

  /** The list names the bridge and not its kind, which may be known otherwise. */
  #bridgeOf({ bridge }: ChannelListItem, { bridges }: Surroundings): BridgeSnapshot | undefined {
    return bridge && (bridges.get(bridge.id) ?? this.#board.bridge(bridge.id) ?? bridge);
  }

  /** It rang before, and that was told. */
  #isHeardRinging(channelId: string): boolean {
    const state = this.#book.callById(channelId)?.state;
    return state !== 'dialing' && this.#board.get(channelId)?.state === CHANNEL_STATE.ringing;
  }

  #catchUp({ channel: { id }, bridge }: ChannelListItem, { moment, found, isNews }: News): void {
    const channel = this.#board.get(id);
    const call = this.#book.callOf(channel);
    if (channel === undefined || call === undefined) return;
    call.lastSeenAt = moment.at;
    const isUp = channel.state === CHANNEL_STATE.up;
    if (isUp && call.facts !== undefined) dialEnded(call.facts, id, ANSWERED);
    if (found !== undefined && call.state !== 'hungup')
      this.#services.onFound(call, channel, found);
    if (isNews && channel.state === CHANNEL_STATE.ringing) this.#acts.alert(call, channel, moment);
    if (channel.bridgeId === bridge?.id) return; // nothing has changed, or it was heard of
    this.#board.leave(channel);
    if (bridge === undefined) return;
    this.#board.enter(channel, bridge);
    this.#acts.connect(channel, bridge, moment);
  }
}

/** What was dialled, and is up when it is asked for. */
const ANSWERED = { status: 'ANSWER', forwarded: false };

/** Asterisk answers in seconds, or the session ends. */
const MAX_DEFERRED = 50_000;

function byAge(items: readonly ChannelListItem[]): readonly ChannelListItem[] {
  return items.toSorted((a, b) => compareIds(a.channel.id, b.channel.id));
}

function idOf({ channel }: ChannelListItem): string {
  return channel.id;
}

const CHANNELS = ['channel', 'to', 'from', 'target', 'retriever', 'by', 'second'] as const;
type Naming = { readonly at: number } & {
  readonly [N in (typeof CHANNELS)[number]]?: Pick<ChannelSnapshot, 'id'> | undefined;
};

/** Of all channels that it names. */
function idsIn(signal: Signal): readonly string[] {
  if (signal.type === 'originated') return [signal.channelId];
  const naming: Naming = signal;
  return CHANNELS.flatMap((name) => naming[name]?.id ?? []);
}
