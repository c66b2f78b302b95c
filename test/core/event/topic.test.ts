import { describe, expect, it } from 'vitest';
import { bridgeTopic, callTopic } from '../../../src/core/event/topic.ts';
import { CALL_EVENTS, RINGING } from './call-events.ts';

describe('a topic', () => {
  it('is the call and then the event', () => {
    expect(CALL_EVENTS.slice(0, 5).map((event) => callTopic('asterisk/berlin', event))).toEqual([
      'asterisk/berlin/call/1770888509.40/ringing',
      'asterisk/berlin/call/1770888509.40/answered',
      'asterisk/berlin/call/1770888509.40/hungup',
      'asterisk/berlin/call/1770888509.40/dtmf',
      'asterisk/berlin/call/1770888509.40/system_answered',
    ]);
  });

  it.each([
    ['pbx-1-1770888509.40', 'pbx-1-1770888509.40'],
    ['a+b#c/d%e', 'a%2Bb%23c%2Fd%25e'],
    ['a\0b\tc\x1fd\x7fe', 'a%00b%09c%1Fd%7Fe'],
    ['a\x85b', 'a%C2%85b'],
    ['büro 日本🙂 $x', 'büro 日本🙂 $x'],
  ])('is one level for a call of any id: %j', (callId, level) => {
    expect(callTopic('asterisk', { ...RINGING, callId })).toBe(`asterisk/call/${level}/ringing`);
    expect(decodeURIComponent(level)).toBe(callId);
  });

  it.each(['bridge/state', 'bridge/info', 'bridge/event', 'pbx/state', 'calls'] as const)(
    'is below the prefix: %s',
    (topic) => {
      expect(bridgeTopic('asterisk', topic)).toBe(`asterisk/${topic}`);
    },
  );
});
