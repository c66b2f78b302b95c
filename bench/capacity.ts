// What the bridge can take: all that comes at once, beside a bare publisher over the same broker; a broker that is far; and
// more calls than this machine can tell of at the same time.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { TcpProxy } from '../test/faults/proxy.ts';
import type { Bridge } from './end-to-end/bridge.ts';
import { bundleOf } from './end-to-end/least.ts';
import { Part } from './end-to-end/process.ts';
import { bundle, type Rig } from './end-to-end/rig.ts';
import { bareFlatOut, flatOut, fromFullOutbox, inRealTime } from './end-to-end/runs.ts';
import {
  besideBare,
  MESSAGES,
  ONLY_UNDERSTANDS,
  UNDERSTANDS,
  withBridge,
  withRig,
} from './end-to-end/with-bridge.ts';
import { atLeast, atMost, type Bench, type Row, toRow } from './rows.ts';

const DURABLE = { outbox: 'durable' } as const;
const SECONDS = 30;
const WAY_MS = 10;

export const capacity: Bench = async (form) => {
  await using stack = new AsyncDisposableStack();
  const program = bundle(stack);
  if (form === 'quick') return await withRig(program, quick);
  const parts = [
    (rig: Rig) => taken(rig, 'memory', 0.75),
    (rig: Rig) => taken(rig, 'durable', 0.5),
    far,
    storm,
  ];
  const rows: Row[] = [];
  for (const part of parts) rows.push(...(await withRig(program, part)));
  const folder = mkdtempSync(join(tmpdir(), 'asterisk-mqtt-bench-'));
  stack.defer(() => rmSync(folder, { recursive: true }));
  rows.push(...(await withRig([await bundleOf('bare-calls', folder)], floor)));
  return rows;
};

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

type Kind = 'memory' | 'durable';

async function taken(rig: Rig, outbox: Kind, least: number): Promise<readonly Row[]> {
  const where = outbox === 'memory' ? 'in memory' : 'durable';
  const goal = atLeast(least);
  const atOnce = await ratio(rig, outbox, flatOut);
  const kept = await ratio(rig, outbox, fromFullOutbox);
  return [
    toRow(`flat out from Asterisk on, outbox ${where}`, atOnce, goal),
    toRow(`flat out from a full outbox ${where}`, kept, goal),
  ];
}

async function floor(rig: Rig): Promise<readonly Row[]> {
  const durable = await ratio(rig, 'durable', flatOut);
  const inMemory = await ratio(rig, 'memory', flatOut);
  return [
    toRow(`flat out from Asterisk on, ${UNDERSTANDS}`, durable),
    toRow(`flat out from Asterisk on, ${ONLY_UNDERSTANDS}`, inMemory),
  ];
}

async function ratio(rig: Rig, outbox: Kind, run: typeof flatOut) {
  const figure = await besideBare<Bridge>(rig, {
    start: () => rig.bridge({ outbox }),
    warmUp: (bridge) => flatOut(rig, bridge, MESSAGES / 3),
    run: (bridge) => run(rig, bridge, MESSAGES / 3),
  });
  return { figure, unit: '× bare publisher' };
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
  const options = { callsPerSecond: 4_000, seconds: SECONDS };
  const run = await withBridge(rig, DURABLE, options);
  const { cutOff, lost, played, ours, mostMegabytes } = run;
  return [
    toRow('4,000 calls/s for 30 s: cut off', { figure: cutOff, unit: 'times' }, atMost(0)),
    toRow('4,000 calls/s for 30 s: lost', { figure: lost, unit: 'events' }, atMost(0)),
    toRow('4,000 calls/s for 30 s: the player late', { figure: played.late, unit: 'ms' }),
    toRow('4,000 calls/s for 30 s: memory, highest', { figure: mostMegabytes, unit: 'MB' }),
    toRow('4,000 calls/s for 30 s: told late by, p99', { figure: ours.p99 / 1_000, unit: 's' }),
  ];
}
