// When something is broken, and for how long.

import { setTimeout as delay } from 'node:timers/promises';

export type Time = { readonly ms: number; readonly outageMs: number };

/** The same again and again until the time is over. */
export async function repeatedly(
  ms: number,
  everyMs: number,
  what: () => Promise<unknown> | unknown,
): Promise<number> {
  const until = Date.now() + ms;
  let mendedAt = Date.now();
  while (Date.now() + everyMs < until) {
    await delay(everyMs);
    await what();
    mendedAt = Date.now();
  }
  await delay(Math.max(0, until - Date.now()));
  return mendedAt;
}

/** Something is away for the time of an outage; load goes on before it and behind it. */
export async function outage(
  { ms, outageMs }: Time,
  { begin, end }: { readonly begin: () => unknown; readonly end: () => unknown },
): Promise<number> {
  await delay(Math.min(2_000, ms / 5));
  await begin();
  await delay(outageMs);
  await end();
  const mendedAt = Date.now();
  await delay(Math.max(0, ms - outageMs - 2_000));
  return mendedAt;
}
