// A bridge between a player of calls and a broker, or anything else beside a bare publisher: for one measurement each.

import { median } from '../rows.ts';
import type { PlayOptions } from './player.ts';
import { type Rig, startRig } from './rig.ts';
import { bareFlatOut, type InRealTime, inRealTime } from './runs.ts';

export const ROUNDS = 3;
/** Of one flat run; a call tells three as a rule. */
export const MESSAGES = 30_000;

/** Whose figures are of bare-calls.ts. */
export const UNDERSTANDS = 'of who understands and commits, and looks after nothing';
/** The same without DATA_DIR. */
export const ONLY_UNDERSTANDS = 'of who understands, and neither commits nor looks after anything';

export type Program = readonly string[];

/** A new one for each, so that no figure depends on what was measured before it. */
export async function withRig<T>(program: Program, run: (rig: Rig) => Promise<T>): Promise<T> {
  await using stack = new AsyncDisposableStack();
  return await run(await startRig(stack, program));
}

export type Outbox = NonNullable<Parameters<Rig['bridge']>[0]>['outbox'];
export type Run = InRealTime & { readonly mostMegabytes: number };

/** What is played is made before. */
export async function withBridge(
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

type Measured<B> = {
  readonly start: () => Promise<B>;
  /** The bare publisher has published before, too: what is compared is compiled. */
  readonly warmUp: (started: B) => Promise<unknown>;
  /** Gives messages a second. */
  readonly run: (started: B) => Promise<number>;
};

/** It is started and warm before the bare publisher runs: it is settled by then. */
export async function besideBare<B extends AsyncDisposable>(
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
