// The registry of prom-client behind a few plain functions. Labels are closed sets: what is not in one counts as
// `other`, so that nothing from outside can make series without end. Nothing global: two registries do not meet.

import { Counter, collectDefaultMetrics, Gauge, type Metric, Registry } from 'prom-client';
import { Buckets } from './buckets.ts';
import { AMI_EVENTS } from './label-sets.ts';
import {
  type HistogramName,
  METRIC_DECLARATIONS,
  METRIC_PREFIX,
  METRICS,
  type MetricDeclaration,
  type MetricLabels,
  type MetricName,
  type Sources,
} from './metric-table.ts';

export type Metrics = {
  /** Adds `by`, or 1. */
  readonly count: (name: MetricName, labels?: MetricLabels, by?: number) => void;
  readonly set: (name: MetricName, value: number, labels?: MetricLabels) => void;
  /** Sets to 1 with these labels, and takes away what was told with others before. */
  readonly tell: (name: MetricName, labels: MetricLabels) => void;
  /** Takes a value into a histogram. Without labels it allocates nothing: for every one of thousands per second. */
  readonly observe: (name: HistogramName, value: number, labels?: MetricLabels) => void;
  /** An event came from Asterisk: for every one of thousands per second. */
  readonly countEvent: (eventName: string) => void;
  /** To be called once, when what is watched exists. */
  readonly watch: (sources: Sources) => void;
  /** In the text format of Prometheus. */
  readonly text: () => Promise<string>;
  readonly contentType: string;
};

export type MetricsOptions = {
  readonly version: string;
  /** Epoch milliseconds. */
  readonly now?: () => number;
};

export function createMetrics({ version, now = Date.now }: MetricsOptions): Metrics {
  const registry = new Registry();
  let sources: Sources | undefined;
  const readNow = (read: Read) => (sources === undefined ? 0 : read(sources, now()));
  const values: Values = { tallies: new Map(), histograms: new Map() };
  for (const [name, declaration] of METRIC_DECLARATIONS) {
    register({ name, declaration, registry, values, readNow });
  }
  collectDefaultMetrics({ register: registry, prefix: METRIC_PREFIX });
  return {
    ...writersOf(values, { version }),
    watch: (watched) => {
      sources = watched;
    },
    text: () => registry.metrics(),
    contentType: registry.contentType,
  };
}

type Read = NonNullable<MetricDeclaration['read']>;

/** The values of one metric by those of its labels, joined. Copied to prom-client on scrape, all in one turn. */
type Tally = Map<string, number>;
type Histogram = Map<string, Buckets>;

type Values = {
  readonly tallies: Map<MetricName, Tally>;
  readonly histograms: Map<MetricName, Histogram>;
};

const SEPARATOR = '\n';

function writersOf({ tallies, histograms }: Values, { version }: { version: string }) {
  const received: Tally = tallies.get('ami_events_received_total') ?? new Map();
  const add = (tally: Tally | undefined, key: string, by: number) =>
    tally?.set(key, (tally.get(key) ?? 0) + by);
  tallies.get('build_info')?.set(version, 1);
  return {
    count: (name: MetricName, labels: MetricLabels = {}, by = 1) => {
      add(tallies.get(name), keyOf(name, labels), by);
    },
    set: (name: MetricName, value: number, labels: MetricLabels = {}) => {
      tallies.get(name)?.set(keyOf(name, labels), value);
    },
    tell: (name: MetricName, labels: MetricLabels) => {
      tallies.get(name)?.clear();
      tallies.get(name)?.set(keyOf(name, labels), 1);
    },
    observe: (name: HistogramName, value: number, labels?: MetricLabels) => {
      const key = labels === undefined ? '' : keyOf(name, labels);
      histograms.get(name)?.get(key)?.observe(value);
    },
    countEvent: (eventName: string) => {
      add(received, AMI_EVENT_NAMES.has(eventName) ? eventName : 'other', 1);
    },
  };
}

const AMI_EVENT_NAMES = new Set(AMI_EVENTS);

