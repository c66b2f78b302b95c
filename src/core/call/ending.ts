// Why a call ended, and who ended it. What happened decides: was it answered, did the caller leave, how did the
// dialled phones end. The raw cause of one channel is mostly wrong as a meaning: Asterisk reports a cancelled call as
// 127 "interworking" and a declined one with the dial status NOANSWER.

import { type CauseName, causeName } from '../ami/hangup-cause.ts';
import type { CauseWord, Disposition, HungupBy } from '../event/call-event.ts';

/** One dialled phone, or wire to phones, of the last round of dials. */
export type Leg = {
  readonly isPerson: boolean;
  /** The channel that dialled it; absent where nobody's did. */
  readonly dialler: string | undefined;
  /** The caller's own channel dialled it, and no wire between. */
  readonly isCallers: boolean;
  /** The first word of DialEnd: for the loser of a queue a second one follows. */
  status: string | undefined;
  forwarded: boolean;
  cause: number | undefined;
  askedToHangUp: boolean;
};

/** What was seen on the way to the end. */
export type Facts = {
  /** The last round of dials: a group is one round, each step of a hunt is one of its own. */
  readonly legs: Map<string, Leg>;
  callerCause: number | undefined;
  callerAskedToHangUp: boolean;
  /** When the caller asked to hang up, a dialled phone had not ended yet. */
  callerWasWaiting: boolean;
  /** When the caller's channel went up, though no person had answered. */
  systemUp: 'never' | 'before-dial' | 'last';
  /** Of an answered call: who asked first to hang up. */
  firstToHangUp: HungupBy | undefined;
  pbxWentDown: boolean;
};

export type Ending = {
  readonly cause: CauseWord;
  readonly causeCode: number;
  readonly disposition: Disposition;
  readonly hungupBy: HungupBy | undefined;
};

export function noFacts(): Facts {
  return {
    legs: new Map(),
    callerCause: undefined,
    callerAskedToHangUp: false,
    callerWasWaiting: false,
    systemUp: 'never',
    firstToHangUp: undefined,
    pbxWentDown: false,
  };
}

export function dialBegan(
  facts: Facts,
  legId: string,
  { isPerson, dialler, isCallers }: Pick<Leg, 'isPerson' | 'dialler' | 'isCallers'>,
): void {
  forgetLastRound(facts, dialler);
  facts.legs.set(legId, {
    isPerson,
    dialler,
    isCallers,
    status: undefined,
    forwarded: false,
    cause: undefined,
    askedToHangUp: false,
  });
  if (facts.systemUp === 'last') facts.systemUp = 'before-dial';
}

export function dialEnded(
  facts: Facts,
  legId: string,
  { status, forwarded }: { readonly status: string; readonly forwarded: boolean },
): void {
  const leg = facts.legs.get(legId);
  if (leg === undefined || leg.status !== undefined) return;
  leg.status = status;
  leg.forwarded = forwarded;
}

export function isWaiting({ legs }: Facts): boolean {
  return [...legs.values()].some(isOpen);
}

/** The first row that fits, from what is certain to what is a guess (the contract's table, row by row). */
export function endingOf(facts: Facts, isAnswered: boolean): Ending {
  if (facts.pbxWentDown) return pbxRestart(isAnswered);
  if (isAnswered) return { ...ANSWERED, hungupBy: facts.firstToHangUp ?? 'system' };
  if (hasCallerLeft(facts)) return isOnlySystemLeft(facts) ? SYSTEM_LEFT_BY_CALLER : CANCELLED;
  const failed = facts.systemUp === 'last' ? undefined : failedDial(facts);
  if (failed !== undefined) return failed;
  return facts.systemUp === 'never' ? fromCallerCause(facts) : SYSTEM_HUNG_UP;
}

/** The call was not seen to end: it was simply gone. */
export function unseenEnding(isAnswered: boolean): Ending {
  return {
    cause: 'unknown',
    causeCode: 0,
    disposition: isAnswered ? 'answered' : 'unknown',
    hungupBy: undefined,
  };
}

export function pbxRestart(isAnswered: boolean): Ending {
  return {
    cause: 'pbx_restart',
    causeCode: 41,
    disposition: isAnswered ? 'answered' : 'failed',
    hungupBy: 'system',
  };
}

export function merged(isAnswered: boolean): Ending {
  return {
    cause: 'normal_clearing',
    causeCode: 16,
    disposition: isAnswered ? 'answered' : 'merged',
    hungupBy: undefined,
  };
}

const ANSWERED = { cause: 'normal_clearing', causeCode: 16, disposition: 'answered' } as const;

const CANCELLED: Ending = {
  cause: 'cancelled',
  causeCode: 16,
  disposition: 'cancelled',
  hungupBy: 'caller',
};

const SYSTEM_LEFT_BY_CALLER: Ending = {
  cause: 'normal_clearing',
  causeCode: 16,
  disposition: 'system',
  hungupBy: 'caller',
};

const SYSTEM_HUNG_UP: Ending = { ...SYSTEM_LEFT_BY_CALLER, hungupBy: 'system' };

/** What the caller's own channel reports when the caller hangs up before an answer (chan_sip: 0). */
const CAUSES_OF_A_CANCEL: ReadonlySet<number | undefined> = new Set([0, 16, 127]);

