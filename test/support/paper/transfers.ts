// What joins calls, parts them and moves people between them: transfers, pickup, parking, conferences; and calls that
// programs place.

import * as signals from '../signals.ts';
import { call, PLAIN } from './calls.ts';
import { type Dial, newDial, type PaperChannel } from './channels.ts';
import {
  type Command,
  called,
  isFree,
  newCaller,
  type Pick,
  peerOf,
  talkers,
  target,
} from './commands.ts';
import { type PaperSwitch, present, type Said } from './switch.ts';

/** What is told of these does not depend on the order in which Asterisk says it. */
export const ORDERLY = {
  ...PLAIN,
  ...{ talk, consult, transferBlind, transferAttended, redirect, pickUp, takeOver },
  ...{ park, parkOneself, retrieve, parkTimesOut, confer, callIntoRoom, originate, originated },
} satisfies Record<string, Command>;

/** Nor of these among themselves. */
export const ASKING_BACK = {
  ...PLAIN,
  ...{ talk, consult, transferAttended, transferRinging },
} satisfies Record<string, Command>;

export const ALL = {
  ...ORDERLY,
  ...ASKING_BACK,
  ...{ transferByKey, redirectBoth, bridgeTwo, listenIn, shutDown },
} satisfies Record<string, Command>;

function talk(paper: PaperSwitch, pick: Pick): void {
  call(paper, pick);
  paper.pause();
  for (const leg of called(paper).slice(-1)) {
    paper.ring(leg);
    paper.pause();
    paper.answer(leg);
  }
}

/** Who talks calls somebody else besides, from the same phone. */
function consult(paper: PaperSwitch, pick: Pick): void {
  const [by] = pick.one(talkers(paper)) ?? [];
  if (by === undefined) return;
  if (!by.isHolding) paper.mention(signals.holds(paper.show(by)));
  by.isHolding = true;
  const second = newCaller(paper, by.phone);
  const { legs } = paper.dial(second, [target(paper, pick)]);
  paper.pause();
  const [leg] = legs;
  if (leg === undefined || paper.chance.rarely()) return;
  for (const phone of called(paper).slice(-1)) {
    paper.ring(phone);
    paper.pause();
    if (!paper.chance.rarely()) paper.answer(phone);
  }
}

/** Every transfer by a phone begins with one. */
function takesBack(paper: PaperSwitch, by: PaperChannel): Said {
  by.isHolding = false;
  return paper.mention(signals.takesBack(paper.show(by)));
}

function transferBlind(paper: PaperSwitch, pick: Pick): void {
  const [by, other] = pick.one(talkers(paper)) ?? [];
  if (by === undefined || other === undefined) return;
  const back = takesBack(paper, by);
  const said = paper.say(signals.passesOn(paper.show(by)), back);
  paper.leave(other, back);
  const left = paper.leave(by);
  paper.end(by, 16, said, ...present(left));
  sendOn(paper, other, pick);
}

/** It goes where it was sent; mostly somebody is called there. */
function sendOn(paper: PaperSwitch, channel: PaperChannel, pick: Pick): void {
  paper.toDialplan(channel);
  channel.exten = '605';
  if (paper.chance.rarely()) return;
  paper.pause();
  paper.dial(channel, [target(paper, pick)]);
}

/** One phone talks on two channels, and leaves the others to each other: one of them takes its place. */
function transferAttended(paper: PaperSwitch, pick: Pick): void {
  const pairs = talkers(paper).flatMap(([first, other]) =>
    talkers(paper)
      .filter(([second]) => second.phone === first.phone && second !== first && second !== other)
      .map(([second]) => [first, other, second] as const),
  );
  const [first, other, second] = pick.one(pairs) ?? [];
  if (first === undefined || other === undefined || second === undefined) return;
  paper.witness.joins([first, second]);
  const back = [takesBack(paper, first), takesBack(paper, second)];
  const left = paper.leave(other, ...back);
  const swapped = paper.swap(other, second, ...present(left));
  const said = paper.say(signals.passesOn(paper.show(first), paper.show(second)), ...back);
  const alone = paper.leave(first, ...back);
  paper.end(first, 16, said, ...present(alone));
  paper.end(second, 16, ...back, ...swapped);
}

/**
 * The same by keys: the target is called through a wire, while the other side waits in its bridge. Who asked hangs up to
 * leave them to each other, or comes back.
 */
function transferByKey(paper: PaperSwitch, pick: Pick): void {
  const [by, other] = pick.one(talkers(paper)) ?? [];
  if (by?.activity.is !== 'bridged' || other === undefined || !paper.hasWires) return;
  const { bridge } = by.activity;
  const near = consultByKey(paper, by, pick);
  paper.pause();
  if (paper.chance.rarely()) {
    const left = paper.leave(by);
    paper.end(near, 16);
    paper.enter(by, bridge, ...present(left));
    return;
  }
  const left = paper.leave(near);
  paper.enter(near, bridge, ...present(left));
  const said = paper.say(signals.passesOn(paper.show(by), paper.show(by)));
  const alone = paper.leave(by);
  paper.end(by, 16, said, ...present(alone));
}

