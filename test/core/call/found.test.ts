// Where channels are found that were not heard of for a while: with queues, parking lots and the phone system itself.

import { describe, expect, it } from 'vitest';
import { Correlator } from '../../../src/core/call/correlator.ts';
import type { ChannelListItem } from '../../../src/core/pbx/channel-list.ts';
import type { BridgeKind, BridgeSnapshot, ChannelSnapshot } from '../../../src/core/pbx/signal.ts';
import { NO_SURROUNDINGS, type Surroundings } from '../../../src/core/pbx/surroundings.ts';
import { atOnce } from '../../support/at-once.ts';
import {
  changed,
  channel,
  created,
  dials,
  type Happening,
  hangsUp,
  joinsQueue,
  rings,
  timed,
} from '../../support/signals.ts';

const CALLER = channel('PJSIP/101-00000001', '1.1', { exten: '600', state: 6 });
const AGENT = channel('PJSIP/102-00000002', '1.2', { linkedId: '1.1', state: 5 });
const RINGING = { ...item(AGENT, 'AppQueue'), isDialled: true };
const AT = 60_000;

function item(one: ChannelSnapshot, application: string, bridge?: BridgeSnapshot): ChannelListItem {
  const rest = { isDialled: false, isSpying: false, startedAt: undefined };
  return { channel: one, application, bridge, ...rest };
}

function bridgeOf(kind: BridgeKind): BridgeSnapshot {
  return { id: 'b', kind, name: undefined };
}

type Meanwhile = Partial<Surroundings> & { readonly heard?: readonly Happening[] };

/** What is told of these channels by a bridge that has heard nothing of them, or only `heard`. */
function found(items: readonly ChannelListItem[], { heard = [], ...around }: Meanwhile = {}) {
  const correlator = new Correlator();
  correlator.beginSession(0);
  hear(correlator, heard);
  return look(correlator, items, around);
}

function look(
  correlator: Correlator,
  items: readonly ChannelListItem[],
  around: Partial<Surroundings> = {},
) {
  const surroundings = { ...NO_SURROUNDINGS, waiting: new Map(), ...around };
  return atOnce(correlator.resync({ items, isComplete: true }, AT, surroundings)).events;
}

function hear(correlator: Correlator, happenings: readonly Happening[]) {
  return timed(happenings, AT, 10).flatMap((signal) => correlator.handle(signal));
}

const WAITING = { waiting: new Map([['1.1', { queue: 'sales', position: 2, waitSeconds: 30 }]]) };

describe('who waits in a queue', () => {
  it('is found there, with the phones that ring for it', () => {
    expect(found([item(CALLER, 'Queue'), RINGING], WAITING)).toMatchObject([
      { event: 'system_answered', service: 'queue', serviceName: 'sales', inferred: true },
      { event: 'queued', queue: 'sales', position: 2, inferred: true, at: AT },
      { event: 'ringing', inferred: true },
    ]);
  });

  it('was picked up for it, where that was seen and not sure yet', () => {
    const correlator = new Correlator();
    hear(correlator, [created({ ...CALLER, state: 4 }), changed(CALLER, 6)]);
    correlator.beginSession(AT + 100);
    const events = look(correlator, [item(CALLER, 'Queue')], WAITING);
    expect(events).toMatchObject([
      { event: 'system_answered', service: 'queue', serviceName: 'sales', at: AT + 10 },
      { event: 'queued', queue: 'sales', inferred: true },
    ]);
    expect(events[0]).not.toHaveProperty('inferred');
    expect(correlator.elapse(AT + 1_000)).toEqual([]);
  });

  it('is not answered by the system where the queue plays to a phone that only rings', () => {
    const events = found([item({ ...CALLER, state: 4 }, 'Queue')], WAITING);
    expect(events).toMatchObject([{ event: 'queued' }]);
  });

  it('has waited since it entered, and not since it was found', () => {
    const correlator = new Correlator();
    look(correlator, [item(CALLER, 'Queue')], WAITING);
    const left = { type: 'queue-left', channel: CALLER, queue: 'sales' } as const;
    expect(hear(correlator, [left])).toMatchObject([{ event: 'left_queue', waitSeconds: 30 }]);
  });

  it('is told once, however often it is asked for', () => {
    const correlator = new Correlator();
    look(correlator, [item(CALLER, 'Queue')], WAITING);
    correlator.beginSession(AT);
    expect(look(correlator, [item(CALLER, 'Queue')], WAITING)).toEqual([]);
  });

  it('has left it where it does not wait any more, for whatever reason', () => {
    const correlator = new Correlator();
    look(correlator, [item(CALLER, 'Queue')], WAITING);
    correlator.beginSession(AT);
    expect(look(correlator, [item(CALLER, 'BackGround')])).toMatchObject([
      { event: 'left_queue', queue: 'sales', reason: 'unknown', inferred: true },
    ]);
  });

  it('is with somebody where it is in a bridge', () => {
    const correlator = new Correlator();
    look(correlator, [item(CALLER, 'Queue'), RINGING], WAITING);
    correlator.beginSession(AT);
    const talking = [
      item(CALLER, 'Queue', bridgeOf('ordinary')),
      item({ ...AGENT, state: 6 }, 'AppQueue', bridgeOf('ordinary')),
    ];
    expect(look(correlator, talking)).toMatchObject([
      { event: 'left_queue', reason: 'connected' },
      { event: 'answered', answeredBy: { extension: '102' } },
    ]);
  });

  it('has left nothing where nobody could be asked who waits', () => {
    const correlator = new Correlator();
    look(correlator, [item(CALLER, 'Queue')], WAITING);
    correlator.beginSession(AT);
    expect(look(correlator, [item(CALLER, 'Queue')], { waiting: undefined })).toEqual([]);
  });

  it('is where it was last heard to be, also where the list is older', () => {
    const left = { type: 'queue-left', channel: CALLER, queue: 'sales' } as const;
    const events = found([item(CALLER, 'Queue')], { ...WAITING, heard: [created(CALLER), left] });
    expect(events.map(({ event }) => event)).not.toContain('queued');
  });
});

