// Every topic and all that is said on it, for who describes or checks it. The bridge itself has no need of it.

import { BRIDGE_MESSAGES } from './bridge-event.ts';
import { CALL_MESSAGES } from './call-messages.ts';
import { DELAY, type Publication } from './publication.ts';
import { COUNTS, INFO, STATE } from './retained.ts';
import type { Key, Shape } from './shape.ts';
import type { RetainedTopic } from './topic.ts';

export type Message = {
  /** When it is said; Markdown. */
  readonly when: string;
  readonly shape: Shape<never>;
};

export type Topic = {
  /** What stands there, for people; Markdown, without a full stop at its end. */
  readonly says: string;
  readonly retain: boolean;
  /** The MQTT 5 user property of its messages; absent where they are plain text. */
  readonly schema?: NonNullable<Publication['schema']>;
  /** Whether the user property `id` is there too. */
  readonly hasId?: true;
  /** By their events, where there are several. */
  readonly messages: Readonly<Record<string, Message>>;
  /** Keys that the messages have besides. */
  readonly more?: readonly Key[];
};

export type TopicName = 'call/{call_id}/{event}' | 'bridge/event' | RetainedTopic;

/** By what follows the prefix. */
export const TOPICS: Readonly<Record<TopicName, Topic>> = {
  'call/{call_id}/{event}': {
    says: 'JSON: what happened to a call',
    retain: false,
    schema: 'asterisk-mqtt/call/1',
    hasId: true,
    messages: CALL_MESSAGES,
    more: [DELAY],
  },
  'bridge/state': {
    says: '`online` or `offline`: is the bridge there; `offline` is also the last will',
    retain: true,
    messages: {
      state: { when: 'The bridge is connected to the broker, or not any more.', shape: STATE },
    },
  },
  'pbx/state': {
    says: '`online` or `offline`: is the bridge logged in to Asterisk. Means something only while `bridge/state` is `online`',
    retain: true,
    messages: {
      state: { when: 'The bridge is logged in to Asterisk, or not any more.', shape: STATE },
    },
  },
  'bridge/info': {
    says: 'JSON: version, PBX, how the links stand',
    retain: true,
    schema: 'asterisk-mqtt/bridge/1',
    messages: {
      info: { when: 'A link went up or down, or more is known of the PBX.', shape: INFO },
    },
  },
  calls: {
    says: 'JSON: how many calls are open. At most once a second, and always the last state',
    retain: true,
    schema: 'asterisk-mqtt/bridge/1',
    messages: {
      calls: { when: 'The number of open calls has changed.', shape: COUNTS },
    },
  },
  'bridge/event': {
    says: 'JSON: what a consumer must know about the stream itself',
    retain: false,
    schema: 'asterisk-mqtt/bridge/1',
    messages: BRIDGE_MESSAGES,
    more: [DELAY],
  },
};
