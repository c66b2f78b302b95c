// The PUBLISH packet of a publication: its MQTT 5 properties, its size, and whether its topic can be sent at all
// (OASIS MQTT 5.0, sections 1.5.4, 3.3 and 4.7).

import type { Publication } from '../../core/event/publication.ts';

export type MessageProperties = {
  readonly payloadFormatIndicator: boolean;
  readonly contentType: string;
  readonly userProperties: Record<string, string>;
};

const CONTENT_TYPE = 'application/json';
const MAX_STRING_BYTES = 65_535;

/** What a JSON message says about itself under MQTT 5; nothing for plain text. */
export function messageProperties({ schema, id }: Publication): MessageProperties | undefined {
  if (schema === undefined) return undefined;
  return {
    payloadFormatIndicator: true,
    contentType: CONTENT_TYPE,
    userProperties: { ...(isSendable(id) && { id }), schema },
  };
}

/** Why the topic cannot be sent, in words. A broker closes the connection on such a topic, and would again and again. */
export function topicTrouble(topic: string): string | undefined {
  if (topic === '') return 'the topic is empty';
  if (/[+#]/.test(topic)) return 'the topic holds a wildcard';
  return isSendable(topic) ? undefined : 'the topic is too long or holds a forbidden character';
}

/** Size of the whole packet, bytes. */
export function packetBytes(publication: Publication, version: '5' | '3.1.1'): number {
  const properties = version === '5' ? propertiesBytes(messageProperties(publication)) : 0;
  const remaining =
    stringBytes(publication.topic) +
    PACKET_ID_BYTES +
    (version === '5' ? lengthBytes(properties) + properties : 0) +
    Buffer.byteLength(publication.payload);
  return 1 + lengthBytes(remaining) + remaining;
}

const PACKET_ID_BYTES = 2;
const PAYLOAD_FORMAT_BYTES = 2;

// Control characters, non-characters and halves of surrogate pairs: brokers may treat them as a malformed packet.
const FORBIDDEN = /[\p{Cc}\p{Cs}\p{Noncharacter_Code_Point}]/u;

function isSendable(text: string | undefined): text is string {
  return text !== undefined && !FORBIDDEN.test(text) && Buffer.byteLength(text) <= MAX_STRING_BYTES;
}

function propertiesBytes(properties: MessageProperties | undefined): number {
  if (properties === undefined) return 0;
  let bytes = PAYLOAD_FORMAT_BYTES + 1 + stringBytes(properties.contentType);
  for (const [key, value] of Object.entries(properties.userProperties)) {
    bytes += 1 + stringBytes(key) + stringBytes(value);
  }
  return bytes;
}

function stringBytes(text: string): number {
  return 2 + Buffer.byteLength(text);
}

/** How many bytes a variable byte integer takes. */
function lengthBytes(value: number): number {
  if (value < 128) return 1;
  if (value < 16_384) return 2;
  return value < 2_097_152 ? 3 : 4;
}
