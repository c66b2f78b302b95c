import { describe, expect, it } from 'vitest';
import type { Signal } from '../../../src/core/pbx/signal.ts';
import { type Scene, whyNothing } from '../../../src/core/story/nothing.ts';
import {
  asksToHangUp,
  bridge,
  channel,
  created,
  dialEnds,
  dials,
  enters,
  goesUp,
  type Happening,
  hangsUp,
  leaves,
  picksUp,
  progresses,
  rings,
  showsCallerId,
} from '../../support/signals.ts';

const A = channel('PJSIP/101-00000001', '1.1');
const B = channel('PJSIP/102-00000002', '1.2');
const WIRE = channel('Local/102@internal-00000000;1', '1.3');

const RINGING: Scene = {
  channel: { id: '1.2', kind: 'person' },
  wasSeen: true,
  call: { state: 'ringing', callerId: '1.1', system: 'never', sequence: 1 },
  joined: undefined,
  isDoubtful: false,
};
const of = (state: 'dialing' | 'answered' | 'hungup', more: Partial<Scene> = {}): Scene => ({
  ...RINGING,
  call: { state, callerId: '1.1', system: 'never', sequence: 1 },
  ...more,
});
const SPY: Scene['call'] = { state: 'hungup', callerId: '1.1', system: 'never', sequence: 0 };
const CALLER = { id: '1.1', kind: 'person' } as const;
const PLUMBING = { id: '1.3', kind: 'wire' } as const;
const ON_WIRE: Scene = { ...RINGING, channel: PLUMBING };

type Row = readonly [Happening, Scene, string];

describe('a message tells nothing', () => {
  it.each<Row>([
    [rings(B), of('hungup'), 'the call has ended'],
    [rings(B), { ...RINGING, call: undefined }, 'the channel has ended'],
    [rings(B), { ...RINGING, call: undefined, wasSeen: false }, 'began before the capture'],
    [goesUp(A), of('dialing', { isDoubtful: true }), 'not sure yet'],
    [picksUp(A, B), { ...RINGING, joined: ['1.3', '1.1'] }, 'call 1.3 becomes part of call 1.1'],
    [rings(B), { ...RINGING, channel: { id: '1.2', kind: 'other' } }, 'nobody is on this channel'],
    [rings(B), { ...RINGING, call: SPY }, 'no call of people'],
    [{ type: 'spying', channel: A }, { ...RINGING, call: SPY }, 'no call of people'],
  ])('whatever it says: %j', expectWords);

  it.each<Row>([
    [created(A), of('dialing', { channel: CALLER }), 'opens the call'],
    [created(B), of('dialing'), 'one more phone'],
    [created(WIRE), ON_WIRE, 'a Local channel is plumbing'],
    [rings(B), RINGING, 'a second ring'],
    [rings(B), of('answered'), 'already answered'],
    [rings(WIRE), ON_WIRE, 'a Local channel is plumbing'],
    [goesUp(B), RINGING, 'lifting is no answer'],
    [goesUp(B), of('answered'), 'already answered'],
    [goesUp(WIRE), ON_WIRE, 'a Local channel is plumbing'],
    [
      goesUp(A),
      {
        ...RINGING,
        channel: CALLER,
        call: { state: 'ringing', callerId: '1.1', system: 'told', sequence: 1 },
      },
      'the system has picked up already',
    ],
    [{ type: 'channel-changed', channel: A }, RINGING, 'no state that tells anything'],
    [showsCallerId(A), RINGING, 'names count until something is told'],
    [dials(A, B), RINGING, 'nothing rings yet'],
    [progresses(B, 'RINGING'), RINGING, 'a second ring'],
    [progresses(B, 'PROCEEDING'), RINGING, 'no ring'],
    [dialEnds(A, B, 'BUSY'), RINGING, 'may tell why the call ends'],
    [dialEnds(A, B, 'ANSWER'), RINGING, 'lifting is no answer'],
    [dialEnds(A, B, 'ANSWER'), of('answered'), 'already answered'],
    [enters(B, bridge('b')), RINGING, 'are not connected yet'],
    [enters(B, bridge('b')), of('answered'), 'nobody new in the place of somebody'],
    [enters(B, bridge('b', 'holding')), RINGING, 'put aside'],
    [
      enters(B, bridge('b', 'conference')),
      RINGING,
      'it answers a caller who waits for nobody else',
    ],
    [leaves(B, bridge('b')), RINGING, 'leaving a bridge ends no call'],
    [picksUp(A, B), RINGING, 'connecting the two will be the answer'],
    [asksToHangUp(B), RINGING, 'who ends the call'],
    [{ type: 'shutdown-requested', channel: A }, RINGING, 'pbx_restart'],
    [hangsUp(B), RINGING, 'others are left'],
    [hangsUp(WIRE), ON_WIRE, 'a Local channel is plumbing'],
    [{ type: 'digit-pressed', channel: B, digit: '1', durationMs: 1 }, RINGING, 'CALL_DTMF'],
    [{ type: 'digit-pressed', channel: WIRE, digit: '1', durationMs: 1 }, ON_WIRE, 'plumbing'],
    [{ type: 'held', channel: B }, RINGING, 'already on hold'],
    [{ type: 'resumed', channel: B }, RINGING, 'was not on hold'],
    [{ type: 'queue-joined', channel: A, queue: 'q', position: 1 }, RINGING, 'has ended'],
    [{ type: 'queue-left', channel: A, queue: 'q' }, RINGING, 'in no queue'],
    [{ type: 'queue-given-up', channel: A, queue: 'q' }, RINGING, 'nobody of the queue'],
    [{ type: 'parked', channel: A, slot: '701', parker: undefined }, RINGING, 'has ended'],
    [{ type: 'unparked', channel: A, slot: '701', retriever: B }, RINGING, 'has ended'],
    [{ type: 'park-timed-out', channel: A, slot: '701' }, RINGING, 'has ended'],
    [{ type: 'passed-on', how: 'blind', by: A, second: undefined }, RINGING, 'taken the place'],
    [{ type: 'spying', channel: A }, RINGING, 'somebody only listens'],
    [
      { type: 'originated', channelId: '1.1', exten: '102', isAnnouncement: false },
      { ...RINGING, channel: { id: '1.1', kind: undefined } },
      'what the phone was called for',
    ],
    [{ type: 'pbx-shutdown' }, { ...RINGING, channel: undefined }, 'all calls end'],
  ])('for its own reason: %j', expectWords);
});

function expectWords(happening: Happening, scene: Scene, words: string): void {
  const signal = { ...happening, at: 0, micros: undefined } as Signal; // a happening and its time are a signal
  expect(whyNothing(signal, scene)).toContain(words);
}
