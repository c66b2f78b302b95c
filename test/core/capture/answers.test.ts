import { describe, expect, it } from 'vitest';
import { toMessage } from '../../../src/core/ami/message.ts';
import { answer, type Moment, parseAction } from '../../../src/core/capture/answers.ts';
import { type ChannelTable, track } from '../../../src/core/capture/channel-table.ts';
import { event, snapshot } from './hand-made.ts';

function moment(): Moment {
  const channels: ChannelTable = new Map();
  for (const id of ['1.1', '1.2']) {
    const chan = { channel: `PJSIP/10${id.at(-1)}-0`, id, linked: '1.1' };
    track(channels, toMessage(event('Newchannel', ...snapshot(chan)).slice(0, -2)), 1000);
  }
  const clock = { seconds: 1_770_888_509.25, bootSeconds: 1_770_888_000, ms: 3_725_000 };
  return { amiVersion: '11.0.0', channels, ...clock };
}

function reply(...lines: string[]): string {
  return answer(parseAction(lines), moment());
}

/** What is answered when that has happened, a second between each. */
function replyAfter(action: string, ...texts: string[]): string {
  const now = moment();
  for (const [index, text] of texts.entries()) {
    track(now.channels as ChannelTable, toMessage(text.slice(0, -2)), 2_000 + index * 1_000);
  }
  return answer(parseAction([`Action: ${action}`]), now);
}

describe('an answer', () => {
  it('carries the ActionID that the client gave, verbatim', () => {
    expect(reply('action: ping', 'ACTIONID: a b')).toContain('\r\nActionID: a b\r\n');
  });

  it('to Ping tells the clock of the PBX', () => {
    expect(reply('Action: Ping')).toBe(
      'Response: Success\r\nPing: Pong\r\nTimestamp: 1770888509.250000\r\n\r\n',
    );
  });

  it('to CoreSettings tells the release that the banner tells', () => {
    expect(reply('Action: CoreSettings')).toContain('AsteriskVersion: 22.0.0');
    const old = answer(parseAction(['Action: CoreSettings']), { ...moment(), amiVersion: '5.0.4' });
    expect(old).toContain('AsteriskVersion: 16.0.0');
  });

  it('to CoreStatus tells when the PBX came up and how many calls there are', () => {
    const text = reply('Action: CoreStatus');
    expect(text).toContain('CoreStartupDate: 2026-02-12\r\nCoreStartupTime: 09:20:00\r\n');
    expect(text).toContain('CoreCurrentCalls: 1');
  });

  it('to CoreShowChannels lists every channel with the ActionID as second line', () => {
    const text = reply('Action: CoreShowChannels', 'ActionID: 7');
    expect(text.match(/Event: CoreShowChannel\r\nActionID: 7\r\nChannel: /g)).toHaveLength(2);
    expect(text).toContain('Duration: 01:02:04\r\n');
    expect(text).toContain('EventList: Complete\r\nListItems: 2\r\n\r\n');
  });

  it('to Status lists them with the ActionID last', () => {
    const text = reply('Action: Status', 'ActionID: 7');
    expect(text.match(/Event: Status\r\nPrivilege: Call\r\nChannel: /g)).toHaveLength(2);
    expect(text.match(/Seconds: 3724\r\nActionID: 7\r\n\r\n/g)).toHaveLength(2);
  });

  it('to Status of one channel lists that one, or says that there is none', () => {
    expect(reply('Action: Status', 'Channel: PJSIP/102-0')).toContain('ListItems: 1');
    expect(reply('Action: Status', 'Channel: x')).toContain('Message: No such channel');
  });

  it('to BridgeList lists the bridges that somebody is in, each once', () => {
    const bridge = [
      ['BridgeUniqueid', 'b-1'],
      ['BridgeTechnology', 'holding_bridge'],
    ] as const;
    const enter = ['1.1', '1.2'].map((id) =>
      event('BridgeEnter', ...bridge, ...snapshot({ channel: 'x', id })),
    );
    const text = replyAfter('BridgeList', ...enter);
    expect(text).toMatch(/BridgeUniqueid: b-1\r\n.*BridgeTechnology: holding_bridge\r\n/s);
    expect(text).toContain('Event: BridgeListComplete\r\nEventList: Complete\r\nListItems: 1\r\n');
    const leave = ['1.1', '1.2'].map((id) =>
      event('BridgeLeave', ...snapshot({ channel: 'x', id })),
    );
    expect(replyAfter('BridgeList', ...enter, ...leave)).toContain('ListItems: 0');
  });

  it('to QueueStatus lists who waits, in the order of coming', () => {
    const [first, second] = ['1.2', '1.1'].map(
      (id) => [...snapshot({ channel: 'x', id })] as const,
    );
    if (first === undefined || second === undefined) throw new Error('two are made');
    const join = [first, second].map((who) => event('QueueCallerJoin', ...who, ['Queue', 'sales']));
    const text = replyAfter('QueueStatus', ...join);
    expect(text).toMatch(/Queue: sales\r\nPosition: 2\r\n.*?Uniqueid: 1.1\r\n.*?Wait: 3722\r\n/s);
    expect(text).toMatch(/Position: 1\r\n.*?Uniqueid: 1.2\r\n.*?Wait: 3723\r\n/s);
    const left = replyAfter('QueueStatus', ...join, event('QueueCallerLeave', ...first));
    expect(left).toMatch(/Position: 1\r\n.*?Uniqueid: 1.1\r\n/s);
    expect(left).toContain('ListItems: 1');
  });

  it('to ParkedCalls lists who is parked, and where', () => {
    const who = snapshot({ channel: 'x', id: '1.1' }, 'Parkee');
    const parked = event('ParkedCall', ...who, ['ParkingSpace', '701']);
    const text = replyAfter('ParkedCalls', parked);
    expect(text).toMatch(/Event: ParkedCall\r\n.*ParkeeUniqueid: 1.1\r\n.*ParkingSpace: 701\r\n/s);
    expect(text).toContain('ParkingDuration: 3723\r\n');
    const after = replyAfter('ParkedCalls', parked, event('UnParkedCall', ...who));
    expect(after).toContain('ListItems: 0');
  });

  it('to anything else is an error', () => {
    expect(reply('Action: Originate', 'ActionID: 9')).toBe(
      'Response: Error\r\nActionID: 9\r\nMessage: Invalid/unknown command\r\n\r\n',
    );
    expect(reply('nonsense')).toContain('Response: Error');
  });
});
