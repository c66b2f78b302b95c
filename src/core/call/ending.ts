// Why a call ended, and who ended it. What happened decides: was it answered, did the caller leave, how did the
// dialled phones end. The raw cause of one channel is mostly wrong as a meaning: Asterisk reports a cancelled call as
// 127 "interworking" and a declined one with the dial status NOANSWER.

import { type CauseName, causeName } from '../ami/hangup-cause.ts';
import { toOwn } from '../ami/own.ts';
import type { CauseWord, Disposition, HungupBy, LeftQueue } from '../event/call-event.ts';
import { withOne, without } from '../pbx/short-list.ts';

/** One dialled phone, or wire to phones, of the last round of dials. */
export type Leg = {
  readonly id: string;
  readonly isPerson: boolean;
  /** The phone of the caller, which was called first (Originate). */
  readonly isCaller: boolean;
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
  legs: readonly Leg[];
  callerCause: number | undefined;
  callerAskedToHangUp: boolean;
  /** When the caller asked to hang up, a dialled phone had not ended yet. */
  callerWasWaiting: boolean;
  /** When the caller's channel went up, though no person had answered. */
  systemUp: 'never' | 'before-dial' | 'last';
  /** What became of the last queue that the caller waited in. */
  queue: 'none' | 'waiting' | 'connected' | 'failed';
  /** Of an answered call: who asked first to hang up. */
  firstToHangUp: HungupBy | undefined;
  pbxWentDown: boolean;
};

export type Ending = {
  readonly cause: CauseWord;
  readonly causeCode: number;
  readonly disposition: Disposition;
  readonly hungupBy: HungupBy | undefined;
  /** Which row of the table decided, as a sentence for people; subscribers are not told. */
  readonly why: string;
};

export function noFacts(): Facts {
  return {
    legs: NONE,
    callerCause: undefined,
    callerAskedToHangUp: false,
    callerWasWaiting: false,
    systemUp: 'never',
    queue: 'none',
    firstToHangUp: undefined,
    pbxWentDown: false,
  };
}

/** Where nothing was seen, as in most calls that talk, there are none: 88 bytes less of 1,500 a call. */
type HasFacts = { facts: Facts | undefined };

/** To be read and written. */
export function factsOf(call: HasFacts): Facts {
  call.facts ??= noFacts();
  return call.facts;
}

/** A phone that refuses at once can be heard of before its dial. */
type Begun = Pick<Leg, 'isPerson' | 'dialler' | 'isCallers'> &
  Partial<Pick<Leg, 'isCaller' | 'askedToHangUp'>>;

export function dialBegan(
  facts: Facts,
  legId: string,
  { isPerson, dialler, isCallers, isCaller = false, askedToHangUp = false }: Begun,
): void {
  forgetLastRound(facts, dialler);
  const leg: Leg = {
    id: legId,
    isPerson,
    isCaller,
    dialler,
    isCallers,
    status: undefined,
    forwarded: false,
    cause: undefined,
    askedToHangUp,
  };
  const before = legOf(facts, legId);
  facts.legs = withOne(before === undefined ? facts.legs : without(facts.legs, before), leg);
  if (facts.systemUp === 'last') facts.systemUp = 'before-dial';
  if (facts.queue === 'failed') facts.queue = 'none';
}

export function dialEnded(
  facts: Facts,
  legId: string,
  { status, forwarded }: { readonly status: string; readonly forwarded: boolean },
): void {
  const leg = legOf(facts, legId);
  if (leg === undefined || leg.status !== undefined) return;
  leg.status = toOwn(status);
  leg.forwarded = forwarded;
}

/** It was gone when Asterisk was asked: how it ended was not seen, and nobody is being rung there any more. */
export function dialVanished(facts: Facts, legId: string): void {
  const leg = legOf(facts, legId);
  if (leg !== undefined) leg.cause ??= 0;
}

const NONE: readonly Leg[] = [];

export function legOf({ legs }: Facts, id: string): Leg | undefined {
  return legs.find((leg) => leg.id === id);
}

/** A phone is being rung, or a queue is waited in. What rings behind a wire that was given up is no more rung for anybody. */
export function isWaiting({ legs, queue }: Facts): boolean {
  return queue === 'waiting' || (hasOpenLeg(legs) && !areCallersOver(legs));
}

