// Calls that are left to themselves: placed, rung, declined, answered, held, queued and ended.

import * as signals from '../signals.ts';
import type { PaperChannel } from './channels.ts';
import {
  type Command,
  called,
  isDown,
  isFree,
  newCaller,
  type Pick,
  peerOf,
  talkers,
  target,
} from './commands.ts';
import { type PaperSwitch, present } from './switch.ts';

/** Of who declines, is busy, is not to be disturbed. */
const REFUSALS = [21, 17, 19];
/** Of a dialplan that ends a call. */
const CAUSES = [16, 17, 1, 3, 19, 21, 34];

/** They leave every call alone with itself: who calls is connected with who lifts, or with nobody. */
export const PLAIN = {
  ...{
    lift,
    call,
    dial,
    group,
    ring,
    decline,
    outlast,
    liftUnconfirmed,
    refuse,
    answer,
    answerAny,
  },
  ...{ hold, hangUp, hangUpAny, vanish, optimise, endByDialplan, answerBySystem },
  ...{ joinQueue, leaveQueue, press, spy, forward },
} satisfies Record<string, Command>;

function lift(paper: PaperSwitch, pick: Pick): void {
  newCaller(paper, pick.phone());
}

export function call(paper: PaperSwitch, pick: Pick): void {
  const caller = newCaller(paper, pick.phone());
  paper.dial(caller, [{ phone: pick.phone(), via: 'nothing' }]);
}

/** Who runs a dialplan, the caller of a hunt or a half of a wire too, dials from there. */
function dial(paper: PaperSwitch, pick: Pick): void {
  const from = pick.one(paper.those('dialplan'));
  if (from !== undefined) paper.dial(from, [target(paper, pick)]);
}

function group(paper: PaperSwitch, pick: Pick): void {
  const from = pick.one(paper.those('dialplan'));
  if (from === undefined) return;
  paper.dial(
    from,
    Array.from({ length: 2 + paper.chance.below(2) }, () => target(paper, pick)),
  );
}

function ring(paper: PaperSwitch, pick: Pick): void {
  const leg = pick.one(called(paper).filter(({ state }) => state === 0));
  if (leg !== undefined) paper.ring(leg);
}

function decline(paper: PaperSwitch, pick: Pick): void {
  const leg = pick.one(called(paper).filter(isDown));
  if (leg !== undefined) paper.hangUp(leg, pick.one(REFUSALS));
}

/** The time to ring is over: it runs no more once somebody has lifted. */
function outlast(paper: PaperSwitch, pick: Pick): void {
  const from = pick.one(paper.those('dialling'));
  if (from?.activity.is !== 'dialling') return;
  const legs = [...from.activity.dial.legs];
  if (legs.every(isDown))
    for (const leg of legs) paper.giveUp(leg, { status: 'NOANSWER', cause: 0 });
}

/** "Press 1 to accept": lifted, and connected with nobody yet; the others are given up all the same. */
function liftUnconfirmed(paper: PaperSwitch, pick: Pick): void {
  const leg = pick.one(called(paper));
  if (leg?.activity.is !== 'called') return;
  const { legs } = leg.activity.dial;
  for (const loser of [...legs])
    if (loser !== leg) paper.giveUp(loser, { status: 'CANCEL', cause: 26 });
  paper.lift(leg);
}

function refuse(paper: PaperSwitch, pick: Pick): void {
  const leg = pick.one(called(paper).filter((one) => !isDown(one)));
  if (leg !== undefined) paper.giveUp(leg, { status: 'ABORT', cause: 16 });
}

/** Who has been called last of all, so that calls come to something. */
function answer(paper: PaperSwitch): void {
  const leg = called(paper).at(-1);
  if (leg !== undefined) paper.answer(leg);
}

function answerAny(paper: PaperSwitch, pick: Pick): void {
  const leg = pick.one(called(paper));
  if (leg !== undefined) paper.answer(leg);
}

function hold(paper: PaperSwitch, pick: Pick): void {
  const [by] = pick.one(talkers(paper)) ?? [];
  if (by === undefined) return;
  const word = by.isHolding ? signals.takesBack : signals.holds;
  by.isHolding = !by.isHolding;
  paper.mention(word(paper.show(by)));
}

function press(paper: PaperSwitch, pick: Pick): void {
  const by = pick.one([...paper.channels].filter(({ state }) => state === 6));
  if (by === undefined) return;
  paper.say({ type: 'digit-pressed', channel: paper.show(by), digit: '1', durationMs: 100 });
}

