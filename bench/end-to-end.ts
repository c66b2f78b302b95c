// From Asterisk's socket to a subscriber, over a real Mosquitto, in a process each, with one clock: what the bridge adds to
// the delay, what it costs, what it can take. Compared with a bare publisher over the same broker in the same run. Delays are
// those of what is told at once: what the bridge holds back until it is certain is delivered too, and not counted there.

import { TcpProxy } from '../test/faults/proxy.ts';
import type { Bridge } from './end-to-end/bridge.ts';
import { commitRows } from './end-to-end/commit.ts';
import { Least, type LeastInRealTime, type LeastOptions } from './end-to-end/least.ts';
import type { PlayOptions } from './end-to-end/player.ts';
import { Part } from './end-to-end/process.ts';
import { bundle, type Rig, startRig } from './end-to-end/rig.ts';
import {
  bareFlatOut,
  flatOut,
  fromFullOutbox,
  type InRealTime,
  inRealTime,
} from './end-to-end/runs.ts';
import { atLeast, atMost, type Bench, median, type Row, toRow } from './rows.ts';

const FASTEST = 1_000;
const RATES = [100, 300, FASTEST];
const DURABLE = { outbox: 'durable' } as const;
/** As it is where Asterisk is on this machine; what the thread of the disk costs; and what of all is not the disk's. */
const OUTBOXES = ['durable', 'threaded', 'memory'] as const;
const SECONDS = 30;
const ROUNDS = 3;
/** Of one flat run; a call tells three as a rule. */
const MESSAGES = 30_000;
const WAY_MS = 10;

export const endToEnd: Bench = async (form) => {
  await using stack = new AsyncDisposableStack();
  const program = bundle(stack);
  if (form === 'quick') return await withRig(program, quick);
  const rows: Row[] = [];
  for (const rate of RATES) rows.push(...(await added(program, rate)));
  rows.push(...(await commitRows()));
  const parts = [
    (rig: Rig) => taken(rig, 'memory', 0.75),
    (rig: Rig) => taken(rig, 'durable', 0.5),
    far,
    storm,
  ];
  for (const part of parts) rows.push(...(await withRig(program, part)));
  return rows;
};

type Program = readonly string[];

/** A new one for each, so that no figure depends on what was measured before it. */
async function withRig<T>(program: Program, run: (rig: Rig) => Promise<T>): Promise<T> {
  await using stack = new AsyncDisposableStack();
  return await run(await startRig(stack, program));
}

/** What every machine can tell: far less than the broker takes, or something lost. */
async function quick(rig: Rig): Promise<readonly Row[]> {
  await using bridge = await rig.bridge({ outbox: 'memory' });
  const perSecond = await flatOut(rig, bridge, 2_000);
  const figure = perSecond / (await bareFlatOut(rig, 20_000));
  return [
    toRow(
      'flat out from Asterisk on, outbox in memory',
      { figure, unit: '× bare publisher' },
      atLeast(0.1),
    ),
  ];
}

/** Medians of several runs that take turns: a second of a busy machine spoils 99 of 100 of a run. */
async function added(program: Program, rate: number): Promise<readonly Row[]> {
  const options = { callsPerSecond: rate, seconds: SECONDS };
  const runs: Record<Outbox, Run[]> = { durable: [], threaded: [], memory: [] };
  const least: LeastInRealTime[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    for (const outbox of OUTBOXES) {
      runs[outbox].push(await withRig(program, (rig) => withBridge(rig, { outbox }, options)));
    }
    const does = { ...LEAST[COMMITS], bytesPerMessage: bytesPerMessageOf(runs.durable) };
    least.push(await withRig(program, (rig) => withLeast(rig, does, options)));
  }
  const bytesPerMessage = bytesPerMessageOf(runs.durable);
  return [
    ...durableRows(runs.durable, rate),
    ...(await withRig(program, (rig) => leastRows(rig, options, bytesPerMessage))),
    ...besideRows(least, `at ${rate} calls/s, ${COMMITS}`),
    ...besideRows(runs.threaded, `at ${rate} calls/s, Asterisk elsewhere`),
    ...besideRows(runs.memory, `at ${rate} calls/s, outbox in memory`),
  ];
}

function bytesPerMessageOf(runs: readonly Run[]): number {
  return median(runs.map(({ played, told }) => played.bytes / told));
}