function areCallersOver(legs: Facts['legs']): boolean {
  const callers = legs.filter(({ isCallers }) => isCallers);
  return callers.length > 0 && callers.every((leg) => !isOpen(leg) && leg.status !== 'ANSWER');
}

function hasOpenLeg(legs: Facts['legs']): boolean {
  return legs.some(isOpen);
}

/** What was dialled before counts no more; and what the system played before is behind it. */
export function queueJoined(facts: Facts): void {
  facts.legs = NONE;
  facts.queue = 'waiting';
  if (facts.systemUp === 'last') facts.systemUp = 'before-dial';
}

/** Persons talk: of what was seen on the way, only this matters any more. */
export function wasAnswered(call: HasFacts): void {
  const { callerCause, pbxWentDown, queue: before } = factsOf(call);
  const queue = before === 'waiting' ? 'connected' : before;
  const isNothing = callerCause === undefined && queue === 'none' && !pbxWentDown;
  call.facts = isNothing ? undefined : { ...noFacts(), callerCause, pbxWentDown, queue };
}

/** What it dialled is over with it, but where a phone was lifted, or where the caller left both. */
export function queueLeft(facts: Facts, reason: LeftQueue['reason']): void {
  facts.queue = 'none';
  if (reason === 'connected' || reason === 'abandoned') return;
  facts.legs = NONE;
  if (reason !== 'exited') facts.queue = 'failed';
  else if (facts.systemUp === 'before-dial') facts.systemUp = 'last'; // it goes on from there
}

/** Whether a phone was lifted in this round of dials, or in the one that led to the answer; other than that of the caller. */
export function isLifted({ legs, queue }: Facts): boolean {
  const isLiftedOne = ({ isPerson, isCaller, status }: Leg) =>
    isPerson && !isCaller && status === 'ANSWER';
  return queue === 'connected' || legs.some(isLiftedOne);
}

/** The first row that fits, from what is certain to what is a guess (the contract's table, row by row). */
export function endingOf(facts: Facts, isAnswered: boolean): Ending {
  if (facts.pbxWentDown) return pbxRestart(isAnswered);
  if (isAnswered) return answeredEnding(facts);
  if (hasCallerLeft(facts)) return leftByCaller(facts);
  const failed = facts.systemUp === 'last' ? undefined : (failedQueue(facts) ?? failedDial(facts));
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
    why: 'Its channels were gone when Asterisk was asked for them: the end itself was not seen.',
  };
}

export function pbxRestart(isAnswered: boolean): Ending {
  return {
    cause: 'pbx_restart',
    causeCode: 41,
    disposition: isAnswered ? 'answered' : 'failed',
    hungupBy: 'system',
    why: 'Asterisk went down or was started anew under it.',
  };
}

export function merged(isAnswered: boolean): Ending {
  return {
    cause: 'normal_clearing',
    causeCode: 16,
    disposition: isAnswered ? 'answered' : 'merged',
    hungupBy: undefined,
    why: 'It has become part of another call, whose people it is connected with.',
  };
}

const NORMAL = { cause: 'normal_clearing', causeCode: 16 } as const;

function answeredEnding({ firstToHangUp }: Facts): Ending {
  const who =
    firstToHangUp === undefined
      ? 'and nobody asked to hang up: the PBX ended it'
      : `and the first to ask to hang up was the ${firstToHangUp}`;
  return {
    ...NORMAL,
    disposition: 'answered',
    hungupBy: firstToHangUp ?? 'system',
    why: `It was answered, so that the causes of its channels count no more, ${who}.`,
  };
}

function leftByCaller(facts: Facts): Ending {
  if (isOnlySystemLeft(facts)) return SYSTEM_LEFT_BY_CALLER;
  return { ...CANCELLED, why: whyCancelled(facts) };
}

function whyCancelled(facts: Facts): string {
  if (facts.callerWasWaiting)
    return 'The caller asked to hang up while a phone was being rung or a queue was waited in.';
  if (wasCancelled(facts))
    return "What the caller's own channel dialled was given up, and nobody had lifted: only a caller who leaves does that.";
  return "The caller asked to hang up before anybody answered, and its channel's cause says no more.";
}

