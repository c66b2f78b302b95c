// The registry of prom-client behind a few plain functions. Labels are closed sets: what is not in one counts as
// `other`, so that nothing from outside can make series without end. Nothing global: two registries do not meet.

import { Counter, collectDefaultMetrics, Gauge, Registry } from 'prom-client';
import { AMI_EVENTS } from './label-sets.ts';
import {
  METRIC_DECLARATIONS,
  METRIC_PREFIX,
  METRICS,
  type MetricDeclaration,
  type MetricName,
  type Sources,
} from './metric-table.ts';

type Labels = Readonly<Record<string, string>>;

export type Metrics = {
  /** Adds `by`, or 1. */
  readonly count: (name: MetricName, labels?: Labels, by?: number) => void;
  readonly set: (name: MetricName, value: number, labels?: Labels) => void;
  /** Sets to 1 with these labels, and takes away what was told with others before. */
  readonly tell: (name: MetricName, labels: Labels) => void;
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
  const tallies = new Map(METRIC_DECLARATIONS.map(([name, { labels }]) => [name, zeros(labels)]));
  for (const [name, declaration] of METRIC_DECLARATIONS) {
    register({ name, declaration, registry, tally: tallies.get(name) ?? new Map(), readNow });
  }
  collectDefaultMetrics({ register: registry, prefix: METRIC_PREFIX });
  return {
    ...writersOf(tallies, { version }),
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

const SEPARATOR = '\n';

function writersOf(tallies: ReadonlyMap<MetricName, Tally>, { version }: { version: string }) {
  const received: Tally = tallies.get('ami_events_received_total') ?? new Map();
  const add = (tally: Tally | undefined, key: string, by: number) =>
    tally?.set(key, (tally.get(key) ?? 0) + by);
  tallies.get('build_info')?.set(version, 1);
  return {
    count: (name: MetricName, labels: Labels = {}, by = 1) => {
      add(tallies.get(name), keyOf(name, labels), by);
    },
    set: (name: MetricName, value: number, labels: Labels = {}) => {
      tallies.get(name)?.set(keyOf(name, labels), value);
    },
    tell: (name: MetricName, labels: Labels) => {
      tallies.get(name)?.clear();
      tallies.get(name)?.set(keyOf(name, labels), 1);
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
  readonly tally: Tally;
  readonly readNow: (read: Read) => number;
};

function register({ name, declaration, registry, tally, readNow }: Registration): void {
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

type Series = readonly (readonly [labels: Labels, value: number])[];

function refill(metric: Counter | Gauge, series: Series): void {
  metric.reset();
  for (const [labels, value] of series) metric.inc(labels, value);
}

/** A metric of one small set starts with all of it: an alert on a series that is not there yet never fires. */
function zeros(labels: MetricDeclaration['labels'] = {}): Tally {
  const [values, ...others] = Object.values(labels);
  if (values === undefined) return new Map([['', 0]]);
  if (values === 'free' || values.length > SMALL_SET || others.length > 0) return new Map();
  return new Map(values.map((value) => [value, 0]));
}

const SMALL_SET = 6;

function keyOf(name: MetricName, given: Labels): string {
  const { labels = {} }: MetricDeclaration = METRICS[name];
  return Object.entries(labels)
    .map(([label, values]) => closed(values, given[label] ?? ''))
    .join(SEPARATOR);
}

function closed(values: readonly string[] | 'free', value: string): string {
  if (values === 'free') return value.replaceAll(SEPARATOR, ' ');
  return values.includes(value) ? value : 'other';
}

function toLabels(names: readonly string[], key: string): Labels {
  const values = key.split(SEPARATOR);
  return Object.fromEntries(names.map((name, position) => [name, values[position] ?? '']));
}
