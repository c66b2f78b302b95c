// One publication in the outbox in memory.

import type { Publication } from '../../core/event/publication.ts';
import type { OutboxEntry } from '../../ports.ts';
import { Linked } from './linked-list.ts';
import type { ShedSummary } from './shed-counts.ts';

export class Entry extends Linked<Entry> implements OutboxEntry {
  publication: Publication;
  /** By the outbox's own clock: that of the PBX may be wrong by years. */
  readonly appendedAt: number;
  isHandedOut = false;
  hasLeft = false;
  /** Where it is a report of what was shed and is not to change any more: what it tells. */
  told: ShedSummary | undefined;

  constructor(publication: Publication, appendedAt: number) {
    super();
    this.publication = publication;
    this.appendedAt = appendedAt;
  }

  /** Of topic and payload together, as UTF-8. */
  get bytes(): number {
    return Buffer.byteLength(this.publication.topic) + Buffer.byteLength(this.publication.payload);
  }
}
