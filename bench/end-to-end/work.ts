// What the disk is given for events of calls, each with the state of its call. As in the bridge, many calls are open at a
// time, and the next event is of another one.

import type { Work } from '../../src/io/store/disk.ts';
import { StoredEntry } from '../../src/io/store/row.ts';
import { PAYLOAD, publication } from '../publications.ts';

/** So many calls later one is answered, and so many later it ends. */
const LATER = { answered: 1_000, ended: 5_000 } as const;
/** From so many events on, as many calls end as begin. */
export const STEADY = 3 * LATER.ended;
/** Before, there is no call that is old enough: one of so many stands for it. */
const STAND_INS = 7;
/** As long as the state of a call. */
const STATE = PAYLOAD.repeat(3);

/** By their places in the order. */
export function toWork(added: readonly number[], gone: readonly number[]): Work {
  const calls = added.map(callOf);
  return {
    events: added.map((n) => toEntry(n).toRow()),
    gone,
    saved: calls.filter(({ ends }) => !ends).map(({ number, id }) => [number, id, STATE]),
    removed: calls.filter(({ ends }) => ends).map(({ number }) => number),
  };
}

/** Of three events one begins a call, one answers an older one, and one ends one that is older still. */
type Call = { readonly number: number; readonly id: string; readonly ends: boolean };

function callOf(n: number): Call {
  const round = Math.floor(n / 3);
  const kind = n % 3;
  const call = round - (kind === 0 ? 0 : kind === 1 ? LATER.answered : LATER.ended);
  const number = Math.max(call, round % STAND_INS);
  return { number, id: `1770888509.${number}`, ends: kind === 2 };
}

function toEntry(n: number): StoredEntry {
  const { id: callId, ends } = callOf(n);
  const entry = new StoredEntry({ ...publication(n), callId, ends }, Date.now());
  entry.seq = n;
  return entry;
}
