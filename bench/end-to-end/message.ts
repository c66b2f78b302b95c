// Messages of the form and size of events, for who publishes without the bridge: else the broker and the library would have
// less to do for them.

import type { IClientPublishOptions } from 'mqtt';

/** JSON of that size, with what an event is recognised by. */
export function toPayload(callId: string, sequence: number, bytes: number): string {
  const head = `{"call_id":"${callId}","sequence":${sequence},"text":"`;
  return `${head}${'x'.repeat(Math.max(0, bytes - head.length - 2))}"}`;
}

/** With the properties of an event. */
export function toOptions(id: string): IClientPublishOptions {
  const userProperties = { id, schema: 'asterisk-mqtt/call/1' };
  const properties = { payloadFormatIndicator: true, contentType: 'application/json' };
  return { qos: 1, properties: { ...properties, userProperties } };
}
