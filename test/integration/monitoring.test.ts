// Three real calls as Prometheus sees them, by the files that are shipped: every query of the dashboard has an answer,
// the figures are those of the calls, and no alert fires.

import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { killContainer, reviveContainer } from '../lab/containers.ts';
import { play } from '../lab/play.ts';
import { SCENARIOS, type Scenario } from '../lab/scenarios.ts';
import { panelQueries, readDashboard } from '../support/dashboard.ts';
import { retryWhereHeldUp, untilNotHeldUp } from './held-up.ts';
import { type MonitoredRig, startMonitoredRig } from './monitored-rig.ts';

const BRIDGE = 'bridge:8000';
/** What Grafana puts in at an interval of scrapes of 10 s, for the last quarter of an hour. */
const VARIABLES = { instance: BRIDGE, __rate_interval: '40s', __range: '15m' };
/** One that is answered and talks for 1.5 s, one that is cancelled after 1.2 s of ringing, one to a busy phone. */
const CALLS = ['answered-internal', 'unanswered-cancel', 'busy'];

let rig: MonitoredRig;
beforeAll(async () => {
  rig = await untilNotHeldUp(startMonitoredRig, threeCalls);
});
afterAll(() => rig?.[Symbol.asyncDispose]());

async function threeCalls({ lab, prometheus }: MonitoredRig): Promise<void> {
  const signal = AbortSignal.timeout(120_000);
  await prometheus.until('asterisk_mqtt_link_up == 1', (up) => up.length === 2, signal);
  for (const name of CALLS) {
    const scenario = SCENARIOS[name];
    if (scenario !== undefined) await play(lab, scenario);
  }
  const ended = 'sum(asterisk_mqtt_calls_ended_total)';
  await prometheus.until(ended, ([calls]) => calls?.value === CALLS.length, signal);
}

async function sampleOf(query: string): Promise<number | undefined> {
  const [sample, ...others] = await rig.prometheus.query(query);
  expect(others).toEqual([]);
  return sample?.value;
}

describe('the dashboard', () => {
  it.each(panelQueries(readDashboard(), VARIABLES))(
    'has an answer for "$panel": $expr',
    async ({ expr }) => {
      const samples = await rig.prometheus.query(expr);
      expect(samples).not.toEqual([]);
      expect(samples.filter(({ value }) => !Number.isFinite(value))).toEqual([]);
    },
  );

  it('finds the bridge by its variable', async () => {
    const [info] = await rig.prometheus.query('asterisk_mqtt_build_info');
    expect(info?.metric.instance).toBe(BRIDGE);
  });
});

describe('three calls', () => {
  // Prometheus 3 writes a bound of 1 as 1.0, Prometheus 2 as it comes.
  it.each([
    ['calls_started_total', 3],
    ['calls_ended_total{disposition="answered", cause="normal_clearing"}', 1],
    ['calls_ended_total{disposition="cancelled", cause="cancelled"}', 1],
    ['calls_ended_total{disposition="busy", cause="user_busy"}', 1],
    ['call_events_total{event="ringing"}', 2],
    ['call_events_total{event="answered"}', 1],
    ['call_events_total{event="hungup"}', 3],
    ['call_ring_seconds_count{outcome="answered"}', 1],
    ['call_ring_seconds_bucket{outcome="answered", le=~"1(.0)?"}', 1],
    ['call_ring_seconds_count{outcome="unanswered"}', 1],
    ['call_ring_seconds_bucket{outcome="unanswered", le=~"1(.0)?"}', 0],
    ['call_ring_seconds_bucket{outcome="unanswered", le=~"2(.0)?"}', 1],
    ['call_talk_seconds_bucket{le=~"1(.0)?"}', 0],
    ['call_talk_seconds_bucket{le=~"2(.0)?"}', 1],
    ['calls_active', 0],
    ['events_captured_total', 6],
    ['events_delivered_total', 6],
    ['events_pending', 0],
    ['events_refused_total', 0],
    ['events_shed_total', 0],
    ['end_to_end_delay_seconds_count', 6],
    ['end_to_end_delay_seconds_bucket{le=~"1(.0)?"}', 6],
    ['link_connections_total{link="ami"}', 1],
  ])('make %s %d', async (sample, value) => {
    expect(await sampleOf(`asterisk_mqtt_${sample}`)).toBe(value);
  });

  it('are events whose names are all known', async () => {
    const received = 'asterisk_mqtt_ami_events_received_total';
    expect(await sampleOf(`${received}{event="Newchannel"}`)).toBe(6);
    expect(await rig.prometheus.query(`${received}{event="other"}`)).toEqual([]);
  });

  it('are measured by the acknowledgements of all that is published, retained topics too', async () => {
    const messages = await sampleOf('asterisk_mqtt_publish_latency_seconds_count');
    expect(messages).toBeGreaterThan(6 + 4);
    expect(await sampleOf('asterisk_mqtt_publish_latency_seconds_bucket{le=~"1(.0)?"}')).toBe(
      messages,
    );
  });
});

describe('the alerts', () => {
  const retry = retryWhereHeldUp(); // a bridge that is held up is late, and there is an alert for that

  it('are understood, and none fires', { retry }, async ({ signal }) => {
    const rules = await rig.prometheus.rules(signal);
    expect(rules.length).toBeGreaterThan(10);
    expect(new Set(rules.map(({ health }) => health))).toEqual(new Set(['ok']));
    expect(rules.filter(({ state }) => state !== 'inactive')).toEqual([]);
  });
});

describe('/metrics', () => {
  it('names neither phone nor person', async () => {
    const text = await rig.metrics();
    expect(text).toContain('asterisk_mqtt_calls_started_total 3');
    expect(text).not.toMatch(/Alice|Bob|PJSIP|"10[12]"/);
  });

  it('counts what waits for a broker that is away, and how long it waited', async ({ signal }) => {
    const { lab, broker } = rig;
    await killContainer(broker);
    await play(lab, SCENARIOS.busy as Scenario);
    expect(await figureWhere('events_pending', (events) => events === 1, signal)).toBe(1);
    expect(await figureWhere('link_up{link="mqtt"}', () => true, signal)).toBe(0);
    const fast = 'end_to_end_delay_seconds_bucket{le="0.5"}';
    const before = await figureWhere(fast, () => true, signal);
    await delay(500, undefined, { signal });
    await reviveContainer(broker);
    expect(await figureWhere('events_delivered_total', (events) => events === 7, signal)).toBe(7);
    expect(await figureWhere('end_to_end_delay_seconds_count', () => true, signal)).toBe(7);
    expect(await figureWhere(fast, () => true, signal)).toBe(before);
  });
});

/** A figure of the bridge, once it is as it should be; every scrape on the way accounts for every event. */
async function figureWhere(
  name: string,
  isAsItShould: (value: number) => boolean,
  signal: AbortSignal,
): Promise<number> {
  for (;;) {
    const text = await rig.metrics();
    const figure = (sample: string) =>
      Number(text.split(`\nasterisk_mqtt_${sample} `)[1]?.split('\n')[0]);
    const left = ['delivered_total', 'pending', 'shed_total', 'refused_total'];
    expect(left.reduce((sum, part) => sum + figure(`events_${part}`), 0)).toBe(
      figure('events_captured_total') + figure('events_restored_total'),
    );
    if (isAsItShould(figure(name))) return figure(name);
    await delay(50, undefined, { signal });
  }
}
