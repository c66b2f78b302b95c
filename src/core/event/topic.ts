// Where messages go. `{prefix}` is MQTT_TOPIC_PREFIX.

import type { CallEvent } from './call-event.ts';

export type RetainedTopic = 'bridge/state' | 'bridge/info' | 'pbx/state' | 'calls';

export function callTopic(prefix: string, { callId, event }: CallEvent): string {
  return `${prefix}/call/${toTopicLevel(callId)}/${event}`;
}

export function bridgeTopic(prefix: string, topic: RetainedTopic | 'bridge/event'): string {
  return `${prefix}/${topic}`;
}

/** An id as one topic level: what MQTT gives a meaning to, and control characters, are percent-encoded. */
function toTopicLevel(id: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is encoded
  return id.replace(/[%+#/\x00-\x1f\x7f-\x9f]/g, encodeURIComponent);
}
