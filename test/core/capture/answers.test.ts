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

  it('to anything else is an error', () => {
    expect(reply('Action: Originate', 'ActionID: 9')).toBe(
      'Response: Error\r\nActionID: 9\r\nMessage: Invalid/unknown command\r\n\r\n',
    );
    expect(reply('nonsense')).toContain('Response: Error');
  });
});
