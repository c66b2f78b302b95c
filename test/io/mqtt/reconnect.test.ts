import { describe, expect, it } from 'vitest';
import { ConnectorError, type ErrorCode } from '../../../src/errors.ts';
import type { BrokerConnection } from '../../../src/io/mqtt/client.ts';
import { type BrokerSupervision, brokerConnections } from '../../../src/io/mqtt/reconnect.ts';
import type { Notice } from '../../../src/telemetry/notice.ts';
import { type MockConnection, mockConnection } from '../../support/mock-publisher.ts';

type Life = { readonly upMs: number; readonly code?: ErrorCode };
type Outcome = ErrorCode | Life;

/** Plays one outcome per attempt, the last one an abort; gives what was attempted, waited for and told. */
async function play(outcomes: readonly Outcome[], changes: Partial<BrokerSupervision> = {}) {
  const controller = new AbortController();
  const attempts: string[] = [];
  const waits: number[] = [];
  const notices: Notice[] = [];
  const left = [...outcomes];
  const lives = new Map<BrokerConnection, Life>();
  let now = 0;
  const supervision: BrokerSupervision = {
    protocolVersion: '5',
    broker: 'broker:1883',
    random: () => 0.999,
    now: () => now,
    report: (notice) => notices.push(notice),
    signal: controller.signal,
    wait: async (ms) => {
      waits.push(ms);
    },
    connect: async (version) => {
      const outcome = left.shift();
      if (outcome === undefined) {
        controller.abort();
        throw new Error('aborted');
      }
      attempts.push(version);
      if (typeof outcome === 'string') throw new ConnectorError(outcome, outcome);
      const connection = mockConnection({ protocolVersion: version });
      lives.set(connection, outcome);
      return connection;
    },
    ...changes,
  };
  for await (const connection of brokerConnections(supervision)) {
    const { upMs = 0, code = 'MQTT_DISCONNECTED' } = lives.get(connection) ?? {};
    now += upMs;
    (connection as MockConnection).lose(new ConnectorError(code, 'gone'));
  }
  return { attempts, waits, notices };
}

describe('a broker that cannot be reached', () => {
  it('is tried again for ever, after random times up to 5 s', async () => {
    const { waits } = await play(Array.from({ length: 7 }, () => 'MQTT_UNREACHABLE' as const));
    expect(waits).toEqual([1_000, 1_999, 3_997, 4_996, 4_996, 4_996, 4_996].map(expectAbout));
    const least = await play(['MQTT_UNREACHABLE', 'MQTT_UNREACHABLE'], { random: () => 0 });
    expect(least.waits).toEqual([500, 500]);
  });

  it('is told once per state: what is the same again is marked as repeated', async () => {
    const { notices } = await play([
      'MQTT_UNREACHABLE',
      'MQTT_UNREACHABLE',
      'MQTT_TLS_FAILED',
      { upMs: 20_000 },
      'MQTT_UNREACHABLE',
    ]);
    expect(notices.map(toWord)).toEqual([
      'MQTT_UNREACHABLE',
      'MQTT_UNREACHABLE again',
      'MQTT_TLS_FAILED',
      'mqtt-online',
      'MQTT_DISCONNECTED',
      'MQTT_UNREACHABLE',
    ]);
  });

  it.each(['MQTT_LOGIN_REJECTED', 'MQTT_PROTOCOL_REFUSED'] as const)(
    'that answers %s is asked again after 60 s',
    async (code) => {
      expect((await play([code, code])).waits).toEqual([60_000, 60_000]);
    },
  );
});

describe('a lost connection', () => {
  it('is followed by a first attempt where it had lasted, by a later one where not', async () => {
    const failing = ['MQTT_UNREACHABLE', 'MQTT_UNREACHABLE', 'MQTT_UNREACHABLE'] as const;
    const lasted = await play([...failing, { upMs: 10_000 }]);
    expect(lasted.waits.at(-1)).toBe(1_000);
    const flapping = await play([...failing, { upMs: 9_000, code: 'MQTT_CLIENT_ID_TAKEN' }]);
    expect(flapping.waits.at(-1)).toBeGreaterThan(4_900);
  });
});

