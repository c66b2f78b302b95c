// One publication in an outbox.

import type { Publication } from '../../core/event/publication.ts';
import type { OutboxEntry } from '../../ports.ts';
import { Linked } from './linked-list.ts';
import type { ShedSummary } from './shed-counts.ts';

export class Entry extends Linked<Entry> implements OutboxEntry {
  #publication: Publication;
  #bytes: number;
  /** By the outbox's own clock: that of the PBX may be wrong by years. */
  readonly appendedAt: number;
  isHandedOut = false;
  hasLeft = false;
  /** Where it is a report of what was shed and is not to change any more: what it tells. */
  told: ShedSummary | undefined;

  constructor(publication: Publication, appendedAt: number) {
    super();
    this.#publication = publication;
    this.#bytes = bytesOf(publication);
    this.appendedAt = appendedAt;
  }

  /** It changes until it is taken: it has no size before. */
  asReport(): this {
    this.#bytes = 0;
    return this;
  }

  get publication(): Publication {
    return this.#publication;
  }

  /** Of topic and payload together, as UTF-8. */
  get bytes(): number {
    return this.#bytes;
  }

  /** What a report says by now. */
  preview(publication: Publication): void {
    this.#publication = publication;
  }

  /** From here on it is a message like any other. Returns its size. */
  finish(publication: Publication, told: ShedSummary): number {
    this.#publication = publication;
    this.told = told;
    this.#bytes = bytesOf(publication);
    return this.#bytes;
  }
}

function bytesOf({ topic, payload }: Publication): number {
  return Buffer.byteLength(topic) + Buffer.byteLength(payload);
}
