// How each notice is logged and counted. Messages are for people: plain sentences, with what to do. Fields are for
// programs: their names do not change.

import type { ErrorCode } from '../errors.ts';
import {
  at,
  debug,
  error,
  errorFields,
  info,
  type Line,
  many,
  toMegabytes,
  toSeconds,
  unended,
  warn,
  withHint,
} from './line.ts';
import type { Metrics } from './metrics.ts';
import type { Notice, SuspectReason } from './notice.ts';
import type { Rate } from './throttle.ts';

export type Row<N> = {
  /** `total`: how much happened since this was last said, where it is throttled. */
  readonly say: (notice: N, total: number) => Line | undefined;
  readonly count?: (metrics: Metrics, notice: N) => void;
  readonly throttle?: (notice: N) => Rate & { readonly key: string };
};

type NoticeOf<T extends Notice['type']> = Extract<Notice, { type: T }>;

const MINUTE_MS = 60_000;
/** From this difference on, `delayed_seconds` is wrong. */
export const CLOCK_ODD_MS = 5_000;

export const REPORT_TABLE: { readonly [T in Notice['type']]: Row<NoticeOf<T>> } = {
  'bridge-starting': {
    say: ({ version, revision }) => info(`asterisk-mqtt ${version} starts`, { version, revision }),
  },
  'bridge-stopping': {
    say: ({ reason }) => info(`Stopping: ${reason}`, { reason }),
  },
  'bridge-stopped': {
    say: sayStopped,
  },
  'heartbeat-failed': {
    say: ({ path, reason }) =>
      warn(
        `HEARTBEAT_FILE ${path} cannot be written (${reason}); a health check that reads it will take the bridge for dead`,
        { path, reason },
      ),
  },
  'http-listening': {
    say: ({ host, port }) =>
      info(`Metrics and health are at http://${at(host, port)}`, { host, port }),
  },
  'ami-online': {
    say: sayAmiOnline,
    count: (metrics, { pbx, asteriskVersion }) => {
      countOnline(metrics, 'ami');
      metrics.tell('pbx_info', { pbx, asterisk_version: asteriskVersion ?? '' });
    },
  },
  'ami-offline': {
    say: (notice) => sayOffline('ami', notice),
    count: (metrics, { error: { code } }) => countOffline(metrics, 'ami', code),
  },
  'ami-limited': {
    say: ({ level, missing, cost, hint }) => ({
      level,
      message: `Asterisk does not give ${missing}: ${unended(cost)}. ${hint}`,
      fields: { missing, cost, hint },
    }),
  },
  'ami-round-trip': {
    say: sayClock,
    count: (metrics, { milliseconds, clockOffsetMs }) => {
      metrics.set('ami_round_trip_seconds', milliseconds / 1_000);
      if (clockOffsetMs !== undefined) {
        metrics.set('ami_clock_offset_seconds', clockOffsetMs / 1_000);
      }
    },
    throttle: ({ clockOffsetMs = 0 }) =>
      Math.abs(clockOffsetMs) < CLOCK_ODD_MS
        ? { key: 'right', amount: 0, everyMs: 0 }
        : { key: 'odd', amount: 1, everyMs: 24 * 60 * MINUTE_MS },
  },
  'ami-message-suspect': {
    say: ({ reason }, total) =>
      warn(
        `Asterisk sent ${many(total, 'message')} that cannot be trusted (${SUSPECT[reason]}); not used`,
        { reason, messages: total },
      ),
    count: (metrics, { reason }) => metrics.count('ami_suspect_messages_total', { reason }),
    throttle: ({ reason }) => ({ key: reason, amount: 1, everyMs: 10 * MINUTE_MS }),
  },
  'ami-message-oversized': {
    say: ({ bytes }, total) =>
      warn(
        `Asterisk sent ${many(total, 'message')} too large to be read, the last of ${many(bytes, 'byte')}; dropped`,
        {
          messages: total,
          bytes,
        },
      ),
    count: (metrics) => metrics.count('ami_oversized_messages_total'),
    throttle: () => ({ key: '', amount: 1, everyMs: 10 * MINUTE_MS }),
  },
  'ami-rush': {
    say: ({ waitingBytes }) =>
      warn(
        `Asterisk says more than this machine can take (${toMegabytes(waitingBytes)} wait to be understood): deliveries wait for that, and where it lasts, Asterisk ends the session. docs/performance.md says what helps`,
        { waiting_bytes: waitingBytes },
      ),
    throttle: () => ({ key: '', amount: 1, everyMs: MINUTE_MS }),
  },
  'ami-rush-over': {
    say: ({ seconds }) =>
      info(
        `All that Asterisk has said is understood again, after ${toSeconds(seconds * 1_000)} s`,
        {
          seconds,
        },
      ),
    throttle: () => ({ key: '', amount: 1, everyMs: MINUTE_MS }),
  },
  'mqtt-online': {
    say: ({ broker, protocolVersion }) =>
      info(`Connected to the broker at ${broker} by MQTT ${protocolVersion}`, {
        broker,
        protocol_version: protocolVersion,
      }),
    count: (metrics) => countOnline(metrics, 'mqtt'),
  },
  'mqtt-offline': {
    say: (notice) => sayOffline('mqtt', notice),
    count: (metrics, { error: { code } }) => countOffline(metrics, 'mqtt', code),
  },
  'mqtt-protocol-fallback': {
    say: ({ broker }) =>
      info(`The broker at ${broker} does not speak MQTT 5; going on with 3.1.1`, { broker }),
  },
  'publish-failed': {
    say: ({ error: failure, repeated }) => ({
      level: repeated ? 'debug' : 'error',
      message: withHint(failure),
      fields: errorFields(failure),
    }),
    count: (metrics, { error: { code } }) => metrics.count('publish_failures_total', { code }),
  },
  'publish-allowed': {
    say: () => info('The broker takes all messages again', {}),
  },
  'outbox-failed': {
    say: ({ error: failure }) => error(withHint(failure), errorFields(failure)),
  },
  'outbox-recovered': {
    say: () => info('The disk takes the outbox again', {}),
  },
  'outbox-busy': {
    say: ({ ms }) =>
      info(
        `The bridge waited ${Math.round(ms)} ms for the disk of DATA_DIR; from now on a thread of its own does`,
        { ms: Math.round(ms) },
      ),
  },
  'outbox-set-aside': {
    say: ({ path }) =>
      error(
        `The file of the outbox was damaged and is kept as ${path}; a new one was begun. Undelivered events in it are lost to the bridge, and so are the open calls of a process before. Check the disk, and delete that file when nobody needs it.`,
        { path },
      ),
  },
  'outbox-restored': {
    say: ({ events }) =>
      info(`Found in DATA_DIR: ${many(events, 'undelivered event')}`, { events }),
  },
  'outbox-shed': {
    say: ({ reason }, total) =>
      error(`${many(total, 'event')} thrown away undelivered: ${SHED[reason] ?? reason}`, {
        reason,
        events: total,
      }),
    count: (metrics, { reason, events }) => {
      // What was refused has a metric of its own, as it is no limit of ours.
      if (reason !== 'refused') metrics.count('events_shed_by_reason_total', { reason }, events);
    },
    throttle: ({ reason, events }) => ({ key: reason, amount: events, everyMs: MINUTE_MS }),
  },
  'calls-restored': {
    say: ({ restored, damaged }) => {
      const fields = { restored, damaged };
      const goesOn = `${many(restored, 'open call')} of before the restart taken up`;
      if (damaged === 0) return info(goesOn, fields);
      return warn(
        `${goesOn}; what was kept of ${many(damaged, 'other')} cannot be read: if Asterisk still has them, they are told as newly found`,
        fields,
      );
    },
  },
  'calls-resynced': {
    say: sayResynced,
    count: (metrics, { ended, found }) => {
      metrics.count('calls_corrected_total', { outcome: 'ended' }, ended);
      metrics.count('calls_corrected_total', { outcome: 'found' }, found);
    },
  },
  'call-told': {
    say: ({ callId, event }) => debug(`Call ${callId}: ${event}`, { call_id: callId, event }),
    count: countTold,
  },
  'message-acknowledged': {
    say: () => undefined,
    count: (metrics, { latencyMs, delayMs }) => {
      metrics.observe('publish_latency_seconds', latencyMs / 1_000);
      if (delayMs !== undefined) metrics.observe('end_to_end_delay_seconds', delayMs / 1_000);
    },
  },
};

