// What goes where memory must hold what the disk does not take.

import type { Entry } from './entry.ts';

export type Choice<E> = {
  /** Others stay. */
  readonly isFree: (entry: E) => boolean;
  readonly bytes: number;
};

/**
 * Of entries in order, so many that they have these bytes: those of finished calls first, then the oldest. Looks no
 * further than it must: there may be very many.
 */
export function chooseVictims<E extends Entry>(
  entries: Iterable<E>,
  { isFree, bytes }: Choice<E>,
): readonly E[] {
  const victims = new Set<E>();
  let left = bytes;
  for (const group of inOrderOfShedding(entries, isFree)) {
    if (left <= 0) break;
    for (const entry of group) {
      if (!victims.has(entry)) left -= entry.bytes;
      victims.add(entry);
    }
  }
  return [...victims];
}

function* inOrderOfShedding<E extends Entry>(
  entries: Iterable<E>,
  isFree: (entry: E) => boolean,
): Generator<readonly E[]> {
  const calls = new Map<string, E[]>();
  for (const entry of entries) {
    const { callId, ends } = entry.publication;
    if (callId === undefined || !isFree(entry)) continue;
    const call = calls.get(callId) ?? [];
    call.push(entry);
    calls.set(callId, call);
    if (ends === true) yield call;
  }
  for (const entry of entries) if (isFree(entry)) yield [entry];
}