function consultByKey(paper: PaperSwitch, by: PaperChannel, pick: Pick): PaperChannel {
  const where = paper.bridge();
  const { ends, said } = paper.wire({ phone: pick.phone(), via: 'wire' }, by.linkedId);
  const [near, far] = ends;
  paper.enter(near, where, said[1]);
  const left = paper.leave(by);
  paper.enter(by, where, ...present(left));
  paper.pause();
  const [leg] = paper.dial(far, [{ phone: near.phone, via: 'nothing' }]).legs;
  paper.pause();
  if (leg !== undefined) paper.ring(leg);
  if (leg !== undefined && !paper.chance.rarely()) paper.answer(leg);
  return near;
}

/** The same while the target still rings: it rings for the other side from now on. */
function transferRinging(paper: PaperSwitch, pick: Pick): void {
  const pairs = talkers(paper).flatMap(([first, other]) =>
    paper
      .those('dialling')
      .filter((second) => second.phone === first.phone && isAskingBack(paper, second))
      .map((second) => [first, other, second] as const),
  );
  const [first, other, second] = pick.one(pairs) ?? [];
  if (first === undefined || other === undefined || second?.activity.is !== 'dialling') return;
  const { dial: taken } = second.activity;
  paper.witness.joins([first, second]);
  const back = takesBack(paper, first);
  const said = paper.say(signals.passesOn(paper.show(first), paper.show(second)), back);
  const left = paper.leave(other, back);
  takeDial(other, second, taken);
  const alone = paper.leave(first, back);
  paper.end(first, 16, said, ...present(alone), ...present(left));
  paper.end(second, 16, said);
}

/** It has called somebody, and nobody has taken it. */
function isAskingBack({ witness }: PaperSwitch, channel: PaperChannel): boolean {
  const life = witness.lives.get(channel);
  return life !== undefined && life.answeredBy === undefined;
}

function takeDial(other: PaperChannel, second: PaperChannel, taken: Dial): void {
  taken.from = other;
  other.activity = { is: 'dialling', dial: taken };
  other.hasDialplan = true;
  other.queue = second.queue;
  second.queue = undefined;
  second.activity = { is: 'dialplan' };
}

/** Away from who talks with it, who is hung up for that. */
function redirect(paper: PaperSwitch, pick: Pick): void {
  const pairs = paper.those('bridged').map((one) => [one, peerOf(one)] as const);
  const [channel, peer] = pick.one(pairs.filter(([, other]) => other !== undefined)) ?? [];
  if (channel === undefined || peer === undefined) return;
  paper.leave(channel);
  paper.end(peer, 16);
  sendOn(paper, channel, pick);
}

function redirectBoth(paper: PaperSwitch, pick: Pick): void {
  const pair = pick.one(talkers(paper)) ?? [];
  for (const channel of pair) paper.leave(channel);
  for (const channel of pair) sendOn(paper, channel, pick);
}

/** The AMI action Bridge: it takes them from wherever they are. */
function bridgeTwo(paper: PaperSwitch, pick: Pick): void {
  const free = [...paper.those('bridged'), ...paper.those('dialplan').filter(isUp)];
  const first = pick.one(free);
  const second = pick.one(free);
  if (first === undefined || second === undefined || first === second) return;
  if (first.other === second) return;
  const bridges = [first, second].flatMap(({ activity }) =>
    activity.is === 'bridged' ? [activity.bridge] : [],
  );
  const where = paper.bridge();
  for (const channel of [first, second]) {
    const left = paper.leave(channel);
    paper.enter(channel, where, ...present(left));
    channel.hasDialplan = true;
  }
  for (const bridge of bridges) paper.dissolve(bridge, 16);
}

function isUp({ state, queue }: PaperChannel): boolean {
  return state === 6 && queue === undefined;
}

/** Somebody takes a call that rings elsewhere; of the two words for it one is enough. */
function pickUp(paper: PaperSwitch, pick: Pick): void {
  const leg = pick.one(called(paper).filter((one) => one.state === 5 && fromOf(one) !== undefined));
  const from = leg && fromOf(leg);
  if (leg?.activity.is !== 'called' || from === undefined) return;
  const { dial: taken } = leg.activity;
  const by = newCaller(paper, pick.phone());
  paper.witness.joins([by, leg, from]);
  const up = present(paper.lift(by));
  const isNamed = from.queue !== undefined || !paper.omission.rarely();
  const named = isNamed ? [paper.say(signals.picksUp(paper.show(by), paper.show(leg)), ...up)] : up;
  paper.giveUpOthers(taken, leg);
  const word = signals.dialEnds(paper.show(from), paper.show(by), 'ANSWER');
  const ended = isNamed ? paper.mention(word, ...named) : paper.say(word, ...named);
  paper.connect(from, by, ...paper.leaveQueue(from, ended));
  paper.end(leg, 26, ...named);
}

