// What is true of all events of a layout, found out once: who reads them, from which places, and whether they are whole.

import type { Layout } from '../ami/layout.ts';
import { isWhole, NEVER_EMPTY, type Read, type Reader, readerOf } from './signal-readers.ts';
import { NOWHERE } from './signal-values.ts';

export class Plan {
  readonly reader: Reader;
  /** Where they say something at these places. */
  readonly isWhole: boolean;
  readonly neverEmpty: readonly number[];
  /** Of the Timestamp. */
  readonly stampPlace: number;
  /** Absent where nothing of them is read. */
  readonly read: Read | undefined;

  constructor(layout: Layout) {
    const specimen = { text: layout.specimen };
    this.reader = readerOf(specimen);
    const { blocks, optionalBlocks = [], toRead } = this.reader;
    this.isWhole = isWhole(specimen, this.reader);
    this.neverEmpty = [...blocks, ...optionalBlocks]
      .flatMap((prefix) => NEVER_EMPTY.map((key) => layout.placeOf(prefix + key)))
      .filter((place) => place !== NOWHERE);
    this.stampPlace = stampPlaceOf(layout);
    this.read = toRead?.(layout);
  }
}

/** It is kept with the layout: a map would take as long to find it as the event takes to read. */
export function planOf(layout: Layout): Plan {
  const { plan } = layout;
  if (plan instanceof Plan) return plan;
  const made = new Plan(layout);
  layout.plan = made;
  return made;
}

/** The header behind the first two, or the second where there is no Privilege. */
function stampPlaceOf({ keys }: Layout): number {
  const place = keys[1] === 'Privilege' ? 2 : 1;
  return keys[place] === 'Timestamp' ? place : NOWHERE;
}