describe('who is parked', () => {
  const HELD = item(CALLER, 'Dial', bridgeOf('holding'));

  it('is found in its slot', () => {
    const parked = new Map([['1.1', { slot: '701', parker: 'PJSIP/102' }]]);
    expect(found([HELD], { parked })).toMatchObject([
      { event: 'system_answered', service: 'parking', inferred: true },
      { event: 'parked', slot: '701', by: { extension: '102' }, inferred: true },
    ]);
  });

  it('is told once, however often it is asked for', () => {
    const parked = new Map([['1.1', { slot: '701', parker: 'PJSIP/102' }]]);
    const correlator = new Correlator();
    look(correlator, [HELD], { parked });
    correlator.beginSession(AT);
    expect(look(correlator, [HELD], { parked })).toEqual([]);
  });

  it('is found though nothing tells the slot', () => {
    expect(found([HELD])).toMatchObject([{ event: 'system_answered', service: 'parking' }]);
  });

  it('is told by the kind of the bridge, and not by what the channel does', () => {
    const bridges = new Map([['b', bridgeOf('holding')]]);
    const inBridge = item(CALLER, 'Dial', bridgeOf('ordinary'));
    expect(found([inBridge], { bridges })).toMatchObject([{ service: 'parking' }]);
  });

  it('is nobody who waits for work as an agent', () => {
    expect(found([item(CALLER, 'AgentLogin', bridgeOf('holding'))])).toEqual([]);
  });
});

describe('who is with the phone system', () => {
  it.each([
    ['BackGround', 'menu'],
    ['Playback', 'announcement'],
    ['VoiceMail', 'voicemail'],
    ['Echo', 'echo'],
    ['Read', undefined],
  ])('is found there: %s', (application, service) => {
    const [event] = found([item(CALLER, application)]);
    expect(event).toMatchObject({ event: 'system_answered', inferred: true, at: AT });
    expect(event && 'service' in event ? event.service : undefined).toBe(service);
  });

  it('is not told where the channel may be on the way to somebody', () => {
    expect(found([item(CALLER, 'Dial')])).toEqual([]);
    expect(found([item({ ...CALLER, state: 4 }, 'BackGround')])).toEqual([]);
    expect(found([{ ...item(CALLER, 'BackGround'), isDialled: true }])).toEqual([]);
  });

  it('is told nothing of while listening to others, to the end', () => {
    const correlator = new Correlator();
    expect(look(correlator, [{ ...item(CALLER, 'ChanSpy'), isSpying: true }])).toEqual([]);
    expect(hear(correlator, [hangsUp(CALLER)])).toEqual([]);
  });
});

describe('what was heard since the login', () => {
  it('is no call of a phone that was called for somebody of before', () => {
    const agent = { ...AGENT, state: 0 };
    const heard = [created(agent), dials(CALLER, agent), rings(agent)];
    expect(found([item(CALLER, 'Queue')], { ...WAITING, heard })).toMatchObject([
      { event: 'system_answered', from: { extension: '101' } },
      { event: 'queued' },
      { event: 'ringing', from: { extension: '101' }, callId: '1.1', at: AT + 20 },
    ]);
  });

  it('is told at once of a call that begins now', () => {
    const correlator = new Correlator();
    correlator.beginSession(0);
    const caller = { ...CALLER, state: 4 };
    const called = { ...AGENT, state: 0 };
    const told = hear(correlator, [created(caller), created(called), rings(called)]);
    expect(told).toMatchObject([{ event: 'ringing', from: { extension: '101' } }]);
  });

  it('of a queue is told once Asterisk has said who waits in it', () => {
    const joined = joinsQueue(CALLER, 'sales');
    const events = found([item(CALLER, 'Queue')], { heard: [joined] });
    expect(events.filter(({ event }) => event === 'queued')).toHaveLength(1);
    expect(events.at(-1)).not.toHaveProperty('inferred');
  });

  const other = channel('PJSIP/102-00000002', '1.2', { linkedId: '1.1', state: 6 });
  const entered = (one: ChannelSnapshot): Happening => ({
    type: 'bridge-entered',
    bridge: bridgeOf('ordinary'),
    channel: one,
    swapped: undefined,
  });

  it('is newer than the list, also of channels that nobody knew', () => {
    const items = [
      item(CALLER, 'Dial'),
      { ...item({ ...other, state: 5 }, 'AppDial'), isDialled: true },
    ];
    const heard = [entered(other), entered(CALLER)];
    expect(found(items, { heard })).toMatchObject([
      { event: 'answered', answeredBy: { extension: '102' }, inferred: true },
    ]);
  });

  it('may be that they parted', () => {
    const items = [
      item(CALLER, 'Dial', bridgeOf('ordinary')),
      item(other, 'AppDial', bridgeOf('ordinary')),
    ];
    const heard: Happening[] = [
      { type: 'bridge-left', bridgeId: bridgeOf('ordinary').id, channel: other },
    ];
    expect(found(items, { heard })).toEqual([]);
  });
});
