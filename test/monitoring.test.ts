// What Prometheus and Grafana are given: that it speaks of metrics that exist, and says what an operator needs.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { VARIABLES } from '../src/config/variables.ts';
import { METRIC_DECLARATIONS } from '../src/telemetry/metric-table.ts';
import { createMetrics } from '../src/telemetry/metrics.ts';
import { readDashboard } from './support/dashboard.ts';

const ROOT = join(import.meta.dirname, '..');
const FILES = [
  'docker/prometheus/alerts.yml',
  'docker/prometheus/alerts.test.yml',
  'docker/grafana/dashboards/asterisk-mqtt.json',
  'docs/metrics.md',
  'docs/monitoring.md',
];

type Rule = {
  readonly alert: string;
  readonly expr: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
};
type AlertTest = {
  readonly name: string;
  readonly promql_expr_test: readonly {
    readonly exp_samples: readonly { readonly labels: string }[];
  }[];
};

const textOf = (path: string) => readFileSync(join(ROOT, path), 'utf8');
const RULES: readonly Rule[] = parse(textOf('docker/prometheus/alerts.yml')).groups[0].rules;
const { uid, templating, panels: PANELS } = readDashboard();
const TESTS: readonly AlertTest[] = parse(textOf('docker/prometheus/alerts.test.yml')).tests;

const TYPES = (await createMetrics({ version: '1' }).text()).matchAll(/^# TYPE (\S+) (\S+)$/gm);
const TYPE_OF = new Map([...TYPES].map(([, name = '', type = '']) => [name, type]));

/** Of a histogram there are only samples with an ending. */
function isSample(name: string): boolean {
  const [, stem = ''] = /^(.*)_(?:bucket|sum|count)$/.exec(name) ?? [];
  return (TYPE_OF.get(name) ?? 'histogram') !== 'histogram' || TYPE_OF.get(stem) === 'histogram';
}

/** What is not there of what a query asks for: `name`, or `name{label="value"}`. */
function unknownIn(query: string): readonly string[] {
  return [...namesIn(query).filter((name) => !isSample(name)), ...unknownSelectorsIn(query)];
}

function namesIn(text: string): readonly string[] {
  return [...text.matchAll(/asterisk_mqtt_\w+/g)].map(([name]) => name);
}

/** `instance`, `job` and variables come from Prometheus and Grafana. */
function unknownSelectorsIn(text: string): readonly string[] {
  const selectors = [...text.matchAll(/asterisk_mqtt_(\w+)\{([^}]*)\}/g)];
  return selectors.flatMap(([, name = '', matchers = '']) =>
    [...matchers.matchAll(/(\w+)[!=]~?"([^"]*)"/g)]
      .filter(([, label = '']) => !['instance', 'job', 'le'].includes(label))
      .filter(([, label = '', values = '']) => !values.split('|').every(isIn(name, label)))
      .map(([matcher]) => `${name}{${matcher}}`),
  );
}

function isIn(sample: string, label: string): (value: string) => boolean {
  const name = sample.replace(/_(bucket|sum|count)$/, '');
  const [, declaration] = METRIC_DECLARATIONS.find(([declared]) => declared === name) ?? [];
  const values = declaration?.labels?.[label] ?? [];
  return (value) => values.includes(value);
}

