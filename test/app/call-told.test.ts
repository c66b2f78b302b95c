import { describe, expect, it } from 'vitest';
import { toCallTold } from '../../src/app/call-told.ts';
import type { Answered, Hungup } from '../../src/core/event/call-event.ts';
import { ANSWERED, CALL_EVENTS, HUNGUP, RINGING } from '../core/event/call-events.ts';

const { inferred, ...SEEN } = HUNGUP;
const CANCELLED: Hungup = {
  ...SEEN,
  rang: true,
  disposition: 'cancelled',
  cause: 'cancelled',
  talkSeconds: 0,
  totalSeconds: 12.5,
};

describe('what the operator is told of a call event', () => {
  it('is which one it is, and whether it is the first of its call', () => {
    expect(toCallTold(RINGING)).toEqual({
      type: 'call-told',
      callId: RINGING.callId,
      event: 'ringing',
      first: true,
    });
    expect(toCallTold({ ...RINGING, sequence: 2 }).first).toBe(false);
  });

  it('is never who it concerns', () => {
    const told = JSON.stringify(CALL_EVENTS.map(toCallTold));
    for (const secret of ['1986', 'Martin', 'Kitchen', '#']) expect(told).not.toContain(secret);
  });

  it('is why it ended', () => {
    expect(toCallTold(HUNGUP)).toMatchObject({ disposition: 'answered', cause: 'normal_clearing' });
  });
});

describe('how long phones rang', () => {
  it.each<[string, Partial<Answered>, number | undefined]>([
    ['is the ring of a call that is answered', {}, 4.321],
    ['is nothing where a phone lifted by itself', { ringSeconds: 0 }, undefined],
    ['is not known where the answer was learned of later', { inferred: true }, undefined],
  ])('%s', (_, change, seconds) => {
    const { ring } = toCallTold({ ...ANSWERED, ...change });
    expect(ring).toEqual(seconds && { outcome: 'answered', seconds });
  });

  it('is not known where the ring was not seen', () => {
    const { ringSeconds, ...unseen } = ANSWERED;
    expect(toCallTold(unseen).ring).toBeUndefined();
  });

  it.each<[string, Partial<Hungup>, number | undefined]>([
    ['is all of a call that its caller gave up', {}, 12.5],
    ['is all of a call that nobody answered', { disposition: 'no_answer' }, 12.5],
    ['is all of a call that was declined', { disposition: 'rejected' }, 12.5],
    ['is told at the answer, not again at the end', { disposition: 'answered' }, undefined],
    ['is not known where voicemail picked up', { disposition: 'system' }, undefined],
    ['goes on elsewhere where calls were merged', { disposition: 'merged' }, undefined],
    ['is not known where the end was not seen', { inferred: true }, undefined],
  ])('%s', (_, change, seconds) => {
    const { ring } = toCallTold({ ...CANCELLED, ...change });
    expect(ring).toEqual(seconds && { outcome: 'unanswered', seconds });
  });

  it('is nothing where no phone rang', () => {
    const { rang, ...busy } = CANCELLED;
    expect(toCallTold({ ...busy, disposition: 'busy' }).ring).toBeUndefined();
  });
});

describe('how long they talked', () => {
  it('is told of calls that were answered and whose end was seen', () => {
    expect(toCallTold(SEEN).talkSeconds).toBe(61.5);
    expect(toCallTold(HUNGUP).talkSeconds).toBeUndefined();
    expect(toCallTold(CANCELLED).talkSeconds).toBeUndefined();
  });
});
