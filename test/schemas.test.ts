// docs/schemas and docs/asyncapi.yaml against all that the bridge says.

import { readdirSync, readFileSync } from 'node:fs';
import { Ajv } from 'ajv';
import formats from 'ajv-formats';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { type BridgeEvent, toBridgePublication } from '../src/core/event/bridge-event.ts';
import { TOPICS, type Topic, type TopicName } from '../src/core/event/catalogue.ts';
import { type Publication, payloadAt, toPublication } from '../src/core/event/publication.ts';
import {
  toCallsPublication,
  toInfoPublication,
  toStatePublication,
} from '../src/core/event/retained.ts';
import { CALL_EVENTS } from './core/event/call-events.ts';
import { payloadsOf } from './support/captures.ts';
import { runs } from './support/property-runs.ts';
import { objections, SCHEMAS } from './support/schemas.ts';

const FIXTURES = 'testdata/fixtures';
const AT = Date.UTC(2026, 10, 21, 4, 56, 10, 666);

const SPAN = { from: AT - 1_000, to: AT };
const BRIDGE_EVENTS: readonly BridgeEvent[] = [
  { event: 'gap', ...SPAN },
  { event: 'resync', at: AT, kept: 0, ended: 1, found: 2, restarted: true },
  { event: 'resync', at: AT, kept: 0, ended: 0, found: 0, restarted: false },
  { event: 'shed', at: AT, events: 4, reasons: { max_bytes: 1, refused: 3 }, ...SPAN },
  { event: 'shed', at: AT, events: 2, reasons: { max_events: 1, max_age: 1 }, ...SPAN },
];

const LINKS = [true, false].map((online) => ({ online, since: AT }));
const RETAINED: readonly Publication[] = [
  ...LINKS.flatMap((link) => [
    toStatePublication('asterisk', 'bridge/state', link),
    toStatePublication('asterisk', 'pbx/state', link),
    ...['22.10.1', undefined].map((asteriskVersion) => {
      const pbx = { name: 'berlin', asteriskVersion };
      const info = { version: '1.0.0', pbx, ami: link, broker: link, startedAt: AT };
      return toInfoPublication('asterisk', info, AT);
    }),
  ]),
  toCallsPublication('asterisk', { active: 0, ringing: 0, answered: 0 }, AT),
];

const EVENTS = [
  ...CALL_EVENTS.map((event) => toPublication('asterisk/berlin', event, { at: AT })),
  ...BRIDGE_EVENTS.map((event) => toBridgePublication('asterisk/berlin', event)),
];

describe('what is told of the recordings', () => {
  /** `npm run test:all` asks every one. */
  const EACH = runs(1) > 1 ? 1 : 25;

  it('keeps to the schemas: every message of every fixture', () => {
    const captures = readdirSync(FIXTURES)
      .filter((file) => file.endsWith('.raw'))
      .filter((_, index) => index % EACH === 0);
    const wrong = captures.flatMap((capture) =>
      payloadsOf(`${FIXTURES}/${capture}`).flatMap((message) =>
        objections(`call/${message.event}`, message).map(
          (objection) => `${capture} ${message.id}: ${objection}`,
        ),
      ),
    );
    expect(wrong).toEqual([]);
    expect(captures.length * EACH).toBeGreaterThan(400);
  });
});

describe('what else the bridge says', () => {
  it.each([...EVENTS, ...RETAINED].map((publication) => [publication.topic, publication]))(
    'keeps to the schema of its topic: %s',
    (_, publication) => {
      for (const path of schemasOf(publication)) {
        expect(objections(path, contentOf(publication))).toEqual([]);
      }
    },
  );

  it('keeps to it where it leaves late, too', () => {
    for (const event of EVENTS) {
      const late = JSON.parse(payloadAt(event, AT + 5_001));
      expect(late.delayed_seconds).toBe(5.001);
      for (const path of schemasOf(event)) expect(objections(path, late)).toEqual([]);
    }
  });

  it('is retained, and names its schema, as the catalogue has it', () => {
    for (const { topic, retain, schema, id } of [...EVENTS, ...RETAINED]) {
      const declared = topicOf(topic);
      expect({ topic, retain, schema, hasId: id !== undefined }).toEqual({
        topic,
        retain: declared.retain,
        schema: declared.schema,
        hasId: declared.hasId === true,
      });
    }
  });
});

const SINGLE = [...SCHEMAS].filter(([, { properties }]) => properties !== undefined);

