// An Asterisk on paper: channels, wires, dials, bridges, queues and parking, and what each change of them makes
// Asterisk say. Things are said in any order in which Asterisk may say them (CALLS.md, section 2), and what only
// refines the story is left out now and then. Which changes make sense is for the commands to know.

import type { ChannelSnapshot } from '../../../src/core/pbx/signal.ts';
import type { Happening } from '../signals.ts';
import * as signals from '../signals.ts';
import {
  type Activity,
  type Bridge,
  type Dial,
  newDial,
  type PaperChannel,
  type Target,
} from './channels.ts';
import { Chance, PartialOrder, type Said as SaidOf } from './partial-order.ts';
import { Witness } from './truth.ts';

export type Said = SaidOf<Happening>;

/** How a dial came to nothing. */
export type Failure = { readonly status: string; readonly cause: number };

export type Wire = {
  readonly ends: readonly [near: PaperChannel, far: PaperChannel];
  /** That the first of them is there, and that both are. */
  readonly said: readonly [near: Said, both: Said];
};

const UP = 6;
const LOT = signals.bridge('lot', 'holding');

export class PaperSwitch {
  readonly channels = new Set<PaperChannel>();
  /** In what is being done now. */
  chance = new Chance(0);
  /** In what order it is said. */
  order = new Chance(0);
  /** Whether what only refines is said. */
  omission = new Chance(0);
  /** Whether anything is reached through Local channels. */
  readonly hasWires: boolean;
  readonly room: Bridge;
  /** Of its ids, which no other switch has. */
  readonly #epoch: number;
  readonly #words = new PartialOrder<Happening>();
  readonly witness = new Witness();
  #said: Happening[] = [];
  #count = 0;

  constructor({ hasWires, epoch }: { hasWires: boolean; epoch: number }) {
    this.hasWires = hasWires;
    this.#epoch = epoch;
    this.room = { shown: signals.bridge(`room-${epoch}`, 'conference'), members: new Set() };
  }

  /** What was said since the last time. */
  take(): readonly Happening[] {
    this.pause();
    const said = this.#said;
    this.#said = [];
    return said;
  }

  /** All that was said comes before what will be. */
  pause(): void {
    this.#said.push(...this.#words.take(this.order));
  }

  say(happening: Happening, ...after: readonly Said[]): Said {
    return this.#words.say(happening, after);
  }

  /** What only refines: left out now and then. */
  mention(happening: Happening, ...after: readonly Said[]): Said {
    return this.#words.say(this.omission.rarely() ? undefined : happening, after);
  }

  those(doing: Activity['is']): readonly PaperChannel[] {
    return [...this.channels].filter(({ activity }) => activity.is === doing);
  }

  show({ id, name, linkedId, state, exten, phone, isPerson }: PaperChannel): ChannelSnapshot {
    const number = isPerson && phone !== 'trunk' ? phone : undefined;
    return { id, name, linkedId, state, exten, number, callerName: undefined };
  }

  bridge(): Bridge {
    this.#count += 1;
    return { shown: signals.bridge(`bridge-${this.#epoch}-${this.#count}`), members: new Set() };
  }

