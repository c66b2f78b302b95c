// What stands at the broker for whoever comes later: is the bridge there, is Asterisk, what version is this, how many
// calls are open.

import {
  type BridgeInfo,
  type CallCounts,
  toCallsPublication,
  toInfoPublication,
  toStatePublication,
} from '../core/event/retained.ts';
import type { Links } from './links.ts';
import type { Retained } from './retained.ts';

export type PresenceOptions = {
  readonly retained: Pick<Retained, 'set'>;
  readonly topicPrefix: string;
  readonly links: Links;
  readonly now: () => number;
  readonly info: () => Omit<BridgeInfo, 'ami' | 'broker'>;
};

export class Presence {
  readonly #options: PresenceOptions;
  #calls: CallCounts = { active: 0, ringing: 0, answered: 0 };
  #isPbxOnline = false;

  constructor(options: PresenceOptions) {
    this.#options = options;
    this.#tellState('pbx/state', false);
    this.#tellInfo();
    this.#tellCalls();
    this.#tellState('bridge/state', true); // last: until then nobody believes what stands there from an earlier life
  }

  /** A link went up or down, or more is known of the PBX. */
  update(): void {
    const { online } = this.#options.links.ami;
    if (online !== this.#isPbxOnline) this.#tellState('pbx/state', online);
    this.#isPbxOnline = online;
    this.#tellInfo();
  }

  setCalls(calls: CallCounts): void {
    const { active, ringing, answered } = this.#calls;
    const isSame =
      active === calls.active && ringing === calls.ringing && answered === calls.answered;
    this.#calls = calls;
    if (!isSame) this.#tellCalls();
  }

  /** Nothing more will come. */
  leave(): void {
    this.#tellState('bridge/state', false);
    this.#tellState('pbx/state', false);
  }

  #tellState(topic: 'bridge/state' | 'pbx/state', online: boolean): void {
    const { retained, topicPrefix, now } = this.#options;
    const state = { online, since: now() };
    retained.set(topic, () => toStatePublication(topicPrefix, topic, state));
  }

  #tellInfo(): void {
    const { retained, topicPrefix, links, now, info } = this.#options;
    retained.set('bridge/info', () =>
      toInfoPublication(topicPrefix, { ...info(), ami: links.ami, broker: links.mqtt }, now()),
    );
  }

  #tellCalls(): void {
    const { retained, topicPrefix, now } = this.#options;
    retained.set('calls', () => toCallsPublication(topicPrefix, this.#calls, now()));
  }
}
