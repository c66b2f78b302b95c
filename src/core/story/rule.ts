// Why an event was told, in a sentence. A call's end says itself which row of its table decided; of the others, the
// signal that they were told at tells the rule.

import type { CallEvent } from '../event/call-event.ts';
import { CHANNEL_STATE } from '../pbx/channel.ts';
import type { Signal } from '../pbx/signal.ts';

/** What an event was told at: a signal by its type, or by what it says, or none. */
type Trigger =
  | Exclude<Signal['type'], 'bridge-entered'>
  | 'lifted'
  | 'met'
  | 'conference-entered'
  | 'silence';

type EventName = CallEvent['event'];
type EventOf<E extends EventName> = Extract<CallEvent, { event: E }>;
type Rules = { readonly [T in Trigger]?: string };

/** `signal` is absent where a silence told it. `undefined` where no rule makes such an event then. */
export function ruleOf(event: CallEvent, signal: Signal | undefined): string | undefined {
  if (event.event === 'hungup') return event.why;
  const rule = RULES[event.event][triggerOf(signal)];
  const more = MORE[event.event] as ((event: CallEvent) => string) | undefined; // keyed by the event
  return rule === undefined || more === undefined ? rule : `${rule} ${more(event)}`;
}

function triggerOf(signal: Signal | undefined): Trigger {
  if (signal === undefined) return 'silence';
  if (signal.type === 'channel-created' || signal.type === 'channel-changed') {
    return signal.channel.state === CHANNEL_STATE.up ? 'lifted' : signal.type;
  }
  if (signal.type !== 'bridge-entered') return signal.type;
  return signal.bridge.kind === 'conference' ? 'conference-entered' : 'met';
}

const SYSTEM_UP = "The caller's own channel was up before, and nobody had answered:";
const UNRUNG = 'A phone answered and nothing was seen to ring: it rang for no time.';
const ANNOUNCED = 'Asterisk called the phone to play it an application, and it was lifted.';
const TAKEN_BACK = 'Who held took the other back';
const COME_BACK =
  'Who held had passed the other on to nobody, was called again, and is connected with him once more.';

const RULES: { readonly [E in Exclude<EventName, 'hungup'>]: Rules } = {
  ringing: {
    'channel-created': 'A phone that was called came up ringing, the first one of this call.',
    'channel-changed': 'A phone that was called is in state Ringing, the first one of this call.',
    'dial-begun': 'A phone that is called rings already, the first one of this call.',
    silence: 'A phone that was called rings, and for 250 ms nothing has told its number.',
    'dial-progressed':
      'A phone that was called rings or plays early media, the first one of this call.',
    lifted: UNRUNG,
    originated: UNRUNG,
    met: UNRUNG,
    'conference-entered': UNRUNG,
  },
  answered: {
    met: 'For the first time, ordinary bridges and Local channels connect the person who stands for "from" with another one, or with a conference.',
    'conference-entered':
      'The person who stands for "from" is in a conference, alone or with a phone that was called into it.',
    lifted: ANNOUNCED,
    originated: ANNOUNCED,
  },
  system_answered: {
    silence: `${SYSTEM_UP} for 250 ms nothing else has explained it.`,
    'dial-begun': `${SYSTEM_UP} now it dials on from there.`,
    'queue-joined': `${SYSTEM_UP} now it waits in a queue.`,
    parked: `${SYSTEM_UP} now it is parked.`,
    'hung-up': `${SYSTEM_UP} now it has ended.`,
  },
  queued: { 'queue-joined': 'Asterisk says that the caller waits in a queue.' },
  left_queue: { 'queue-left': 'Asterisk says that the caller waits in the queue no more.' },
  held: { held: 'Asterisk says that this party put the other on hold, and it was not before.' },
  resumed: {
    silence: `${TAKEN_BACK}, and no transfer followed within 250 ms.`,
    held: `${TAKEN_BACK}, and now holds again.`,
    met: COME_BACK,
    'bridge-left': COME_BACK,
    'passed-on': COME_BACK,
    'hung-up': `${TAKEN_BACK}, and the call ended before a transfer followed.`,
  },
  transferred: {
    met: 'Somebody new is connected, and somebody who was is not.',
    'bridge-left': 'Somebody new is connected, and now somebody who was has left.',
    'hung-up': 'Somebody new is connected, and now somebody who was has hung up.',
    'passed-on': 'Somebody new is connected, and now Asterisk has said how that came about.',
    silence:
      'Somebody new is connected, somebody who was is not, and for 250 ms Asterisk has not said how that came about.',
  },
  parked: { parked: 'Asterisk says that the call waits in a parking slot.' },
  retrieved: {
    met: 'Somebody who was not called to it is connected with the parked call.',
    unparked: 'Asterisk says that somebody has fetched the call from its slot.',
    'park-timed-out':
      'Asterisk says that nobody fetched the call in time: it goes back to who parked it.',
  },
  dtmf: { 'digit-pressed': 'Asterisk received the digit from this party.' },
};

/** What else decided how it is told. */
const MORE: { readonly [E in EventName]?: (event: EventOf<E>) => string } = {
  left_queue: ({ reason }) => WHYS_OF_LEAVING[reason],
  transferred: ({ transfer }) => WHYS_OF_TRANSFER[transfer],
};

const WHYS_OF_LEAVING: Readonly<Record<EventOf<'left_queue'>['reason'], string>> = {
  connected: 'A phone was lifted in its last round: connected.',
  abandoned: 'Nobody had lifted, and the caller asked to hang up: abandoned.',
  timeout:
    'Nobody had lifted, the queue was given up, and the caller did not ask to hang up: timeout.',
  exited: 'Nobody had lifted, and the queue was not given up: exited.',
  unavailable: 'The queue has nobody who could answer: unavailable.',
  unknown: 'Nothing tells the reason: unknown.',
};

const WHYS_OF_TRANSFER: Readonly<Record<EventOf<'transferred'>['transfer'], string>> = {
  blind: 'Asterisk calls it a blind transfer.',
  attended: 'Asterisk calls it an attended transfer.',
  pickup: 'Asterisk calls it a pickup.',
  redirect: 'Asterisk speaks of no transfer and no pickup: a redirect.',
};
