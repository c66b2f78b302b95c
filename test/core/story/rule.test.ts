import { describe, expect, it } from 'vitest';
import type { CallEvent } from '../../../src/core/event/call-event.ts';
import { ruleOf } from '../../../src/core/story/rule.ts';
import {
  bridge,
  channel,
  enters,
  goesUp,
  type Happening,
  hangsUp,
  rings,
} from '../../support/signals.ts';
import { ANSWERED, HUNGUP, RINGING } from '../event/call-events.ts';

const A = channel('PJSIP/101-00000001', '1.1');
const BY = { extension: '101' };
const REPEATED = { ...RINGING, occurrence: '1' } as const;
const LEFT = { ...REPEATED, event: 'left_queue', queue: 'q', waitSeconds: 1 } as const;
const PASSED = { ...REPEATED, event: 'transferred', transferredTo: BY } as const;

const at = (happening: Happening) => ({ ...happening, at: 0, micros: undefined });

describe('the rule of an event', () => {
  it.each<readonly [string, CallEvent, Happening | undefined]>([
    ['in state Ringing', RINGING, rings(A)],
    ['connect the person', ANSWERED, enters(A, bridge('b'))],
    ['is in a conference', ANSWERED, enters(A, bridge('b', 'conference'))],
    ['called the phone to play it an application', ANSWERED, goesUp(A)],
    ['rang for no time', RINGING, goesUp(A)],
    ['for 250 ms', { ...RINGING, event: 'system_answered' }, undefined],
    ['It was answered.', HUNGUP, hangsUp(A)],
    ['a phone was lifted', { ...LEFT, reason: 'connected' }, leaves('q')],
    ['caller asked to hang up: abandoned', { ...LEFT, reason: 'abandoned' }, leaves('q')],
    ['the queue was given up', { ...LEFT, reason: 'timeout' }, leaves('q')],
    ['the queue was not given up', { ...LEFT, reason: 'exited' }, leaves('q')],
    ['has nobody who could answer', { ...LEFT, reason: 'unavailable' }, leaves('q')],
    ['Nothing tells the reason', { ...LEFT, reason: 'unknown' }, leaves('q')],
    ['it a blind transfer', { ...PASSED, transfer: 'blind' }, hangsUp(A)],
    ['it an attended transfer', { ...PASSED, transfer: 'attended' }, hangsUp(A)],
    ['it a pickup', { ...PASSED, transfer: 'pickup' }, hangsUp(A)],
    ['of no transfer', { ...PASSED, transfer: 'redirect' }, undefined],
  ])('says "%s" where that decided', (words, event, happening) => {
    expect(ruleOf(event, happening && at(happening))?.toLowerCase()).toContain(words.toLowerCase());
  });

  it('is none where no rule tells such an event then', () => {
    expect(ruleOf(RINGING, at(hangsUp(A)))).toBeUndefined();
    expect(ruleOf({ ...PASSED, transfer: 'blind' }, at(rings(A)))).toBeUndefined();
  });
});

function leaves(queue: string): Happening {
  return { type: 'queue-left', channel: A, queue };
}