const SUSPECT: Readonly<Record<SuspectReason, string>> = {
  malformed: 'malformed',
  'second-event': 'a second Event or Response header',
  snapshot: 'an incomplete or repeated description of a channel',
  'after-damage': 'it follows a damaged one',
  'stray-response': 'an answer to nothing that was asked',
  'no-timestamp': 'it does not say when, as all others do',
  'too-many-channels': 'a new channel, where 250,000 are open already',
  torn: 'cut off by the end of the connection',
};

const SHED: Readonly<Record<string, string>> = {
  max_events: 'the outbox is full (OUTBOX_MAX_EVENTS)',
  max_bytes: 'the outbox is full (OUTBOX_MAX_BYTES)',
  max_age: 'they waited for longer than OUTBOX_MAX_AGE',
  damaged: 'the file of the outbox was damaged',
  refused: 'the broker will never take them',
};

function sayAmiOnline({
  host,
  port,
  amiVersion,
  asteriskVersion,
  pbx,
}: NoticeOf<'ami-online'>): Line {
  const asterisk = asteriskVersion === undefined ? 'Asterisk' : `Asterisk ${asteriskVersion}`;
  return info(`Logged in to ${asterisk} at ${at(host, port)} (${pbx}, AMI ${amiVersion})`, {
    host,
    port,
    pbx,
    asterisk_version: asteriskVersion,
    ami_version: amiVersion,
  });
}

