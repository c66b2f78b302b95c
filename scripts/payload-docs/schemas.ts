// docs/schemas: a JSON Schema of every payload, in files that are named like the topics.

import { type Message, TOPICS, type Topic } from '../../src/core/event/catalogue.ts';
import { definitionsOf, type JsonSchema, toSchema } from '../../src/core/event/json-schema.ts';
import type { Payload } from './examples.ts';

export const FOLDER = 'docs/schemas';
const HERE = '#/$defs/';

type Examples = Readonly<Record<string, Payload>>;

/** The text of every file, by its path. */
export function describeSchemas(examples: Examples): ReadonlyMap<string, string> {
  const files = Object.entries(TOPICS).flatMap(([name, topic]) => schemasOf(name, topic, examples));
  return new Map(
    files.map(([path, schema]) => [
      `${FOLDER}/${path}.json`,
      `${JSON.stringify(schema, null, 2)}\n`,
    ]),
  );
}

type File = readonly [path: string, schema: JsonSchema];

/** One for each message where each has a topic of its own; one for all of a topic. */
function schemasOf(name: string, topic: Topic, examples: Examples): readonly File[] {
  const [folder = '', event] = name.split('/{call_id}/');
  const messages = Object.entries(topic.messages);
  const single = (path: string, [of, message]: readonly [string, Message]): File => [
    path,
    schemaOf(path, { topic, message, example: examples[of] }),
  ];
  const [first] = messages;
  if (messages.length === 1 && first !== undefined) return [single(folder, first)];
  const each = event === undefined ? [] : messages.map((one) => single(`${folder}/${one[0]}`, one));
  return [[folder, anyOf(folder, topic)], ...each];
}

type Part = {
  readonly topic: Topic;
  readonly message: Message;
  readonly example: Payload | undefined;
};

function schemaOf(path: string, { topic, message, example }: Part): JsonSchema {
  const definitions = definitionsOf(message.shape, HERE);
  return {
    ...heading(path, message.when),
    ...toSchema(message.shape, HERE, topic.more),
    examples: [example],
    ...(Object.keys(definitions).length > 0 && { $defs: definitions }),
  };
}

/** Any message of a topic: `event` tells which. */
function anyOf(path: string, { says, messages, more }: Topic): JsonSchema {
  const entries = Object.entries(messages);
  const definitions = entries.map(([name, { when, shape }]) => [
    name,
    { description: when, ...toSchema(shape, HERE, more) },
  ]);
  const inner = entries.map(([, { shape }]) => definitionsOf(shape, HERE));
  return {
    ...heading(path, `${says}.`),
    oneOf: entries.map(([name]) => ({ $ref: `${HERE}${name}` })),
    $defs: Object.assign(Object.fromEntries(definitions), ...inner),
  };
}

function heading(path: string, description: string): JsonSchema {
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    $id: `urn:asterisk-mqtt:1:${path.replaceAll('/', ':')}`,
    title: `asterisk-mqtt ${path}`,
    description,
  };
}
