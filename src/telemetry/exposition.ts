// What is counted and measured as text for Prometheus, with the usual figures of the process and of Node.js. Values are
// copied to the registry of prom-client on scrape, all in one turn.

import {
  Counter,
  collectDefaultMetrics,
  Gauge,
  type Metric,
  Histogram as PromHistogram,
  Registry,
} from 'prom-client';
import type { Buckets } from './buckets.ts';
import {
  METRIC_DECLARATIONS,
  METRIC_PREFIX,
  type MetricDeclaration,
  type MetricLabels,
  type MetricName,
} from './metric-table.ts';

export type Read = NonNullable<MetricDeclaration['read']>;

/** The values of one metric by those of its labels, joined by SEPARATOR. */
export type Tally = Map<string, number>;
export type Histogram = Map<string, Buckets>;

export type Values = {
  readonly tallies: Map<MetricName, Tally>;
  readonly histograms: Map<MetricName, Histogram>;
};

export const SEPARATOR = '\n';

/** What gives the text. `readNow` reads a metric that is read on scrape. */
export function createExposition(
  { tallies, histograms }: Values,
  readNow: (read: Read) => number,
): () => Promise<string> {
  const registry = new Registry();
  for (const [name, declaration] of METRIC_DECLARATIONS) {
    const histogram = histograms.get(name);
    const tally = tallies.get(name);
    if (histogram !== undefined) registerHistogram({ name, declaration, registry }, histogram);
    if (tally !== undefined) registerValue({ name, declaration, registry }, { tally, readNow });
  }
  collectDefaultMetrics({ register: registry, prefix: METRIC_PREFIX });
  showCollections(registry);
  return () => registry.metrics();
}

/** Of garbage, also before the first since the first scrape: what is not there has no rate. */
function showCollections(registry: Registry): void {
  const collections = registry.getSingleMetric(`${METRIC_PREFIX}nodejs_gc_duration_seconds`);
  if (!(collections instanceof PromHistogram)) return;
  for (const kind of ['minor', 'major', 'incremental', 'weakcb']) collections.zero({ kind });
}

type Registration = {
  readonly name: MetricName;
  readonly declaration: MetricDeclaration;
  readonly registry: Registry;
};

function registerValue(
  { name, declaration, registry }: Registration,
  { tally, readNow }: { readonly tally: Tally; readonly readNow: (read: Read) => number },
): void {
  const { type, help, labels = {}, read } = declaration;
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
  { name, declaration, registry }: Registration,
  histogram: Histogram,
): void {
  const { help, labels = {} } = declaration;
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

function toLabels(names: readonly string[], key: string): MetricLabels {
  const values = key.split(SEPARATOR);
  return Object.fromEntries(names.map((name, position) => [name, values[position] ?? '']));
}
