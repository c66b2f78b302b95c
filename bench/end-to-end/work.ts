// What the disk is given for events of calls, each with the state of its call; the third of a call ends it.

import type { Work } from '../../src/io/store/disk.ts';
import { StoredEntry } from '../../src/io/store/row.ts';
import { PAYLOAD, publication } from '../publications.ts';

/** As long as the state of a call. */
const STATE = PAYLOAD.repeat(3);

/** By their places in the order. */
export function toWork(added: readonly number[], gone: readonly number[]): Work {
  const entries = added.map(toEntry);
  const calls = entries.map(({ publication: { callId = '', ends } }) => ({ callId, ends }));
  return {
    events: entries.map((entry) => entry.toRow()),
    gone,
    saved: calls.filter(({ ends }) => ends !== true).map(({ callId }) => [callId, STATE]),
    removed: calls.filter(({ ends }) => ends === true).map(({ callId }) => callId),
  };
}

function toEntry(n: number): StoredEntry {
  const entry = new StoredEntry(publication(n), Date.now());
  entry.seq = n;
  return entry;
}
