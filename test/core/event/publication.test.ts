import { describe, expect, it } from 'vitest';
import { payloadAt, toPublication } from '../../../src/core/event/publication.ts';
import { ANSWERED, CALL_EVENTS, HUNGUP, RINGING } from './call-events.ts';

describe('a publication', () => {
  it('is a call event with all that the broker is told', () => {
    expect(toPublication('asterisk', RINGING, { at: 1_000 })).toEqual({
      topic: 'asterisk/call/1770888509.40/ringing',
      payload: expect.stringContaining('"event":"ringing"'),
      retain: false,
      schema: 'asterisk-mqtt/call/1',
      id: 'asterisk/1770888509.40/ringing',
      at: 1_000,
      callId: '1770888509.40',
      ends: false,
    });
  });

  it('ends its call where it is hungup', () => {
    const last = CALL_EVENTS.filter((event) => toPublication('asterisk', event, { at: 0 }).ends);
    expect(last).toEqual([HUNGUP]);
  });

  it('says in the payload what the topic encodes', () => {
    const { topic, payload } = toPublication(
      'asterisk',
      { ...RINGING, callId: 'a/b#+' },
      { at: 0 },
    );
    expect(topic).toBe('asterisk/call/a%2Fb%23%2B/ringing');
    expect(JSON.parse(payload)).toMatchObject({ call_id: 'a/b#+', id: 'asterisk/a/b#+/ringing' });
  });
});

describe('a publication that leaves late', () => {
  const publication = toPublication('asterisk', ANSWERED, { at: 100_000 });

  it.each([99_000, 100_000, 104_999, 105_000])(
    'says nothing of it up to five seconds: %i',
    (now) => {
      expect(payloadAt(publication, now)).toBe(publication.payload);
    },
  );

  it.each([
    [105_001, 5.001],
    [3_700_000, 3_600],
  ])('says how late it is, and nothing else is changed: %i', (now, delayedSeconds) => {
    expect(JSON.parse(payloadAt(publication, now))).toEqual({
      ...JSON.parse(publication.payload),
      delayed_seconds: delayedSeconds,
    });
  });

  it('is judged by when the bridge learned of it: the clock of the PBX may be wrong', () => {
    const late = toPublication('asterisk', { ...HUNGUP, at: 0 }, { at: 100_000 });
    expect(payloadAt(late, 100_001)).toBe(late.payload);
  });

  it('says nothing of it where it is a retained value, or no JSON', () => {
    for (const changes of [{ retain: true }, { schema: undefined }]) {
      const { schema = 'asterisk-mqtt/call/1', ...rest } = { ...publication, ...changes };
      const value = 'retain' in changes ? { ...rest, schema } : rest;
      expect(payloadAt(value, 1_000_000)).toBe(publication.payload);
    }
  });
});