describe('what is monitored', () => {
  it.each(FILES)('exists, as %s names it', (path) => {
    const names = namesIn(textOf(path));
    expect(names).not.toEqual([]);
    expect(names.filter((name) => !isSample(name) && !TYPE_OF.has(name))).toEqual([]);
  });

  it.each([
    ...RULES.map(({ alert, expr }) => [alert, expr]),
    ...PANELS.flatMap(({ title, targets = [] }) => targets.map(({ expr }) => [title, expr])),
  ])('exists, as %s asks for it: %s', (_, expr = '') => {
    expect(unknownIn(expr)).toEqual([]);
  });

  it.each([
    ['rate(asterisk_mqtt_calls_begun_total[5m])', 'asterisk_mqtt_calls_begun_total'],
    ['asterisk_mqtt_call_talk_seconds > 1', 'asterisk_mqtt_call_talk_seconds'],
    ['asterisk_mqtt_calls_active_count > 1', 'asterisk_mqtt_calls_active_count'],
    ['asterisk_mqtt_link_up{link="pbx"} == 0', 'link_up{link="pbx"}'],
    ['asterisk_mqtt_link_up{lnik="ami"} == 0', 'link_up{lnik="ami"}'],
    [
      'asterisk_mqtt_call_ring_seconds_bucket{instance="a", outcome=~"answered|lost"}',
      'call_ring_seconds_bucket{outcome=~"answered|lost"}',
    ],
  ])('is checked: %s', (query, unknown) => {
    expect(unknownIn(query)).toEqual([unknown]);
  });
});

describe('the configuration of Prometheus', () => {
  const { scrape_configs, rule_files } = parse(textOf('docker/prometheus/prometheus.yml'));

  it('scrapes the bridge where it listens, under the name that the alerts know', () => {
    const [{ job_name, static_configs }] = scrape_configs;
    expect(static_configs[0].targets).toEqual([`bridge:${VARIABLES.HTTP_PORT.defaultText}`]);
    const jobs = RULES.flatMap(({ expr }) => [...expr.matchAll(/job="([^"]+)"/g)]);
    expect(new Set(jobs.map(([, job]) => job))).toEqual(new Set([job_name]));
  });

  it('reads the alerts', () => {
    expect(rule_files).toEqual(['alerts.yml']);
  });
});

describe.each(RULES)('the alert $alert', ({ alert, labels, annotations }) => {
  it('says how bad it is, what happened, and what to do', () => {
    expect(alert).toMatch(/^AsteriskMqtt[A-Z]/);
    expect(['critical', 'warning']).toContain(labels.severity);
    expect(annotations.summary).toMatch(/^[A-Z]/);
    expect(annotations.description?.length).toBeGreaterThan(100);
    expect(annotations.description).toMatch(/\.$/);
  });

  it('is explained on the page about monitoring, as bad as it is', () => {
    expect(textOf('docs/monitoring.md')).toContain(`| \`${alert}\` | ${labels.severity} |`);
  });

  it('is tested where it fires and where it does not', () => {
    const expectations = TESTS.filter(({ name }) => name.startsWith(`${alert} `))
      .flatMap((test) => test.promql_expr_test)
      .map(({ exp_samples }) => exp_samples.some((sample) => sample.labels.includes(`"${alert}"`)));
    expect(expectations).toContain(true);
    expect(expectations).toContain(false);
  });
});

describe('the dashboard', () => {
  const shown = PANELS.filter(({ type }) => type !== 'row');

  it('can be imported beside any Prometheus', () => {
    expect(uid).toBe('asterisk-mqtt');
    expect(templating.list.map(({ name }) => name)).toEqual(['datasource', 'instance']);
  });

  it('has a place of its own for every panel', () => {
    const cells = PANELS.flatMap(({ gridPos: { x, y, w, h } }) =>
      Array.from({ length: w * h }, (_, n) => `${x + (n % w)},${y + Math.floor(n / w)}`),
    );
    expect(new Set(cells).size).toBe(cells.length);
    expect(Math.max(...PANELS.map(({ gridPos: { x, w } }) => x + w))).toBe(24);
    expect(new Set(PANELS.map(({ id }) => id)).size).toBe(PANELS.length);
  });

  it.each(shown)('says what "$title" is, in which unit, of the bridge that was chosen', (panel) => {
    const { description, fieldConfig, datasource, targets = [] } = panel;
    expect(description).toMatch(/^[A-Z].*\.$/s);
    expect(fieldConfig?.defaults.unit).toBeTruthy();
    expect(datasource?.uid).toBe(`\${${'datasource'}}`);
    expect(targets).not.toEqual([]);
    for (const { expr, legendFormat } of targets) {
      expect(legendFormat).toBeTruthy();
      expect(expr).toContain('instance="$instance"');
    }
  });
});
