// Calls that outlive the process: what has become of them since they were last kept, and how they come back.

import type { Switchboard } from '../pbx/switchboard.ts';
import type { Call } from './call.ts';
import { type CallBook, linkedIdsOf } from './call-book.ts';
import type { Holds } from './holds.ts';
import { fromSavedText, type RestoredCall, type SavedChannel, toSavedText } from './saved-call.ts';
import type { SystemAnswers } from './system-answers.ts';
import type { Teller } from './teller.ts';
import type { Transfers } from './transfers.ts';

/** What open calls have become since that was last asked. */
export type CallChanges = {
  /** By call id: its state, as text. */
  readonly saved: ReadonlyMap<string, string>;
  /** Calls that are over, or were none. */
  readonly removed: readonly string[];
};

export type SavedState = { readonly id: string; readonly state: string };

export type Restored = {
  /** Ids of what was damaged, or saved by a version that is not known. */
  readonly damaged: readonly string[];
  /** Epoch milliseconds of the last that was heard of any of them. */
  readonly lastSeenAt: number | undefined;
};

type Parts = {
  readonly board: Switchboard;
  readonly book: CallBook;
  readonly teller: Teller;
  readonly system: SystemAnswers;
  readonly holds: Holds;
  readonly transfers: Transfers;
};

export class Keeper {
  readonly #parts: Parts;
  #restored: Call[] = [];

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  takeChanges(): CallChanges {
    const saved = new Map<string, string>();
    const removed: string[] = [];
    for (const call of this.#parts.teller.takeChanged()) {
      if (call.state === 'hungup') removed.push(call.id);
      else saved.set(call.id, this.#toText(call));
    }
    return { saved, removed };
  }

  restore(states: readonly SavedState[]): Restored {
    const damaged: string[] = [];
    let lastSeenAt: number | undefined;
    for (const { id, state } of states) {
      const restored = fromSavedText(state);
      if (restored === undefined || !this.#isOwn(restored, id)) {
        damaged.push(id);
        continue;
      }
      this.#bringBack(restored);
      lastSeenAt = Math.max(lastSeenAt ?? 0, restored.call.lastSeenAt);
    }
    return { damaged, lastSeenAt };
  }

  #toText(call: Call): string {
    const { board } = this.#parts;
    const channels: SavedChannel[] = [];
    for (const id of call.personIds.concat(call.plumbingIds)) {
      const channel = board.get(id);
      if (channel !== undefined) {
        channels.push({ channel, bridge: board.bridge(channel.bridgeId ?? '') });
      }
    }
    return toSavedText(call, channels);
  }

  /** It is the call that it is kept as, and nothing of it belongs to another one. */
  #isOwn({ call, channels }: RestoredCall, id: string): boolean {
    const { board, book } = this.#parts;
    const linkedIds = linkedIdsOf(call);
    return (
      call.id === id &&
      channels.every(({ channel }) => board.get(channel.id) === undefined) &&
      channels.every(({ channel }) => linkedIds.includes(channel.linkedId)) &&
      linkedIds.every((linkedId) => !book.knows(linkedId))
    );
  }

  #bringBack({ call, channels }: RestoredCall): void {
    const { board, book, teller } = this.#parts;
    for (const { channel, bridge } of channels) board.restore(channel, bridge);
    book.restore(call);
    if (call.callerId !== undefined) teller.open(call);
    this.#restored.push(call);
  }

  /** Asterisk has said what became of them: what was not sure when they were kept is waited for again. */
  resume(): void {
    const { system, holds, transfers } = this.#parts;
    for (const call of this.#restored) {
      if (call.state === 'hungup') continue;
      system.resume(call);
      holds.resume(call);
      transfers.resume(call);
    }
    this.#restored = [];
  }
}
