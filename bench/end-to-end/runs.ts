// The runs: calls at a rate, in real time; and all that the bridge can take.

import { setTimeout as delay } from 'node:timers/promises';
import { quantiles } from '../rows.ts';
import type { Bridge } from './bridge.ts';
import { type Moments, now } from './clock.ts';
import type { Played, PlayOptions } from './player.ts';
import type { Part } from './process.ts';
import type { Rig } from './rig.ts';
import { Steal } from './steal.ts';

/** Of an event, as a rule. */
export const PAYLOAD_BYTES = 450;
/**
 * The part of a run in which its processor time is taken, and from which on delays are: open calls are as many as they will
 * be, and code is compiled.
 */
const SETTLED = { from: 0.5, to: 0.95 };

/** Milliseconds. */
export type Delays = { readonly count: number; readonly p50: number; readonly p99: number };

export type InRealTime = {
  /** Of what is told at once, from when Asterisk had written it. */
  readonly ours: Delays;
  /** Of a message that is published next to the bridge's. */
  readonly bare: Delays;
  readonly told: number;
  /** Has not arrived. Where Asterisk cut the bridge off, something may be told twice, and then has to arrive twice. */
  readonly lost: number;
  readonly cutOff: number;
  /** Of one core. */
  readonly cpuPercent: number;
  /** Of all processors, what others on the same host were given. */
  readonly stolenPercent: number;
  readonly played: Played;
  readonly metrics: ReadonlyMap<string, number>;
};

export type Beside = { readonly bridge: Bridge; readonly publisher: Part };

export type RunOptions = PlayOptions & {
  /** All of it is made before. */
  readonly isPrepared?: boolean;
};

/** Until all that was told is delivered. */
export async function inRealTime(
  { asterisk, subscriber }: Rig,
  { bridge, publisher }: Beside,
  { isPrepared = false, ...options }: RunOptions,
): Promise<InRealTime> {
  if (isPrepared) await asterisk.ask('prepare', options);
  await subscriber.ask('take'); // what came late of the run before
  await subscriber.ask('repeats');
  await publisher.ask('hop', { bytes: PAYLOAD_BYTES });
  const playing = asterisk.ask<Played>('play', options);
  const steal = new Steal();
  const cpuPercent = await cpuOf(() => bridge.cpuSeconds, options.seconds);
  const played = await playing;
  const stolenPercent = steal.percent;
  const hops = await publisher.ask<Moments>('hopped');
  const metrics = await bridge.settled();
  await delay(500); // the subscriber's last ones
  const arrived = await subscriber.ask<Moments>('take');
  const told = eventsOfCalls(metrics);
  const ofCalls = [...arrived.keys()].filter((key) => !hops.has(key)).length;
  const lost = told - ofCalls - (await subscriber.ask<number>('repeats'));
  const since = settledAt(played, options);
  const ours = delaysOf(played.written, arrived, since);
  const bare = delaysOf(hops, arrived, since);
  const { thrownOut: cutOff } = played;
  return { ours, bare, told, lost, cutOff, cpuPercent, stolenPercent, played, metrics };
}

/** Events a second from the first byte of Asterisk to the last acknowledgement of the broker. */
export async function flatOut({ asterisk }: Rig, bridge: Bridge, calls: number): Promise<number> {
  const before = await bridge.told();
  const { startedAt } = await asterisk.ask<Played>('flatOut', { calls });
  await bridge.settled();
  const seconds = (now() - startedAt) / 1_000;
  return ((await bridge.told()) - before) / seconds;
}

/** The same of what waits in the outbox for a broker that stands still, from when that goes on. */
export async function fromFullOutbox(
  { asterisk, broker, subscriber }: Rig,
  bridge: Bridge,
  calls: number,
): Promise<number> {
  const before = await bridge.told();
  await broker.freeze();
  await asterisk.ask<Played>('flatOut', { calls });
  const told = (await bridge.allTold()) - before;
  await subscriber.ask('take');
  await broker.thaw();
  const startedAt = now();
  await bridge.settled();
  const arrived = await subscriber.ask<Moments>('take');
  return told / ((Math.max(...[...arrived.values()].slice(-1_000)) - startedAt) / 1_000);
}

/** Messages a second, of the size of events. */
export async function bareFlatOut({ publisher }: Rig, messages: number): Promise<number> {
  return await publisher.ask<number>('flatOut', { bytes: PAYLOAD_BYTES, messages });
}

type CpuSeconds = () => number | Promise<number>;

/** Percent of one core, of who runs beside it, when all is settled. */
export async function cpuOf(cpuSeconds: CpuSeconds, seconds: number): Promise<number> {
  await delay(seconds * SETTLED.from * 1_000);
  const before = { at: now(), cpu: await cpuSeconds() };
  await delay(seconds * (SETTLED.to - SETTLED.from) * 1_000);
  return (((await cpuSeconds()) - before.cpu) / ((now() - before.at) / 1_000)) * 100;
}

/** What is said of the stream itself (a gap) goes to another topic. */
function eventsOfCalls(metrics: ReadonlyMap<string, number>): number {
  let told = 0;
  for (const [name, count] of metrics) if (name.startsWith('call_events_total')) told += count;
  return told;
}

/** From when on delays are measured. */
export function settledAt({ startedAt }: Played, { seconds }: PlayOptions): number {
  return startedAt + seconds * SETTLED.from * 1_000;
}

export function delaysOf(sent: Moments, arrived: Moments, since: number): Delays {
  const took = [...sent]
    .filter(([, at]) => at >= since)
    .map(([key, at]) => (arrived.get(key) ?? Number.NaN) - at)
    .filter((ms) => !Number.isNaN(ms));
  return { count: took.length, ...quantiles(took) };
}