function durableRows(runs: readonly Run[], rate: number): readonly Row[] {
  const at = `at ${rate} calls/s`;
  const { p50, p99 } = addedBy(runs);
  const lost = runs.reduce((sum, run) => sum + run.lost, 0);
  const toldAtOnce = medianOf(runs, ({ played, told }) => (played.written.size / told) * 100);
  const cpuPercent = medianOf(runs, (run) => run.cpuPercent);
  const stolenPercent = Math.max(...runs.map((run) => run.stolenPercent));
  return [
    toRow(`added delay ${at}, p50`, ms(p50), atMost(0.15)),
    toRow(`added delay ${at}, p99`, ms(p99), atMost(2)),
    toRow(`the bare hop ${at}, p50`, ms(medianOf(runs, ({ bare }) => bare.p50))),
    toRow(`the bare hop ${at}, p99`, ms(medianOf(runs, ({ bare }) => bare.p99))),
    toRow(`told at once ${at}`, percent(toldAtOnce)),
    toRow(`lost ${at}`, { figure: lost, unit: 'events' }, atMost(0)),
    toRow(`processor ${at}`, percent(cpuPercent), rate === FASTEST ? atMost(20) : undefined),
    toRow(`taken from this machine by its host ${at}, most of a run`, percent(stolenPercent)),
  ];
}

function besideRows(runs: readonly Beside[], at: string): readonly Row[] {
  const { p50, p99 } = addedBy(runs);
  const mostMegabytes = Math.max(...runs.map((run) => run.mostMegabytes));
  return [
    toRow(`added delay ${at}, p50`, ms(p50)),
    toRow(`added delay ${at}, p99`, ms(p99)),
    toRow(`processor ${at}`, percent(medianOf(runs, (run) => run.cpuPercent))),
    toRow(`memory ${at}, highest`, megabytes(mostMegabytes)),
  ];
}

/** Beyond the bare hop of the same run. */
function addedBy(runs: readonly Beside[]) {
  return {
    p50: medianOf(runs, ({ ours, bare }) => ours.p50 - bare.p50),
    p99: medianOf(runs, ({ ours, bare }) => ours.p99 - bare.p99),
  };
}

function medianOf<R>(runs: readonly R[], figure: (run: R) => number): number {
  return median(runs.map(figure));
}

const COMMITS = 'of who makes signals and commits besides';
const LEAST = {
  'of who only reads and publishes': { makes: 'nothing', keeps: false },
  'of who makes signals besides': { makes: 'signals', keeps: false },
  [COMMITS]: { makes: 'signals', keeps: true },
} as const;

/** Without the delays of who commits: it takes turns with the bridge. */
async function leastRows(
  rig: Rig,
  options: PlayOptions,
  bytesPerMessage: number,
): Promise<readonly Row[]> {
  const rows: Row[] = [];
  for (const [who, does] of Object.entries(LEAST)) {
    const least = { ...does, bytesPerMessage };
    const isFastest = options.callsPerSecond === FASTEST;
    if (!does.keeps) {
      const { cpuPercent, mostMegabytes } = await withLeast(rig, least, options);
      const at = `at ${options.callsPerSecond} calls/s, ${who}`;
      rows.push(toRow(`processor ${at}`, percent(cpuPercent)));
      if (isFastest) rows.push(toRow(`memory ${at}, highest`, megabytes(mostMegabytes)));
    }
    if (isFastest) rows.push(...(await leastByItself(rig, who, least)));
  }
  return rows;
}

async function leastByItself(
  rig: Rig,
  who: string,
  options: LeastOptions,
): Promise<readonly Row[]> {
  const start = () => Least.start(rig, options);
  const run = (least: Least) => least.flatOut(MESSAGES / 3);
  const flat = await besideBare(rig, { start, warmUp: run, run });
  await using least = await start();
  return [
    toRow(`memory idle, ${who}`, megabytes(await least.idle(5))),
    toRow(`flat out from Asterisk on, ${who}`, { figure: flat, unit: '× bare publisher' }),
  ];
}

async function withLeast(rig: Rig, does: LeastOptions, options: PlayOptions) {
  await using least = await Least.start(rig, does);
  return await least.inRealTime(options);
}

function percent(figure: number) {
  return { figure, unit: '%' };
}

function megabytes(figure: number) {
  return { figure, unit: 'MB' };
}

function ms(figure: number) {
  return { figure, unit: 'ms' };
}