const CANCELLED = {
  cause: 'cancelled',
  causeCode: 16,
  disposition: 'cancelled',
  hungupBy: 'caller',
} as const;

const SYSTEM_LEFT_BY_CALLER: Ending = {
  ...NORMAL,
  disposition: 'system',
  hungupBy: 'caller',
  why: 'Only the phone system itself had answered, and the caller asked to hang up.',
};

const SYSTEM_HUNG_UP: Ending = {
  ...NORMAL,
  disposition: 'system',
  hungupBy: 'system',
  why: 'Only the phone system itself had answered, and it ended the call.',
};

/** What the caller's own channel reports when the caller hangs up before an answer (chan_sip: 0). */
const CAUSES_OF_A_CANCEL: ReadonlySet<number | undefined> = new Set([0, 16, 127]);

/**
 * Who leaves while a phone rings or the system has picked up, leaves, whatever the cause: that of a phone which failed
 * before stays on the caller's channel. Else the cause tells: Busy() in the dialplan asks the caller's channel to hang up
 * too, with 17.
 */
function hasCallerLeft(facts: Facts): boolean {
  if (facts.callerWasWaiting || wasCancelled(facts)) return true;
  if (!facts.callerAskedToHangUp) return false;
  return facts.systemUp === 'last' || CAUSES_OF_A_CANCEL.has(facts.callerCause);
}

function isOnlySystemLeft(facts: Facts): boolean {
  return facts.systemUp !== 'never' && !facts.callerWasWaiting && !wasCancelled(facts);
}

/**
 * What the caller's own channel dialled was given up, and no phone was lifted: only a caller's leaving does that. Behind
 * a wire it says less: there the phones are given up as well when the time of the outer dial is over.
 */
function wasCancelled(facts: Facts): boolean {
  if (facts.systemUp === 'last') return false; // the caller was there after that
  return wasGivenUp(facts) && !facts.legs.some((leg) => leg.isPerson && wasLifted(leg));
}

/** Another phone of the group was lifted, though perhaps not for long enough to be connected. */
const ANSWERED_ELSEWHERE = 26;

/** What the caller's own channel dialled was given up: a time that is over is NOANSWER first. */
export function wasGivenUp({ legs }: Facts): boolean {
  return legs.some(
    ({ isCallers, status, forwarded, cause }) =>
      isCallers && status === 'CANCEL' && !forwarded && cause !== ANSWERED_ELSEWHERE,
  );
}

/** ABORT: it was lifted, and the call was not confirmed. */
function wasLifted({ status }: Leg): boolean {
  return status === 'ANSWER' || status === 'ABORT';
}

/** A channel that dials again when all that it dialled has ended goes on hunting: what was before counts no more. */
function forgetLastRound(facts: Facts, dialler: string | undefined): void {
  if (!hasOpenLeg(facts.legs)) facts.legs = NONE;
  const isOwn = (leg: Leg) => leg.dialler === dialler;
  if (facts.legs.some((leg) => isOwn(leg) && isOpen(leg))) return;
  facts.legs = facts.legs.filter((leg) => !isOwn(leg));
}

/** One that sent the caller on stands for the phone that is dialled next, as long as it is there. */
function isOpen({ status, forwarded, cause }: Leg): boolean {
  return cause === undefined && (status === undefined || forwarded);
}

type Outcome = Omit<Ending, 'hungupBy'> & {
  readonly rank: number;
  /** Somebody or a phone said no. */
  readonly isRefusal?: true;
};

/** Whatever its agents did, each in his turn: the time was over. */
function failedQueue({ queue }: Facts): Ending | undefined {
  if (queue !== 'failed') return undefined;
  const { cause, causeCode, disposition } = NO_ANSWER;
  const why = 'The caller was let go by a queue, and nobody of it had answered.';
  return { cause, causeCode, disposition, hungupBy: 'system', why };
}

/** How the last round of dials failed: the most specific of its phones. */
function failedDial({ legs }: Facts): Ending | undefined {
  const ends = legs
    .filter(({ isPerson }) => isPerson)
    .map((leg) => ({ leg, outcome: outcomeOf(leg) }))
    .filter((end): end is LegEnd => end.outcome !== undefined)
    .toSorted((a, b) => b.outcome.rank - a.outcome.rank);
  const [most] = ends;
  if (most === undefined) return undefined;
  const { cause, causeCode, disposition, why } = most.outcome;
  const hungupBy = ends.every(isRefused) ? sideOf(most.leg) : 'system';
  return { cause, causeCode, disposition, hungupBy, why };
}

