// However much there is to do: where the disk is in the thread that reads from Asterisk, that goes on in between.

import { setImmediate as turn } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { Disk, type Work } from '../../../src/io/store/disk.ts';
import { inThisThread } from '../../../src/io/store/disk-link.ts';
import { event, openOutbox } from '../../support/outbox-on-disk.ts';

const BACKLOG = 20_000;
/** What is read ahead. */
const WINDOW = 1_024;
const JOBS_A_TURN = 3;

const never = new AbortController().signal;

it('is refused message by message, a window in a turn of the event loop', async () => {
  const { outbox } = await openOutbox(':memory:');
  outbox.append(publications(BACKLOG));
  await outbox.flush();
  const perTurn = await countTurns(async (count) => {
    for (let refused = 0; refused < BACKLOG; ) {
      const entry = outbox.take();
      if (entry === undefined) await outbox.ready(never);
      else outbox.refuse(entry);
      if (entry !== undefined) refused = count();
    }
  });
  expect(Math.max(...perTurn)).toBeLessThanOrEqual(2 * WINDOW);
  expect(outbox.totals.refused).toBe(BACKLOG);
  await outbox.close();
});

it.each<[string, Parameters<typeof openOutbox>[1], (now: { ms: number }) => void]>([
  ['is written in parts', {}, () => {}],
  ['is shed in parts', { maxEvents: 10 }, () => {}],
  [
    'is shed for its age in parts',
    { maxAgeMs: 1_000 },
    (now) => {
      now.ms += 2_000;
    },
  ],
])('%s, a few in a turn of the event loop', async (_, limits, later) => {
  const disk = inThisThread(new Disk(':memory:'));
  let onWork = () => {};
  const run = (work: Work) => {
    onWork();
    return disk.run(work);
  };
  const now = { ms: 0 };
  const { outbox } = await openOutbox(async () => ({ ...disk, run }), {
    ...limits,
    now: () => now.ms,
  });
  const perTurn = await countTurns(async (count) => {
    onWork = count;
    outbox.append(publications(BACKLOG));
    await outbox.flush();
    later(now);
    outbox.append(publications(1));
    await outbox.flush();
  });
  expect(perTurn.length).toBeGreaterThan(5);
  expect(Math.max(...perTurn)).toBeLessThanOrEqual(2 * JOBS_A_TURN);
  await outbox.close();
});

function publications(count: number) {
  return Array.from({ length: count }, (_, n) => event(`c${n}`, n));
}

/** How often something is counted in each turn of the event loop, while something is done. */
async function countTurns(run: (count: () => number) => Promise<void>): Promise<number[]> {
  const perTurn = [0];
  let all = 0;
  let isDone = false;
  const turns = (async () => {
    while (!isDone) {
      await turn();
      perTurn.push(0);
    }
  })();
  await run(() => {
    perTurn.push((perTurn.pop() ?? 0) + 1);
    all += 1;
    return all;
  });
  isDone = true;
  await turns;
  return perTurn;
}
