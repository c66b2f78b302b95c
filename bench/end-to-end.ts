// From Asterisk's socket to a subscriber, over a real Mosquitto, in a process each, with one clock: what the bridge adds to
// the delay, and what it costs. Compared with a bare publisher over the same broker in the same run. Delays are
// those of what is told at once: what the bridge holds back until it is certain is delivered too, and not counted there.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { commitRows } from './end-to-end/commit.ts';
import { bundleOf, Least, type LeastInRealTime, type LeastOptions } from './end-to-end/least.ts';
import type { PlayOptions } from './end-to-end/player.ts';
import { bundle, type Rig } from './end-to-end/rig.ts';
import {
  besideBare,
  MESSAGES,
  type Outbox,
  type Program,
  ROUNDS,
  type Run,
  UNDERSTANDS,
  withBridge,
  withRig,
} from './end-to-end/with-bridge.ts';
import { atMost, type Bench, median, type Row, toRow } from './rows.ts';

const FASTEST = 1_000;
const RATES = [100, 300, FASTEST];
/** As it is where Asterisk is on this machine; what the thread of the disk costs; and what of all is not the disk's. */
const OUTBOXES = ['durable', 'threaded', 'memory'] as const;
const SECONDS = 30;

export const endToEnd: Bench = async (form) => {
  if (form === 'quick') return []; // a busy machine tells nothing of delays
  await using stack = new AsyncDisposableStack();
  const folder = mkdtempSync(join(tmpdir(), 'asterisk-mqtt-bench-'));
  stack.defer(() => rmSync(folder, { recursive: true }));
  const programs = { ours: bundle(stack), bare: [await bundleOf('bare-calls', folder)] };
  const rows: Row[] = [];
  for (const rate of RATES) rows.push(...(await added(programs, rate)));
  rows.push(...(await commitRows()));
  return rows;
};

type Programs = { readonly ours: Program; readonly bare: Program };

/** Medians of several runs that take turns: a second of a busy machine spoils 99 of 100 of a run. */
async function added({ ours: program, bare }: Programs, rate: number): Promise<readonly Row[]> {
  const options = { callsPerSecond: rate, seconds: SECONDS };
  const runs: Record<Outbox, Run[]> = { durable: [], threaded: [], memory: [] };
  const least: LeastInRealTime[] = [];
  const understanding: Run[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    for (const outbox of OUTBOXES) {
      runs[outbox].push(await withRig(program, (rig) => withBridge(rig, { outbox }, options)));
    }
    const does = { ...LEAST[COMMITS], bytesPerMessage: bytesPerMessageOf(runs.durable) };
    least.push(await withRig(program, (rig) => withLeast(rig, does, options)));
    const place = { outbox: 'durable' } as const;
    understanding.push(await withRig(bare, (rig) => withBridge(rig, place, options)));
  }
  const bytesPerMessage = bytesPerMessageOf(runs.durable);
  return [
    ...durableRows(runs.durable, rate),
    ...(await withRig(program, (rig) => leastRows(rig, options, bytesPerMessage))),
    ...besideRows(least, `at ${rate} calls/s, ${COMMITS}`),
    ...besideRows(understanding, `at ${rate} calls/s, ${UNDERSTANDS}`),
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

type Beside = Pick<Run, 'ours' | 'bare' | 'cpuPercent' | 'mostMegabytes'>;

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
