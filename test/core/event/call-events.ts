// One call event of each kind, with everything in it that it can have.

import type {
  Answered,
  CallEvent,
  Dtmf,
  Hungup,
  Ringing,
  StoryEvent,
} from '../../../src/core/event/call-event.ts';

const TOLD = {
  callId: '1770888509.40',
  from: { extension: '1986', name: 'Martin' },
  to: { extension: '21', name: 'Kitchen' },
  at: Date.UTC(2026, 1, 12, 10, 30, 0, 125),
  sequence: 1,
};

export const RINGING: Ringing = { ...TOLD, event: 'ringing' };

export const ANSWERED: Answered = {
  ...TOLD,
  event: 'answered',
  answeredBy: { extension: '21', name: 'Kitchen' },
  ringSeconds: 4.321,
};

export const HUNGUP: Hungup = {
  ...TOLD,
  event: 'hungup',
  inferred: true,
  answeredBy: { extension: '21' },
  cause: 'normal_clearing',
  causeCode: 16,
  pbxCauseCode: 127,
  talkSeconds: 61.5,
  totalSeconds: 65.821,
  disposition: 'answered',
  hungupBy: 'caller',
  mergedInto: '1770888400.7',
  lastSeenAt: TOLD.at,
  why: 'It was answered.',
};

export const DTMF: Dtmf = {
  ...TOLD,
  event: 'dtmf',
  occurrence: '1770888509123456',
  digit: '#',
  by: { extension: '1986', name: 'Martin' },
  durationSeconds: 0.12,
};

const MARTIN = { by: { extension: '1986', name: 'Martin' } };
const REPEATED = { ...TOLD, occurrence: '1770888509123456' };
const QUEUE = { ...REPEATED, queue: 'support' };

const STORY: { readonly [E in StoryEvent['event']]: Extract<StoryEvent, { event: E }> } = {
  system_answered: {
    ...TOLD,
    event: 'system_answered',
    service: 'voicemail',
    serviceName: '21@default',
  },
  queued: { ...QUEUE, event: 'queued', position: 3 },
  left_queue: { ...QUEUE, event: 'left_queue', reason: 'exited', waitSeconds: 12.5 },
  held: { ...REPEATED, ...MARTIN, event: 'held' },
  resumed: { ...REPEATED, ...MARTIN, event: 'resumed' },
  transferred: {
    ...REPEATED,
    ...MARTIN,
    event: 'transferred',
    transfer: 'blind',
    transferredTo: { extension: '22' },
    replaces: { extension: '1986', name: 'Martin' },
  },
  parked: { ...REPEATED, ...MARTIN, event: 'parked', slot: '701' },
  retrieved: { ...REPEATED, ...MARTIN, event: 'retrieved', slot: '701', reason: 'retrieved' },
};

export const CALL_EVENTS: readonly CallEvent[] = [
  RINGING,
  ANSWERED,
  HUNGUP,
  DTMF,
  ...Object.values(STORY),
];
