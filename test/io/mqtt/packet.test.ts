import fc from 'fast-check';
import { generate } from 'mqtt-packet';
import { describe, expect, it } from 'vitest';
import type { Publication } from '../../../src/core/event/publication.ts';
import { messageProperties, packetBytes, topicTrouble } from '../../../src/io/mqtt/packet.ts';
import { anyCharacter } from '../../support/any-character.ts';
import { runs } from '../../support/property-runs.ts';

const publications: fc.Arbitrary<Publication> = fc.record({
  topic: fc.string({ unit: anyCharacter, minLength: 1 }),
  payload: fc.string({ unit: anyCharacter, maxLength: 2_000, size: 'max' }),
  retain: fc.boolean(),
  at: fc.constant(0),
  schema: fc.constantFrom('asterisk-mqtt/call/1' as const, 'asterisk-mqtt/bridge/1' as const),
  id: fc.string({ unit: anyCharacter }),
});

describe('the size of a packet', () => {
  it.each(['5', '3.1.1'] as const)('is exactly what is sent, with MQTT %s', (version) => {
    fc.assert(
      fc.property(publications, fc.boolean(), (publication, json) => {
        const { schema, ...plain } = publication;
        const told = json ? publication : plain;
        const sent = generate(toPacket(told, version), {
          protocolVersion: version === '5' ? 5 : 4,
        });
        expect(packetBytes(told, version)).toBe(sent.length);
      }),
      { numRuns: runs(25) },
    );
  });
});

describe('a topic', () => {
  it.each(['asterisk/call/1770888509.40/ringing', 'münchen/call/%2B49/hungup', '☎️/x', 'a b/c'])(
    'can be %j',
    (topic) => {
      expect(topicTrouble(topic)).toBeUndefined();
    },
  );
});

function toPacket(publication: Publication, version: '5' | '3.1.1') {
  const properties = version === '5' ? messageProperties(publication) : undefined;
  return {
    cmd: 'publish' as const,
    topic: publication.topic,
    payload: publication.payload,
    qos: 1 as const,
    dup: false,
    retain: publication.retain,
    messageId: 1,
    ...(properties && { properties }),
  };
}
