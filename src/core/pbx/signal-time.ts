// When an event happened, by the clock of the PBX: its Timestamp, `<epoch seconds>.<microseconds>` (manager.c,
// timestampevents). It stands in front of all that a caller can have written.

import type { Event } from './signal-values.ts';

const MICROS_DIGITS = 6;
const MAX_DIGITS = 20;
/** Of the year 9999: later ones have no ISO time that everybody reads. */
const LAST_SECOND = 253_402_300_799;
const DOT = 0x2e;

/** Epoch milliseconds of the Timestamp that stands there; NaN where none does. */
export function millisAt(event: Event, place: number): number {
  const length = event.lengthAt(place);
  const dot = length - MICROS_DIGITS - 1;
  if (dot < 1 || length > MAX_DIGITS || event.codeAt(place, dot) !== DOT) return Number.NaN;
  const seconds = event.digitsAt(place, 0, dot);
  const micros = event.digitsAt(place, dot + 1, length);
  return seconds <= LAST_SECOND ? seconds * 1_000 + Math.floor(micros / 1_000) : Number.NaN;
}

/** Its microseconds beyond those, 0 to 999. */
export function microsAt(event: Event, place: number): number {
  const length = event.lengthAt(place);
  return event.digitsAt(place, length - 3, length);
}
