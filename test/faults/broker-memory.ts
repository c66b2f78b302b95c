// A broker with a `memory_limit` that is full: of what it keeps for a subscriber that acknowledges nothing.

import { connectAsync, type MqttClient } from 'mqtt';

/** Not below the prefix of the bridge. */
const TOPIC = 'hoard';
/** The last gap is filled with small ones. */
const SIZES = [100_000, 1_000, 100];
const WITHIN_MS = 20_000;

/**
 * Ends the hoarder: with its connection goes all that was kept for it. It is there from before, as there is no room for
 * a new one.
 */
export type Hoard = { readonly empty: () => Promise<void> };

/** @throws Error where the broker takes all that it is given */
export async function fillMemory(url: string): Promise<Hoard> {
  const hoarder = await connect(url);
  hoarder.handleMessage = () => undefined; // it never says that it has it
  await hoarder.subscribeAsync(TOPIC, { qos: 1 });
  const deadline = performance.now() + WITHIN_MS;
  for (const size of SIZES) {
    while (await takes(url, size)) {
      if (performance.now() > deadline) throw new Error('the memory of the broker has no end');
    }
  }
  return { empty: () => hoarder.endAsync(true) };
}

/** Whether it takes a hundred more of them. */
async function takes(url: string, size: number): Promise<boolean> {
  const client = await connect(url).catch(() => undefined);
  if (client === undefined) return false;
  const refused = new Promise<false>((resolve) => client.once('close', () => resolve(false)));
  const publish = async () => {
    for (let n = 0; n < 100; n++) await client.publishAsync(TOPIC, Buffer.alloc(size), { qos: 1 });
    return true;
  };
  const isTaken = await Promise.race([publish().catch(() => false), refused]);
  await client.endAsync(true);
  return isTaken;
}

async function connect(url: string): Promise<MqttClient> {
  const options = { protocolVersion: 5, reconnectPeriod: 0, keepalive: 0 } as const;
  const client = await connectAsync(url, options, false);
  client.on('error', () => undefined);
  return client;
}
