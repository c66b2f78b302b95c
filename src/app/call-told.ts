// What the operator is told of a call event, without who it concerns: which it is, and what is measured of it.

import type { Answered, CallEvent, Disposition, Hungup } from '../core/event/call-event.ts';
import type { Notice } from '../telemetry/notice.ts';

type CallTold = Extract<Notice, { type: 'call-told' }>;

export function toCallTold(event: CallEvent): CallTold {
  const { callId, sequence } = event;
  const told = { type: 'call-told', callId, event: event.event, first: sequence === 1 } as const;
  if (event.event === 'answered') return { ...told, ...ringOfAnswered(event) };
  if (event.event !== 'hungup') return told;
  const { disposition, cause } = event;
  return { ...told, disposition, cause, ...talkOf(event), ...ringOfUnanswered(event) };
}

/** A conference, and a phone that lifts by itself, did not ring. What is learned of later did not happen now. */
function ringOfAnswered({ ringSeconds, inferred }: Answered): Pick<CallTold, 'ring'> {
  if (ringSeconds === undefined || ringSeconds === 0 || inferred) return {};
  return { ring: { outcome: 'answered', seconds: ringSeconds } };
}

function talkOf({ disposition, talkSeconds, inferred }: Hungup): Pick<CallTold, 'talkSeconds'> {
  return disposition === 'answered' && !inferred ? { talkSeconds } : {};
}

/**
 * So a call ends that rang until its end. A system that picked up (voicemail) ended the ringing at a moment that nobody
 * knows; what was merged goes on elsewhere.
 */
const RANG_TO_THE_END: readonly Disposition[] = [
  'cancelled',
  'busy',
  'rejected',
  'no_answer',
  'failed',
];

function ringOfUnanswered(event: Hungup): Pick<CallTold, 'ring'> {
  const { rang, disposition, totalSeconds, inferred } = event;
  if (!rang || inferred || !RANG_TO_THE_END.includes(disposition)) return {};
  return { ring: { outcome: 'unanswered', seconds: totalSeconds } };
}
