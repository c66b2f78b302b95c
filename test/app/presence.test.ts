import { describe, expect, it } from 'vitest';
import { Links } from '../../src/app/links.ts';
import { Presence } from '../../src/app/presence.ts';
import type { ToPublication } from '../../src/app/retained.ts';
import { ConnectorError } from '../../src/errors.ts';

describe('what stands at the broker', () => {
  it('is told at the start, that the bridge is there last of all', () => {
    const { told } = create();
    expect(told.map(([topic]) => topic)).toEqual([
      'pbx/state',
      'bridge/info',
      'calls',
      'bridge/state',
    ]);
    expect(payloads(told)).toMatchObject(['offline', {}, { active: 0 }, 'online']);
  });

  it('says whether the bridge is logged in to Asterisk', () => {
    const { told, online, offline } = create();
    told.length = 0;
    online();
    offline();
    expect(told.map(([topic]) => topic)).toEqual([
      'pbx/state',
      'bridge/info',
      'pbx/state',
      'bridge/info',
    ]);
    expect(payloads(told).filter((payload) => typeof payload === 'string')).toEqual([
      'online',
      'offline',
    ]);
  });

  it('says who and what the bridge and its PBX are, as it is when it leaves', () => {
    const { told, online } = create();
    const [, [, info]] = told as [unknown, (typeof told)[number]];
    online();
    expect(JSON.parse(info().payload)).toEqual({
      version: '1.2.3',
      pbx: { name: 'berlin', asterisk_version: '22.4.1' },
      ami: { state: 'online', since: '1970-01-01T00:00:02.000Z' },
      broker: { state: 'offline', since: '1970-01-01T00:00:01.000Z' },
      started_at: '1970-01-01T00:00:00.000Z',
    });
  });

  it('counts the calls, and tells only a new count', () => {
    const { told, presence } = create();
    told.length = 0;
    presence.setCalls({ active: 1, ringing: 1, answered: 0 });
    presence.setCalls({ active: 1, ringing: 1, answered: 0 });
    presence.setCalls({ active: 1, ringing: 0, answered: 1 });
    expect(told.map(([topic]) => topic)).toEqual(['calls', 'calls']);
    expect(payloads(told).at(-1)).toEqual({
      active: 1,
      ringing: 0,
      answered: 1,
      timestamp: '1970-01-01T00:00:01.000Z',
    });
  });

  it('says at the end that nothing more will come, before anything else', () => {
    const { told, presence, online } = create();
    online();
    told.length = 0;
    presence.leave();
    expect(told.map(([topic, value]) => [topic, value().payload])).toEqual([
      ['bridge/state', 'offline'],
      ['pbx/state', 'offline'],
    ]);
  });
});

function create() {
  const clock = { now: 1_000 };
  const told: (readonly [topic: string, value: ToPublication])[] = [];
  const links = new Links(() => clock.now);
  const presence = new Presence({
    retained: { set: (topic, value) => void told.push([topic, value]) },
    topicPrefix: 'asterisk',
    links,
    now: () => clock.now,
    info: () => ({
      version: '1.2.3',
      pbx: { name: 'berlin', asteriskVersion: '22.4.1' },
      startedAt: 0,
    }),
  });
  const online = () => {
    clock.now = 2_000;
    links.note({
      type: 'ami-online',
      host: 'pbx',
      port: 5038,
      amiVersion: '11.0.0',
      pbx: 'berlin',
    });
    presence.update();
  };
  const offline = () => {
    const error = new ConnectorError('AMI_DISCONNECTED', 'it went away');
    links.note({ type: 'ami-offline', error, retryInMs: 500, repeated: false });
    presence.update();
  };
  return { told, presence, online, offline };
}

function payloads(told: readonly (readonly [string, ToPublication])[]): readonly unknown[] {
  return told
    .map(([, value]) => value().payload)
    .map((payload) => (payload.startsWith('{') ? JSON.parse(payload) : payload));
}
