// What is counted and measured, declared once: the registry and docs/metrics.md are made from this table.

import { ERRORS } from '../errors.ts';
import {
  AMI_EVENTS,
  CALL_EVENTS,
  CAUSES,
  DISPOSITIONS,
  LINKS,
  RING_OUTCOMES,
  SHED_REASONS,
  SUSPECT_REASONS,
  USUAL_ENDINGS,
} from './label-sets.ts';

/** Before the name of every metric. */
export const METRIC_PREFIX = 'asterisk_mqtt_';

/** Where metrics are read on scrape. All of them are read in one turn, so they belong together. */
export type Sources = {
  /** What was read from Asterisk and waits to be understood. */
  readonly waitingBytes: () => number;
  readonly calls: () => {
    readonly active: number;
    readonly ringing: number;
    readonly answered: number;
  };
  readonly outbox: () => {
    readonly pending: {
      readonly events: number;
      readonly bytes: number;
      readonly oldestAt?: number;
    };
    readonly totals: {
      readonly appended: number;
      readonly settled: number;
      readonly shed: number;
      readonly refused: number;
      readonly restored: number;
    };
    readonly isDiskFailing: boolean;
  };
};

export type MetricLabels = Readonly<Record<string, string>>;

export type MetricDeclaration = {
  readonly type: 'counter' | 'gauge' | 'histogram';
  readonly help: string;
  /** The values of each label; `free`: one value at a time, known from the start or told by the PBX. */
  readonly labels?: Readonly<Record<string, readonly string[] | 'free'>>;
  /** Where there are several labels: the series that are there from the start. */
  readonly start?: readonly MetricLabels[];
  /** Of a histogram: the upper bounds of its buckets, ascending. */
  readonly buckets?: readonly number[];
  /** For a metric that is read on scrape. `now` is epoch milliseconds. */
  readonly read?: (sources: Sources, now: number) => number;
};

const AMI_CODES = codesOf('AMI_');
const PUBLISH_CODES = codesOf('MQTT_PUBLISH_');
/** Those of the link itself. */
const MQTT_CODES = codesOf('MQTT_').filter((code) => !PUBLISH_CODES.includes(code));