function fromOf(leg: PaperChannel): PaperChannel | undefined {
  return leg.activity.is === 'called' ? leg.activity.dial.from : undefined;
}

/** An INVITE that replaces the channel of somebody who talks. */
function takeOver(paper: PaperSwitch, pick: Pick): void {
  const [target] = pick.one(talkers(paper)) ?? [];
  if (target === undefined) return;
  const by = newCaller(paper, pick.phone());
  const up = paper.lift(by);
  const swapped = paper.swap(by, target, ...present(up));
  paper.end(target, 16, ...swapped);
}

function park(paper: PaperSwitch, pick: Pick): void {
  const pairs = talkers(paper).filter(([one, peer]) => one.phone !== peer.phone);
  const [by, other] = pick.one(pairs) ?? [];
  if (by === undefined || other === undefined) return;
  const back = takesBack(paper, by);
  const said = paper.mention(signals.passesOn(paper.show(by)), back);
  const parked = paper.park(other, by, back);
  if (paper.chance.rarely()) return; // it stays alone in its bridge until its phone is put down
  const left = paper.leave(by);
  paper.end(by, 16, said, parked, ...present(left));
}

function parkOneself(paper: PaperSwitch, pick: Pick): void {
  const channel = pick.one(paper.those('dialplan').filter(isFree));
  if (channel === undefined) return;
  const up = paper.lift(channel);
  paper.park(channel, channel, ...present(up));
}

function retrieve(paper: PaperSwitch, pick: Pick): void {
  const channel = pick.one(paper.those('parked'));
  if (channel?.activity.is !== 'parked') return;
  const { slot } = channel.activity;
  const by = newCaller(paper, pick.phone());
  const up = present(paper.lift(by));
  paper.mention(signals.isFetched(paper.show(channel), paper.show(by), slot), ...up);
  const left = paper.unpark(channel, ...up);
  const where = paper.bridge();
  paper.enter(channel, where, left);
  paper.enter(by, where, ...up);
}

function parkTimesOut(paper: PaperSwitch, pick: Pick): void {
  const channel = pick.one(paper.those('parked'));
  if (channel?.activity.is !== 'parked') return;
  const { slot, parker } = channel.activity;
  paper.mention(signals.isParkedTooLong(paper.show(channel), slot));
  paper.unpark(channel);
  paper.pause();
  paper.dial(channel, [{ phone: parker, via: 'nothing' }]);
}

function confer(paper: PaperSwitch, pick: Pick): void {
  const channel = pick.one(paper.those('dialplan').filter(({ queue }) => queue === undefined));
  if (channel === undefined) return;
  const up = paper.lift(channel);
  paper.enter(channel, paper.room, ...present(up));
}

function callIntoRoom(paper: PaperSwitch, pick: Pick): void {
  const by = pick.one([...paper.room.members]);
  if (by === undefined) return;
  const into = newDial({ from: undefined, linkedId: by.linkedId, room: paper.room });
  paper.reach(into, target(paper, pick));
}

function originate(paper: PaperSwitch, pick: Pick): void {
  const first = newDial({ from: undefined, linkedId: undefined });
  paper.reach(first, target(paper, pick));
}

/** The phone that it called first is lifted, and it says what for. */
function originated(paper: PaperSwitch, pick: Pick): void {
  const first = called(paper).filter((leg) => leg.linkedId === leg.id && fromOf(leg) === undefined);
  const leg = pick.one(first);
  if (leg === undefined) return;
  paper.answer(leg);
  const isAnnouncement = paper.chance.rarely();
  const exten = isAnnouncement ? undefined : leg.exten;
  paper.mention({ type: 'originated', channelId: leg.id, exten, isAnnouncement });
}

/** A phone that listens to others: nobody is with it. */
function listenIn(paper: PaperSwitch, pick: Pick): void {
  const spy = newCaller(paper, pick.phone());
  const up = paper.lift(spy);
  spy.activity = { is: 'spying' };
  paper.say(signals.spies(paper.show(spy)), ...present(up));
}

/** Asterisk says so of every channel, and mostly of itself. */
function shutDown(paper: PaperSwitch): void {
  if (paper.chance.below(8) !== 7) return;
  for (const channel of paper.channels) {
    paper.say({ type: 'shutdown-requested', channel: paper.show(channel) });
  }
  paper.mention({ type: 'pbx-shutdown' });
  paper.pause();
  for (const channel of paper.channels) paper.end(channel, 16);
}
