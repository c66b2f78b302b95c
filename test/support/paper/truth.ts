// What became of a call on paper, as the people in it would tell: against that stands what is told of it. Only of calls
// that were left to themselves; and nothing is said here where people could not agree.

import type { Disposition, HungupBy } from '../../../src/core/event/call-event.ts';
import { type PaperChannel, personAt, talksTo } from './channels.ts';

type Outcome = 'rejected' | 'busy' | 'no_answer' | 'unsure';

export type Life = {
  /** The phone. */
  readonly from: string;
  isWithheld: boolean;
  rang: boolean;
  /** The phone. */
  answeredBy: string | undefined;
  /** Who said first that he wanted no more, of those who talked; `unsure` where the talk was not the last one. */
  hungupBy: HungupBy | 'unsure';
  /** How the phones of the last round of dials ended. */
  round: Outcome[];
  system: 'never' | 'before-dial' | 'last';
  /** Somebody was asked whether he takes it, and did not. */
  wasRefused: boolean;
  wasQueued: 'never' | 'told' | 'untold';
  disposition: Disposition | 'unsure';
};

function newLife(from: string): Life {
  return {
    ...{ from, isWithheld: false, rang: false, answeredBy: undefined, hungupBy: 'system' },
    ...{ round: [], system: 'never', wasRefused: false, wasQueued: 'never', disposition: 'unsure' },
  };
}

const OUTCOMES: Readonly<Record<number, Outcome>> = {
  0: 'no_answer',
  16: 'no_answer',
  17: 'busy',
  19: 'no_answer',
  21: 'rejected',
};
const MOST_SPECIFIC = ['rejected', 'busy', 'no_answer'] as const;
/** Of a dialplan that ends a call in which nobody was dialled. */
const BY_CAUSE: Readonly<Record<number, Disposition>> = {
  1: 'failed',
  3: 'failed',
  17: 'busy',
  19: 'no_answer',
  21: 'rejected',
  34: 'failed',
};

/** Looks on, and remembers callers also when they are gone. */
export class Witness {
  readonly lives = new Map<PaperChannel, Life>();
  /** By Linkedid, another one of the same conversation. */
  readonly #kin = new Map<string, string>();

  /** They have to do with each other from now on. */
  joins(channels: Iterable<PaperChannel>): void {
    const [first, ...others] = [...channels].map(({ linkedId }) => this.familyOf(linkedId));
    if (first === undefined) return;
    for (const other of others) if (other !== first) this.#kin.set(other, first);
  }

  /** Of these people, but for who only listens to others. */
  familiesOf(channels: Iterable<PaperChannel>): ReadonlySet<string> {
    const people = [...channels].filter((one) => one.isPerson && one.activity.is !== 'spying');
    return new Set(people.map(({ linkedId }) => this.familyOf(linkedId)));
  }

  /** The same of all Linkedids that ever had to do with each other. */
  familyOf(linkedId: string): string {
    const kin = this.#kin.get(linkedId);
    return kin === undefined ? linkedId : this.familyOf(kin);
  }

  places(caller: PaperChannel): Life {
    const life = newLife(caller.phone);
    this.lives.set(caller, life);
    return life;
  }

  dials(from: PaperChannel): void {
    const life = this.lives.get(from);
    if (life !== undefined) beginRound(life);
  }

  waits(channel: PaperChannel): void {
    const life = this.lives.get(channel);
    if (life === undefined) return;
    life.wasQueued = channel.queue === '' ? 'untold' : 'told';
    beginRound(life);
  }

  /** Whatever the system does then. */
  isPickedUp(channel: PaperChannel): void {
    const life = this.lives.get(channel);
    if (life !== undefined) life.system = 'last';
  }

  rings(leg: PaperChannel): void {
    const life = this.#lifeOf(leg);
    if (life !== undefined && leg.isPerson) life.rang = true;
  }

  /** Only the first to lift is who answered. */
  answers(from: PaperChannel, leg: PaperChannel): void {
    const life = this.lives.get(from);
    if (life === undefined) return;
    if (life.answeredBy !== undefined) life.hungupBy = 'unsure';
    life.answeredBy ??= personAt(leg).phone;
    life.disposition = 'answered';
  }

  /** Losers do not count. */
  fails(leg: PaperChannel, { status, cause }: { status: string; cause: number }): void {
    const life = this.#lifeOf(leg);
    if (life === undefined || !(leg.isPerson || isOutlasted(leg))) return;
    if (status === 'ABORT') life.wasRefused = true;
    life.round.push(status === 'CANCEL' ? 'unsure' : (OUTCOMES[cause] ?? 'unsure'));
  }

  /** Somebody hangs up; `hasAsked` where that was heard. */
  leaves(channel: PaperChannel, hasAsked: boolean): void {
    const own = this.lives.get(channel);
    const peer = talksTo(channel);
    const life = own ?? (peer && this.lives.get(peer));
    if (life?.answeredBy === undefined) this.#givesUp(channel, hasAsked);
    else if (hasAsked && life.hungupBy === 'system') {
      life.hungupBy = own === undefined ? 'callee' : 'caller';
    }
  }

  #givesUp(caller: PaperChannel, hasAsked: boolean): void {
    const life = this.lives.get(caller);
    if (life === undefined || life.wasQueued === 'untold') return;
    if (!hasAsked && (life.wasRefused || caller.queue !== undefined)) return;
    const isCalling = caller.activity.is === 'dialling' || caller.queue !== undefined;
    if (isCalling) life.disposition = 'cancelled';
    else if (hasAsked) life.disposition = life.system === 'never' ? 'cancelled' : 'system';
  }

  /** The dialplan is at its end. */
  runsOut(caller: PaperChannel, cause: number): void {
    const life = this.lives.get(caller);
    if (life === undefined || life.answeredBy !== undefined || caller.queue !== undefined) return;
    life.disposition = life.wasQueued === 'untold' ? 'unsure' : endOf(life, cause);
  }

  /** Of who has called it, through however many wires. */
  #lifeOf(channel: PaperChannel): Life | undefined {
    if (channel.activity.is !== 'called') return this.lives.get(channel);
    const { from } = channel.activity.dial;
    return from && (from.other === undefined ? this.lives.get(from) : this.#lifeOf(from.other));
  }
}

function endOf({ system, round, wasQueued }: Life, cause: number): Life['disposition'] {
  if (system === 'last') return 'system';
  if (round.includes('unsure') || wasQueued !== 'never') return 'unsure';
  const most = MOST_SPECIFIC.find((outcome) => round.includes(outcome));
  if (most !== undefined) return most;
  return system === 'never' ? (BY_CAUSE[cause] ?? 'unsure') : 'unsure';
}

function beginRound(life: Life): void {
  life.round = [];
  if (life.system === 'last') life.system = 'before-dial';
}

/** Somebody is being called at the other end of it. */
function isOutlasted({ other }: PaperChannel): boolean {
  return other?.activity.is === 'dialling' && other.activity.dial.legs.size > 0;
}