function hangUp(paper: PaperSwitch, pick: Pick): void {
  const [by] = pick.one(talkers(paper)) ?? [];
  if (by !== undefined) paper.hangUp(by);
}

function hangUpAny(paper: PaperSwitch, pick: Pick): void {
  const by = pick.one([...paper.channels].filter(({ isPerson }) => isPerson));
  if (by?.activity.is === 'called' && !isDown(by)) paper.giveUp(by, { status: 'ABORT', cause: 16 });
  else if (by !== undefined) paper.hangUp(by, by.activity.is === 'dialling' ? 127 : 16);
}

/** Its line is cut: Asterisk finds out, and nobody has asked. */
function vanish(paper: PaperSwitch, pick: Pick): void {
  const phone = pick.phone();
  for (const channel of [...paper.channels].filter((one) => one.phone === phone && one.isPerson)) {
    const status = isDown(channel) ? 'NOANSWER' : 'ABORT';
    if (channel.activity.is === 'called') paper.giveUp(channel, { status, cause: 20 });
    else paper.end(channel, 20);
  }
}

/** Two who are joined by a wire meet in one bridge, and the wire is gone. */
function optimise(paper: PaperSwitch, pick: Pick): void {
  const near = pick.one([...paper.channels].filter(canGo));
  const [mover, far] = [near && peerOf(near), near?.other];
  if (near === undefined || far === undefined || mover === undefined) return;
  const left = paper.leave(mover);
  paper.swap(mover, far, ...present(left));
  const alone = paper.leave(near);
  paper.end(near, 16, ...present(alone));
}

function canGo(half: PaperChannel): boolean {
  const { other, isKept } = half;
  if (other === undefined || isKept) return false;
  const [peer, far] = [peerOf(half), peerOf(other)];
  return peer !== undefined && far !== undefined && peer !== other;
}

function endByDialplan(paper: PaperSwitch, pick: Pick): void {
  const channel = pick.one(paper.those('dialplan'));
  if (channel === undefined) return;
  const cause = pick.one(CAUSES) ?? 16;
  paper.witness.runsOut(channel, cause);
  paper.end(channel, cause);
}

function answerBySystem(paper: PaperSwitch, pick: Pick): void {
  const channel = pick.one(paper.those('dialplan'));
  if (channel === undefined) return;
  if (isDown(channel)) paper.witness.isPickedUp(channel);
  paper.lift(channel);
}

function joinQueue(paper: PaperSwitch, pick: Pick): void {
  const channel = pick.one(paper.those('dialplan').filter(isFree));
  if (channel === undefined) return;
  channel.queue = paper.omission.rarely() ? '' : 'sales';
  paper.witness.waits(channel);
  if (channel.queue !== '') paper.say(signals.joinsQueue(paper.show(channel), channel.queue));
  paper.pause();
  if (paper.chance.below(2) === 1) paper.dial(channel, [target(paper, pick), target(paper, pick)]);
}

/** Its time is over, or the caller has pressed a key. */
function leaveQueue(paper: PaperSwitch, pick: Pick): void {
  const channel = pick.one([...paper.channels].filter(({ queue }) => queue !== undefined));
  if (channel?.queue === undefined) return;
  const isKey = paper.chance.rarely();
  const legs = channel.activity.is === 'dialling' ? [...channel.activity.dial.legs] : [];
  for (const leg of legs) paper.giveUp(leg, { status: isKey ? 'CANCEL' : 'NOANSWER', cause: 0 });
  paper.pause();
  const given = isKey ? [] : [paper.giveUpQueue(channel, channel.queue)];
  paper.leaveQueue(channel, ...given);
}

/** 302: the phone names another one instead. */
function forward(paper: PaperSwitch, pick: Pick): void {
  const leg = pick.one(called(paper).filter((one) => one.state === 0));
  const via = paper.hasWires ? 'wire' : 'nothing';
  if (leg !== undefined) paper.forward(leg, { phone: pick.phone(), via });
}

/** Nobody is on these. */
function spy(paper: PaperSwitch): void {
  const [id, name] = [`1770000001.${paper.channels.size}`, 'Snoop/1770000000.1-00000001'];
  const one = signals.channel(name, id, { linkedId: id });
  const created = paper.say(signals.created(one));
  const entered = paper.say(signals.enters(one, paper.room.shown), created);
  const left = paper.say(signals.leaves(one, paper.room.shown), entered);
  paper.say(signals.hangsUp(one), left);
}