describe.each(SINGLE)(
  'the schema %s',
  (path, { properties = {}, required = [], examples = [] }) => {
    const [example] = examples as readonly Readonly<Record<string, unknown>>[];
    const withKey = (key: string, value: unknown) => objections(path, { ...example, [key]: value });

    it('takes its own example', () => {
      expect(objections(path, example)).toEqual([]);
    });

    it('refuses a message that lacks a key', () => {
      for (const key of required) {
        const { [key]: _, ...rest } = example ?? {};
        expect(objections(path, rest)).toEqual([
          ` must have required property '${key}' ${params(key)}`,
        ]);
      }
    });

    it('takes a message without the keys that are optional', () => {
      const least = Object.fromEntries(required.map((key) => [key, example?.[key]]));
      expect(objections(path, least)).toEqual([]);
    });

    it('refuses a key that it does not know, also inside a key', () => {
      expect(withKey('call_weight', 1)).toHaveLength(1);
      for (const [key, value] of Object.entries(example ?? {})) {
        if (typeof value === 'object')
          expect(withKey(key, { ...value, weight: 1 })).not.toEqual([]);
      }
    });

    it('refuses what is of another type, or of no known word', () => {
      for (const [key, property] of Object.entries(properties)) {
        for (const value of wrongFor(property)) expect(withKey(key, value)).not.toEqual([]);
      }
    });

    it('says of every key what it is, and shows it', () => {
      for (const { description, examples: shown, enum: words, const: word, type } of deepProperties(
        SCHEMAS.get(path),
      )) {
        expect(description).toMatch(/^[^a-z].*[^.]\.$/s);
        if (type !== undefined) expect(shown ?? words ?? word).toBeDefined();
      }
    });
  },
);

describe('the schemas', () => {
  it.each([
    ['call/ringing', 'event', 'answered'],
    ['call/ringing', 'call_id', 1795236970.1],
    ['call/ringing', 'from', {}],
    ['call/ringing', 'from', { extension: 501 }],
    ['call/ringing', 'from', { extension: '', anonymous: false }],
    ['call/ringing', 'to', { extension: '502', name: null }],
    ['call/ringing', 'inferred', false],
    ['call/ringing', 'timestamp', '2026-11-21T04:56:10Z'],
    ['call/ringing', 'timestamp', '2026-11-21T05:56:10.666+01:00'],
    ['call/ringing', 'timestamp', '2026-13-21T04:56:10.666Z'],
    ['call/ringing', 'sequence', 0],
    ['call/ringing', 'sequence', 1.5],
    ['call/ringing', 'delayed_seconds', 5],
    ['call/answered', 'ring_duration_seconds', '0.813'],
    ['call/answered', 'answered_by', '502'],
    ['call/hungup', 'cause', 'tired'],
    ['call/hungup', 'cause_code', 16.5],
    ['call/hungup', 'talk_duration_seconds', -0.001],
    ['call/hungup', 'disposition', 'normal_clearing'],
    ['call/hungup', 'hungup_by', ''],
    ['call/hungup', 'last_seen', 1795236970666],
    ['call/left_queue', 'reason', 'bored'],
    ['call/transferred', 'transfer', 'warm'],
    ['calls', 'active', -1],
    ['bridge/info', 'ami', { state: 'up', since: '2026-11-21T04:56:10.666Z' }],
    ['bridge/info', 'pbx', { name: 'berlin', version: '22' }],
  ])('refuse in %s what nobody may rely on: %s is %j', (path, key, value) => {
    const example = SCHEMAS.get(path)?.examples?.[0] as object;
    expect(objections(path, { ...example, [key]: value })).not.toEqual([]);
  });

  it.each([
    ['gap', 'to', '2026-11-21T04:56:10Z'],
    ['resync', 'restarted', 'no'],
    ['shed', 'reasons', { max_weight: 1 }],
    ['shed', 'reasons', { max_age: 0 }],
  ])('refuse it in bridge/event, too: in %s, %s is %j', (name, key, value) => {
    const found = BRIDGE_EVENTS.find(({ event }) => event === name) ?? BRIDGE_EVENTS[0];
    const message = found && JSON.parse(toBridgePublication('asterisk', found).payload);
    expect(objections('bridge/event', message)).toEqual([]);
    expect(objections('bridge/event', { ...message, [key]: value })).not.toEqual([]);
  });
});