function sayStopped({ pending, kept }: NoticeOf<'bridge-stopped'>): Line {
  const fields = { pending, kept };
  const lost = pending - kept;
  if (pending === 0) return info('Stopped; everything was delivered', fields);
  if (lost > 0) {
    const rest = kept > 0 ? `, ${kept} kept in DATA_DIR` : '';
    return error(`Stopped; ${many(lost, 'event')} not delivered${rest}`, fields);
  }
  return info(`Stopped; ${many(kept, 'undelivered event')} kept in DATA_DIR`, fields);
}

/** Told once; as long as the same trouble goes on, only to who wants to know everything. */
function sayOffline(
  link: 'ami' | 'mqtt',
  { error: failure, retryInMs, repeated }: NoticeOf<'ami-offline' | 'mqtt-offline'>,
): Line {
  const seconds = toSeconds(retryInMs);
  const say = repeated ? debug : failure.retryable ? warn : error;
  return say(`${withHint(failure)} Trying again in ${seconds} s.`, {
    link,
    ...errorFields(failure),
    retry_in_seconds: seconds,
  });
}

function sayClock({ clockOffsetMs = 0 }: NoticeOf<'ami-round-trip'>): Line {
  const seconds = toSeconds(clockOffsetMs);
  return warn(
    `The clock of Asterisk is ${Math.abs(seconds)} s ${seconds < 0 ? 'behind' : 'ahead of'} the clock of the bridge; the times of call events are those of Asterisk. Let both follow the same time server.`,
    { clock_offset_seconds: seconds },
  );
}

/** Nothing to mend is not worth a line. */
function sayResynced({ kept, ended, found, restarted }: NoticeOf<'calls-resynced'>): Line {
  const say = ended + found > 0 || restarted ? info : debug;
  const why = restarted ? 'Asterisk was restarted' : 'Caught up with Asterisk';
  return say(`${why}: ${many(kept, 'call')} went on, ${ended} ended unseen, ${found} found`, {
    calls_kept: kept,
    calls_ended: ended,
    calls_found: found,
    restarted,
  });
}

function countTold(metrics: Metrics, notice: NoticeOf<'call-told'>): void {
  const { event, first, ring, disposition = '', cause = '', talkSeconds } = notice;
  metrics.count('call_events_total', { event });
  if (first) metrics.count('calls_started_total');
  if (event === 'hungup') metrics.count('calls_ended_total', { disposition, cause });
  if (ring !== undefined) {
    metrics.observe('call_ring_seconds', ring.seconds, { outcome: ring.outcome });
  }
  if (talkSeconds !== undefined) metrics.observe('call_talk_seconds', talkSeconds);
}

function countOnline(metrics: Metrics, link: 'ami' | 'mqtt'): void {
  metrics.set('link_up', 1, { link });
  metrics.count('link_connections_total', { link });
}

function countOffline(metrics: Metrics, link: 'ami' | 'mqtt', code: ErrorCode): void {
  metrics.set('link_up', 0, { link });
  metrics.count('link_failures_total', { link, code });
}
