// Who is passed on to whom in a call that was answered: told once the new party is connected in place of another.

import type { Channel } from '../pbx/channel.ts';
import type { Signal } from '../pbx/signal.ts';
import type { Switchboard } from '../pbx/switchboard.ts';
import type { Call, StoryMoment } from './call.ts';
import type { CallBook } from './call-book.ts';
import { meet, presentIn, settle, settleSilently, type Transfer, vacate } from './conversation.ts';
import type { Holds } from './holds.ts';
import type { Joiner } from './joiner.ts';
import type { Patience } from './patience.ts';
import type { Teller } from './teller.ts';

type Parts = {
  readonly board: Switchboard;
  readonly book: CallBook;
  readonly teller: Teller;
  readonly patience: Patience;
  readonly holds: Holds;
  readonly joiner: Joiner;
};

export class Transfers {
  readonly #parts: Parts;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  /**
   * Somebody passed the other side on and has no more to do with it. With an attended transfer, the call in which he
   * asked is the same one from now on, also where the target still rings.
   */
  onPassedOn({ how, by, second, at }: Extract<Signal, { type: 'passed-on' }>): void {
    const { board, book, teller, holds } = this.#parts;
    const transferer = board.update(by) ?? (second && board.update(second));
    const call = book.callOf(transferer);
    if (transferer === undefined || call === undefined) return;
    const left = second === undefined ? [by.id] : [by.id, second.id];
    const winner = this.#joinConsultation(call, left, at);
    const wasHeld = left.map((id) => holds.passedOn(winner, id)).includes(true);
    if (winner.conversation === undefined) return;
    for (const id of left) vacate(winner.conversation, id);
    if (winner.facts !== undefined) winner.facts.firstToHangUp = undefined;
    if (winner.isParked) return;
    winner.conversation.passedOn = { how, by: teller.partyOf(winner, transferer), wasHeld };
    this.settle(winner, at);
  }

  /** These persons are connected, in a call that was answered before. */
  onMet(call: Call, persons: readonly Channel[], moment: StoryMoment): void {
    const { conversation } = call;
    const { teller } = this.#parts;
    if (conversation === undefined) return;
    const all = persons.map((person) => ({ id: person.id, party: teller.partyOf(call, person) }));
    meet(conversation, all, moment);
    if (conversation.meeting === undefined) return;
    if (call.isParked) {
      call.isParked = false;
      settleSilently(conversation);
    } else this.settle(call, moment.at);
  }

  /** Has the newcomer taken somebody's place? Asterisk may say how a moment later. */
  settle(call: Call, at: number): void {
    const { conversation } = call;
    const { meeting, passedOn } = conversation ?? {};
    if (conversation === undefined || meeting === undefined || call.state !== 'answered') return;
    if (passedOn !== undefined || meeting.isOld) {
      const transfer = settle(conversation, (id) => this.#isWaiting(id));
      if (transfer !== undefined) this.#tell(call, transfer);
      return;
    }
    if (meeting.isAwaited) return;
    meeting.isAwaited = true;
    this.#parts.patience.wait(at, () => {
      meeting.isOld = true;
      this.settle(call, at);
    });
  }

  /** It is waited for what Asterisk says of who met. */
  resume(call: Call): void {
    const { meeting } = call.conversation ?? {};
    if (meeting === undefined) return;
    meeting.isAwaited = false;
    this.settle(call, meeting.at);
  }

  /** The call ends, and nothing more will be said of it. */
  conclude(call: Call, at: number): void {
    const { meeting } = call.conversation ?? {};
    if (meeting === undefined) return;
    meeting.isOld = true;
    this.settle(call, at);
  }

  /** All that the transferer's channels belong to is one call, of those who stay. */
  #joinConsultation(call: Call, left: readonly string[], at: number): Call {
    const { board, book, joiner } = this.#parts;
    const calls = left.map((id) => book.callById(id)).filter((each) => each !== undefined);
    const stay = calls
      .flatMap(({ conversation, personIds }) =>
        conversation ? presentIn(conversation) : personIds,
      )
      .filter((id) => !left.includes(id))
      .map((id) => board.get(id))
      .filter((channel) => channel !== undefined);
    return joiner.join(stay, calls, at) ?? call;
  }

  /** In a bridge, though with nobody. */
  #isWaiting(channelId: string): boolean {
    return this.#parts.board.get(channelId)?.bridgeId !== undefined;
  }

  /** One that nobody took comes back to who made it, by another channel: nobody is in his place, and the wait is over. */
  #tell(call: Call, { to, replaces, passedOn, meeting }: Transfer): void {
    if (call.facts !== undefined) call.facts.firstToHangUp = undefined;
    if (to.extension === replaces?.extension && to.extension === passedOn?.by.extension) {
      if (passedOn.wasHeld) this.#parts.teller.tell(call, { event: 'resumed', by: to }, meeting);
      return;
    }
    const story = {
      event: 'transferred',
      transfer: passedOn?.how ?? 'redirect',
      ...(passedOn && { by: passedOn.by }),
      transferredTo: to,
      ...(replaces && { replaces }),
    } as const;
    this.#parts.teller.tell(call, story, meeting);
  }
}