describe('a schema of plain text', () => {
  it.each(['bridge/state', 'pbx/state'])('takes two words and no other: %s', (path) => {
    expect(objections(path, 'online')).toEqual([]);
    for (const text of ['Online', '', 'true', 1]) expect(objections(path, text)).not.toEqual([]);
  });
});

describe('a schema of all events of a topic', () => {
  it.each(['call', 'bridge/event'])('refuses an event that is none: %s', (path) => {
    for (const event of EVENTS.map(contentOf)) {
      expect(objections(path, { ...(event as object), event: 'moved' })).not.toEqual([]);
    }
  });
});

it('no two schemas have the same name', () => {
  const ids = [...SCHEMAS.values()].map(({ $id }) => $id);
  expect(new Set(ids).size).toBe(ids.length);
});

describe('asyncapi.yaml', () => {
  const document = parse(readFileSync('docs/asyncapi.yaml', 'utf8'));
  const { messages, schemas } = document.components;
  const validator = formats.default(new Ajv({ strict: true })).addVocabulary(['components']);
  const takes = (schema: Property, value: unknown) =>
    validator.validate({ ...schema, components: { schemas } }, value);

  it('has an address for every topic', () => {
    const addresses = Object.values<{ address: string }>(document.channels).map(
      ({ address }) => address,
    );
    const { 'call/{call_id}/{event}': call, ...others } = TOPICS;
    expect(addresses.toSorted()).toEqual(
      [
        ...Object.keys(call.messages).map((event) => `{prefix}/call/{call_id}/${event}`),
        ...Object.keys(others).map((name) => `{prefix}/${name}`),
      ].toSorted(),
    );
  });

  it('refers to nothing that it does not have', () => {
    const references = JSON.stringify(document).matchAll(/"\$ref":"#\/([^"]+)"/g);
    const found = [...references].map(([, path = '']) => [path, at(document, path.split('/'))]);
    expect(found.length).toBeGreaterThan(100);
    expect(found.filter(([, part]) => part === undefined)).toEqual([]);
  });

  it.each(Object.keys(messages))('shows a message that is right, with its headers: %s', (id) => {
    const { payload: schema, headers: schemaOfHeaders, examples } = messages[id];
    const [{ payload, headers }] = examples;
    expect(takes(schema, payload)).toBe(true);
    expect(takes(schema, { ...payload, weight: 1 })).toBe(false);
    expect(headers === undefined).toBe(schemaOfHeaders === undefined);
    if (headers === undefined) return;
    expect(takes(schemaOfHeaders, headers)).toBe(true);
    expect(takes(schemaOfHeaders, { ...headers, schema: 'asterisk-mqtt/call/2' })).toBe(false);
  });
});

function wrongFor({ type, ...others }: Property): readonly unknown[] {
  const isOpen = type === 'string' && !['enum', 'const', 'format'].some((word) => word in others);
  const isNumber = type === 'number' || type === 'integer';
  return [null, [], ...(isNumber ? [-1, '1'] : [0.5, {}]), ...(isOpen ? [] : ['nonsense', ''])];
}

function params(missingProperty: string): string {
  return JSON.stringify({ missingProperty });
}

/** The paths of the schemas that a message must keep to. */
function schemasOf({ topic }: Publication): readonly string[] {
  const [, level, event] = /\/(call)\/[^/]+\/(\w+)$/.exec(topic) ?? [];
  if (level !== undefined) return [level, `${level}/${event}`];
  return [/(?:bridge\/\w+|pbx\/\w+|calls)$/.exec(topic)?.[0] ?? ''];
}

function contentOf({ payload, schema }: Publication): unknown {
  return schema === undefined ? payload : JSON.parse(payload);
}

function topicOf(topic: string): Topic {
  const name = topic.replace(/^asterisk\/(?:berlin\/)?/, '');
  return TOPICS[(name.startsWith('call/') ? 'call/{call_id}/{event}' : name) as TopicName];
}

type Property = Readonly<Record<string, unknown>>;

/** Of the message and of all objects in it. */
function deepProperties(schema: unknown): readonly Property[] {
  const { properties = {}, $defs = {} } = schema as Record<string, Record<string, Property>>;
  return [...Object.values(properties), ...Object.values($defs).flatMap(deepProperties)];
}

function at(value: unknown, path: readonly string[]): unknown {
  return path.reduce((part, key) => (part as Property | undefined)?.[key], value);
}
