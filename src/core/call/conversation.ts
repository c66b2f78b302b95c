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
  /** The channel in each place; none where who stood there has passed the other one on. */
  readonly places: Record<Place, string | undefined>;
  /** Everybody who was connected when it was last told who is. */
  talkers: readonly Newcomer[];
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
  return {
    places: { caller: caller.id, callee: callee?.id },
    talkers: callee === undefined ? [caller] : [caller, callee],
    passedOn: undefined,
    meeting: undefined,
  };
}

export function placeOf({ places }: Conversation, id: string): Place | undefined {
  if (places.caller === id) return 'caller';
  return places.callee === id ? 'callee' : undefined;
}

/** Who takes part in it now; not who has passed the other one on and has not hung up yet. */
export function presentIn({ places, meeting }: Conversation): readonly string[] {
  const ids = [places.caller, places.callee, meeting?.newcomer.id];
  return ids.filter((id) => id !== undefined);
}

/** Who was put aside is the only one in it for now, and nobody passed anybody on. */
export function leaveAlone(conversation: Conversation, id: string): void {
  const { places } = conversation;
  if (places.caller !== id) places.caller = undefined;
  if (places.callee !== id) places.callee = undefined;
  conversation.passedOn = undefined;
}

/** Who stood there has nothing to do with how the call goes on. */
export function vacate({ places }: Conversation, id: string): void {
  if (places.caller === id) places.caller = undefined;
  if (places.callee === id) places.callee = undefined;
}

/** These are connected now. Somebody whom nobody knew among them is noted; `settle` says what became of it. */
export function meet(
  conversation: Conversation,
  persons: readonly Newcomer[],
  moment: Pick<Meeting, 'at' | 'micros' | 'inferred'>,
): void {
  const isKnown = ({ id }: Newcomer) => conversation.talkers.some((talker) => talker.id === id);
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
  const { meeting, talkers, passedOn } = conversation;
  if (meeting === undefined) return undefined;
  const absent = talkers.filter(({ id }) => !meeting.persons.has(id));
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
  const { places, talkers } = conversation;
  const { newcomer, persons } = meeting;
  const left = talkers.find(({ id }) => !persons.has(id));
  const isFree = (place: Place) => !persons.has(places[place] ?? '');
  const place = (['callee', 'caller'] as const).find(isFree);
  if (place !== undefined) places[place] = newcomer.id;
  conversation.talkers = [...talkers.filter(({ id }) => persons.has(id)), newcomer];
  return left?.party;
}
