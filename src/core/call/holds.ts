// On hold and back. A phone that transfers whom it holds first seems to take him back: that is told only once it is sure
// that it has not passed him on.

import type { Party } from '../event/call-event.ts';
import type { Call, StoryMoment } from './call.ts';
import type { Patience } from './patience.ts';
import type { Teller } from './teller.ts';

/** Held since; `back` once it seems to be over. */
export type Hold = {
  readonly by: Party;
  back: StoryMoment | undefined;
};

export class Holds {
  readonly #teller: Teller;
  readonly #patience: Patience;

  constructor(teller: Teller, patience: Patience) {
    this.#teller = teller;
    this.#patience = patience;
  }

  held(call: Call, channelId: string, { by, ...moment }: StoryMoment & { by: Party }): void {
    const hold = call.holds?.get(channelId);
    if (hold !== undefined && hold.back === undefined) return;
    this.#takeBack(call, channelId);
    call.holds ??= new Map();
    call.holds.set(channelId, { by, back: undefined });
    this.#teller.tell(call, { event: 'held', by }, moment);
  }

  /** Every transfer by a phone begins with one that takes back nobody. */
  resumed(call: Call, channelId: string, moment: StoryMoment): void {
    const hold = call.holds?.get(channelId);
    if (hold === undefined || hold.back !== undefined) return;
    hold.back = moment;
    this.#await(call, channelId, hold);
  }

  /** It is waited for what else a taking back may turn out to be. */
  resume(call: Call): void {
    for (const [channelId, hold] of call.holds ?? []) this.#await(call, channelId, hold);
  }

  #await(call: Call, channelId: string, hold: Hold): void {
    if (hold.back === undefined) return;
    this.#patience.wait(hold.back.at, () => {
      if (call.holds?.get(channelId) === hold) this.#takeBack(call, channelId);
    });
  }

  /** It was no taking back. Whether somebody was held. */
  passedOn(call: Call, channelId: string): boolean {
    return call.holds?.delete(channelId) ?? false;
  }

  /** What is over is over, whatever comes now. */
  settle(call: Call): void {
    for (const channelId of call.holds?.keys() ?? []) this.#takeBack(call, channelId);
  }

  #takeBack(call: Call, channelId: string): void {
    const { by, back } = call.holds?.get(channelId) ?? {};
    if (by === undefined || back === undefined) return;
    call.holds?.delete(channelId);
    this.#teller.tell(call, { event: 'resumed', by }, back);
  }
}
