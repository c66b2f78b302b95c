// An entry of the outbox ⇄ its row on the disk.

import type { Publication } from '../../core/event/publication.ts';
import type { Row } from './disk.ts';
import { Entry } from './entry.ts';
import { type ShedSummary, toSummary } from './shed-counts.ts';

/** An entry that has a place on the disk, or will have one. */
export class StoredEntry extends Entry {
  declare previous: StoredEntry | undefined;
  declare next: StoredEntry | undefined;
  /** Its place in the order; 0 until it has one. */
  seq = 0;
  /** It is, or was, in the window. */
  isRead = false;
  isInWindow = false;
  /** The disk was lost while it was written there. */
  mayBeOnDisk = false;
  /** Of a report of what was shed: what it told when it was read from the disk, before it was made for good. */
  restored: ShedSummary | undefined;

  /** `isOurs`: this process read it from Asterisk, by the clock that runs now. */
  static ofRow(row: Row, isOurs: boolean): StoredEntry {
    const [seq, , payload, , , , , appendedAt, , , , told] = row;
    const publication = toPublication(row);
    const { readAt: _, ...restored } = publication;
    const entry = new StoredEntry(isOurs ? publication : restored, appendedAt);
    entry.seq = seq;
    const summary = told === null ? undefined : toSummary(told, publication);
    if (summary === undefined || payload !== '') entry.told = summary;
    else entry.asReport().restored = summary;
    return entry;
  }

  /** `telling`: of a report that waits, which is kept as what it tells; its words are made when it is taken. */
  toRow(telling?: ShedSummary): Row {
    const { topic, payload, schema, id, at, readAt, callId, ends } = this.publication;
    const told = telling?.events === 0 ? undefined : (telling ?? this.told);
    return [
      this.seq,
      topic,
      telling === undefined ? payload : '',
      schema ?? null,
      id ?? null,
      at,
      readAt ?? null,
      this.appendedAt,
      callId ?? null,
      ends === true ? 1 : 0,
      this.bytes,
      told === undefined ? null : JSON.stringify(told),
    ];
  }
}

function toPublication(row: Row): Publication {
  const [, topic, payload, schema, id, at, readAt, , callId, ends] = row;
  return {
    topic,
    payload,
    retain: false,
    ...(schema !== null && { schema: schema as NonNullable<Publication['schema']> }),
    ...(id !== null && { id }),
    at,
    ...(readAt !== null && { readAt }),
    ...(callId !== null && { callId, ends: ends === 1 }),
  };
}
