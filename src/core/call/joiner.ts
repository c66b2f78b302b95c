// When two calls are one, and when a call is over.

import type { Channel } from '../pbx/channel.ts';
import type { Switchboard } from '../pbx/switchboard.ts';
import type { Call, Happening } from './call.ts';
import { type CallBook, compareIds } from './call-book.ts';
import { type Ending, merged } from './ending.ts';
import type { Holds } from './holds.ts';
import { answererOf } from './party.ts';
import type { SystemAnswers } from './system-answers.ts';
import type { Teller } from './teller.ts';

type Parts = {
  readonly board: Switchboard;
  readonly book: CallBook;
  readonly teller: Teller;
  readonly system: SystemAnswers;
  readonly holds: Holds;
};

export class Joiner {
  readonly #parts: Parts;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  /**
   * The call whose `from` is one of those who talk goes on; if both or neither, the older one. Never does one that
   * nobody was a part of, or that is over: nothing is told of it.
   */
  join(talking: readonly Channel[], calls: readonly Call[], at: number): Call | undefined {
    const [first] = calls;
    if (calls.every((call) => call === first)) return first; // as it mostly is
    const talks = ({ callerId, state }: Call) =>
      callerId === undefined || state === 'hungup'
        ? -1
        : Number(talking.some(({ id }) => id === callerId));
    const [winner, ...losers] = [...new Set(calls)].toSorted(
      (a, b) => talks(b) - talks(a) || compareIds(a.id, b.id),
    );
    if (winner === undefined) return undefined;
    for (const loser of losers) this.merge(loser, winner, at);
    return winner;
  }

  /** One that has told nothing yet is no call, but how somebody takes a part in the other: it tells nothing. */
  merge(loser: Call, winner: Call, at: number): void {
    const { book, teller } = this.#parts;
    book.move(loser, winner);
    teller.noteChange(winner);
    if (loser.state === 'hungup') return;
    if (loser.sequence > 0 || loser.isNamed) {
      winner.isNamed = true;
      const ending = merged(isAnswered(loser));
      this.#step(loser, { type: 'end', at, ending, mergedInto: winner.id });
      return;
    }
    this.#noteTaker(loser, winner);
    teller.dropSilently(loser);
  }

  /** Who came by himself into a call that was answered takes it from somebody. */
  #noteTaker({ callerId }: Call, { conversation }: Call): void {
    const { board } = this.#parts;
    const taker = board.get(callerId ?? '');
    if (conversation === undefined || taker === undefined || taker.dialled) return;
    conversation.passedOn ??= { how: 'pickup', by: answererOf(taker, '') };
  }

  /** What was not sure yet is now. */
  end(call: Call, at: number, ending: Ending): void {
    const { system, holds } = this.#parts;
    system.confirm(call);
    holds.settle(call);
    this.#step(call, { type: 'end', at, ending });
  }

  endUnseen(call: Call, at: number, ending: Ending): void {
    this.#step(call, { type: 'end', at, ending, lastSeenAt: call.lastSeenAt });
  }

  #step(call: Call, happening: Extract<Happening, { type: 'end' }>): void {
    const { teller } = this.#parts;
    if (call.callerId === undefined) teller.dropSilently(call);
    else teller.step(call, happening);
  }
}

export function isAnswered({ answeredAt }: Call): boolean {
  return answeredAt !== undefined;
}
