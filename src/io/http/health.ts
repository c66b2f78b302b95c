// What /health, /health/live and /health/ready answer: the state of the bridge as a status code and a body. The body
// tells no host, user or error message: whoever can reach the port may read it.

import { ERRORS, type ErrorCode } from '../../errors.ts';

/** All times are epoch milliseconds. */
export type Status = {
  readonly version: string;
  readonly startedAt: number;
  readonly stopping: boolean;
  readonly ami: LinkStatus;
  readonly mqtt: LinkStatus;
  readonly pbx: { readonly name?: string; readonly asteriskVersion?: string };
  readonly calls: { readonly active: number; readonly ringing: number; readonly answered: number };
  readonly outbox: {
    readonly events: number;
    readonly bytes: number;
    readonly oldestAt?: number;
    /** What happens is in memory only. */
    readonly isDiskFailing: boolean;
  };
};

export type LinkStatus = {
  readonly online: boolean;
  /** Since when it is so. */
  readonly since: number;
  /** Why it is offline, or why the broker does not take messages although it is online. */
  readonly error?: ErrorCode;
};

export type HealthAnswer = { readonly code: 200 | 503; readonly body: HealthBody };

type HealthBody = {
  readonly status: 'ok' | 'unavailable';
  readonly missing: readonly Missing[];
} & Readonly<Record<string, unknown>>;

type Missing = {
  readonly link: 'ami' | 'mqtt' | 'bridge';
  readonly problem: string;
  readonly since?: string;
  readonly code?: ErrorCode;
  readonly hint?: string;
};

/** 200 as long as anything answers at all: a stuck process does not. What is missing is named all the same. */
export function toLive(status: Status): HealthAnswer {
  return { code: 200, body: { status: 'ok', missing: missingIn(status) } };
}

/** 200 while logged in to Asterisk and connected to the broker. */
export function toReady(status: Status): HealthAnswer {
  const missing = missingIn(status);
  const isReady = status.ami.online && status.mqtt.online && !status.stopping;
  return {
    code: isReady ? 200 : 503,
    body: { status: isReady ? 'ok' : 'unavailable', missing },
  };
}

/** As ready, with more detail. */
export function toHealth(status: Status): HealthAnswer {
  const { code, body } = toReady(status);
  const { version, startedAt, ami, mqtt, pbx, calls, outbox } = status;
  return {
    code,
    body: {
      ...body,
      version,
      started_at: toTime(startedAt),
      pbx: { name: pbx.name, asterisk_version: pbx.asteriskVersion },
      ami: toLink(ami),
      mqtt: toLink(mqtt),
      calls,
      outbox: {
        pending: outbox.events,
        bytes: outbox.bytes,
        oldest: outbox.oldestAt === undefined ? undefined : toTime(outbox.oldestAt),
      },
    },
  };
}

function missingIn({ ami, mqtt, stopping, outbox }: Status): readonly Missing[] {
  const stop: Missing = { link: 'bridge', problem: 'The bridge is stopping' };
  return [
    ...(stopping ? [stop] : []),
    ...missingLink('ami', ami, 'Not logged in to Asterisk'),
    ...missingLink('mqtt', mqtt, 'Not connected to the broker'),
    ...(outbox.isDiskFailing ? [DISK_FAILS] : []),
  ];
}

const DISK_FAILS: Missing = {
  link: 'bridge',
  problem: 'The disk of DATA_DIR does not take the outbox',
  code: 'OUTBOX_DISK_FAILED',
  hint: ERRORS.OUTBOX_DISK_FAILED.hint,
};

function missingLink(
  link: 'ami' | 'mqtt',
  { online, since, error }: LinkStatus,
  offline: string,
): readonly Missing[] {
  if (online && error === undefined) return [];
  const problem = online ? 'The broker does not take all messages' : offline;
  const reason = error === undefined ? {} : { code: error, hint: ERRORS[error].hint };
  return [{ link, problem, since: toTime(since), ...reason }];
}

function toLink({ online, since, error }: LinkStatus) {
  return { state: online ? 'online' : 'offline', since: toTime(since), code: error };
}

function toTime(at: number): string {
  return new Date(at).toISOString();
}
