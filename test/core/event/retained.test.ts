import { describe, expect, it } from 'vitest';
import {
  toCallsPublication,
  toInfoPublication,
  toStatePublication,
} from '../../../src/core/event/retained.ts';

const AT = Date.UTC(2026, 1, 12, 10, 30, 0, 125);
const STAMP = '2026-02-12T10:30:00.125Z';

describe('what the broker keeps', () => {
  it.each([
    ['bridge/state', true, 'online'],
    ['bridge/state', false, 'offline'],
    ['pbx/state', true, 'online'],
    ['pbx/state', false, 'offline'],
  ] as const)('is a plain word for %s', (topic, online, payload) => {
    expect(toStatePublication('asterisk', topic, { online, since: AT })).toEqual({
      topic: `asterisk/${topic}`,
      payload,
      retain: true,
      at: AT,
    });
  });

  it('is the number of calls', () => {
    const calls = { active: 3, ringing: 1, answered: 2 };
    expect(toCallsPublication('asterisk', calls, AT)).toEqual({
      topic: 'asterisk/calls',
      payload: `{"active":3,"ringing":1,"answered":2,"timestamp":"${STAMP}"}`,
      retain: true,
      schema: 'asterisk-mqtt/bridge/1',
      at: AT,
    });
  });

  it('is what this bridge is and how its links stand', () => {
    const info = {
      version: '0.1.0',
      pbx: { name: 'berlin', asteriskVersion: '22.10.1' },
      ami: { online: true, since: AT },
      broker: { online: false, since: 0 },
      startedAt: AT,
    };
    const { payload, ...rest } = toInfoPublication('asterisk', info, AT);
    expect(rest).toEqual({
      topic: 'asterisk/bridge/info',
      retain: true,
      schema: 'asterisk-mqtt/bridge/1',
      at: AT,
    });
    expect(JSON.parse(payload)).toEqual({
      version: '0.1.0',
      pbx: { name: 'berlin', asterisk_version: '22.10.1' },
      ami: { state: 'online', since: STAMP },
      broker: { state: 'offline', since: '1970-01-01T00:00:00.000Z' },
      started_at: STAMP,
    });
    const pbx = { name: 'berlin', asteriskVersion: undefined };
    const unknown = toInfoPublication('asterisk', { ...info, pbx }, AT);
    expect(JSON.parse(unknown.payload).pbx).toEqual({ name: 'berlin' });
  });
});