type LegEnd = { readonly leg: Leg; readonly outcome: Outcome };

/** By its own side; a phone of chan_sip does not ask to hang up. */
function isRefused({ leg, outcome }: LegEnd): boolean {
  return outcome.isRefusal === true || leg.askedToHangUp;
}

function sideOf({ isCaller }: Leg): HungupBy {
  return isCaller ? 'caller' : 'callee';
}

const REJECTED: Outcome = {
  rank: 4,
  cause: 'call_rejected',
  causeCode: 21,
  disposition: 'rejected',
  isRefusal: true,
  why: 'Of the phones dialled last, one declined (its channel has cause 21).',
};
const BUSY: Outcome = {
  rank: 3,
  cause: 'user_busy',
  causeCode: 17,
  disposition: 'busy',
  isRefusal: true,
  why: 'Of the phones dialled last, one was busy (cause 17 or dial status BUSY) and none declined.',
};
const NO_ANSWER: Outcome = {
  rank: 2,
  cause: 'no_answer',
  causeCode: 19,
  disposition: 'no_answer',
  why: 'Of the phones dialled last, none was connected, none was busy and none declined.',
};
const UNREACHABLE: Outcome = {
  rank: 1,
  cause: 'unreachable',
  causeCode: 20,
  disposition: 'failed',
  why: 'The phone dialled last is not registered (its channel has cause 20).',
};

/** Causes of a phone that was given up, said it is unavailable (480), was left ringing, or sent us on to nobody (23). */
const CAUSES_OF_NO_ANSWER: ReadonlySet<number> = new Set([0, 16, 18, 19, 23, 127]);
const CAUSES_OF_NO_PHONE: ReadonlySet<number | undefined> = new Set([3, 20]);

/** The cause of the leg where it is specific, then the status of its dial: a decline has the status NOANSWER. */
function outcomeOf({ status, cause = 0, forwarded }: Leg): Outcome | undefined {
  if (forwarded) return undefined;
  if (status === 'ANSWER' || status === 'CANCEL') return NO_ANSWER; // lifted and gone before anybody was connected, or given up with the wire to it
  if (cause === 21) return REJECTED;
  if (cause === 17 || status === 'BUSY') return BUSY;
  if (CAUSES_OF_NO_ANSWER.has(cause)) return NO_ANSWER;
  if (cause === 20) return UNREACHABLE;
  return { ...byName(cause), rank: 0, why: `The phone dialled last failed with cause ${cause}.` };
}

function fromCallerCause(facts: Facts): Ending {
  const { callerCause } = facts;
  if (callerCause === undefined || callerCause === 0)
    return { ...unseenEnding(false), why: NOTHING_TELLS };
  if (CAUSES_OF_NO_PHONE.has(callerCause) && !wasPhoneDialled(facts)) {
    const { cause, causeCode, disposition } = UNREACHABLE;
    return { cause, causeCode, disposition, hungupBy: 'system', why: NOT_REGISTERED };
  }
  const why = `No dial, queue or system decided it; the caller's channel has cause ${callerCause}.`;
  return { ...byName(callerCause), hungupBy: 'system', why };
}

const NOT_REGISTERED =
  "No phone was ever dialled, and the caller's channel has cause 3 or 20: the dialled one is not registered.";
const NOTHING_TELLS =
  "No dial, queue or system decided it, and the caller's channel has no cause: nothing tells.";

/** One that only sent the caller on does not count. */
function wasPhoneDialled({ legs }: Facts): boolean {
  return legs.some(({ isPerson, forwarded }) => isPerson && !forwarded);
}

const DISPOSITIONS: Readonly<Record<number, Disposition>> = {
  17: 'busy',
  18: 'no_answer',
  19: 'no_answer',
  21: 'rejected',
};

function byName(code: number): Omit<Ending, 'hungupBy' | 'why'> {
  const cause: CauseName | 'unknown' = causeName(code) ?? 'unknown';
  return { cause, causeCode: code, disposition: DISPOSITIONS[code] ?? 'failed' };
}
