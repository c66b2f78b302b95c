// What the bridge takes of memory: with nothing to do, under load, and for calls that are open. The full form draws besides
// how memory and the cost of an event grow (docs/performance.svg).

import { keepGrowth } from './load/kept-growth.ts';
import { type Plan, Rig } from './load/rig.ts';
import { atMost, type Bench, type Row, toRow } from './rows.ts';

const RATES = [10, 30, 100, 300, 1_000, 2_000, 4_000];
const OPEN = [1, 10, 100, 1_000, 10_000, 100_000];
/** Beside the calls that are open. */
const BESIDE_PER_SECOND = 100;
const TIMES = { warmSeconds: 3, seconds: 8 } as const;
const LOADED: Plan = { callsPerSecond: 1_000, open: 0, warmSeconds: 5, seconds: 30 };
const MANY = 50_000;
/** So many are open where 300 a second come and last three minutes, as calls do. */
const USUAL_PER_SECOND = 300;
/** docker-compose.yml and the units for systemd give the bridge 256 MB: of that, Node makes itself a heap of 256 MB. */
const AS_SHIPPED = ['--max-old-space-size=256'];

export const memory: Bench = async (form) => {
  await using rig = await Rig.start(AS_SHIPPED);
  if (form === 'quick') return await quickRows(rig);
  const rows = await fullRows(rig);
  await drawGrowth();
  return rows;
};

async function quickRows(rig: Rig): Promise<readonly Row[]> {
  const idle = await rig.idle(3);
  const loaded = await rig.measure({ callsPerSecond: 200, open: 0, warmSeconds: 3, seconds: 5 });
  return [
    toRow('memory of the bridge, idle', { figure: idle, unit: 'MB' }, atMost(140)),
    toRow('memory at 200 calls/s, highest', { figure: loaded.megabytes, unit: 'MB' }, atMost(220)),
  ];
}

async function fullRows(rig: Rig): Promise<readonly Row[]> {
  const idle = await rig.idle(15);
  const loaded = await rig.measure(LOADED);
  const perTenThousand = async (callsPerSecond?: number) => ({
    figure: (await rig.openCalls(MANY, callsPerSecond)) / (MANY / 10_000),
    unit: 'MB',
  });
  return [
    toRow('memory of the bridge, idle', { figure: idle, unit: 'MB' }, atMost(60)),
    toRow(
      'memory at 1,000 calls/s, highest in 30 s',
      { figure: loaded.megabytes, unit: 'MB' },
      atMost(85),
    ),
    toRow('memory at 1,000 calls/s, median', { figure: loaded.usualMegabytes, unit: 'MB' }),
    toRow('memory of 10,000 open calls', await perTenThousand(), atMost(15)),
    toRow(
      `memory of 10,000 open calls, begun ${USUAL_PER_SECOND} a second`,
      await perTenThousand(USUAL_PER_SECOND),
      atMost(15),
    ),
  ];
}

/** With all the room that the machine has: 100,000 calls need more than 256 MB. */
async function drawGrowth(): Promise<void> {
  await using rig = await Rig.start();
  await keepGrowth({
    rate: await rig.measureAll(RATES, (callsPerSecond) => ({ ...TIMES, open: 0, callsPerSecond })),
    open: await rig.measureAll(OPEN, (open) => ({
      ...TIMES,
      open,
      callsPerSecond: BESIDE_PER_SECOND,
    })),
  });
}
