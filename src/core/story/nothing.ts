// Why a message that was looked at told nothing, in a few words.

import type { Call } from '../call/call.ts';
import { CHANNEL_STATE, type ChannelKind } from '../pbx/channel.ts';
import type { Signal } from '../pbx/signal.ts';

type SignalOf<T extends Signal['type']> = Extract<Signal, { type: T }>;

/** What is known of the channel that the signal is about, and of its call, once the signal was heeded. */
export type Scene = {
  /** Absent where the signal is about no channel. */
  readonly channel: { readonly id: string; readonly kind: ChannelKind | undefined } | undefined;
  /** Whether the channel was seen to begin. */
  readonly wasSeen: boolean;
  readonly call: Pick<Call, 'state' | 'callerId' | 'system' | 'sequence'> | undefined;
  /** One call of the signal's channels has become part of another: both of them. */
  readonly joined: readonly [part: string, whole: string] | undefined;
  /** It may still mean one thing or another. */
  readonly isDoubtful: boolean;
};

type Words<T extends Signal['type']> = (signal: SignalOf<T>, scene: Scene) => string;

export function whyNothing(signal: Signal, scene: Scene): string {
  const words = WORDS[signal.type] as Words<Signal['type']>; // one table, keyed by the type
  return general(scene) ?? words(signal, scene);
}

/** Whatever the signal says. */
function general({ channel, wasSeen, call, joined, isDoubtful }: Scene): string | undefined {
  if (channel === undefined) return undefined;
  if (joined !== undefined) return `call ${joined[0]} becomes part of call ${joined[1]}`;
  if (call === undefined) return wasSeen ? 'the channel has ended' : NEVER_SEEN;
  if (call.state === 'hungup') return call.sequence === 0 ? NO_CALL : ENDED;
  if (isDoubtful) return 'not sure yet: told in 250 ms, unless something else explains it';
  if (channel.kind === 'other') return 'nobody is on this channel';
  return undefined;
}

const ENDED = 'the call has ended';
const NO_CALL = 'no call of people: nothing is told of it';
const NEVER_SEEN =
  'the channel began before the capture; the bridge would have asked Asterisk for it';

const PLUMBING = 'a Local channel is plumbing';
const FOR_THE_END = 'noted: it may tell why the call ends';
const IS_ALIVE = 'others are left in the call';
const ANSWERED = 'already answered';

const WORDS: { readonly [T in Signal['type']]: Words<T> } = {
  'channel-created': (_, { channel, call }) => {
    if (channel?.kind === 'wire') return PLUMBING;
    return channel?.id === call?.callerId ? 'opens the call' : 'one more phone of the call';
  },
  'channel-changed': ({ channel: { state } }, scene) => {
    if (state === CHANNEL_STATE.ringing) return whyNoRing(scene);
    if (scene.call?.state === 'answered') return ANSWERED;
    if (scene.channel?.kind === 'wire') return PLUMBING;
    return state === CHANNEL_STATE.up ? whyNoAnswer(scene) : 'no state that tells anything';
  },
  'caller-id-changed': () => 'names count until something is told, numbers as they were at first',
  originated: () => 'noted: what the phone was called for',
  'dial-begun': () => 'an attempt: nothing rings yet',
  'dial-progressed': ({ status }, scene) =>
    status === 'RINGING' || status === 'PROGRESS' ? whyNoRing(scene) : 'no ring',
  'dial-ended': ({ status }, { call }) => {
    if (status !== 'ANSWER') return FOR_THE_END;
    return call?.state === 'answered' ? ANSWERED : LIFTED;
  },
  'bridge-entered': ({ bridge }, { call }) => {
    if (bridge.kind === 'holding') return 'put aside: it connects nobody';
    if (call?.state === 'answered') return 'nobody new in the place of somebody who has left';
    return bridge.kind === 'conference'
      ? 'it answers a caller who waits for nobody else'
      : NOBODY_THERE;
  },
  'bridge-left': () => 'nobody new is connected, and leaving a bridge ends no call',
  'picked-up': () => 'connecting the two will be the answer',
  'hangup-requested': () => 'noted: it may tell who ends the call, and why',
  'shutdown-requested': () => 'noted: the call ends as pbx_restart',
  'hung-up': (_, { channel }) => (channel?.kind === 'wire' ? PLUMBING : IS_ALIVE),
  'digit-pressed': (_, { channel }) =>
    channel?.kind === 'wire' ? PLUMBING : 'digits are told with CALL_DTMF=true only',
  held: () => 'already on hold',
  resumed: () => 'was not on hold: every transfer by a phone begins like that',
  'queue-joined': () => ENDED,
  'queue-left': () => 'it was in no queue',
  'queue-given-up': () => 'noted: nobody of the queue took the call',
  parked: () => ENDED,
  unparked: () => ENDED,
  'park-timed-out': () => ENDED,
  'passed-on': () => 'noted: a transfer is told once somebody new has taken the place of another',
  spying: () => 'the call was told before it was known that somebody only listens',
  'pbx-shutdown': () => 'noted: all calls end as pbx_restart',
};

const LIFTED = 'lifting is no answer: being connected is';
const NOBODY_THERE = 'the caller and another person are not connected yet';

function whyNoRing({ channel, call }: Scene): string {
  if (channel?.kind === 'wire') return PLUMBING;
  if (call?.state === 'answered') return ANSWERED;
  return 'a second ring';
}

function whyNoAnswer({ channel, call }: Scene): string {
  const isCaller = channel?.id === call?.callerId;
  return isCaller && call?.system === 'told' ? 'the system has picked up already' : LIFTED;
}