describe('the version of MQTT', () => {
  it('is 3.1.1 at once where the broker refuses 5, then for good, and told once', async () => {
    const { attempts, notices, waits } = await play(
      ['MQTT_PROTOCOL_REFUSED', { upMs: 1 }, 'MQTT_UNREACHABLE', { upMs: 1 }],
      { protocolVersion: 'auto' },
    );
    expect(attempts).toEqual(['5', '3.1.1', '3.1.1', '3.1.1']);
    expect(waits).toHaveLength(3);
    expect(notices.map(toWord)).toEqual([
      'mqtt-protocol-fallback',
      'mqtt-online',
      'MQTT_DISCONNECTED',
      'MQTT_UNREACHABLE',
      'mqtt-online',
      'MQTT_DISCONNECTED',
    ]);
  });

  it('is 3.1.1 for one connection where the broker hangs up on 5 without a word', async () => {
    const { attempts, notices } = await play(
      ['MQTT_DISCONNECTED', { upMs: 1 }, 'MQTT_DISCONNECTED', { upMs: 1 }],
      { protocolVersion: 'auto' },
    );
    expect(attempts).toEqual(['5', '3.1.1', '5', '3.1.1']);
    expect(notices.map(toWord)).toEqual([
      'mqtt-protocol-fallback',
      'mqtt-online',
      'MQTT_DISCONNECTED',
      'mqtt-online',
      'MQTT_DISCONNECTED',
    ]);
  });

  it('stays 5 where the broker is only not ready yet', async () => {
    const { attempts, notices } = await play(
      ['MQTT_DISCONNECTED', 'MQTT_DISCONNECTED', { upMs: 1 }],
      { protocolVersion: 'auto' },
    );
    expect(attempts).toEqual(['5', '3.1.1', '5']);
    expect(notices.map(toWord)).not.toContain('mqtt-protocol-fallback');
  });

  it('starts at 5 again where both are refused', async () => {
    const { attempts, waits } = await play(
      ['MQTT_PROTOCOL_REFUSED', 'MQTT_PROTOCOL_REFUSED', { upMs: 1 }],
      { protocolVersion: 'auto' },
    );
    expect(attempts).toEqual(['5', '3.1.1', '5']);
    expect(waits[0]).toBe(60_000);
  });

  it.each(['5', '3.1.1'] as const)(
    'is %s and no other where that is asked for',
    async (version) => {
      const { attempts } = await play(['MQTT_PROTOCOL_REFUSED', 'MQTT_DISCONNECTED'], {
        protocolVersion: version,
      });
      expect(attempts).toEqual([version, version]);
    },
  );
});

describe('the end', () => {
  it('comes with the signal and takes the connection with it', async () => {
    const controller = new AbortController();
    const connection = mockConnection();
    const supervision: BrokerSupervision = {
      protocolVersion: '5',
      broker: 'broker:1883',
      report: () => {},
      signal: controller.signal,
      connect: async () => connection,
    };
    for await (const _ of brokerConnections(supervision)) controller.abort();
    expect(connection.ended).toBe(true);
  });

  it('comes with leaving the loop', async () => {
    const connection = mockConnection();
    const supervision: BrokerSupervision = {
      protocolVersion: '5',
      broker: 'broker:1883',
      report: () => {},
      signal: new AbortController().signal,
      connect: async () => connection,
    };
    for await (const _ of brokerConnections(supervision)) break;
    expect(connection.ended).toBe(true);
  });
});

function toWord(notice: Notice): string {
  if (notice.type !== 'mqtt-offline') return notice.type;
  return notice.repeated ? `${notice.error.code} again` : notice.error.code;
}

function expectAbout(ms: number): unknown {
  return expect.closeTo(ms, -1);
}