export const METRICS = {
  build_info: {
    type: 'gauge',
    help: 'Always 1; the version of the bridge.',
    labels: { version: 'free' },
  },
  pbx_info: {
    type: 'gauge',
    help: 'Always 1; the PBX that the bridge was last logged in to.',
    labels: { pbx: 'free', asterisk_version: 'free' },
  },
  link_up: {
    type: 'gauge',
    help: '1 while logged in to Asterisk (`ami`) or connected to the broker (`mqtt`), else 0.',
    labels: { link: LINKS },
  },
  link_connections_total: {
    type: 'counter',
    help: 'Connections made. All but the first are reconnections.',
    labels: { link: LINKS },
  },
  link_failures_total: {
    type: 'counter',
    help: 'Connections lost and attempts failed, by error code (docs/errors.md).',
    labels: { link: LINKS, code: [...AMI_CODES, ...MQTT_CODES, 'other'] },
    start: [
      ...AMI_CODES.map((code) => ({ link: 'ami', code })),
      ...MQTT_CODES.map((code) => ({ link: 'mqtt', code })),
    ],
  },
  ami_events_received_total: {
    type: 'counter',
    help: 'Events received from Asterisk.',
    labels: { event: AMI_EVENTS },
  },
  ami_suspect_messages_total: {
    type: 'counter',
    help: 'Messages from Asterisk that could not be trusted and were not used.',
    labels: { reason: SUSPECT_REASONS },
  },
  ami_oversized_messages_total: {
    type: 'counter',
    help: 'Messages from Asterisk that were dropped for their size.',
  },
  ami_waiting_bytes: {
    type: 'gauge',
    help: 'Bytes read from Asterisk that wait to be understood: more than 0 for long means more than this machine can take.',
    read: ({ waitingBytes }) => waitingBytes(),
  },
  calls_corrected_total: {
    type: 'counter',
    help: 'Calls that had ended unseen, or were never heard of, when Asterisk was asked what goes on.',
    labels: { outcome: ['ended', 'found'] },
  },
  ami_round_trip_seconds: {
    type: 'gauge',
    help: 'How long Asterisk took to answer the last ping.',
  },
  ami_clock_offset_seconds: {
    type: 'gauge',
    help: 'The clock of Asterisk minus the clock of the bridge, at the last ping.',
  },
  call_events_total: {
    type: 'counter',
    help: 'Events told of calls. The rate of `ringing` is that of calls that reach a phone.',
    labels: { event: CALL_EVENTS },
  },
  calls_started_total: {
    type: 'counter',
    help: 'Calls of which anything was told, counted with their first event: that is mostly the first ring.',
  },
  calls_ended_total: {
    type: 'counter',
    help: 'Calls told as hung up.',
    labels: { disposition: DISPOSITIONS, cause: CAUSES },
    start: USUAL_ENDINGS,
  },
  call_ring_seconds: {
    type: 'histogram',
    help: 'How long phones rang: from the first ring to the answer, or to the end of a call that nobody answered. Without calls that did not ring, that the system picked up after all (voicemail), and that were learned of only later.',
    labels: { outcome: RING_OUTCOMES },
    buckets: [1, 2, 3, 5, 10, 15, 20, 25, 30, 45, 60, 90, 120],
  },
  call_talk_seconds: {
    type: 'histogram',
    help: 'How long answered calls lasted, from the answer to the end. Without those whose end was not seen.',
    buckets: [1, 2, 5, 10, 20, 30, 60, 120, 180, 300, 600, 900, 1_800, 3_600, 7_200],
  },
  calls_active: { type: 'gauge', help: 'Open calls.', read: ({ calls }) => calls().active },
  calls_ringing: {
    type: 'gauge',
    help: 'Open calls that were told ringing and not answered.',
    read: ({ calls }) => calls().ringing,
  },
  calls_answered: {
    type: 'gauge',
    help: 'Open calls that were told answered.',
    read: ({ calls }) => calls().answered,
  },
  events_captured_total: {
    type: 'counter',
    help: 'Events that entered the outbox. Captured + restored = delivered + pending + shed + refused.',
    read: ({ outbox }) => outbox().totals.appended,
  },
  events_restored_total: {
    type: 'counter',
    help: 'Events that were found in the outbox at the start: what an earlier process did not deliver.',
    read: ({ outbox }) => outbox().totals.restored,
  },
  events_delivered_total: {
    type: 'counter',
    help: 'Events that the broker acknowledged.',
    read: ({ outbox }) => outbox().totals.settled,
  },
  events_shed_total: {
    type: 'counter',
    help: 'Events thrown away undelivered at a limit of the outbox.',
    read: ({ outbox }) => outbox().totals.shed,
  },
  events_shed_by_reason_total: {
    type: 'counter',
    help: 'The same by the limit that was reached, as far as reported: about once a second.',
    labels: { reason: SHED_REASONS },
  },
  events_refused_total: {
    type: 'counter',
    help: 'Events that the broker will never take.',
    read: ({ outbox }) => outbox().totals.refused,
  },
  events_pending: {
    type: 'gauge',
    help: 'Events in the outbox.',
    read: ({ outbox }) => outbox().pending.events,
  },
  outbox_bytes: {
    type: 'gauge',
    help: 'Bytes of topics and payloads in the outbox.',
    read: ({ outbox }) => outbox().pending.bytes,
  },
  outbox_oldest_age_seconds: {
    type: 'gauge',
    help: 'Age of the oldest event in the outbox; 0 where there is none.',
    read: ({ outbox }, now) => Math.max(0, now - (outbox().pending.oldestAt ?? now)) / 1_000,
  },
  outbox_disk_failing: {
    type: 'gauge',
    help: '1 while the disk of `DATA_DIR` does not take the outbox and what happens is in memory only, else 0.',
    read: ({ outbox }) => (outbox().isDiskFailing ? 1 : 0),
  },
  publish_failures_total: {
    type: 'counter',
    help: 'Messages that the broker did not take, by error code (docs/errors.md).',
    labels: { code: [...PUBLISH_CODES, 'other'] },
  },
  publish_latency_seconds: {
    type: 'histogram',
    help: 'From handing a message to the network to its acknowledgement by the broker. Of every message, retained ones too.',
    buckets: [
      0.0002, 0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30,
    ],
  },
  end_to_end_delay_seconds: {
    type: 'histogram',
    help: 'From reading an event of Asterisk to the acknowledgement, by the broker, of the call event that was made of it. What waited for the broker counts with all its waiting.',
    buckets: [
      0.0002, 0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30, 60,
      300, 1_800, 7_200, 43_200,
    ],
  },
} as const satisfies Record<string, MetricDeclaration>;

export type MetricName = keyof typeof METRICS;

export type HistogramName = {
  [N in MetricName]: (typeof METRICS)[N] extends { readonly type: 'histogram' } ? N : never;
}[MetricName];

export const METRIC_DECLARATIONS = Object.entries(METRICS) as readonly (readonly [
  MetricName,
  MetricDeclaration,
])[]; // the entries of a literal

function codesOf(prefix: string): readonly string[] {
  return Object.keys(ERRORS).filter((code) => code.startsWith(prefix));
}
