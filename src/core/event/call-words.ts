// The closed sets of words that call events are told in, each word with its meaning.

import { CAUSE_SENTENCES } from '../ami/hangup-cause.ts';
import type {
  CauseWord,
  Disposition,
  HungupBy,
  LeftQueue,
  Retrieved,
  Service,
  Transferred,
} from './call-event.ts';
import { type Shape, word } from './shape.ts';

const CAUSES: Readonly<Record<CauseWord, string>> = {
  ...CAUSE_SENTENCES,
  cancelled: 'The caller hung up before the call was answered',
  unreachable: "The destination's phone is not registered",
  pbx_restart: 'The phone system was restarted or stopped',
  unknown: 'It is not known why the call ended',
};

export const CAUSE = word<CauseWord>(CAUSES);

/** What a cause means, in a sentence. */
export const CAUSE_SENTENCE: Shape<CauseWord> = {
  write: (cause) => JSON.stringify(CAUSES[cause]),
  keywords: { type: 'string' },
};

export const DISPOSITION = word<Disposition>({
  answered: 'a person, or a conference, had answered',
  cancelled: 'the caller gave up before anybody answered',
  system: 'only the phone system itself had answered',
  busy: 'the dialled phones were busy',
  rejected: 'somebody declined',
  no_answer: 'nobody lifted',
  failed: 'the call could not be made, or the phone system stopped',
  merged: 'it became part of another call before it was answered',
  unknown: 'the end was not seen, and nothing tells',
});

export const HUNGUP_BY = word<HungupBy>({
  caller: 'the side that placed the call',
  callee: 'the side that was called',
  system: 'the phone system',
});

export const SERVICE = word<Service>({
  menu: 'the caller can choose by keys',
  announcement: 'something is played to the caller',
  queue: 'the caller waits for an agent',
  voicemail: 'the caller can leave a message',
  parking: 'the call waits for somebody who fetches it',
  echo: 'the caller hears what he says',
  other: 'another application',
});

export const WHY_LEFT = word<LeftQueue['reason']>({
  connected: 'an agent has taken the call',
  abandoned: 'the caller hung up',
  timeout: 'the time of the queue was over',
  exited: 'the caller left by a key, or was taken out',
  unavailable: 'the queue has nobody who could answer',
  unknown: 'nothing tells',
});

export const TRANSFER = word<Transferred['transfer']>({
  blind: 'passed on without asking',
  attended: 'passed on by a second call to the new party',
  redirect: 'moved in another way, by a program or by the dialplan',
  pickup: 'taken over from another phone',
});

export const WHY_RETRIEVED = word<Retrieved['reason']>({
  retrieved: 'somebody fetched it',
  timeout: 'nobody did in time, and it goes back to who had parked it',
});
