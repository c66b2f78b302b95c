// Who talks to whom in one answered call. Everybody in it stands in one of two places, that of the caller or that of the
// callee; who is passed on to somebody new stays in his, and the newcomer takes the place of who left.

import type { Party } from '../event/call-event.ts';

export type Place = 'caller' | 'callee';

export type Newcomer = { readonly id: string; readonly party: Party };

/** How somebody was passed on, as far as Asterisk said so. */
export type PassedOn = {
  readonly how: 'blind' | 'attended' | 'pickup';
  readonly by: Party;
  /** Subscribers were told that he was held. */
  readonly wasHeld?: boolean;
};

/** Somebody new is connected; whether in the place of somebody is not known yet. */
export type Meeting = {
  readonly newcomer: Newcomer;
  /** Everybody who is connected with the newcomer, by channel. */
  readonly persons: ReadonlySet<string>;
  readonly at: number;
  readonly micros?: number | undefined;
  readonly inferred?: true | undefined;
  /** Asterisk may still say how it came about, and after a while no more. */
  isAwaited: boolean;
  isOld: boolean;
};

export type Conversation = {
  /** Who stands in each place; nobody where who stood there has passed the other one on. */
  caller: Newcomer | undefined;
  callee: Newcomer | undefined;
  /**
   * Everybody who was connected when it was last told who is; `undefined` while these are who stand in the two places, as
   * in most calls all the time: 96 bytes less of 1,500 a call.
   */
  talkers: readonly Newcomer[] | undefined;
  passedOn: PassedOn | undefined;
  meeting: Meeting | undefined;
};

export type Transfer = {
  readonly to: Party;
  readonly replaces: Party | undefined;
  readonly passedOn: PassedOn | undefined;
  readonly meeting: Meeting;
};

/** They are the first to talk. */
export function begin(caller: Newcomer, callee?: Newcomer): Conversation {
  return { caller, callee, talkers: undefined, passedOn: undefined, meeting: undefined };
}

export function placeOf({ caller, callee }: Conversation, id: string): Place | undefined {
  if (caller?.id === id) return 'caller';
  return callee?.id === id ? 'callee' : undefined;
}

/** Who takes part in it now; not who has passed the other one on and has not hung up yet. */
export function presentIn({ caller, callee, meeting }: Conversation): readonly string[] {
  return [caller, callee, meeting?.newcomer].filter(isSomebody).map(({ id }) => id);
}

/** Who was put aside is the only one in it for now, and nobody passed anybody on. */
export function leaveAlone(conversation: Conversation, id: string): void {
  clearPlaces(conversation, (one) => one.id !== id);
  conversation.passedOn = undefined;
}

/** Who stood there has nothing to do with how the call goes on. */
export function vacate(conversation: Conversation, id: string): void {
  clearPlaces(conversation, (one) => one.id === id);
}

/** Who stood there is still one of those who were connected. */
function clearPlaces(conversation: Conversation, isGone: (one: Newcomer) => boolean): void {
  const { caller, callee } = conversation;
  conversation.talkers = talkersOf(conversation);
  if (caller !== undefined && isGone(caller)) conversation.caller = undefined;
  if (callee !== undefined && isGone(callee)) conversation.callee = undefined;
}

function talkersOf({ caller, callee, talkers }: Conversation): readonly Newcomer[] {
  return talkers ?? [caller, callee].filter(isSomebody);
}

function isSomebody(one: Newcomer | undefined): one is Newcomer {
  return one !== undefined;
}

/** These are connected now. Somebody whom nobody knew among them is noted; `settle` says what became of it. */
export function meet(
  conversation: Conversation,
  persons: readonly Newcomer[],
  moment: Pick<Meeting, 'at' | 'micros' | 'inferred'>,
): void {
  const talkers = talkersOf(conversation);
  const isKnown = ({ id }: Newcomer) => talkers.some((talker) => talker.id === id);
  const newcomer = persons.find((person) => !isKnown(person));
  if (newcomer === undefined) {
    conversation.meeting = undefined; // back with those who talked before
    return;
  }
  const ids = new Set(persons.map(({ id }) => id));
  const state = { isAwaited: false, isOld: false };
  conversation.meeting = { newcomer, persons: ids, ...moment, ...state };
}

/**
 * Who is connected now is who talks from now on: the newcomer stands where somebody has left. Nothing where nobody has:
 * who only waits (`isWaiting`), as the other side does while somebody asks back, may still return.
 */
export function settle(
  conversation: Conversation,
  isWaiting: (id: string) => boolean,
): Transfer | undefined {
  const { meeting, passedOn } = conversation;
  if (meeting === undefined) return undefined;
  const absent = talkersOf(conversation).filter(({ id }) => !meeting.persons.has(id));
  if (absent.length === 0 || absent.some(({ id }) => isWaiting(id))) return undefined;
  const replaces = takePlace(conversation, meeting);
  conversation.meeting = undefined;
  conversation.passedOn = undefined;
  return { to: meeting.newcomer.party, replaces, passedOn, meeting };
}

/** As `settle`, where nobody is to hear of it: parked and fetched is no transfer. */
export function settleSilently(conversation: Conversation): void {
  const { meeting } = conversation;
  if (meeting !== undefined) takePlace(conversation, meeting);
  conversation.meeting = undefined;
  conversation.passedOn = undefined;
}

function takePlace(conversation: Conversation, meeting: Meeting): Party | undefined {
  const { newcomer, persons } = meeting;
  const talkers = talkersOf(conversation);
  const left = talkers.find(({ id }) => !persons.has(id));
  const isFree = (place: Place) => !persons.has(conversation[place]?.id ?? '');
  const place = (['callee', 'caller'] as const).find(isFree);
  conversation.talkers = [...talkers.filter(({ id }) => persons.has(id)), newcomer];
  if (place !== undefined) conversation[place] = newcomer;
  return left?.party;
}
