import { describe, expect, it } from 'vitest';
import { ConnectorError } from '../../src/errors.ts';
import type { LogFields, Logger } from '../../src/telemetry/logger.ts';
import { createMetrics } from '../../src/telemetry/metrics.ts';
import type { Notice } from '../../src/telemetry/notice.ts';
import { createReport } from '../../src/telemetry/report.ts';

function listen() {
  const lines: { level: string; message: string; fields: LogFields }[] = [];
  const write = (level: string) => (fields: LogFields, message: string) => {
    lines.push({ level, message, fields });
  };
  const logger: Logger = {
    error: write('error'),
    warn: write('warn'),
    info: write('info'),
    debug: write('debug'),
  };
  const clock = { now: 0 };
  const metrics = createMetrics({ version: '1' });
  const report = createReport({ logger, metrics, now: () => clock.now });
  const said = () => lines.map(({ level, message }) => `${level}: ${message}`);
  return { report, lines, said, clock, metrics };
}

function sayOf(notice: Notice): readonly string[] {
  const { report, said } = listen();
  report(notice);
  return said();
}

const REJECTED = new ConnectorError(
  'AMI_LOGIN_REJECTED',
  'Cannot log in to Asterisk at pbx:5038 as "bridge": Authentication failed',
);
const LOST = new ConnectorError('AMI_DISCONNECTED', 'The connection to pbx:5038 broke.', {
  cause: new Error('read ECONNRESET'),
});

