// A broker that sends anything: what it does ends in `closed`, and nothing throws anywhere else.

import fc from 'fast-check';
import { generate, type Packet } from 'mqtt-packet';
import { expect, it } from 'vitest';
import { ConnectorError } from '../../../src/errors.ts';
import { connectBroker } from '../../../src/io/mqtt/client.ts';
import { runs } from '../../support/property-runs.ts';
import { accepted, scriptedBroker } from '../../support/scripted-broker.ts';

const PACKETS: readonly Packet[] = [
  { cmd: 'publish', topic: 'a/b', payload: 'x', qos: 0, dup: false, retain: false },
  { cmd: 'publish', topic: 'a', payload: 'x', qos: 2, dup: true, retain: true, messageId: 7 },
  { cmd: 'puback', messageId: 1 },
  { cmd: 'puback', messageId: 65_535 },
  { cmd: 'pubrec', messageId: 1 },
  { cmd: 'pubrel', messageId: 9 },
  { cmd: 'suback', messageId: 1, granted: [0] },
  { cmd: 'pingresp' },
  { cmd: 'disconnect', reasonCode: 0x95 },
  { cmd: 'auth', reasonCode: 0x18, properties: { authenticationMethod: 'x' } },
  accepted(),
];

const packet = fc
  .constantFrom(...PACKETS)
  .map((one) => Buffer.from(generate(one, { protocolVersion: 5 })));
const damaged = fc
  .tuple(packet, fc.nat(), fc.nat(255))
  .map(([bytes, at, byte]) => bytes.fill(byte, at % bytes.length, (at % bytes.length) + 1));
const bytes = fc.oneof(
  packet,
  damaged,
  fc.uint8Array({ maxLength: 40 }).map((array) => Buffer.from(array)),
);

it('what no broker sends first, and what is behind it, throws nowhere', async () => {
  const bytes = PACKETS.slice(0, 2).map((one) => generate(one, { protocolVersion: 5 }));
  await using broker = await scriptedBroker({
    onConnect: (_, peer) => peer.raw(Buffer.concat(bytes)),
  });
  const settings = { url: broker.url, clientId: 'x', stateTopic: 's', keepaliveSeconds: 30 };
  const attempt = connectBroker({ ...settings, protocolVersion: '5' }, AbortSignal.timeout(5_000));
  await expect(attempt).rejects.toMatchObject({ code: 'MQTT_NOT_A_BROKER' });
  await new Promise((resolve) => setTimeout(resolve, 5)); // for what would be thrown
});

it.each(['5', '3.1.1'] as const)(
  'whatever a broker of %s sends, before or after it accepts',
  async (version) => {
    const attack = fc.record({ first: fc.boolean(), pieces: fc.array(bytes, { maxLength: 6 }) });
    await fc.assert(
      fc.asyncProperty(attack, async ({ first, pieces }) => {
        await using broker = await scriptedBroker({
          onConnect: (_, peer) => {
            if (!first) peer.send(accepted());
            for (const piece of pieces) peer.raw(piece);
            setImmediate(peer.hangUp);
          },
        });
        const settings = { url: broker.url, clientId: 'x', stateTopic: 's', keepaliveSeconds: 30 };
        const signal = AbortSignal.timeout(5_000);
        const ending = await connectBroker({ ...settings, protocolVersion: version }, signal).then(
          ({ closed }) => closed,
          (error) => error,
        );
        expect(ending).toBeInstanceOf(ConnectorError);
      }),
      { numRuns: runs(14) },
    );
  },
);
