// One fault, from a fresh rig to the verdict.

import { setTimeout as delay } from 'node:timers/promises';
import { check, type Delivery, type Verdict } from './checker.ts';
import type { Fault } from './faults.ts';
import { lowest, MemoryWatch, slope } from './memory.ts';
import { PREFIX, type Rig, type RigOptions, startRig } from './rig.ts';
import { endedBySignals } from './signals.ts';

export type TrialOptions = Pick<RigOptions, 'fixtures' | 'callsPerSecond' | 'random'> & {
  readonly fault: Fault;
  readonly seconds: number;
  readonly outageSeconds: number;
};

export type Trial = {
  readonly verdict: Verdict;
  /** From the end of the fault until what was delivered was news: less than a second old. */
  readonly recoverySeconds: number | undefined;
  /** Of the bridge, at the end. */
  readonly residentMebibytes: number;
  /** How that grew, in the second half of the time; `undefined` where it was too short. */
  readonly mebibytesPerHour: number | undefined;
  /** What was pending after all time that there was. */
  readonly undelivered: number;
  readonly truthIsWhole: boolean;
  /** Whether the bridge had to do with the fault at all. */
  readonly isSeen: boolean;
  readonly fixtureOf: (callId: string) => string | undefined;
  readonly log: string;
};

/** What happens so near to the loss of a link may be on its way. */
const SLACK_MS = 250;
const DRAIN_MS = 60_000;
/** The longest pause between two attempts, and what the attempt takes. */
const RETRY_MS = 45_000;
const NEWS_MS = 1_000;
/** After this, nothing more is on its way. */
const QUIET_MS = 1_500;

export async function runTrial(options: TrialOptions): Promise<Trial> {
  const { fault, seconds, outageSeconds } = options;
  await using stack = endedBySignals(new AsyncDisposableStack());
  const { env = {}, broker = [], onDisk = false } = fault;
  const rig = await startRig({ ...options, env, broker, onDisk }, stack);
  using memory = new MemoryWatch(rig.bridge);
  rig.load.start();
  const time = { ms: seconds * 1_000, outageMs: outageSeconds * 1_000 };
  const mendedAt = await fault.run(rig, time);
  await rig.load.stop();
  const trial = await toTrial(rig, { mendedAt, slackMs: fault.slackMs ?? SLACK_MS });
  return {
    ...trial,
    isSeen:
      fault.shows === undefined || rig.bridge.troubles.some((line) => fault.shows?.test(line)),
    mebibytesPerHour: slope(lowest(memory.samples)),
    fixtureOf: (callId) => rig.load.fixtureOf(callId),
  };
}

/** When all is delivered, or will never be: what came of it. */
export async function toTrial(recorded: Recorded, known: Known): Promise<Trial> {
  await drained(recorded);
  return await judge(recorded, known);
}

export type Recorded = Pick<Rig, 'bridge' | 'truth' | 'subscriber'>;
type Known = { readonly mendedAt: number; readonly slackMs: number };

async function drained({ bridge, subscriber }: Recorded): Promise<void> {
  await bridge.untilReady(RETRY_MS).catch(() => undefined); // then what it knows by then is judged
  const deadline = performance.now() + DRAIN_MS;
  let messages = -1;
  while (performance.now() < deadline) {
    const pending = await bridge.accounts().then(
      (accounts) => accounts.pending,
      () => 1, // it is not there now
    );
    if (pending === 0 && messages === subscriber.deliveries.length) return;
    messages = subscriber.deliveries.length;
    await delay(QUIET_MS);
  }
}

async function judge(
  { bridge, truth, subscriber }: Recorded,
  { mendedAt, slackMs }: Known,
): Promise<Trial> {
  const accounts = await bridge.accounts();
  const metrics = await bridge.metrics();
  await truth.stop();
  const { deliveries } = subscriber;
  const facts = await truth.facts(PREFIX);
  return {
    verdict: check({ prefix: PREFIX, facts, deliveries, accounts, slackMs }),
    fixtureOf: () => undefined,
    recoverySeconds: recovery(deliveries, mendedAt),
    residentMebibytes: (metrics.get('process_resident_memory_bytes') ?? 0) / 2 ** 20,
    mebibytesPerHour: undefined,
    undelivered: accounts.pending,
    truthIsWhole: truth.isWhole,
    isSeen: true,
    log: bridge.log,
  };
}

function recovery(deliveries: readonly Delivery[], mendedAt: number): number | undefined {
  const fresh = deliveries.find(({ receivedAt, payload }) => {
    if (receivedAt < mendedAt) return false;
    const { timestamp } = JSON.parse(payload) as { readonly timestamp?: string };
    return receivedAt - Date.parse(timestamp ?? '') < NEWS_MS;
  });
  return fresh && (fresh.receivedAt - mendedAt) / 1_000;
}
