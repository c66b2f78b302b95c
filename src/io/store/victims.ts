// What goes where memory must hold what the disk does not take.

import type { Entry } from './entry.ts';

/** Of entries in order, so many that they have these bytes: those of finished calls first, then the oldest. */
export function chooseVictims<E extends Entry>(entries: readonly E[], bytes: number): readonly E[] {
  const victims = new Set<E>();
  let left = bytes;
  for (const group of inOrderOfShedding(entries)) {
    if (left <= 0) break;
    for (const entry of group) {
      if (!victims.has(entry)) left -= entry.bytes;
      victims.add(entry);
    }
  }
  return [...victims];
}

function* inOrderOfShedding<E extends Entry>(entries: readonly E[]): Generator<readonly E[]> {
  const calls = Map.groupBy(entries, ({ publication }) => publication.callId);
  for (const { publication } of entries) {
    const { callId, ends } = publication;
    if (callId !== undefined && ends === true) yield calls.get(callId) ?? [];
  }
  for (const entry of entries) yield [entry];
}