type Outbox = (typeof OUTBOXES)[number];
type Run = InRealTime & { readonly mostMegabytes: number };
type Beside = Pick<Run, 'ours' | 'bare' | 'cpuPercent' | 'mostMegabytes'>;

/** What is played is made before. */
async function withBridge(
  rig: Rig,
  place: { readonly outbox: Outbox },
  options: PlayOptions,
): Promise<Run> {
  await using bridge = await rig.bridge(place);
  let mostMegabytes = 0;
  const look = () => {
    mostMegabytes = Math.max(mostMegabytes, bridge.residentMegabytes);
  };
  const looking = setInterval(look, 1_000);
  try {
    const beside = { bridge, publisher: rig.publisher };
    const run = await inRealTime(rig, beside, { ...options, isPrepared: true });
    return { ...run, mostMegabytes };
  } finally {
    clearInterval(looking);
  }
}

type Kind = 'memory' | 'durable';

async function taken(rig: Rig, outbox: Kind, least: number): Promise<readonly Row[]> {
  const where = outbox === 'memory' ? 'in memory' : 'durable';
  const ratio = async (run: typeof flatOut) => ({
    figure: await besideBare<Bridge>(rig, {
      start: () => rig.bridge({ outbox }),
      warmUp: (bridge) => flatOut(rig, bridge, MESSAGES / 3),
      run: (bridge) => run(rig, bridge, MESSAGES / 3),
    }),
    unit: '× bare publisher',
  });
  const goal = atLeast(least);
  return [
    toRow(`flat out from Asterisk on, outbox ${where}`, await ratio(flatOut), goal),
    toRow(`flat out from a full outbox ${where}`, await ratio(fromFullOutbox), goal),
  ];
}

type Measured<B> = {
  readonly start: () => Promise<B>;
  /** The bare publisher has published before, too: what is compared is compiled. */
  readonly warmUp: (started: B) => Promise<unknown>;
  /** Gives messages a second. */
  readonly run: (started: B) => Promise<number>;
};

/** It is started and warm before the bare publisher runs: it is settled by then. */
async function besideBare<B extends AsyncDisposable>(
  rig: Rig,
  { start, warmUp, run }: Measured<B>,
): Promise<number> {
  const ratios: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    await using started = await start();
    await warmUp(started);
    const before = await bareFlatOut(rig, MESSAGES);
    const perSecond = await run(started);
    const after = await bareFlatOut(rig, MESSAGES);
    ratios.push(perSecond / ((before + after) / 2));
  }
  return median(ratios);
}

/** A bare publisher over the same way tells how long half a round trip is here. */
async function far(rig: Rig): Promise<readonly Row[]> {
  await using proxy = await TcpProxy.listen({ host: '127.0.0.1', port: rig.broker.port });
  proxy.set('up', { delayMs: WAY_MS });
  proxy.set('down', { delayMs: WAY_MS });
  await using publisher = new Part('publisher');
  await publisher.ask('start', { port: proxy.port });
  await using bridge = await rig.bridge({ ...DURABLE, mqttPort: proxy.port });
  const options = { callsPerSecond: 500, seconds: SECONDS };
  const { ours, bare, lost } = await inRealTime(rig, { bridge, publisher }, options);
  const figure = { figure: ours.p50 / bare.p50, unit: '× half the round trip' };
  return [
    toRow('broker 10 ms away, 500 calls/s, p50', figure, atMost(1.1)),
    toRow('lost with a broker 10 ms away', { figure: lost, unit: 'events' }, atMost(0)),
  ];
}

/** More than a carrier switch has, before an Asterisk that cuts off who takes no byte for 100 ms. */
async function storm(rig: Rig): Promise<readonly Row[]> {
  const options = { callsPerSecond: 4_000, seconds: 30 };
  const run = await withBridge(rig, DURABLE, options);
  const { cutOff, lost, played, ours, mostMegabytes } = run;
  return [
    toRow('4,000 calls/s for 30 s: cut off', { figure: cutOff, unit: 'times' }, atMost(0)),
    toRow('4,000 calls/s for 30 s: lost', { figure: lost, unit: 'events' }, atMost(0)),
    toRow('4,000 calls/s for 30 s: the player late', { figure: played.late, unit: 'ms' }),
    toRow('4,000 calls/s for 30 s: memory, highest', megabytes(mostMegabytes)),
    toRow('4,000 calls/s for 30 s: told late by, p99', { figure: ours.p99 / 1_000, unit: 's' }),
  ];
}
