import { describe, expect, it } from 'vitest';
import { toMessage } from '../../../src/core/ami/message.ts';
import { type ChannelTable, track } from '../../../src/core/capture/channel-table.ts';
import { messageSpans, messageText } from '../../../src/core/capture/format.ts';
import { event, message, snapshot } from './hand-made.ts';

const CALLER = { channel: 'PJSIP/101-00000001', id: '1.1', num: '101' };
const CALLEE = { channel: 'PJSIP/102-00000002', id: '1.2', linked: '1.1', num: '102' };

function tableAfter(...messages: string[]): ChannelTable {
  const table: ChannelTable = new Map();
  const text = messages.join('');
  for (const [index, span] of [...messageSpans(text)].entries()) {
    track(table, toMessage(messageText(text, span)), index * 1000);
  }
  return table;
}

describe('the channels at a moment of a capture', () => {
  it('come with their first event and go with their Hangup', () => {
    const begun = event('Newchannel', ...snapshot(CALLER));
    expect([...tableAfter(begun).keys()]).toEqual(['1.1']);
    expect(tableAfter(begun, event('Hangup', ...snapshot(CALLER))).size).toBe(0);
  });

  it('have the headers that came last', () => {
    const table = tableAfter(
      event('Newchannel', ...snapshot(CALLER)),
      event('Newstate', ...snapshot({ ...CALLER, state: '6' })),
    );
    expect(table.get('1.1')?.headers.get('ChannelState')).toBe('6');
    expect(table.get('1.1')?.sinceMs).toBe(0);
  });

  it('are known in a capture that begins in mid-call', () => {
    const dial = event('DialBegin', ...snapshot(CALLER), ...snapshot(CALLEE, 'Dest'));
    const table = tableAfter(dial);
    expect(table.get('1.2')?.headers.get('CallerIDNum')).toBe('102');
    expect(table.size).toBe(2);
  });

  it('do not come back with an event that is late', () => {
    const late = event('VarSet', ...snapshot(CALLER), ['Variable', 'X'], ['Value', '']);
    expect(tableAfter(event('Hangup', ...snapshot(CALLER)), late).size).toBe(0);
  });

  it('know the bridge they are in and what they run', () => {
    const enter = event('BridgeEnter', ['BridgeUniqueid', 'b-1'], ...snapshot(CALLER));
    const run = event('Newexten', ...snapshot(CALLER), ['Application', 'Dial'], ['AppData', 'x']);
    expect(tableAfter(enter, run).get('1.1')).toMatchObject({
      bridgeId: 'b-1',
      application: 'Dial',
      applicationData: 'x',
    });
    const leave = event('BridgeLeave', ['BridgeUniqueid', 'b-1'], ...snapshot(CALLER));
    expect(tableAfter(enter, leave).get('1.1')?.bridgeId).toBe('');
  });

  it('run what their events tell, where the capture says nothing of it', () => {
    const begun = [CALLER, CALLEE].map((one) => event('Newchannel', ...snapshot(one)));
    const runs = (id: string, ...headers: Parameters<typeof event>) =>
      tableAfter(...begun, event(...headers)).get(id)?.application;
    const dial = ['DialBegin', ...snapshot(CALLER), ...snapshot(CALLEE, 'Dest')] as const;
    expect([runs('1.1', ...dial), runs('1.2', ...dial)]).toEqual(['Dial', 'AppDial']);
    expect(runs('1.2', 'DialBegin', ...snapshot(CALLEE, 'Dest'))).toBe('AppDial2');
    const queued = event('QueueCallerJoin', ...snapshot(CALLER));
    expect(tableAfter(...begun, queued).get('1.1')?.application).toBe('Queue');
    expect(tableAfter(...begun, queued, event(...dial)).get('1.1')?.application).toBe('Queue');
    expect(runs('1.1', 'ChanSpyStart', ...snapshot(CALLER, 'Spyer'))).toBe('ChanSpy');
    const enter = (...bridge: [string, string]) =>
      runs('1.1', 'BridgeEnter', bridge, ...snapshot(CALLER));
    expect(enter('BridgeCreator', 'ConfBridge')).toBe('ConfBridge');
    expect(enter('BridgeTechnology', 'holding_bridge')).toBe('Park');
    expect(enter('BridgeTechnology', 'simple_bridge')).toBe('');
  });

  it('are not changed by what is not an event of a channel', () => {
    const others = [
      message('Response', 'Success', ['Uniqueid', '1.1']),
      event('PeerStatus'),
      event('Newchannel', ['Uniqueid', '1.1']),
      event('Hangup', ['Channel', 'x']),
    ];
    expect(tableAfter(...others).size).toBe(0);
  });
});