type Registration = {
  readonly name: MetricName;
  readonly declaration: MetricDeclaration;
  readonly registry: Registry;
  readonly values: Values;
  readonly readNow: (read: Read) => number;
};

function register(registration: Registration): void {
  const { declaration } = registration;
  if (declaration.buckets !== undefined) registerHistogram(registration, declaration.buckets);
  else registerValue(registration);
}

function registerValue({ name, declaration, registry, values, readNow }: Registration): void {
  const { type, help, labels = {}, read } = declaration;
  const tally: Tally = new Map(startKeys(name).map((key) => [key, 0]));
  values.tallies.set(name, tally);
  const labelNames = Object.keys(labels);
  const options = { name: METRIC_PREFIX + name, help, labelNames, registers: [registry] };
  const current = () => (read === undefined ? [...tally] : [['', readNow(read)] as const]);
  const series = () => current().map(([key, value]) => [toLabels(labelNames, key), value] as const);
  if (type === 'counter') {
    const counter: Counter = new Counter({ ...options, collect: () => refill(counter, series()) });
  } else {
    const gauge: Gauge = new Gauge({ ...options, collect: () => refill(gauge, series()) });
  }
}

type Series = readonly (readonly [labels: MetricLabels, value: number])[];

function refill(metric: Counter | Gauge, series: Series): void {
  metric.reset();
  for (const [labels, value] of series) metric.inc(labels, value);
}

/** prom-client's own histogram takes values one by one only; a registry takes whatever gives it samples. */
function registerHistogram(
  { name, declaration, registry, values }: Registration,
  bounds: readonly number[],
): void {
  const { help, labels = {} } = declaration;
  const histogram: Histogram = new Map(startKeys(name).map((key) => [key, new Buckets(bounds)]));
  values.histograms.set(name, histogram);
  const labelNames = Object.keys(labels);
  const own = { name: METRIC_PREFIX + name, help, type: 'histogram', aggregator: 'sum' } as const;
  const samples = () =>
    [...histogram].flatMap(([key, buckets]) =>
      toSamples(own.name, toLabels(labelNames, key), buckets),
    );
  const metric = { ...own, get: async () => ({ ...own, values: samples() }) };
  registry.registerMetric(metric as unknown as Metric); // of a metric, a registry uses the name and `get`
}

function toSamples(name: string, labels: MetricLabels, buckets: Buckets) {
  const cumulative = buckets.cumulative();
  const [, count = 0] = cumulative.at(-1) ?? [];
  return [
    ...cumulative.map(([bound, value]) => ({
      metricName: `${name}_bucket`,
      labels: { ...labels, le: bound === Infinity ? '+Inf' : String(bound) },
      value,
    })),
    { metricName: `${name}_sum`, labels, value: buckets.sum },
    { metricName: `${name}_count`, labels, value: count },
  ];
}

/** A metric of small sets starts with all of its series: the first event of a series that was not there is never seen. */
function startKeys(name: MetricName): readonly string[] {
  const { labels = {}, start }: MetricDeclaration = METRICS[name];
  if (start !== undefined) return start.map((given) => keyOf(name, given));
  const [values, ...others] = Object.values(labels);
  if (values === undefined) return [''];
  if (values === 'free' || values.length > SMALL_SET || others.length > 0) return [];
  return values;
}

const SMALL_SET = 20;

function keyOf(name: MetricName, given: MetricLabels): string {
  const { labels = {} }: MetricDeclaration = METRICS[name];
  return Object.entries(labels)
    .map(([label, values]) => closed(values, given[label] ?? ''))
    .join(SEPARATOR);
}

function closed(values: readonly string[] | 'free', value: string): string {
  if (values === 'free') return value.replaceAll(SEPARATOR, ' ');
  return values.includes(value) ? value : 'other';
}

function toLabels(names: readonly string[], key: string): MetricLabels {
  const values = key.split(SEPARATOR);
  return Object.fromEntries(names.map((name, position) => [name, values[position] ?? '']));
}
