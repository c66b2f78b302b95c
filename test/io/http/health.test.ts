import { describe, expect, it } from 'vitest';
import { ERRORS } from '../../../src/errors.ts';
import { type Status, toHealth, toLive, toReady } from '../../../src/io/http/health.ts';

const SINCE = Date.UTC(2026, 1, 12, 10, 30);
const ONLINE = { online: true, since: SINCE };

const HEALTHY: Status = {
  version: '0.1.0',
  startedAt: SINCE - 60_000,
  stopping: false,
  ami: ONLINE,
  mqtt: ONLINE,
  pbx: { name: 'Berlin', asteriskVersion: '22.5.0' },
  calls: { active: 2, ringing: 1, answered: 1 },
  outbox: { events: 3, bytes: 900, oldestAt: SINCE, isDiskFailing: false },
};

const LOGGED_OUT: Status = {
  ...HEALTHY,
  ami: { online: false, since: SINCE, error: 'AMI_LOGIN_REJECTED' },
};

describe('the health', () => {
  it('is well while both links are online', () => {
    const body = { status: 'ok', missing: [] };
    expect(toLive(HEALTHY)).toEqual({ code: 200, body });
    expect(toReady(HEALTHY)).toEqual({ code: 200, body });
  });

  it('names what is missing, why and what to do', () => {
    const missing = [
      {
        link: 'ami',
        problem: 'Not logged in to Asterisk',
        since: '2026-02-12T10:30:00.000Z',
        code: 'AMI_LOGIN_REJECTED',
        hint: ERRORS.AMI_LOGIN_REJECTED.hint,
      },
    ];
    expect(toReady(LOGGED_OUT)).toEqual({ code: 503, body: { status: 'unavailable', missing } });
    expect(toLive(LOGGED_OUT)).toEqual({ code: 200, body: { status: 'ok', missing } });
  });

  it('names both links where both are missing, without a reason where none is known', () => {
    const offline = { online: false, since: SINCE };
    const { body } = toReady({ ...HEALTHY, ami: offline, mqtt: offline });
    expect(body.missing).toEqual([
      { link: 'ami', problem: 'Not logged in to Asterisk', since: '2026-02-12T10:30:00.000Z' },
      { link: 'mqtt', problem: 'Not connected to the broker', since: '2026-02-12T10:30:00.000Z' },
    ]);
  });

  it('stays ready, and says so, while the broker does not take some messages', () => {
    const mqtt = { ...ONLINE, error: 'MQTT_PUBLISH_DENIED' } as const;
    const { code, body } = toReady({ ...HEALTHY, mqtt });
    expect(code).toBe(200);
    expect(body.missing).toMatchObject([
      { link: 'mqtt', problem: 'The broker does not take all messages', code: mqtt.error },
    ]);
  });

  it('stays ready, and says so, while the disk does not take the outbox', () => {
    const { code, body } = toReady({
      ...HEALTHY,
      outbox: { ...HEALTHY.outbox, isDiskFailing: true },
    });
    expect(code).toBe(200);
    const problem = 'The disk of DATA_DIR does not take the outbox';
    expect(body.missing).toMatchObject([{ link: 'bridge', problem, code: 'OUTBOX_DISK_FAILED' }]);
  });

  it('is not ready any more while the bridge stops', () => {
    const { code, body } = toReady({ ...HEALTHY, stopping: true });
    expect(code).toBe(503);
    expect(body.missing).toEqual([{ link: 'bridge', problem: 'The bridge is stopping' }]);
  });

  it('has the details of links, calls, outbox and versions', () => {
    const { code, body } = toHealth(LOGGED_OUT);
    expect(code).toBe(503);
    expect(JSON.parse(JSON.stringify(body))).toMatchObject({
      status: 'unavailable',
      version: '0.1.0',
      started_at: '2026-02-12T10:29:00.000Z',
      pbx: { name: 'Berlin', asterisk_version: '22.5.0' },
      ami: { state: 'offline', since: '2026-02-12T10:30:00.000Z', code: 'AMI_LOGIN_REJECTED' },
      mqtt: { state: 'online', since: '2026-02-12T10:30:00.000Z' },
      calls: { active: 2, ringing: 1, answered: 1 },
      outbox: { pending: 3, bytes: 900, oldest: '2026-02-12T10:30:00.000Z' },
    });
  });
});
