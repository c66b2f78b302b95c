// docs/topics.md: prose, and between marks what the code says itself.

import { PARTY } from '../../src/core/event/call-messages.ts';
import { CAUSE } from '../../src/core/event/call-words.ts';
import { type Message, TOPICS, type Topic } from '../../src/core/event/catalogue.ts';
import type { Key } from '../../src/core/event/shape.ts';
import type { Payload } from './examples.ts';

export const PAGE = 'docs/topics.md';

type Examples = Readonly<Record<string, Payload>>;

/** `<!-- NAME: made by npm run docs -->`, the part of that name, `<!-- end -->` */
const PART = /(?<=<!-- (\S+): made by npm run docs -->\n).*?(?=<!-- end -->)/gs;

/** The page with every part as it is now. Fails where one is missing or not known. */
export function fillPage(page: string, examples: Examples): string {
  const parts = partsOf(examples);
  const filled = page.replaceAll(PART, (_, name: string) => {
    const part = parts.get(name);
    if (part === undefined) throw new Error(`${PAGE}: there is no part "${name}"`);
    parts.delete(name);
    return `\n${part}\n\n`;
  });
  if (parts.size > 0) throw new Error(`${PAGE} lacks ${[...parts.keys()].join(', ')}`);
  return filled;
}

function partsOf(examples: Examples): Map<string, string> {
  const call = TOPICS['call/{call_id}/{event}'];
  const messages = Object.values(TOPICS).flatMap((topic) =>
    Object.entries(topic.messages)
      .filter(([, { shape }]) => shape.object !== undefined)
      .map(([name, message]) => [name, describe(message, topic, examples[name])] as const),
  );
  return new Map([
    ['topics', topicTable()],
    ['keys', table([...sharedKeys(call), ...(call.more ?? [])])],
    ['party', table(PARTY.object?.keys ?? [])],
    ...messages,
    ['causes', causeTable()],
  ]);
}

function topicTable(): string {
  const rows = Object.entries(TOPICS).map(([name, { says, retain }]) => {
    const anchor = ANCHORS[name as keyof typeof TOPICS]; // entries forgets the keys
    return `| [\`{prefix}/${name}\`](#${anchor}) | ${retain ? 'yes' : 'no'} | ${says} |`;
  });
  return ['| topic | retained | payload |', '|---|---|---|', ...rows].join('\n');
}

/** The headings of the page. */
const ANCHORS: Readonly<Record<keyof typeof TOPICS, string>> = {
  'call/{call_id}/{event}': 'call-events',
  'bridge/state': 'states',
  'pbx/state': 'states',
  'bridge/info': 'bridgeinfo',
  calls: 'calls',
  'bridge/event': 'bridgeevent',
};

/** When, an example, and what its own keys are. */
function describe({ when, shape }: Message, topic: Topic, example: Payload | undefined): string {
  const shared = sharedKeys(topic).map(({ key }) => key);
  const own = (shape.object?.keys ?? []).filter(({ key }) => !shared.includes(key));
  const parts = [when, `\`\`\`json\n${layOut(example)}\n\`\`\``];
  return [...parts, ...(own.length > 0 ? [table(own)] : [])].join('\n\n');
}

/** Those that every message of the topic has, where there are several messages. */
function sharedKeys({ messages }: Topic): readonly Key[] {
  const [first = [], ...rest] = Object.values(messages).map(
    ({ shape }) => shape.object?.keys ?? [],
  );
  if (rest.length === 0) return [];
  return first.filter(({ key }) => rest.every((keys) => keys.some((other) => other.key === key)));
}

function table(keys: readonly Key[]): string {
  return ['| key | |', '|---|---|', ...keys.flatMap((key) => rowsOf(key))].join('\n');
}

/** A party is explained once; the keys of other objects stand below their object. */
function rowsOf({ key, is, says, optional }: Key, parents = ''): readonly string[] {
  const inner = is === PARTY ? [] : (is.object?.keys ?? []);
  const words = Object.entries(is.meanings ?? {});
  const meanings =
    words.length > LISTED ? '' : words.map(([word, text]) => `<br>\`${word}\`: ${text}`).join('');
  return [
    `| \`${parents}${key}\`${optional ? ' (optional)' : ''} | ${says}${meanings} |`,
    ...inner.flatMap((one) => rowsOf(one, `${parents}${key}.`)),
  ];
}

/** The set of causes has a table of its own. */
const LISTED = 12;

function causeTable(): string {
  const rows = Object.entries(CAUSE.meanings ?? {}).map(
    ([cause, text]) => `| \`${cause}\` | ${text} |`,
  );
  return ['| `cause` | `cause_description` |', '|---|---|', ...rows].join('\n');
}

/** A key in each line, and what it holds beside it. */
function layOut(example: Payload | undefined): string {
  const lines = Object.entries(example ?? {}).map(
    ([key, value]) => `  "${key}": ${JSON.stringify(value, null, 1).replaceAll(/\n */g, ' ')}`,
  );
  return `{\n${lines.join(',\n')}\n}`;
}
