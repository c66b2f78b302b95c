// The topics that keep their last value at the broker: who comes later knows at once how things stand.

import { toTimestamp } from './payload.ts';
import type { Publication } from './publication.ts';
import { bridgeTopic, type RetainedTopic } from './topic.ts';

export type LinkState = {
  readonly online: boolean;
  /** Epoch milliseconds. */
  readonly since: number;
};

export type BridgeInfo = {
  readonly version: string;
  readonly pbxName: string;
  readonly asteriskVersion: string | undefined;
  readonly ami: LinkState;
  readonly broker: LinkState;
  readonly startedAt: number;
};

/** `calls`: every open call, those told ringing and not answered, those told answered. */
export type CallCounts = {
  readonly active: number;
  readonly ringing: number;
  readonly answered: number;
};

/** Plain text, `online` or `offline`. */
export function toStatePublication(
  prefix: string,
  topic: 'bridge/state' | 'pbx/state',
  { online, since }: LinkState,
): Publication {
  const payload = online ? 'online' : 'offline';
  return { topic: bridgeTopic(prefix, topic), payload, retain: true, at: since };
}

export function toInfoPublication(prefix: string, info: BridgeInfo, at: number): Publication {
  return toJson(prefix, 'bridge/info', {
    at,
    value: {
      version: info.version,
      pbx: { name: info.pbxName, asterisk_version: info.asteriskVersion },
      ami: toLink(info.ami),
      broker: toLink(info.broker),
      started_at: toTimestamp(info.startedAt),
    },
  });
}

export function toCallsPublication(prefix: string, calls: CallCounts, at: number): Publication {
  const { active, ringing, answered } = calls;
  const value = { active, ringing, answered, timestamp: toTimestamp(at) };
  return toJson(prefix, 'calls', { at, value });
}

function toJson(
  prefix: string,
  topic: RetainedTopic,
  { at, value }: { readonly at: number; readonly value: object },
): Publication {
  return {
    topic: bridgeTopic(prefix, topic),
    payload: JSON.stringify(value),
    retain: true,
    schema: 'asterisk-mqtt/bridge/1',
    at,
  };
}

function toLink({ online, since }: LinkState) {
  return { state: online ? 'online' : 'offline', since: toTimestamp(since) };
}
