import { expect, it } from 'vitest';
import { toMessage } from '../../../src/core/ami/message.ts';
import type { ChannelSnapshot, Signal } from '../../../src/core/pbx/signal.ts';
import { toRawLine, toSignalLine } from '../../../src/core/story/message-line.ts';
import { block, bridgeBlock, eventText, type Headers } from '../../support/ami-text.ts';
import {
  asksToHangUp,
  bridge,
  channel,
  created,
  dialEnds,
  dials,
  enters,
  type Happening,
  hangsUp,
  isForwarded,
  leaves,
  picksUp,
  progresses,
  rings,
  showsCallerId,
} from '../../support/signals.ts';

const A = channel('PJSIP/101-1', '1.1', {
  callerName: 'Alice',
  exten: '102',
  state: 4,
  number: '101',
});
const B = channel('PJSIP/102-2', '1.2', { number: undefined });
const ROOM = { ...bridge('11112222-3333', 'conference'), name: '700' };

const originated = (more: { exten?: string | undefined; isAnnouncement?: true }): Happening => ({
  type: 'originated',
  channelId: '1.1',
  exten: undefined,
  isAnnouncement: false,
  ...more,
});

/** The event that the happening was read of: it shows these channels, and where it is about one, a bridge. */
function eventOf(happening: Happening): string {
  const one =
    happening.type === 'spying' ? 'Spyer' : happening.type.includes('park') ? 'Parkee' : '';
  const isBlind = happening.type === 'passed-on' && happening.how === 'blind';
  const prefixes = {
    ...{ channel: one, from: '', to: 'Dest', target: 'Target', retriever: 'Retriever' },
    ...{ by: isBlind ? 'Transferer' : 'OrigTransferer', second: 'SecondTransferer' },
  };
  const shown = happening as { readonly [N in keyof typeof prefixes]?: ChannelSnapshot }; // those of the table are whole
  const names = Object.keys(prefixes) as (keyof typeof prefixes)[];
  const blocks = names.map((name) => blockOf(shown[name], prefixes[name]));
  const left =
    happening.type === 'bridge-left' ? bridgeBlock(happening.bridgeId, 'holding_bridge') : [];
  return eventText('X', ...left, ...blocks.flat());
}

function blockOf(shown: ChannelSnapshot | undefined, prefix: string): Headers {
  if (shown === undefined) return [];
  const { id, name, state, number: num, callerName, exten } = shown;
  const whose = {
    ...(num !== undefined && { num }),
    ...(callerName !== undefined && { name: callerName }),
  };
  return block({ channel: name, id, state: String(state), exten, ...whose }, prefix);
}

it.each<readonly [Happening, string]>([
  [created(A), 'X PJSIP/101-1 Ring, 101 Alice, dialled 102'],
  [created(B), 'X PJSIP/102-2 Down'],
  [rings(B), 'X PJSIP/102-2 Ringing'],
  [{ type: 'channel-changed', channel: { ...B, state: 99 } }, 'X PJSIP/102-2 state 99'],
  [showsCallerId(A, true), 'X PJSIP/101-1, 101 Alice, dialled 102 withheld'],
  [dials(A, B, '102'), 'X PJSIP/101-1 to PJSIP/102-2 (102)'],
  [dials(undefined, B, '102'), 'X to PJSIP/102-2 (102)'],
  [progresses(B, 'RINGING'), 'X PJSIP/102-2 RINGING'],
  [dialEnds(A, B, 'ANSWER'), 'X PJSIP/101-1 to PJSIP/102-2 ANSWER'],
  [isForwarded(A, B), 'X PJSIP/101-1 to PJSIP/102-2 CANCEL forwarded'],
  [enters(B, bridge('11112222-3333')), 'X PJSIP/102-2 bridge 11112222'],
  [enters(B, ROOM), 'X PJSIP/102-2 conference 700'],
  [leaves(B, bridge('11112222-3333', 'holding')), 'X PJSIP/102-2 holding bridge 11112222'],
  [picksUp(A, B), 'X PJSIP/101-1 takes the call of PJSIP/102-2'],
  [asksToHangUp(B), 'X PJSIP/102-2'],
  [{ type: 'shutdown-requested', channel: B }, 'X PJSIP/102-2 by a shutdown'],
  [hangsUp(B), 'X PJSIP/102-2 cause 16'],
  [{ type: 'digit-pressed', channel: B, digit: '#', durationMs: 1 }, 'X PJSIP/102-2 digit #'],
  [{ type: 'held', channel: B }, 'X PJSIP/102-2'],
  [{ type: 'resumed', channel: B }, 'X PJSIP/102-2'],
  [
    { type: 'queue-joined', channel: A, queue: 'q', position: 2 },
    'X PJSIP/101-1 queue q position 2',
  ],
  [{ type: 'queue-left', channel: A, queue: 'q' }, 'X PJSIP/101-1 queue q'],
  [{ type: 'queue-given-up', channel: A, queue: 'q' }, 'X PJSIP/101-1 queue q'],
  [
    { type: 'parked', channel: A, slot: '701', parker: 'PJSIP/102' },
    'X PJSIP/101-1 slot 701 by PJSIP/102',
  ],
  [{ type: 'parked', channel: A, slot: '701', parker: undefined }, 'X PJSIP/101-1 slot 701'],
  [
    { type: 'unparked', channel: A, slot: '701', retriever: B },
    'X PJSIP/101-1 slot 701 fetched by PJSIP/102-2',
  ],
  [{ type: 'park-timed-out', channel: A, slot: '701' }, 'X PJSIP/101-1 slot 701'],
  [{ type: 'passed-on', how: 'blind', by: A, second: undefined }, 'X by PJSIP/101-1, blind'],
  [{ type: 'passed-on', how: 'attended', by: A, second: A }, 'X by PJSIP/101-1, attended'],
  [
    { type: 'passed-on', how: 'attended', by: A, second: B },
    'X by PJSIP/101-1 and PJSIP/102-2, attended',
  ],
  [originated({ exten: '102' }), 'X channel 1.1 for 102'],
  [originated({ exten: undefined }), 'X channel 1.1 for nobody known'],
  [originated({ isAnnouncement: true }), 'X channel 1.1 for an announcement'],
  [{ type: 'spying', channel: A }, 'X PJSIP/101-1'],
  [{ type: 'pbx-shutdown' }, 'X'],
])('%j is one line', (happening, line) => {
  const signal = { ...happening, at: 0, micros: undefined } as Signal; // a happening and its time are a signal
  expect(toSignalLine(toMessage(eventOf(happening)), signal)).toBe(line);
});

it('shows how a message begins that nobody may trust', () => {
  const text = `${'x'.repeat(100)}\r\nEvent: Hangup\r\n`;
  expect(toRawLine(toMessage(text))).toBe(`"${'x'.repeat(60)}…" (117 bytes)`);
  expect(toRawLine(toMessage('Event: A\n'))).toBe('"Event: A" (9 bytes)');
});
