// What is counted and measured, behind a few plain functions. Labels are closed sets: what is not in one counts as
// `other`, so that nothing from outside can make series without end. Nothing global: two of them do not meet.

import { Buckets } from './buckets.ts';
import { createExposition, type Read, SEPARATOR, type Tally, type Values } from './exposition.ts';
import { AMI_EVENTS } from './label-sets.ts';
import {
  type HistogramName,
  METRIC_DECLARATIONS,
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
  let sources: Sources | undefined;
  const readNow = (read: Read) => (sources === undefined ? 0 : read(sources, now()));
  const values = startValues();
  let exposition: (() => Promise<string>) | undefined;
  return {
    ...writersOf(values, { version }),
    watch: (watched) => {
      sources = watched;
    },
    text: () => {
      exposition ??= createExposition(values, readNow); // not before somebody asks: it takes memory and watches the loop
      return exposition();
    },
    contentType: 'text/plain; version=0.0.4; charset=utf-8',
  };
}

function startValues(): Values {
  const values: Values = { tallies: new Map(), histograms: new Map() };
  for (const [name, { buckets }] of METRIC_DECLARATIONS) {
    const keys = startKeys(name);
    if (buckets === undefined) values.tallies.set(name, new Map(keys.map((key) => [key, 0])));
    else values.histograms.set(name, new Map(keys.map((key) => [key, new Buckets(buckets)])));
  }
  return values;
}

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

const LABELS = new Map(
  METRIC_DECLARATIONS.map(([name, { labels = {} }]) => [name, Object.entries(labels)]),
);

/** Put together without a list: several are counted for every event that is told. */
function keyOf(name: MetricName, given: MetricLabels): string {
  let key = '';
  let separator = '';
  for (const [label, values] of LABELS.get(name) ?? []) {
    key += separator + closed(values, given[label] ?? '');
    separator = SEPARATOR;
  }
  return key;
}

function closed(values: readonly string[] | 'free', value: string): string {
  if (values === 'free') return value.replaceAll(SEPARATOR, ' ');
  return values.includes(value) ? value : 'other';
}
