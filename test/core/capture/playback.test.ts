import { describe, expect, it } from 'vitest';
import { toPlayback } from '../../../src/core/capture/playback.ts';
import { BANNER, capture, event, LOGIN, message } from './hand-made.ts';

function played(...pieces: string[]): string {
  return [...toPlayback(capture(...pieces), 'play').steps()].map(({ text }) => text).join('');
}

describe('what is played', () => {
  it('is every event that Asterisk sends to every session', () => {
    const originated = event('OriginateResponse', ['ActionID', 'x'], ['Response', 'Failure']);
    expect(played(BANNER, event('A'), originated)).toBe(event('A') + originated);
  });

  it.each([
    ['a response', message('Response', 'Success', ['Ping', 'Pong'])],
    ['an item of a list', message('Event', 'CoreShowChannel', ['ActionID', '1'])],
    ['an item of Status', event('Status', ['ActionID', '1'])],
    ['the end of a list', message('Event', 'StatusComplete', ['EventList', 'Complete'])],
  ])('is not %s, which answered somebody else', (_, answer) => {
    expect(played(BANNER, event('A') + answer, event('B'))).toBe(event('A') + event('B'));
  });

  it('begins when the recorded session was let in', () => {
    const playback = toPlayback(capture(BANNER, LOGIN, event('A')), 'play');
    expect([...playback.steps()].map(({ ms }) => ms)).toEqual([10]);
    expect(playback.fromMs).toBe(10);
  });

  it('is cut as it was cut, and says where a message is not complete', () => {
    const [a, b] = [event('A'), event('B')];
    const steps = [
      ...toPlayback(capture(a.slice(0, 5), a.slice(5) + b.slice(0, 4), b.slice(4)), 'play').steps(),
    ];
    expect(steps.map(({ whole }) => whole)).toEqual([false, false, true]);
    expect(steps.map(({ messages }) => messages.length)).toEqual([0, 1, 1]);
  });

  it('ends with what was torn off, or without it where that is asked for', () => {
    const torn = capture(event('A'), 'Event: B\r\nChan');
    const last = (how: 'play' | 'leave-out') => [...toPlayback(torn, how).steps()].at(-1);
    expect(last('play')).toMatchObject({ text: 'Event: B\r\nChan', whole: false, messages: [] });
    expect(last('leave-out')).toMatchObject({ text: event('A'), whole: true });
  });
});