  /** A phone's channel, with a Linkedid of its own where it belongs to nobody else's. */
  phone(phone: string, shown: Partial<Pick<PaperChannel, 'linkedId' | 'exten' | 'state'>>) {
    return this.#add(`PJSIP/${phone}-${this.#hex()}`, {
      ...{ phone, isPerson: true, isKept: false, exten: 's', ...shown },
    });
  }

  /** The near half is called, the far half calls. Without a Linkedid it has one of its own. */
  wire({ phone, via }: Target, linkedId?: string): Wire {
    const name = `Local/${phone}@phones-${this.#hex()}`;
    const shared = { phone, isPerson: false, isKept: via === 'kept wire', exten: phone };
    const near = this.#add(`${name};1`, { ...shared, ...(linkedId !== undefined && { linkedId }) });
    const far = this.#add(`${name};2`, { ...shared, state: 4, linkedId: near.linkedId });
    near.other = far;
    far.other = near;
    const created = this.say(signals.created(this.show(near)));
    const both = this.say(signals.created(this.show(far)), created);
    return { ends: [near, far], said: [created, both] };
  }

  #add(
    name: string,
    shown: Pick<PaperChannel, 'phone' | 'isPerson' | 'isKept' | 'exten'> &
      Partial<Pick<PaperChannel, 'linkedId' | 'state'>>,
  ): PaperChannel {
    const id = `${this.#epoch}.${++this.#count}`;
    const channel: PaperChannel = {
      ...{ id, name, linkedId: id, state: 0, other: undefined, activity: { is: 'dialplan' } },
      ...{ hasDialplan: false, queue: undefined, isHolding: false },
      ...shown,
    };
    this.channels.add(channel);
    return channel;
  }

  #hex(): string {
    return `${this.#epoch}`.slice(0, 3) + (this.#count + 1).toString(16).padStart(5, '0');
  }

  /** It dials all of these at once. */
  dial(from: PaperChannel, targets: readonly Target[]): Dial {
    const dial = newDial({ from, linkedId: from.linkedId });
    this.witness.dials(from);
    from.activity = { is: 'dialling', dial };
    for (const target of targets) this.reach(dial, target);
    return dial;
  }

  /** One more leg, and that it is dialled. A phone may ring before it is said to be dialled. */
  reach(dial: Dial, target: Target, ...after: readonly Said[]): Said {
    if (target.via !== 'nothing') return this.#reachByWire(dial, target);
    const { from, linkedId } = dial;
    const leg = this.phone(target.phone, linkedId === undefined ? {} : { linkedId });
    const created = this.say(signals.created(this.show(leg)), ...after);
    leg.exten = from?.exten ?? 's';
    const begun = this.#call(dial, leg, created);
    if (this.chance.rarely()) this.ring(leg, created);
    return begun;
  }

  #reachByWire(dial: Dial, target: Target): Said {
    const { ends, said } = this.wire(target, dial.linkedId);
    const [near, far] = ends;
    const [created, both] = said;
    const begun = this.#call(dial, near, created);
    const inner = newDial({ from: far, linkedId: far.linkedId });
    far.activity = { is: 'dialling', dial: inner };
    this.reach(inner, { phone: target.phone, via: 'nothing' }, both);
    return begun;
  }

  #call(dial: Dial, leg: PaperChannel, created: Said): Said {
    dial.legs.add(leg);
    leg.activity = { is: 'called', dial };
    const dialString = leg.phone === 'trunk' ? '5558888@trunk' : leg.phone;
    const from = dial.from && this.show(dial.from);
    return this.say(signals.dials(from, this.show(leg), dialString), created);
  }

  /** One of the two words for it is enough. */
  ring(leg: PaperChannel, ...after: readonly Said[]): void {
    if (leg.activity.is !== 'called' || leg.state === 5) return;
    leg.state = 5;
    this.witness.rings(leg);
    const words = this.omission.below(4);
    const shown = this.show(leg);
    if (words !== 2) this.say(signals.rings(shown), ...after);
    if (words !== 1)
      this.say(signals.progresses(shown, words < 2 ? 'RINGING' : 'PROGRESS'), ...after);
    const near = leg.activity.dial.from?.other;
    if (near !== undefined) this.ring(near, ...after);
  }

  /** It is lifted, and connected with nobody yet. */
  lift(leg: PaperChannel): Said | undefined {
    if (leg.state === UP) return undefined;
    leg.state = UP;
    return this.say(signals.goesUp(this.show(leg)));
  }

  /** Who is called takes it; the others are given up. */
  answer(leg: PaperChannel, ...after: readonly Said[]): void {
    if (leg.activity.is !== 'called') return;
    const { dial } = leg.activity;
    this.giveUpOthers(dial, leg);
    const up = present(this.lift(leg));
    if (dial.from === undefined) this.#answerNobody(leg, dial, up);
    else this.#answerTo(dial.from, leg, [...after, ...up]);
  }

  giveUpOthers(dial: Dial, leg: PaperChannel): void {
    dial.isAnswered = true;
    dial.legs.delete(leg);
    for (const loser of [...dial.legs]) this.giveUp(loser, { status: 'CANCEL', cause: 26 });
  }

  #answerNobody(leg: PaperChannel, { room }: Dial, up: readonly Said[]): void {
    this.say(signals.dialEnds(undefined, this.show(leg), 'ANSWER'));
    this.toDialplan(leg);
    if (room !== undefined) this.enter(leg, room, ...up);
  }

  #answerTo(from: PaperChannel, leg: PaperChannel, after: readonly Said[]): void {
    const ended = this.say(signals.dialEnds(this.show(from), this.show(leg), 'ANSWER'), ...after);
    const left = this.leaveQueue(from, ended);
    this.connect(from, leg, ...left);
  }

  /** Who dialled and who lifted meet; behind a wire so do those on its other side. */
  connect(from: PaperChannel, leg: PaperChannel, ...after: readonly Said[]): void {
    const up = present(this.lift(from));
    const where = this.bridge();
    this.enter(leg, where, ...after);
    this.enter(from, where, ...after, ...up);
    this.witness.answers(from, leg);
    if (from.other?.activity.is === 'called') this.answer(from.other, ...after);
  }

  /** A leg that will not be lifted: Asterisk says so, and hangs it up. */
  giveUp(leg: PaperChannel, how: Failure, ...after: readonly Said[]): void {
    if (leg.activity.is !== 'called' || !this.channels.has(leg)) return;
    const { dial } = leg.activity;
    this.witness.fails(leg, how);
    const from = dial.from && this.show(dial.from);
    const word = signals.dialEnds(from, this.show(leg), how.status);
    const ended = from === undefined ? this.mention(word, ...after) : this.say(word, ...after);
    if (dial.from?.queue !== undefined)
      this.mention(signals.dialEnds(from, this.show(leg), 'CANCEL'), ended);
    this.end(leg, how.cause, ended);
    this.#dialIsOver(dial, how);
  }

  /** Where nobody is called any more, who dialled goes on alone; a wire that leads to nobody ends. */
  #dialIsOver({ from, legs, isAnswered }: Dial, how: Failure): void {
    if (from === undefined || legs.size > 0 || isAnswered) return;
    if (from.activity.is !== 'dialling') return;
    from.activity = { is: 'dialplan' };
    if (from.other === undefined || from.hasDialplan) return;
    if (from.other.activity.is === 'called') this.giveUp(from.other, how);
    else this.end(from, how.cause);
  }

  /** The phone names another one instead, and the dial goes on. */
  forward(leg: PaperChannel, target: Target): void {
    if (leg.activity.is !== 'called' || leg.activity.dial.from === undefined) return;
    const { dial } = leg.activity;
    const begun = this.reach(dial, target);
    const from = this.show(leg.activity.dial.from);
    const ended = this.say(signals.isForwarded(from, this.show(leg)));
    const asked = this.mention(signals.asksToHangUp(this.show(leg)));
    this.end(leg, 23, ended, asked, begun);
  }

  enter(channel: PaperChannel, where: Bridge, ...after: readonly Said[]): Said {
    this.#beIn(channel, where);
    return this.say(signals.enters(this.show(channel), where.shown), ...after);
  }

  /** It takes the place of another, who has left by that. */
  swap(channel: PaperChannel, other: PaperChannel, ...after: readonly Said[]): readonly Said[] {
    if (other.activity.is !== 'bridged') return after;
    const { bridge } = other.activity;
    const left = present(this.leave(other));
    this.#beIn(channel, bridge);
    const word = signals.enters(this.show(channel), bridge.shown, this.show(other));
    return [this.say(word, ...after, ...left)];
  }

  #beIn(channel: PaperChannel, bridge: Bridge): void {
    bridge.members.add(channel);
    channel.activity = { is: 'bridged', bridge };
    this.#shareLinkedId(bridge);
  }

  /** The older one, in an ordinary bridge; a conference and a parking lot leave everybody theirs. */
  #shareLinkedId({ shown, members }: Bridge): void {
    if (shown.kind !== 'ordinary') return;
    this.witness.joins(members);
    const [oldest] = [...members].map(({ linkedId }) => linkedId).sort((a, b) => age(a) - age(b));
    for (const member of members) member.linkedId = oldest ?? member.linkedId;
  }

  /** It leaves, and the other one is alone for now: who makes it leave says what becomes of both. */
  leave(channel: PaperChannel, ...after: readonly Said[]): Said | undefined {
    if (channel.activity.is !== 'bridged') return undefined;
    const { bridge } = channel.activity;
    bridge.members.delete(channel);
    channel.activity = { is: 'dialplan' };
    return this.say(signals.leaves(this.show(channel), bridge.shown), ...after);
  }

  /** Nobody talks to himself: who is left alone in an ordinary bridge goes on in his dialplan, or ends. */
  dissolve({ shown, members }: Bridge, cause: number, ...after: readonly Said[]): void {
    const [last, ...more] = members;
    if (shown.kind !== 'ordinary' || last === undefined || more.length > 0) return;
    if (last.hasDialplan && this.chance.rarely()) this.leave(last, ...after);
    else this.end(last, cause, ...after);
  }

  /** It is gone, and whatever cannot be without it. */
  end(channel: PaperChannel, cause: number, ...after: readonly Said[]): void {
    if (!this.channels.delete(channel)) return;
    const { activity } = channel;
    const bridge = activity.is === 'bridged' ? activity.bridge : undefined;
    if (activity.is === 'called') activity.dial.legs.delete(channel);
    const over = [
      ...this.#giveUpAll(channel, after),
      ...present(this.leave(channel, ...after)),
      ...present(this.#leaveLot(channel, after)),
    ];
    this.say(signals.hangsUp(this.show(channel), cause), ...after, ...over);
    if (bridge !== undefined) this.dissolve(bridge, cause, ...after);
    const { other } = channel;
    if (other === undefined || !this.channels.has(other)) return;
    const asked = this.mention(signals.asksToHangUp(this.show(other)), ...after);
    this.end(other, cause, asked);
  }

  #giveUpAll(channel: PaperChannel, after: readonly Said[]): readonly Said[] {
    const legs = channel.activity.is === 'dialling' ? [...channel.activity.dial.legs] : [];
    const ended = legs.map((leg) => {
      const word = signals.dialEnds(this.show(channel), this.show(leg), 'CANCEL');
      const said = this.say(word, ...after);
      this.end(leg, 0, said);
      return said;
    });
    if (channel.queue === undefined) return ended;
    const given = this.giveUpQueue(channel, channel.queue, ...after, ...ended);
    return [...ended, ...this.leaveQueue(channel, given)];
  }

  #leaveLot(channel: PaperChannel, after: readonly Said[]): Said | undefined {
    if (channel.activity.is !== 'parked') return undefined;
    return this.say(signals.leaves(this.show(channel), LOT), ...after);
  }

  giveUpQueue(channel: PaperChannel, queue: string, ...after: readonly Said[]): Said {
    const word = signals.givesUpQueue(this.show(channel), queue);
    return this.#words.say(queue === '' ? undefined : word, after);
  }

  leaveQueue(channel: PaperChannel, ...after: readonly Said[]): readonly Said[] {
    const { queue } = channel;
    if (queue === undefined) return after;
    channel.queue = undefined;
    const word = signals.leavesQueue(this.show(channel), queue);
    return [this.#words.say(queue === '' ? undefined : word, after)];
  }

  toDialplan(channel: PaperChannel): void {
    channel.activity = { is: 'dialplan' };
    channel.hasDialplan = true;
  }

  /** By its own side, which says so mostly. */
  hangUp(channel: PaperChannel, cause = 16): void {
    const asked = this.mention(signals.asksToHangUp(this.show(channel)));
    this.witness.leaves(channel, asked.word !== undefined);
    if (channel.activity.is !== 'called') {
      this.end(channel, cause, asked);
      return;
    }
    const isAgent = channel.activity.dial.from?.queue !== undefined;
    this.giveUp(channel, { status: cause === 17 && !isAgent ? 'BUSY' : 'NOANSWER', cause }, asked);
  }

  park(channel: PaperChannel, parker: PaperChannel, ...after: readonly Said[]): Said {
    const slot = String(701 + (Number(channel.id.split('.')[1]) % 20));
    const left = this.leave(channel, ...after);
    channel.activity = { is: 'parked', slot, parker: parker.phone };
    this.say(signals.enters(this.show(channel), LOT), ...present(left));
    const word = signals.isParked(this.show(channel), slot, `PJSIP/${parker.phone}`);
    return this.say(word, ...after);
  }

  /** Out of its slot. */
  unpark(channel: PaperChannel, ...after: readonly Said[]): Said {
    const left = this.say(signals.leaves(this.show(channel), LOT), ...after);
    this.toDialplan(channel);
    return left;
  }
}

export function present<T>(value: T | undefined): readonly T[] {
  return value === undefined ? [] : [value];
}

/** The second number: the first is the same of all. */
function age(id: string): number {
  return Number(id.split('.')[1]);
}
