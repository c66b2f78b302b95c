// Sessions one after another, for ever: connect, hand the session on, ping it until it ends, wait, connect again.

import { setTimeout as delay } from 'node:timers/promises';
import { type AmiMessage, header } from '../../core/ami/message.ts';
import { ConnectorError } from '../../errors.ts';
import type { Report } from '../../telemetry/notice.ts';
import type { AmiSession } from './connection.ts';

export type AmiSupervision = {
  readonly connect: (signal: AbortSignal) => Promise<AmiSession>;
  /** The session is logged in. What it throws ends the session like a lost connection. */
  readonly onSession: (session: AmiSession) => Promise<void>;
  /** The session has ended, or none could be had. */
  readonly onLost: () => void;
  readonly report: Report;
  readonly signal: AbortSignal;
  readonly random?: () => number;
  readonly now?: () => number;
  readonly pauses?: Partial<Pauses>;
};

export type Pauses = {
  /** Between two attempts: a random time from `leastMs` to the smaller of `mostMs` and `leastMs` · 2ⁿ. */
  readonly leastMs: number;
  readonly mostMs: number;
  /** After a refused login: each is a line in the security log of the PBX. */
  readonly refusedMs: number;
  readonly pingMs: number;
  /** A session that lasted so long makes the next attempt a first one. */
  readonly stableMs: number;
};

const PAUSES: Pauses = {
  leastMs: 500,
  mostMs: 30_000,
  refusedMs: 60_000,
  pingMs: 10_000,
  stableMs: 10_000,
};

/** Runs until the signal is aborted; never throws. */
export async function keepAmiSession(supervision: AmiSupervision): Promise<void> {
  const { signal, report, now = Date.now } = supervision;
  const pauses = { ...PAUSES, ...supervision.pauses };
  let failures = 0;
  let lastCode: string | undefined;
  while (!signal.aborted) {
    const startedAt = now();
    const { error, loggedIn } = await runSession(supervision, pauses);
    supervision.onLost();
    if (signal.aborted) return;
    if (loggedIn) lastCode = undefined;
    failures = loggedIn && now() - startedAt >= pauses.stableMs ? 1 : failures + 1;
    const retryInMs = pauseBefore(error, failures, { pauses, random: supervision.random });
    report({ type: 'ami-offline', error, retryInMs, repeated: error.code === lastCode });
    lastCode = error.code;
    await pause(retryInMs, signal);
  }
}

type Ended = { readonly error: ConnectorError; readonly loggedIn: boolean };

async function runSession(
  { connect, onSession, report, signal, now = Date.now }: AmiSupervision,
  { pingMs }: Pauses,
): Promise<Ended> {
  let session: AmiSession | undefined;
  try {
    session = await connect(signal);
    await Promise.race([onSession(session), rejectWhenClosed(session)]);
    await keepPinging(session, { pingMs, report, now, signal });
    return { error: await session.closed, loggedIn: true };
  } catch (error) {
    session?.destroy();
    return { error: toError(error), loggedIn: session !== undefined };
  }
}

async function rejectWhenClosed(session: AmiSession): Promise<never> {
  throw await session.closed;
}

type Pinging = Pick<AmiSupervision, 'report' | 'signal'> & {
  readonly pingMs: number;
  readonly now: () => number;
};

/** A half-open connection says nothing: only a ping without an answer tells. */
async function keepPinging(session: AmiSession, pinging: Pinging): Promise<void> {
  const { pingMs, signal, now, report } = pinging;
  const ended = AbortSignal.any([signal, abortedWhenClosed(session)]);
  while (!ended.aborted) {
    const sentAt = now();
    const startedAt = performance.now(); // the way is shorter than a tick of the clock, which may be set besides
    const response = await session.send({ name: 'Ping' });
    const milliseconds = performance.now() - startedAt;
    report(toRoundTrip(response, milliseconds, (sentAt + now()) / 2));
    await pause(pingMs, ended);
  }
}

/** The answer to a ping that takes longer tells little of clocks: it may have waited on its way, or here to be understood. */
const SOON_MS = 1_000;

function toRoundTrip(response: AmiMessage, milliseconds: number, middle: number) {
  const clockOffsetMs = milliseconds < SOON_MS ? clockOffset(response, middle) : undefined;
  const clock = clockOffsetMs === undefined ? {} : { clockOffsetMs };
  return { type: 'ami-round-trip', milliseconds, ...clock } as const;
}

/** How many milliseconds Asterisk's clock is ahead, by its answer to a ping; `middle`: between both, epoch milliseconds. */
export function clockOffset(response: AmiMessage, middle: number): number | undefined {
  const pbxSeconds = Number(header(response, 'Timestamp'));
  return Number.isFinite(pbxSeconds) ? pbxSeconds * 1_000 - middle : undefined;
}

function abortedWhenClosed(session: AmiSession): AbortSignal {
  const controller = new AbortController();
  session.closed.then(() => controller.abort()).catch(() => undefined); // `closed` never rejects
  return controller.signal;
}

function pauseBefore(
  error: ConnectorError,
  failures: number,
  { pauses, random = Math.random }: { pauses: Pauses; random: (() => number) | undefined },
): number {
  if (!error.retryable) return pauses.refusedMs;
  const { leastMs, mostMs } = pauses;
  const limit = Math.min(mostMs, leastMs * 2 ** Math.min(failures, 30));
  return Math.round(leastMs + random() * (limit - leastMs));
}

async function pause(ms: number, signal: AbortSignal): Promise<void> {
  await delay(ms, undefined, { signal }).catch(() => undefined); // aborted: the caller looks at the signal
}

function toError(error: unknown): ConnectorError {
  if (error instanceof ConnectorError) return error;
  const { message } = error as Error;
  return new ConnectorError('AMI_DISCONNECTED', `The session failed: ${message}`, { cause: error });
}
