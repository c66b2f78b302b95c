import { Histogram, Registry } from 'prom-client';
import { describe, expect, it } from 'vitest';
import {
  METRIC_DECLARATIONS,
  METRICS,
  type MetricDeclaration,
} from '../../src/telemetry/metric-table.ts';
import { createMetrics, type Metrics } from '../../src/telemetry/metrics.ts';

async function samples(metrics: Metrics): Promise<readonly string[]> {
  const lines = (await metrics.text()).split('\n');
  return lines.filter((line) => line.startsWith('asterisk_mqtt_'));
}

async function sample(metrics: Metrics, name: string): Promise<string | undefined> {
  return (await samples(metrics)).find((line) => line.startsWith(`asterisk_mqtt_${name}`));
}

describe('the metrics', () => {
  it('are in the text format of Prometheus, all with the prefix', async () => {
    const metrics = createMetrics({ version: '1.2.3' });
    const text = await metrics.text();
    expect(metrics.contentType).toContain('text/plain; version=0.0.4');
    for (const line of text.split('\n')) {
      expect(line).toMatch(/^$|^(# (HELP|TYPE) )?asterisk_mqtt_/);
    }
    expect(text).toContain('asterisk_mqtt_build_info{version="1.2.3"} 1');
  });

  it('tell of the process and of its event loop', async () => {
    const text = await createMetrics({ version: '1' }).text();
    expect(text).toContain('asterisk_mqtt_process_resident_memory_bytes');
    expect(text).toContain('asterisk_mqtt_nodejs_eventloop_lag_seconds');
    expect(text).toContain('asterisk_mqtt_nodejs_gc_duration_seconds_count{kind="major"}');
  });

  it('are there from the start where their labels are few', async () => {
    const metrics = createMetrics({ version: '1' });
    expect(await sample(metrics, 'link_up{link="ami"}')).toMatch(/ 0$/);
    expect(await sample(metrics, 'events_shed_by_reason_total{reason="max_age"}')).toMatch(/ 0$/);
    expect(await sample(metrics, 'events_pending')).toMatch(/ 0$/);
  });

  it('are there from the start where they are alerted on, also with several labels', async () => {
    const lines = await samples(createMetrics({ version: '1' }));
    expect(lines).toEqual(
      expect.arrayContaining([
        'asterisk_mqtt_link_failures_total{link="ami",code="AMI_DISCONNECTED"} 0',
        'asterisk_mqtt_link_failures_total{link="mqtt",code="MQTT_SILENT"} 0',
        'asterisk_mqtt_publish_failures_total{code="MQTT_PUBLISH_DENIED"} 0',
        'asterisk_mqtt_calls_ended_total{disposition="busy",cause="user_busy"} 0',
      ]),
    );
    expect(lines.filter((line) => line.includes('link="ami",code="MQTT_'))).toEqual([]);
    expect(lines.filter((line) => line.includes('code="other"'))).toEqual([
      'asterisk_mqtt_publish_failures_total{code="other"} 0',
    ]);
  });

  it('do not meet those of another registry', async () => {
    const [one, other] = [createMetrics({ version: '1' }), createMetrics({ version: '1' })];
    one.count('ami_oversized_messages_total');
    expect(await sample(other, 'ami_oversized_messages_total')).toMatch(/ 0$/);
  });

  it('keep their labels closed', async () => {
    const metrics = createMetrics({ version: '1' });
    metrics.count('calls_ended_total', { disposition: 'answered', cause: 'normal_clearing' });
    metrics.count('calls_ended_total', { disposition: 'x"}\n', cause: '+49301234567' });
    metrics.count('calls_ended_total');
    const ended = (await samples(metrics)).filter((line) => /calls_ended_total.* [1-9]/.test(line));
    expect(ended).toEqual([
      'asterisk_mqtt_calls_ended_total{disposition="answered",cause="normal_clearing"} 1',
      'asterisk_mqtt_calls_ended_total{disposition="other",cause="other"} 2',
    ]);
  });

  it('count events by the names that are known, and all others together', async () => {
    const metrics = createMetrics({ version: '1' });
    for (const name of ['Newchannel', 'Hangup', 'Hangup', 'Made-up', '__proto__', '']) {
      metrics.countEvent(name);
    }
    const received = (await samples(metrics)).filter((line) => line.includes('ami_events'));
    expect(received).toEqual([
      'asterisk_mqtt_ami_events_received_total{event="Newchannel"} 1',
      'asterisk_mqtt_ami_events_received_total{event="Hangup"} 2',
      'asterisk_mqtt_ami_events_received_total{event="other"} 3',
    ]);
  });

  it('forget what was told with other labels before', async () => {
    const metrics = createMetrics({ version: '1' });
    metrics.tell('pbx_info', { pbx: 'Berlin "A"\n', asterisk_version: '22.5.0' });
    metrics.tell('pbx_info', { pbx: 'Berlin "A"\n', asterisk_version: '22.6.0' });
    const told = (await samples(metrics)).filter((line) => line.includes('pbx_info'));
    expect(told).toEqual([
      'asterisk_mqtt_pbx_info{pbx="Berlin \\"A\\" ",asterisk_version="22.6.0"} 1',
    ]);
  });

  it('can go below zero where they are gauges', async () => {
    const metrics = createMetrics({ version: '1' });
    metrics.set('ami_clock_offset_seconds', -1.5);
    expect(await sample(metrics, 'ami_clock_offset_seconds')).toMatch(/ -1.5$/);
  });

  it('are read when they are scraped', async () => {
    const metrics = createMetrics({ version: '1', now: () => 10_000 });
    let active = 1;
    metrics.watch({
      waitingBytes: () => 65_536,
      calls: () => ({ active, ringing: 0, answered: 0 }),
      outbox: () => ({
        pending: { events: 7, bytes: 700, oldestAt: 4_000 },
        totals: { appended: 12, restored: 2, settled: 4, shed: 2, refused: 1 },
        isDiskFailing: true,
      }),
    });
    active = 3;
    expect(await sample(metrics, 'calls_active')).toMatch(/ 3$/);
    expect(await sample(metrics, 'ami_waiting_bytes')).toMatch(/ 65536$/);
    expect(await sample(metrics, 'events_captured_total')).toMatch(/ 12$/);
    expect(await sample(metrics, 'events_restored_total')).toMatch(/ 2$/);
    expect(await sample(metrics, 'events_shed_total')).toMatch(/ 2$/);
    expect(await sample(metrics, 'events_delivered_total')).toMatch(/ 4$/);
    expect(await sample(metrics, 'events_refused_total')).toMatch(/ 1$/);
    expect(await sample(metrics, 'events_pending')).toMatch(/ 7$/);
    expect(await sample(metrics, 'outbox_bytes')).toMatch(/ 700$/);
    expect(await sample(metrics, 'outbox_oldest_age_seconds')).toMatch(/ 6$/);
    expect(await sample(metrics, 'outbox_disk_failing')).toMatch(/ 1$/);
  });

  it('belong to one moment, so that their sums are right at every scrape', async () => {
    const metrics = createMetrics({ version: '1' });
    const totals = { appended: 0, restored: 0, settled: 0, shed: 0, refused: 0 };
    const pending = { events: 0, bytes: 0 };
    metrics.watch({
      waitingBytes: () => 0,
      calls: () => ({ active: 0, ringing: 0, answered: 0 }),
      outbox: () => ({ pending, totals, isDiskFailing: false }),
    });
    const scrape = metrics.text();
    totals.appended += 1;
    metrics.count('ami_oversized_messages_total');
    metrics.observe('call_talk_seconds', 1);
    const text = await scrape;
    expect(text).toContain('asterisk_mqtt_events_captured_total 0');
    expect(text).toContain('asterisk_mqtt_ami_oversized_messages_total 0');
    expect(text).toContain('asterisk_mqtt_call_talk_seconds_count 0');
  });

  it.each(METRIC_DECLARATIONS)('%s is named after the rules of Prometheus', (name, { type }) => {
    expect(name).toMatch(/^[a-z_]+$/);
    expect(name.endsWith('_total')).toBe(type === 'counter');
    if (type === 'histogram') expect(name).toMatch(/_seconds$/);
  });

  it.each(METRIC_DECLARATIONS)('%s has what its type needs', (_, declaration) => {
    const { type, labels = {}, start = [], buckets }: MetricDeclaration = declaration;
    expect(buckets !== undefined).toBe(type === 'histogram');
    expect(buckets).toEqual(buckets && [...new Set(buckets)].sort((a, b) => a - b));
    for (const series of start) {
      expect(Object.keys(series)).toEqual(Object.keys(labels));
      for (const [label, value] of Object.entries(series)) expect(labels[label]).toContain(value);
    }
  });
});

describe('a histogram', () => {
  it('is there with empty buckets before the first value', async () => {
    const lines = await samples(createMetrics({ version: '1' }));
    const ring = lines.filter((line) => line.includes('call_ring_seconds'));
    expect(ring).toHaveLength(2 * (13 + 3));
    expect(ring.every((line) => line.endsWith(' 0'))).toBe(true);
    expect(ring[0]).toBe('asterisk_mqtt_call_ring_seconds_bucket{outcome="answered",le="1"} 0');
    expect(ring[13]).toBe('asterisk_mqtt_call_ring_seconds_bucket{outcome="answered",le="+Inf"} 0');
  });

  it('counts a value in every bucket whose bound it does not pass', async () => {
    const metrics = createMetrics({ version: '1' });
    for (const seconds of [0, 1, 1.001, 120, 121]) {
      metrics.observe('call_ring_seconds', seconds, { outcome: 'answered' });
    }
    const answered = (await samples(metrics)).filter((line) => /ring_s.*"answered"/.test(line));
    expect(answered.map((line) => Number(line.split(' ').at(-1)))).toEqual([
      ...[2, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 4, 5],
      243.001,
      5,
    ]);
  });

  it('takes nothing with a label that it does not know', async () => {
    const metrics = createMetrics({ version: '1' });
    metrics.observe('call_ring_seconds', 1, { outcome: '+49301234567' });
    metrics.observe('call_ring_seconds', 1);
    const ring = (await samples(metrics)).filter((line) => line.includes('call_ring_seconds'));
    expect(ring.every((line) => line.endsWith(' 0'))).toBe(true);
  });

  it('is one that prom-client would have written', async () => {
    const metrics = createMetrics({ version: '1' });
    const registry = new Registry();
    const { help, buckets } = METRICS.end_to_end_delay_seconds;
    const name = 'asterisk_mqtt_end_to_end_delay_seconds';
    const theirs = new Histogram({ name, help, buckets: [...buckets], registers: [registry] });
    for (const seconds of [0.0001, 0.0003, 0.0005, 0.7, 50_000]) {
      metrics.observe('end_to_end_delay_seconds', seconds);
      theirs.observe(seconds);
    }
    expect(await metrics.text()).toContain(await registry.metrics());
  });
});
