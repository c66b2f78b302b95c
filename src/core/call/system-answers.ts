// The phone system itself picks up: the caller's channel is up, and a moment later nobody is connected with it. Who
// picks up another's call or fetches a parked one is up too, some milliseconds before Asterisk says what for: so it is
// told after a while, unless something tells it earlier.

import type { Service } from '../event/call-event.ts';
import type { Call, StoryMoment } from './call.ts';
import { factsOf } from './ending.ts';
import type { Patience } from './patience.ts';
import type { Teller } from './teller.ts';

export type Picked = { readonly service?: Service; readonly serviceName?: string };

/** What Asterisk says of itself a moment after it has picked up for it. */
const NAMED: ReadonlySet<Service> = new Set(['queue', 'parking']);

export class SystemAnswers {
  readonly #teller: Teller;
  readonly #patience: Patience;

  constructor(teller: Teller, patience: Patience) {
    this.#teller = teller;
    this.#patience = patience;
  }

  /** The caller's channel is up, and no person has answered. */
  pickedUp(call: Call, at: number): void {
    if (call.system !== 'never') return;
    call.system = { since: at };
    this.resume(call);
  }

  /** It is waited for what else it may turn out to be. */
  resume(call: Call): void {
    if (typeof call.system !== 'object') return;
    this.#patience.wait(call.system.since, () => this.confirm(call));
  }

  /** It had picked up when nobody looked; where it was seen to and is not sure yet, what for is known now. */
  found(call: Call, picked: Picked, moment: StoryMoment): void {
    if (picked.service !== undefined && NAMED.has(picked.service)) this.confirm(call, picked);
    if (call.system !== 'never' || call.state === 'answered') return;
    call.system = 'told';
    factsOf(call).systemUp = 'last';
    this.#teller.tell(call, { event: 'system_answered', ...picked }, moment);
  }

  /** It was the caller's own phone, called first, that was lifted to call somebody. */
  withdraw(call: Call): void {
    if (typeof call.system === 'object') call.system = 'never';
  }

  /** It is sure now, unless a person has answered. */
  confirm(call: Call, picked: Picked = {}): void {
    if (typeof call.system !== 'object' || call.state === 'answered') return;
    const { since } = call.system;
    call.system = 'told';
    this.#teller.tell(call, { event: 'system_answered', ...picked }, { at: since });
  }
}
