// Calls of which the end waits in the outbox, in the order of these ends; and which events of theirs wait with it.

import type { Entry } from './entry.ts';
import { Linked, LinkedList } from './linked-list.ts';

export class FinishedCalls {
  readonly #calls = new Map<string, Set<Entry>>();
  readonly #ends = new LinkedList<End>();
  readonly #endOf = new Map<Entry, End>();

  add(entry: Entry): void {
    this.#wait(entry);
    if (isEnd(entry)) this.#ends.append(this.#toEnd(entry));
  }

  /** The entry leaves, or is on its way to the broker. */
  remove(entry: Entry): void {
    const { callId = '' } = entry.publication;
    const waiting = this.#calls.get(callId);
    if (waiting?.delete(entry) !== true) return;
    if (waiting.size === 0) this.#calls.delete(callId);
    const end = this.#endOf.get(entry);
    if (end === undefined) return;
    this.#endOf.delete(entry);
    this.#ends.remove(end);
  }

  /** Entries that were on their way are to be handed out again, before all others. In order. */
  takeBack(entries: readonly Entry[]): void {
    for (const entry of entries.toReversed()) {
      if (isEnd(entry)) this.#ends.prepend(this.#toEnd(entry));
    }
    for (const [callId, first] of Map.groupBy(entries, (entry) => entry.publication.callId)) {
      if (callId === undefined) continue;
      this.#calls.set(callId, new Set([...first, ...(this.#calls.get(callId) ?? [])]));
    }
  }

  /** All entries of the call that ended first that are not on their way, in order. */
  oldest(): readonly Entry[] | undefined {
    const callId = this.#ends.first?.entry.publication.callId;
    return callId === undefined ? undefined : [...(this.#calls.get(callId) ?? [])];
  }

  #toEnd(entry: Entry): End {
    const end = new End(entry);
    this.#endOf.set(entry, end);
    return end;
  }

  #wait(entry: Entry): void {
    const { callId } = entry.publication;
    if (callId === undefined) return;
    const waiting = this.#calls.get(callId) ?? new Set();
    this.#calls.set(callId, waiting.add(entry));
  }
}

class End extends Linked<End> {
  readonly entry: Entry;

  constructor(entry: Entry) {
    super();
    this.entry = entry;
  }
}

function isEnd({ publication: { callId, ends } }: Entry): boolean {
  return callId !== undefined && ends === true;
}
