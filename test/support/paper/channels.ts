// What there is in a switch on paper.

import type { BridgeSnapshot } from '../../../src/core/pbx/signal.ts';

export type Bridge = { readonly shown: BridgeSnapshot; readonly members: Set<PaperChannel> };

export type Dial = {
  /** Of its legs; each has one of its own where there is none. */
  readonly linkedId: string | undefined;
  /** Nobody's channel dials in an Originate, nor where a conference calls somebody. */
  from: PaperChannel | undefined;
  readonly legs: Set<PaperChannel>;
  isAnswered: boolean;
  /** Where who lifts is led to, if not to who dials. */
  readonly room?: Bridge | undefined;
};

export type Activity =
  /** It runs the dialplan, and nobody but the system is with it. */
  | { readonly is: 'dialplan' }
  /** It only listens to others. */
  | { readonly is: 'spying' }
  | { readonly is: 'dialling'; readonly dial: Dial }
  | { readonly is: 'called'; readonly dial: Dial }
  | { readonly is: 'bridged'; readonly bridge: Bridge }
  | { readonly is: 'parked'; readonly slot: string; readonly parker: string };

export type PaperChannel = {
  readonly id: string;
  readonly name: string;
  /** `101`, or `trunk`; of a wire the number that it leads to. */
  readonly phone: string;
  readonly isPerson: boolean;
  /** The other half of a wire. */
  other: PaperChannel | undefined;
  /** The halves of it stay, though two phones could do without. */
  readonly isKept: boolean;
  linkedId: string;
  state: number;
  exten: string;
  activity: Activity;
  /** It has a dialplan to go back to. */
  hasDialplan: boolean;
  /** '' where nothing is said of queues. */
  queue: string | undefined;
  isHolding: boolean;
};

export type Target = { readonly phone: string; readonly via: 'nothing' | 'wire' | 'kept wire' };

export function newDial(dial: Pick<Dial, 'from' | 'linkedId' | 'room'>): Dial {
  return { ...dial, legs: new Set(), isAnswered: false };
}

/** Who is with it in its bridge. */
function across(channel: PaperChannel): PaperChannel | undefined {
  const { activity } = channel;
  if (activity.is !== 'bridged') return undefined;
  return [...activity.bridge.members].find((member) => member !== channel);
}

/** Who is at the end of it, past all wires. Wires can run in a circle: then it is as good as nobody. */
export function personAt(leg: PaperChannel, wires = 9): PaperChannel {
  const behind = leg.other && across(leg.other);
  return behind === undefined || wires === 0 ? leg : personAt(behind, wires - 1);
}

/** Who talks with it, past all wires. */
export function talksTo(channel: PaperChannel): PaperChannel | undefined {
  const next = across(channel);
  return next && personAt(next);
}