/**
 * Who leaves while a phone rings, leaves, whatever the cause: that of a phone which failed before stays on the caller's
 * channel. Else the cause tells: Busy() in the dialplan asks the caller's channel to hang up too, with 17.
 */
function hasCallerLeft(facts: Facts): boolean {
  if (facts.callerWasWaiting || wasCancelled(facts)) return true;
  return facts.callerAskedToHangUp && CAUSES_OF_A_CANCEL.has(facts.callerCause);
}

function isOnlySystemLeft(facts: Facts): boolean {
  return facts.systemUp !== 'never' && !facts.callerWasWaiting && !wasCancelled(facts);
}

/**
 * What the caller's own channel dialled was given up, and no phone was lifted: only a caller's leaving does that. Behind
 * a wire it says less: there the phones are given up as well when the time of the outer dial is over.
 */
function wasCancelled(facts: Facts): boolean {
  const legs = [...facts.legs.values()];
  return (
    legs.some(
      ({ isCallers, status, forwarded }) => isCallers && status === 'CANCEL' && !forwarded,
    ) && !legs.some((leg) => leg.isPerson && wasLifted(leg))
  );
}

/** ABORT: it was lifted, and the call was not confirmed. */
function wasLifted({ status }: Leg): boolean {
  return status === 'ANSWER' || status === 'ABORT';
}

/** A channel that dials again when all that it dialled has ended goes on hunting: what was before counts no more. */
function forgetLastRound(facts: Facts, dialler: string | undefined): void {
  if (!isWaiting(facts)) facts.legs.clear();
  const own = [...facts.legs].filter(([, leg]) => leg.dialler === dialler);
  if (own.some(([, leg]) => isOpen(leg))) return;
  for (const [id] of own) facts.legs.delete(id);
}

function isOpen({ status, cause }: Leg): boolean {
  return status === undefined && cause === undefined;
}

type Outcome = Omit<Ending, 'hungupBy'> & { readonly rank: number };

/** How the last round of dials failed: the most specific of its phones. */
function failedDial({ legs }: Facts): Ending | undefined {
  const outcomes = [...legs.values()]
    .filter(({ isPerson }) => isPerson)
    .map((leg) => ({ leg, outcome: outcomeOf(leg) }))
    .filter(({ outcome }) => outcome !== undefined)
    .sort((a, b) => (b.outcome?.rank ?? 0) - (a.outcome?.rank ?? 0));
  const [most] = outcomes;
  if (most?.outcome === undefined) return undefined;
  const { cause, causeCode, disposition } = most.outcome;
  return { cause, causeCode, disposition, hungupBy: most.leg.askedToHangUp ? 'callee' : 'system' };
}

const REJECTED: Outcome = {
  rank: 4,
  cause: 'call_rejected',
  causeCode: 21,
  disposition: 'rejected',
};
const BUSY: Outcome = { rank: 3, cause: 'user_busy', causeCode: 17, disposition: 'busy' };
const NO_ANSWER: Outcome = { rank: 2, cause: 'no_answer', causeCode: 19, disposition: 'no_answer' };
const UNREACHABLE: Outcome = {
  rank: 1,
  cause: 'unreachable',
  causeCode: 20,
  disposition: 'failed',
};

/** Causes of a phone that was given up, said it is unavailable (480), was left ringing, or sent us on to nobody (23). */
const CAUSES_OF_NO_ANSWER: ReadonlySet<number> = new Set([0, 16, 18, 19, 23, 127]);
const CAUSES_OF_NO_PHONE: ReadonlySet<number | undefined> = new Set([3, 20]);

/** The cause of the leg where it is specific, then the status of its dial: a decline has the status NOANSWER. */
function outcomeOf({ status, cause = 0, forwarded }: Leg): Outcome | undefined {
  if (forwarded || status === 'ANSWER') return undefined;
  if (status === 'CANCEL') return NO_ANSWER; // it rang until the wire to it was given up
  if (cause === 21) return REJECTED;
  if (cause === 17 || status === 'BUSY') return BUSY;
  if (CAUSES_OF_NO_ANSWER.has(cause)) return NO_ANSWER;
  return cause === 20 ? UNREACHABLE : { ...byName(cause), rank: 0 };
}

function fromCallerCause(facts: Facts): Ending {
  const { callerCause } = facts;
  if (callerCause === undefined || callerCause === 0) return unseenEnding(false);
  if (CAUSES_OF_NO_PHONE.has(callerCause) && !wasPhoneDialled(facts)) {
    const { cause, causeCode, disposition } = UNREACHABLE;
    return { cause, causeCode, disposition, hungupBy: 'system' };
  }
  return { ...byName(callerCause), hungupBy: 'system' };
}

/** One that only sent the caller on does not count. */
function wasPhoneDialled({ legs }: Facts): boolean {
  return [...legs.values()].some(({ isPerson, forwarded }) => isPerson && !forwarded);
}

const DISPOSITIONS: Readonly<Record<number, Disposition>> = {
  17: 'busy',
  18: 'no_answer',
  19: 'no_answer',
  21: 'rejected',
};

function byName(code: number): Omit<Ending, 'hungupBy'> {
  const cause: CauseName | 'unknown' = causeName(code) ?? 'unknown';
  return { cause, causeCode: code, disposition: DISPOSITIONS[code] ?? 'failed' };
}