describe('a notice', () => {
  it.each<[Notice, string]>([
    [{ type: 'bridge-starting', version: '0.1.0' }, 'info: asterisk-mqtt 0.1.0 starts'],
    [{ type: 'bridge-stopping', reason: 'SIGTERM' }, 'info: Stopping: SIGTERM'],
    [{ type: 'bridge-stopped', pending: 0, kept: 0 }, 'info: Stopped; everything was delivered'],
    [{ type: 'bridge-stopped', pending: 1, kept: 0 }, 'error: Stopped; 1 event not delivered'],
    [
      { type: 'bridge-stopped', pending: 2, kept: 2 },
      'info: Stopped; 2 undelivered events kept in DATA_DIR',
    ],
    [
      { type: 'bridge-stopped', pending: 3, kept: 2 },
      'error: Stopped; 1 event not delivered, 2 kept in DATA_DIR',
    ],
    [
      {
        type: 'outbox-failed',
        error: new ConnectorError('OUTBOX_DISK_FAILED', 'The outbox cannot be written'),
      },
      'error: The outbox cannot be written. Is the disk of DATA_DIR full, read-only or broken? What happens until it works again is lost where the process ends.',
    ],
    [{ type: 'outbox-recovered' }, 'info: The disk takes the outbox again'],
    [
      { type: 'outbox-busy', ms: 140.2 },
      'info: The bridge waited 140 ms for the disk of DATA_DIR; from now on a thread of its own does',
    ],
    [
      { type: 'outbox-set-aside', path: '/data/outbox.sqlite.damaged-1' },
      'error: The file of the outbox was damaged and is kept as /data/outbox.sqlite.damaged-1; a new one was begun. Undelivered events in it are lost to the bridge, and so are the open calls of a process before. Check the disk, and delete that file when nobody needs it.',
    ],
    [{ type: 'outbox-restored', events: 2 }, 'info: Found in DATA_DIR: 2 undelivered events'],
    [
      { type: 'heartbeat-failed', path: '/dev/shm/asterisk-mqtt', reason: 'EACCES' },
      'warn: HEARTBEAT_FILE /dev/shm/asterisk-mqtt cannot be written (EACCES); a health check that reads it will take the bridge for dead',
    ],
    [
      { type: 'http-listening', host: '::', port: 8000 },
      'info: Metrics and health are at http://[::]:8000',
    ],
    [
      {
        type: 'ami-online',
        host: 'pbx',
        port: 5038,
        amiVersion: '11.0.0',
        asteriskVersion: '22.5.0',
        pbx: 'Berlin',
      },
      'info: Logged in to Asterisk 22.5.0 at pbx:5038 (Berlin, AMI 11.0.0)',
    ],
    [
      { type: 'ami-offline', error: REJECTED, retryInMs: 60_000, repeated: false },
      `error: Cannot log in to Asterisk at pbx:5038 as "bridge": Authentication failed. ${REJECTED.hint} Trying again in 60 s.`,
    ],
    [
      { type: 'ami-offline', error: LOST, retryInMs: 740, repeated: false },
      `warn: The connection to pbx:5038 broke. ${LOST.hint} Trying again in 0.7 s.`,
    ],
    [
      { type: 'ami-offline', error: LOST, retryInMs: 740, repeated: true },
      `debug: The connection to pbx:5038 broke. ${LOST.hint} Trying again in 0.7 s.`,
    ],
    [
      {
        type: 'ami-limited',
        level: 'warn',
        missing: 'Timestamp headers',
        cost: 'times are those of receipt',
        hint: 'Set it.',
      },
      'warn: Asterisk does not give Timestamp headers: times are those of receipt. Set it.',
    ],
    [
      { type: 'ami-message-suspect', reason: 'second-event' },
      'warn: Asterisk sent 1 message that cannot be trusted (a second Event or Response header); not used',
    ],
    [
      { type: 'ami-message-oversized', bytes: 9_000_000 },
      'warn: Asterisk sent 1 message too large to be read, the last of 9000000 bytes; dropped',
    ],
    [
      { type: 'ami-rush', waitingBytes: 41_900_000 },
      'warn: Asterisk says more than this machine can take (42 MB wait to be understood): deliveries wait for that, and where it lasts, Asterisk ends the session. docs/performance.md says what helps',
    ],
    [
      { type: 'ami-rush-over', seconds: 12.34 },
      'info: All that Asterisk has said is understood again, after 12.3 s',
    ],
    [
      { type: 'mqtt-online', broker: 'mqtt://b:1883', protocolVersion: '5' },
      'info: Connected to the broker at mqtt://b:1883 by MQTT 5',
    ],
    [
      { type: 'mqtt-protocol-fallback', broker: 'mqtt://b:1883' },
      'info: The broker at mqtt://b:1883 does not speak MQTT 5; going on with 3.1.1',
    ],
    [
      { type: 'outbox-shed', reason: 'max_events', events: 3 },
      'error: 3 events thrown away undelivered: the outbox is full (OUTBOX_MAX_EVENTS)',
    ],
    [
      { type: 'calls-restored', restored: 2, damaged: 0 },
      'info: 2 open calls of before the restart taken up',
    ],
    [
      { type: 'calls-restored', restored: 1, damaged: 1 },
      'warn: 1 open call of before the restart taken up; what was kept of 1 other cannot be read: if Asterisk still has them, they are told as newly found',
    ],
    [
      { type: 'calls-resynced', kept: 1, ended: 2, found: 0, restarted: false },
      'info: Caught up with Asterisk: 1 call went on, 2 ended unseen, 0 found',
    ],
    [
      { type: 'calls-resynced', kept: 0, ended: 0, found: 0, restarted: false },
      'debug: Caught up with Asterisk: 0 calls went on, 0 ended unseen, 0 found',
    ],
    [
      { type: 'calls-resynced', kept: 0, ended: 2, found: 0, restarted: true },
      'info: Asterisk was restarted: 0 calls went on, 2 ended unseen, 0 found',
    ],
    [
      { type: 'call-told', callId: '1.1', event: 'ringing', first: true },
      'debug: Call 1.1: ringing',
    ],
  ])('is one line: $type', (notice, line) => {
    expect(sayOf(notice)).toEqual([line]);
  });

  it('of calls that were mended counts how many, and how', async () => {
    const { report, metrics } = listen();
    report({ type: 'calls-resynced', kept: 1, ended: 2, found: 3, restarted: false });
    const text = await metrics.text();
    expect(text).toContain('asterisk_mqtt_calls_corrected_total{outcome="ended"} 2');
    expect(text).toContain('asterisk_mqtt_calls_corrected_total{outcome="found"} 3');
  });

  it('of a message that the broker did not take is an error, once', () => {
    const error = new ConnectorError('MQTT_PUBLISH_DENIED', 'The broker denied a/call/1/ringing');
    const { report, said } = listen();
    report({ type: 'publish-failed', error, repeated: false });
    report({ type: 'publish-failed', error, repeated: true });
    expect(said()).toEqual([
      `error: The broker denied a/call/1/ringing. ${error.hint}`,
      `debug: The broker denied a/call/1/ringing. ${error.hint}`,
    ]);
  });

  it('has fields for programs', () => {
    const { report, lines } = listen();
    report({ type: 'ami-offline', error: LOST, retryInMs: 1_240, repeated: false });
    expect(lines[0]?.fields).toEqual({
      link: 'ami',
      code: 'AMI_DISCONNECTED',
      hint: LOST.hint,
      cause: 'read ECONNRESET',
      retry_in_seconds: 1.2,
    });
  });

  it('names what every address of the host said', () => {
    const { report, lines } = listen();
    const cause = new AggregateError([
      new Error('refused by ::1'),
      new Error('refused by 127.0.0.1'),
    ]);
    const error = new ConnectorError('AMI_UNREACHABLE', 'No way to Asterisk', { cause });
    report({ type: 'ami-offline', error, retryInMs: 1, repeated: false });
    expect(lines[0]?.fields.cause).toBe('refused by ::1; refused by 127.0.0.1');
  });
});

