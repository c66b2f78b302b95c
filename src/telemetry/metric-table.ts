// What is counted and measured, declared once: the registry and docs/metrics.md are made from this table.

import { ERRORS } from '../errors.ts';
import {
  AMI_EVENTS,
  CALL_EVENTS,
  CAUSES,
  DISPOSITIONS,
  LINKS,
  SHED_REASONS,
  SUSPECT_REASONS,
} from './label-sets.ts';

/** Before the name of every metric. */
export const METRIC_PREFIX = 'asterisk_mqtt_';

/** Where metrics are read on scrape. All of them are read in one turn, so they belong together. */
export type Sources = {
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
    };
  };
};

export type MetricDeclaration = {
  readonly type: 'counter' | 'gauge';
  readonly help: string;
  /** The values of each label; `free`: one value at a time, known from the start or told by the PBX. */
  readonly labels?: Readonly<Record<string, readonly string[] | 'free'>>;
  /** For a metric that is read on scrape. `now` is epoch milliseconds. */
  readonly read?: (sources: Sources, now: number) => number;
};

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
    labels: { link: LINKS, code: codesOf('AMI_', 'MQTT_') },
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
  calls_ended_total: {
    type: 'counter',
    help: 'Calls told as hung up.',
    labels: { disposition: DISPOSITIONS, cause: CAUSES },
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
    help: 'Events that entered the outbox. Captured = delivered + pending + shed + refused.',
    read: ({ outbox }) => outbox().totals.appended,
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
    help: 'Bytes of payload in the outbox.',
    read: ({ outbox }) => outbox().pending.bytes,
  },
  outbox_oldest_age_seconds: {
    type: 'gauge',
    help: 'Age of the oldest event in the outbox; 0 where there is none.',
    read: ({ outbox }, now) => Math.max(0, now - (outbox().pending.oldestAt ?? now)) / 1_000,
  },
  publish_failures_total: {
    type: 'counter',
    help: 'Messages that the broker did not take, by error code (docs/errors.md).',
    labels: { code: codesOf('MQTT_PUBLISH_') },
  },
} as const satisfies Record<string, MetricDeclaration>;

export type MetricName = keyof typeof METRICS;

export const METRIC_DECLARATIONS = Object.entries(METRICS) as readonly (readonly [
  MetricName,
  MetricDeclaration,
])[]; // the entries of a literal

function codesOf(...prefixes: readonly string[]): readonly string[] {
  const codes = Object.keys(ERRORS).filter((code) =>
    prefixes.some((prefix) => code.startsWith(prefix)),
  );
  return [...codes, 'other'];
}
