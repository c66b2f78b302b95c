// A switch on paper: the signals that channels give, without their times, to be put in any order.

import type { BridgeSnapshot, ChannelSnapshot, Signal } from '../../src/core/pbx/signal.ts';

type WithoutTime<S> = S extends unknown ? Omit<S, 'at' | 'micros'> : never;
export type Happening = WithoutTime<Signal>;

/** `PJSIP/102-…` is created as 102 and dials nothing, if nothing else is said. */
export function channel(
  name: string,
  id: string,
  shown: Partial<Omit<ChannelSnapshot, 'name' | 'id'>> = {},
): ChannelSnapshot {
  const number = /^PJSIP\/(\d+)-/.exec(name)?.[1];
  return { name, id, linkedId: id, state: 0, number, callerName: undefined, exten: 's', ...shown };
}

export const bridge = (id: string, kind: BridgeSnapshot['kind'] = 'ordinary'): BridgeSnapshot => ({
  id,
  kind,
  name: kind === 'conference' ? '700' : undefined,
});

export const created = (one: ChannelSnapshot): Happening => ({
  type: 'channel-created',
  channel: one,
});

export const changed = (one: ChannelSnapshot, state: number): Happening => ({
  type: 'channel-changed',
  channel: { ...one, state },
});

export const rings = (one: ChannelSnapshot): Happening => changed(one, 5);
export const goesUp = (one: ChannelSnapshot): Happening => changed(one, 6);

export const showsCallerId = (one: ChannelSnapshot, withheld = false): Happening => ({
  type: 'caller-id-changed',
  channel: one,
  withheld,
});

export const dials = (
  from: ChannelSnapshot | undefined,
  to: ChannelSnapshot,
  dialString = /\/([^-]+)/.exec(to.name)?.[1] ?? '',
): Happening => ({ type: 'dial-begun', from, to, dialString });

export const progresses = (to: ChannelSnapshot, status: string): Happening => ({
  type: 'dial-progressed',
  to,
  status,
});

export const dialEnds = (
  from: ChannelSnapshot | undefined,
  to: ChannelSnapshot,
  status: string,
): Happening => ({ type: 'dial-ended', from, to, status, forwarded: false });

export const isForwarded = (from: ChannelSnapshot, to: ChannelSnapshot): Happening => ({
  type: 'dial-ended',
  from,
  to,
  status: 'CANCEL',
  forwarded: true,
});

/** In the place of another, where one is given. */
export const enters = (
  one: ChannelSnapshot,
  where: BridgeSnapshot,
  swapped?: ChannelSnapshot,
): Happening => ({ type: 'bridge-entered', bridge: where, channel: one, swapped: swapped?.id });

export const leaves = (one: ChannelSnapshot, where: BridgeSnapshot): Happening => ({
  type: 'bridge-left',
  bridgeId: where.id,
  channel: one,
});

export const picksUp = (one: ChannelSnapshot, target: ChannelSnapshot): Happening => ({
  type: 'picked-up',
  channel: one,
  target,
});

export const asksToHangUp = (one: ChannelSnapshot): Happening => ({
  type: 'hangup-requested',
  channel: one,
});

export const hangsUp = (one: ChannelSnapshot, cause = 16): Happening => ({
  type: 'hung-up',
  channel: one,
  cause,
});

export const holds = (one: ChannelSnapshot): Happening => ({ type: 'held', channel: one });
export const takesBack = (one: ChannelSnapshot): Happening => ({ type: 'resumed', channel: one });

export const joinsQueue = (one: ChannelSnapshot, queue: string, position = 1): Happening => ({
  type: 'queue-joined',
  channel: one,
  queue,
  position,
});

export const leavesQueue = (one: ChannelSnapshot, queue: string): Happening => ({
  type: 'queue-left',
  channel: one,
  queue,
});

export const givesUpQueue = (one: ChannelSnapshot, queue: string): Happening => ({
  type: 'queue-given-up',
  channel: one,
  queue,
});

export const isParked = (one: ChannelSnapshot, slot: string, parker?: string): Happening => ({
  type: 'parked',
  channel: one,
  slot,
  parker,
});

export const isFetched = (
  one: ChannelSnapshot,
  retriever: ChannelSnapshot,
  slot: string,
): Happening => ({ type: 'unparked', channel: one, retriever, slot });

export const isParkedTooLong = (one: ChannelSnapshot, slot: string): Happening => ({
  type: 'park-timed-out',
  channel: one,
  slot,
});

export const spies = (one: ChannelSnapshot): Happening => ({ type: 'spying', channel: one });

export const passesOn = (by: ChannelSnapshot, second?: ChannelSnapshot): Happening => ({
  type: 'passed-on',
  how: second === undefined ? 'blind' : 'attended',
  by,
  second,
});

/** The same, one every `stepMs`, the first at `startAt` (epoch milliseconds). */
export function timed(
  happenings: readonly Happening[],
  startAt = 1_000,
  stepMs = 1_000,
): readonly Signal[] {
  return happenings.map((happening, index) => ({
    ...happening,
    at: startAt + index * stepMs,
    micros: undefined,
  }));
}
