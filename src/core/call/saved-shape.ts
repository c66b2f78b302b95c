// Whether a text that was saved is the state of a call, field by field: what is restored is believed without another look.
// A field of a call that is not checked here does not compile.

import type { Party } from '../event/call-event.ts';
import type { Channel } from '../pbx/channel.ts';
import type { BridgeSnapshot } from '../pbx/signal.ts';
import type { Call, StoryMoment, Waiting } from './call.ts';
import type { Meeting, Newcomer, PassedOn } from './conversation.ts';
import type { Facts, Leg } from './ending.ts';
import type { Hold } from './holds.ts';
import type { SavedCall, SavedChannel, SavedConversation, SavedMeeting } from './saved-call.ts';

type Check = (value: unknown) => boolean;

export function isSavedCall(value: unknown): value is SavedCall {
  return SAVED(value);
}

const TEXT: Check = (value) => typeof value === 'string';
const FLAG: Check = (value) => typeof value === 'boolean';
const COUNT: Check = (value) => Number.isSafeInteger(value);

function maybe(check: Check): Check {
  return (value) => value === undefined || check(value);
}

function oneOf(...words: readonly unknown[]): Check {
  return (value) => words.includes(value);
}

function listOf(check: Check): Check {
  return (value) => Array.isArray(value) && value.every(check);
}

/** The entries of a map by text. */
function entriesOf(check: Check): Check {
  return listOf((entry) => Array.isArray(entry) && TEXT(entry[0]) && check(entry[1]));
}

function shaped<T>(checks: { readonly [K in keyof T]-?: Check }): Check {
  const rows = Object.entries<Check>(checks);
  return (value) => {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
    const fields = value as Readonly<Record<string, unknown>>;
    return rows.every(([key, check]) => check(fields[key]));
  };
}

const PARTY = shaped<Party>({
  extension: TEXT,
  name: maybe(TEXT),
  anonymous: maybe(oneOf(true)),
});

const MOMENT = { at: COUNT, micros: maybe(COUNT), inferred: maybe(oneOf(true)) };

const BRIDGE = shaped<BridgeSnapshot>({
  id: TEXT,
  kind: oneOf('ordinary', 'holding', 'conference'),
  name: maybe(TEXT),
});

const CHANNEL = shaped<Channel>({
  id: TEXT,
  name: TEXT,
  kind: oneOf('person', 'wire', 'other'),
  linkedId: TEXT,
  createdNumber: maybe(TEXT),
  createdName: maybe(TEXT),
  createdExten: TEXT,
  callerName: maybe(TEXT),
  withheld: FLAG,
  state: COUNT,
  dialled: FLAG,
  dialString: maybe(TEXT),
  bridgeId: maybe(TEXT),
  askedToHangUp: FLAG,
});

const LEG = shaped<Leg>({
  id: TEXT,
  isPerson: FLAG,
  isCaller: FLAG,
  dialler: maybe(TEXT),
  isCallers: FLAG,
  status: maybe(TEXT),
  forwarded: FLAG,
  cause: maybe(COUNT),
  askedToHangUp: FLAG,
});

const FACTS = shaped<Facts>({
  legs: listOf(LEG),
  callerCause: maybe(COUNT),
  callerAskedToHangUp: FLAG,
  callerWasWaiting: FLAG,
  systemUp: oneOf('never', 'before-dial', 'last'),
  queue: oneOf('none', 'waiting', 'connected', 'failed'),
  firstToHangUp: maybe(oneOf('caller', 'callee', 'system')),
  pbxWentDown: FLAG,
});

const NEWCOMER = shaped<Newcomer>({ id: TEXT, party: PARTY });

const MEETING = shaped<SavedMeeting>({
  ...MOMENT,
  newcomer: NEWCOMER,
  persons: listOf(TEXT),
  isAwaited: FLAG,
  isOld: FLAG,
} satisfies { [K in keyof Meeting]-?: Check });

const CONVERSATION = shaped<SavedConversation>({
  caller: maybe(NEWCOMER),
  callee: maybe(NEWCOMER),
  talkers: maybe(listOf(NEWCOMER)),
  passedOn: maybe(
    shaped<PassedOn>({
      how: oneOf('blind', 'attended', 'pickup'),
      by: PARTY,
      wasHeld: maybe(FLAG),
    }),
  ),
  meeting: maybe(MEETING),
});

const SINCE = shaped<{ readonly since: number }>({ since: COUNT });
const isToldOrNever = oneOf('never', 'told');

const CALL = shaped<SavedCall['call']>({
  id: TEXT,
  joinedIds: listOf(TEXT),
  facts: maybe(FACTS),
  conversation: maybe(CONVERSATION),
  system: (value) => isToldOrNever(value) || SINCE(value),
  queue: maybe(shaped<Waiting>({ name: TEXT, since: COUNT, givenUp: FLAG })),
  isParked: FLAG,
  slot: maybe(shaped<NonNullable<Call['slot']>>({ name: TEXT, isFetched: FLAG })),
  holds: maybe(entriesOf(shaped<Hold>({ by: PARTY, back: maybe(shaped<StoryMoment>(MOMENT)) }))),
  state: oneOf('dialing', 'ringing', 'answered'),
  callerId: maybe(TEXT),
  from: maybe(PARTY),
  to: maybe(PARTY),
  originatedTo: maybe(TEXT),
  isAnnouncement: FLAG,
  dialledName: maybe(TEXT),
  answeredBy: maybe(PARTY),
  hasRung: FLAG,
  countsFrom: COUNT,
  answeredAt: maybe(COUNT),
  lastSeenAt: COUNT,
  sequence: COUNT,
  isNamed: FLAG,
  repeats: maybe(entriesOf(COUNT)),
});

const SAVED = shaped<SavedCall>({
  version: oneOf(2),
  call: CALL,
  channels: listOf(shaped<SavedChannel>({ channel: CHANNEL, bridge: maybe(BRIDGE) })),
});
