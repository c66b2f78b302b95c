// Which calls of the outbox have ended there, and have events that can still be shed: in the order in which they ended.

import type { Entry } from './entry.ts';
import { Linked, LinkedList } from './linked-list.ts';

export class FinishedCalls {
  readonly #calls = new Map<string, Call>();
  readonly #sheddable = new LinkedList<Call>();

  add(entry: Entry): void {
    const { callId, ends } = entry.publication;
    if (callId === undefined) return;
    const call = this.#calls.get(callId) ?? new Call();
    this.#calls.set(callId, call);
    call.entries.add(entry);
    call.waiting += 1;
    if (ends === true) call.hasEnded = true;
    if (call.hasEnded && !call.isListed) this.#list(call, 'last');
  }

  remove(entry: Entry): void {
    const { callId = '' } = entry.publication;
    const call = this.#calls.get(callId);
    if (call?.entries.delete(entry) !== true) return;
    if (!entry.isHandedOut) this.#waitNoMore(call);
    if (call.entries.size === 0) this.#calls.delete(callId);
  }

  /** The entry is on its way to the broker. */
  handOut(entry: Entry): void {
    const call = this.#callOf(entry);
    if (call !== undefined) this.#waitNoMore(call);
  }

  /** The entry is to be handed out again. Entries come back from the youngest to the oldest. */
  takeBack(entry: Entry): void {
    const call = this.#callOf(entry);
    if (call === undefined) return;
    call.waiting += 1;
    if (call.hasEnded && !call.isListed) this.#list(call, 'first');
  }

  /** All entries of the call that ended first that are not on their way, in order. */
  oldest(): readonly Entry[] | undefined {
    const call = this.#sheddable.first;
    return call && [...call.entries].filter(({ isHandedOut }) => !isHandedOut);
  }

  #callOf({ publication: { callId } }: Entry): Call | undefined {
    return callId === undefined ? undefined : this.#calls.get(callId);
  }

  #list(call: Call, end: 'first' | 'last'): void {
    call.isListed = true;
    if (end === 'first') this.#sheddable.prepend(call);
    else this.#sheddable.append(call);
  }

  #waitNoMore(call: Call): void {
    call.waiting -= 1;
    if (call.waiting > 0 || !call.isListed) return;
    call.isListed = false;
    this.#sheddable.remove(call);
  }
}

class Call extends Linked<Call> {
  readonly entries = new Set<Entry>();
  /** Entries that are not on their way. */
  waiting = 0;
  hasEnded = false;
  isListed = false;
}
