// docs/asyncapi.yaml: every topic and message as an AsyncAPI 3.0 document, for tools. It needs no other file.

import { stringify } from 'yaml';
import packageJson from '../../package.json' with { type: 'json' };
import { type Message, TOPICS, type Topic } from '../../src/core/event/catalogue.ts';
import { definitionsOf, type JsonSchema, toSchema } from '../../src/core/event/json-schema.ts';
import type { Payload } from './examples.ts';

export const FILE = 'docs/asyncapi.yaml';
const SCHEMAS = '#/components/schemas/';
const BINDING = { bindingVersion: '0.2.0' };

type Examples = Readonly<Record<string, Payload>>;

/** What is said on one address. `id` is its key in the document. */
type Channel = {
  readonly id: string;
  readonly address: string;
  readonly topic: Topic;
  readonly messages: Topic['messages'];
};

export function describeAsyncApi(examples: Examples): string {
  const channels = Object.entries(TOPICS).flatMap(([name, topic]) => channelsOf(name, topic));
  const document = {
    asyncapi: '3.0.0',
    info: INFO,
    defaultContentType: 'application/json',
    servers: { broker: BROKER },
    channels: Object.fromEntries(channels.map((channel) => [channel.id, toChannel(channel)])),
    operations: Object.fromEntries(channels.map((channel) => [channel.id, toOperation(channel)])),
    components: {
      messages: Object.fromEntries(channels.flatMap((channel) => messagesOf(channel, examples))),
      parameters: PARAMETERS,
      schemas: schemasOf(channels),
    },
  };
  const text = stringify(document, { lineWidth: 0, aliasDuplicateObjects: false });
  return `# Made by \`npm run docs\` from src/core/event.\n${text}`;
}

const INFO = {
  title: 'asterisk-mqtt',
  version: packageJson.version,
  description: `${packageJson.description}.\n\nEvery JSON message has exactly the keys that are named here. A later version may have more of them, and more events: ignore what you do not know.`,
  license: { name: packageJson.license },
  externalDocs: { url: 'https://github.com/asterisk-mqtt/asterisk-mqtt/blob/main/docs/topics.md' },
};

const BROKER = {
  host: '{broker}',
  protocol: 'mqtt',
  protocolVersion: '5',
  description:
    '`MQTT_URL`, with or without TLS, or over WebSockets. MQTT 3.1.1 where the broker speaks nothing newer; then messages have no headers.',
  variables: { broker: { default: 'localhost:1883', description: 'Host and port of the broker.' } },
  bindings: {
    mqtt: {
      clientId: 'asterisk-mqtt',
      lastWill: { topic: 'asterisk/bridge/state', qos: 1, message: 'offline', retain: true },
      keepAlive: 30,
      ...BINDING,
    },
  },
};

const PARAMETERS = {
  prefix: {
    description: '`MQTT_TOPIC_PREFIX`. It may have several levels: `asterisk/berlin`.',
    default: 'asterisk',
  },
  call_id: {
    description:
      'The `call_id` of the payload; `%`, `+`, `#`, `/` and control characters are percent-encoded.',
    examples: ['1795236970.0'],
  },
};

/** A topic has one address, or one for each of its events. */
function channelsOf(name: string, topic: Topic): readonly Channel[] {
  const address = `{prefix}/${name}`;
  const { messages } = topic;
  if (!address.endsWith('/{event}')) {
    return [{ id: name.replaceAll('/', '.'), address, topic, messages }];
  }
  return Object.entries(messages).map(([event, message]) => ({
    id: `call.${event}`,
    address: address.replace('{event}', event),
    topic,
    messages: { [event]: message },
  }));
}

function toChannel({ id, address, topic, messages }: Channel): object {
  const parameters = Object.keys(PARAMETERS).filter((name) => address.includes(`{${name}}`));
  return {
    address,
    description: `${topic.says}.`,
    messages: Object.fromEntries(
      Object.keys(messages).map((name) => [name, refer('messages', messageId(id, name))]),
    ),
    parameters: Object.fromEntries(parameters.map((name) => [name, refer('parameters', name)])),
  };
}

function toOperation({ id, topic, messages }: Channel): object {
  return {
    action: 'send',
    channel: { $ref: `#/channels/${id}` },
    messages: Object.keys(messages).map((name) => ({ $ref: `#/channels/${id}/messages/${name}` })),
    bindings: { mqtt: { qos: 1, retain: topic.retain, ...BINDING } },
  };
}

function messagesOf({ id, topic, messages }: Channel, examples: Examples) {
  return Object.entries(messages).map(
    ([name, message]) => [messageId(id, name), toMessage(message, topic, examples[name])] as const,
  );
}

function toMessage(
  { when, shape }: Message,
  { schema, hasId, more }: Topic,
  payload: Payload | undefined,
): object {
  const described = { summary: when, payload: toSchema(shape, SCHEMAS, more) };
  if (schema === undefined) {
    return { contentType: 'text/plain', ...described, examples: [{ payload }] };
  }
  const contentType = 'application/json';
  return {
    contentType,
    ...described,
    headers: toHeaders(schema, hasId),
    bindings: { mqtt: { payloadFormatIndicator: 1, contentType, ...BINDING } },
    examples: [{ headers: { schema, ...(hasId && idOf(payload)) }, payload }],
  };
}

/** User properties of MQTT 5. */
function toHeaders(schema: string, hasId: true | undefined): JsonSchema {
  const id = { type: 'string', description: 'The `id` of the payload, where MQTT can carry it.' };
  return {
    type: 'object',
    properties: { schema: { type: 'string', const: schema }, ...(hasId && { id }) },
    required: ['schema'],
  };
}

function idOf(payload: Payload | undefined): object {
  return typeof payload === 'object' ? { id: payload.id } : {};
}

function schemasOf(channels: readonly Channel[]): Record<string, JsonSchema> {
  const shapes = channels.flatMap(({ messages }) => Object.values(messages));
  return Object.assign({}, ...shapes.map(({ shape }) => definitionsOf(shape, SCHEMAS)));
}

/** `call.ringing`, `bridge.event.gap`, `bridge.info`: no last level twice. */
function messageId(channelId: string, name: string): string {
  return channelId.endsWith(name) ? channelId : `${channelId}.${name}`;
}

function refer(kind: 'messages' | 'parameters', name: string): object {
  return { $ref: `#/components/${kind}/${name}` };
}
