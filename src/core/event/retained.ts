// The topics that keep their last value at the broker: who comes later knows at once how things stand.

import type { Publication } from './publication.ts';
import { COUNT, MOMENT, object, type Shape, TEXT, word } from './shape.ts';
import { bridgeTopic, type RetainedTopic } from './topic.ts';

export type LinkState = {
  readonly online: boolean;
  /** Epoch milliseconds. */
  readonly since: number;
};

export type BridgeInfo = {
  readonly version: string;
  readonly pbx: { readonly name: string; readonly asteriskVersion: string | undefined };
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

type State = 'online' | 'offline';

/** As plain text where it is all that is told. */
export const STATE = word<State>({ online: 'connected', offline: 'not connected' });

const STATE_OF_LINK: Shape<boolean> = {
  ...STATE,
  write: (online) => STATE.write(toState(online)),
};

const LINK = object<LinkState>('link', {
  online: { key: 'state', is: STATE_OF_LINK, says: 'whether it is up' },
  since: { key: 'since', is: MOMENT, says: 'since when', example: 1_795_236_825_420 },
});

const PBX = object<BridgeInfo['pbx']>('pbx', {
  name: {
    key: 'name',
    is: TEXT,
    says: '`PBX_NAME`, else the `systemname` of Asterisk, else its host',
    example: 'berlin',
  },
  asteriskVersion: {
    key: 'asterisk_version',
    is: TEXT,
    says: 'left out until it is known',
    example: '22.10.1',
    optional: true,
  },
});

export const INFO: Shape<BridgeInfo> = object('info', {
  version: { key: 'version', is: TEXT, says: 'the version of asterisk-mqtt', example: '0.1.0' },
  pbx: { key: 'pbx', is: PBX, says: 'the phone system' },
  ami: { key: 'ami', is: LINK, says: 'the link to Asterisk' },
  broker: { key: 'broker', is: LINK, says: 'the link to the broker' },
  startedAt: {
    key: 'started_at',
    is: MOMENT,
    says: 'when the bridge was started',
    example: 1_795_236_825_396,
  },
});

export const COUNTS: Shape<CallCounts & { readonly at: number }> = object('calls', {
  active: { key: 'active', is: COUNT, says: 'all open calls', example: 1 },
  ringing: { key: 'ringing', is: COUNT, says: 'those told `ringing` and not answered', example: 1 },
  answered: { key: 'answered', is: COUNT, says: 'those told `answered`', example: 0 },
  at: { key: 'timestamp', is: MOMENT, says: 'when they were counted', example: 1_795_236_826_417 },
});

export function toStatePublication(
  prefix: string,
  topic: 'bridge/state' | 'pbx/state',
  { online, since }: LinkState,
): Publication {
  return { topic: bridgeTopic(prefix, topic), payload: toState(online), retain: true, at: since };
}

export function toInfoPublication(prefix: string, info: BridgeInfo, at: number): Publication {
  return toJson(prefix, 'bridge/info', { at, payload: INFO.write(info) });
}

export function toCallsPublication(prefix: string, calls: CallCounts, at: number): Publication {
  return toJson(prefix, 'calls', { at, payload: COUNTS.write({ ...calls, at }) });
}

function toJson(
  prefix: string,
  topic: RetainedTopic,
  { payload, at }: Pick<Publication, 'payload' | 'at'>,
): Publication {
  const schema = 'asterisk-mqtt/bridge/1';
  return { topic: bridgeTopic(prefix, topic), payload, retain: true, schema, at };
}

function toState(online: boolean): State {
  return online ? 'online' : 'offline';
}
