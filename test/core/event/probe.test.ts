import { describe, expect, it } from 'vitest';
import { toProbe } from '../../../src/core/event/probe.ts';
import { payloadsOf } from '../../support/captures.ts';

const AT = Date.parse('2026-11-21T08:00:00.000Z');

describe('the probe of doctor', () => {
  it('below call/ has every key that each call event has, and an event that nobody acts on', () => {
    const { topic, payload, retain } = toProbe('asterisk', 'call/doctor/probe', AT);
    expect([topic, retain]).toEqual(['asterisk/call/doctor/probe', false]);
    const keys = ([first = {}]: readonly Record<string, unknown>[]) => Object.keys(first);
    expect(Object.keys(JSON.parse(payload))).toEqual(
      keys(payloadsOf('testdata/fixtures/unanswered-cancel.raw')),
    );
    expect(JSON.parse(payload)).toMatchObject({
      event: 'probe',
      call_id: 'doctor',
      id: 'asterisk/doctor/probe',
      timestamp: '2026-11-21T08:00:00.000Z',
    });
  });

  it('below bridge/ has a topic of its own', () => {
    const { topic, payload, retain } = toProbe('pbx/berlin', 'bridge/doctor', AT);
    expect([topic, retain]).toEqual(['pbx/berlin/bridge/doctor', false]);
    expect(JSON.parse(payload)).toMatchObject({ event: 'probe' });
  });
});