describe('what comes often', () => {
  it('is always counted, and said once per reason and then every ten minutes with the count', async () => {
    const { report, said, clock, metrics } = listen();
    for (let second = 0; second <= 600; second += 1) {
      clock.now = second * 1_000;
      report({ type: 'ami-message-suspect', reason: 'malformed' });
      if (second === 300) report({ type: 'ami-message-suspect', reason: 'snapshot' });
    }
    expect(said().map((line) => /\d+ messages? that .*\((.*)\)/.exec(line)?.[0])).toEqual([
      '1 message that cannot be trusted (malformed)',
      '1 message that cannot be trusted (an incomplete or repeated description of a channel)',
      '600 messages that cannot be trusted (malformed)',
    ]);
    expect(await metrics.text()).toContain('suspect_messages_total{reason="malformed"} 601');
  });

  it('adds up what is shed, of which what is refused is counted elsewhere', async () => {
    const { report, said, clock, metrics } = listen();
    report({ type: 'outbox-shed', reason: 'max_bytes', events: 2 });
    report({ type: 'outbox-shed', reason: 'max_bytes', events: 3 });
    report({ type: 'outbox-shed', reason: 'refused', events: 1 });
    clock.now = 60_000;
    report({ type: 'outbox-shed', reason: 'max_bytes', events: 4 });
    expect(said().map((line) => line.split(' ')[1])).toEqual(['2', '1', '7']);
    const text = await metrics.text();
    expect(text).toContain('events_shed_by_reason_total{reason="max_bytes"} 9');
    expect(text).toContain('events_shed_by_reason_total{reason="other"} 0');
  });

  it('is silent about the clock of Asterisk unless that is far off', async () => {
    const { report, said, metrics } = listen();
    report({ type: 'ami-round-trip', milliseconds: 12 });
    report({ type: 'ami-round-trip', milliseconds: 12, clockOffsetMs: -4_900 });
    expect(said()).toEqual([]);
    report({ type: 'ami-round-trip', milliseconds: 15, clockOffsetMs: -61_000 });
    report({ type: 'ami-round-trip', milliseconds: 15, clockOffsetMs: -61_000 });
    expect(said()).toHaveLength(1);
    expect(said()[0]).toContain('The clock of Asterisk is 61 s behind the clock of the bridge');
    const text = await metrics.text();
    expect(text).toContain('ami_round_trip_seconds 0.015');
    expect(text).toContain('ami_clock_offset_seconds -61');
  });
});

describe('the links', () => {
  it('are counted by their state and their failures', async () => {
    const { report, metrics } = listen();
    report({ type: 'mqtt-online', broker: 'b', protocolVersion: '5' });
    report({
      type: 'ami-online',
      host: 'p',
      port: 1,
      amiVersion: '11',
      asteriskVersion: '22',
      pbx: 'Berlin',
    });
    report({ type: 'ami-offline', error: LOST, retryInMs: 1, repeated: false });
    const text = await metrics.text();
    expect(text).toContain('link_up{link="mqtt"} 1');
    expect(text).toContain('link_up{link="ami"} 0');
    expect(text).toContain('link_connections_total{link="ami"} 1');
    expect(text).toContain('link_failures_total{link="ami",code="AMI_DISCONNECTED"} 1');
    expect(text).toContain('pbx_info{pbx="Berlin",asterisk_version="22"} 1');
  });

  it('leave the call that was told in the figures', async () => {
    const { report, metrics } = listen();
    report({ type: 'call-told', callId: '1', event: 'ringing', first: true });
    report({
      type: 'call-told',
      callId: '1',
      event: 'hungup',
      first: false,
      disposition: 'busy',
      cause: 'user_busy',
      ring: { outcome: 'unanswered', seconds: 4 },
    });
    report({ type: 'call-told', callId: '2', event: 'hungup', first: true, talkSeconds: 61.5 });
    const text = await metrics.text();
    expect(text).toContain('call_events_total{event="ringing"} 1');
    expect(text).toContain('calls_started_total 2');
    expect(text).toContain('calls_ended_total{disposition="busy",cause="user_busy"} 1');
    expect(text).toContain('call_ring_seconds_bucket{outcome="unanswered",le="3"} 0');
    expect(text).toContain('call_ring_seconds_bucket{outcome="unanswered",le="5"} 1');
    expect(text).toContain('call_ring_seconds_count{outcome="answered"} 0');
    expect(text).toContain('call_talk_seconds_sum 61.5');
  });
});

describe('a message that the broker acknowledged', () => {
  it('is measured and not said', async () => {
    const { report, said, metrics } = listen();
    report({ type: 'message-acknowledged', latencyMs: 0.4, delayMs: 1.5 });
    report({ type: 'message-acknowledged', latencyMs: 3_000 });
    expect(said()).toEqual([]);
    const text = await metrics.text();
    expect(text).toContain('publish_latency_seconds_bucket{le="0.0005"} 1');
    expect(text).toContain('publish_latency_seconds_count 2');
    expect(text).toContain('publish_latency_seconds_sum 3.0004');
    expect(text).toContain('end_to_end_delay_seconds_bucket{le="0.001"} 0');
    expect(text).toContain('end_to_end_delay_seconds_bucket{le="0.002"} 1');
    expect(text).toContain('end_to_end_delay_seconds_count 1');
  });
});
