// One channel: who is on it, its state, and whether it is a person's or plumbing.

import { toOwn } from '../ami/own.ts';
import { FewTexts } from './few-texts.ts';
import type { ChannelSnapshot } from './signal.ts';

export type ChannelKind =
  /** A phone or a trunk. */
  | 'person'
  /** One half of a Local channel, `…;1` or `…;2`: the two ends of one wire. */
  | 'wire'
  /** Announcers, recorders, spies: nobody is on it. */
  | 'other';

/** AST_STATE_* (channelstate.h). `ring`: it calls somebody; `ringing`: it is being called. */
export const CHANNEL_STATE = { ring: 4, ringing: 5, up: 6 } as const;

export type Channel = {
  readonly id: string;
  readonly name: string;
  readonly kind: ChannelKind;
  readonly linkedId: string;
  /** As it was created: a dialplan or a trunk may rewrite them later. */
  readonly createdNumber: string | undefined;
  readonly createdName: string | undefined;
  readonly createdExten: string;
  callerName: string | undefined;
  /** The caller does not want to be known. */
  withheld: boolean;
  state: number;
  /** Somebody called it; it did not come in by itself. */
  dialled: boolean;
  /** What was dialled to reach it: `102`, `5558888@trunk`. */
  dialString: string | undefined;
  bridgeId: string | undefined;
  /** Its own side asked to hang up. */
  askedToHangUp: boolean;
};

/** Nothing of it is cut out of the message; `founder` is the channel whose id is its Linkedid. */
export function toChannel(
  snapshot: ChannelSnapshot,
  { founder, texts = new FewTexts() }: { founder?: Channel | undefined; texts?: FewTexts } = {},
): Channel {
  const { linkedId, state } = snapshot;
  const id = toOwn(snapshot.id);
  const callerName = texts.own(snapshot.callerName);
  return {
    id,
    name: toOwn(snapshot.name),
    linkedId: founder?.id ?? (linkedId === id ? id : toOwn(linkedId)),
    kind: channelKind(snapshot.name),
    createdNumber: texts.own(snapshot.number),
    createdName: callerName,
    createdExten: texts.own(snapshot.exten),
    callerName,
    withheld: false,
    state,
    dialled: state === CHANNEL_STATE.ringing,
    dialString: undefined,
    bridgeId: undefined,
    askedToHangUp: false,
  };
}

/** The end of a wire that its maker has, while the other one is on its way. */
export function isNearEnd({ kind, name }: Channel): boolean {
  return kind === 'wire' && name.endsWith(';1');
}

/** The name of the other end of a wire. */
export function otherEnd(name: string): string {
  return name.endsWith(';1') ? `${name.slice(0, -1)}2` : `${name.slice(0, -1)}1`;
}

/** `PJSIP/102-00000003` → 102: the endpoint that the channel belongs to. */
export function endpointOf(name: string): string {
  return name.slice(name.indexOf('/') + 1).replace(/-[0-9a-f]+$/, '');
}

// Everything that Asterisk makes for itself; whatever else there is, is somebody's phone or line.
const NOBODYS =
  /^(?:Announcer|AudioSocket|Bridge|CBAnn|CBRec|Message|MulticastRTP|Recorder|Snoop|Surrogate|UnicastRTP)\//;

function channelKind(name: string): ChannelKind {
  if (name.startsWith('Local/') && /;[12]$/.test(name)) return 'wire';
  return NOBODYS.test(name) ? 'other' : 'person';
}
