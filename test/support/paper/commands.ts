// Commands to a switch on paper: what people and programs do to it. Each looks for somebody who can do it now, and does
// nothing where there is none. Here is what all of them share.

import * as signals from '../signals.ts';
import type { PaperChannel, Target } from './channels.ts';
import type { PaperSwitch } from './switch.ts';

export type Command = (paper: PaperSwitch, pick: Pick) => void;

/** Whom a command is about. */
export class Pick {
  #number: number;

  constructor(number: number) {
    this.#number = number;
  }

  one<T>(list: readonly T[]): T | undefined {
    const index = this.#number % list.length;
    this.#number = Math.floor(this.#number / list.length);
    return list[index];
  }

  phone(): string {
    return this.one(PHONES) ?? '';
  }
}

const PHONES = ['101', '102', '103', '104', 'trunk'];
/** chan_sip creates it before it calls. */
export function newCaller(paper: PaperSwitch, phone: string): PaperChannel {
  const isOld = paper.chance.rarely();
  const caller = paper.phone(phone, { exten: '600', state: isOld ? 0 : 4 });
  const created = paper.say(signals.created(paper.show(caller)));
  const life = paper.witness.places(caller);
  caller.state = 4;
  if (isOld) paper.say(signals.changed(paper.show(caller), 4), created);
  if (paper.chance.below(8) === 7) {
    paper.say(signals.showsCallerId(paper.show(caller), true), created);
    life.isWithheld = true;
  }
  paper.toDialplan(caller);
  paper.pause();
  return caller;
}

export function target(paper: PaperSwitch, pick: Pick): Target {
  if (!paper.hasWires) return { phone: pick.phone(), via: 'nothing' };
  const via = pick.one(['nothing', 'nothing', 'wire', 'kept wire'] as const) ?? 'nothing';
  return { phone: pick.phone(), via };
}

export function called(paper: PaperSwitch): readonly PaperChannel[] {
  return paper.those('called').filter(({ isPerson }) => isPerson);
}

export function isDown({ state }: PaperChannel): boolean {
  return state !== 6;
}

/** Those who are in a bridge where two are connected, with the other one. */
export function talkers(paper: PaperSwitch): readonly (readonly [PaperChannel, PaperChannel])[] {
  return paper.those('bridged').flatMap((channel) => {
    const peer = peerOf(channel);
    return channel.isPerson && peer !== undefined ? [[channel, peer] as const] : [];
  });
}

export function peerOf(channel: PaperChannel): PaperChannel | undefined {
  if (channel.activity.is !== 'bridged') return undefined;
  const { shown, members } = channel.activity.bridge;
  if (shown.kind !== 'ordinary' || members.size !== 2) return undefined;
  return [...members].find((member) => member !== channel);
}

export function isFree({ queue, isPerson }: PaperChannel): boolean {
  return queue === undefined && isPerson;
}
