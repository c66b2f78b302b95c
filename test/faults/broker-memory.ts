// A broker with a `memory_limit` that is full: of what it keeps for a subscriber that is away.

import { setTimeout as delay } from 'node:timers/promises';
import { connectAsync } from 'mqtt';

/** Not below the prefix of the bridge. */
const TOPIC = 'hoard';
const HOARDER = { clientId: 'hoarder', protocolVersion: 5, reconnectPeriod: 0 } as const;
/** The last gap is filled with small ones. */
const SIZES = [100_000, 1_000, 100];
const WITHIN_MS = 20_000;

/** @throws Error where the broker takes all that it is given */
export async function fillMemory(url: string): Promise<void> {
  const properties = { sessionExpiryInterval: 3_600 };
  const hoarder = await connectAsync(url, { ...HOARDER, clean: false, properties }, false);
  await hoarder.subscribeAsync(TOPIC, { qos: 1 });
  await hoarder.endAsync();
  const deadline = performance.now() + WITHIN_MS;
  for (const size of SIZES) {
    while (await takes(url, size)) {
      if (performance.now() > deadline) throw new Error('the memory of the broker has no end');
    }
  }
}

/** The hoarder comes back and wants nothing any more. */
export async function emptyMemory(url: string): Promise<void> {
  for (const deadline = performance.now() + WITHIN_MS; performance.now() < deadline; ) {
    const client = await connectAsync(url, { ...HOARDER, clean: true }, false).catch(
      () => undefined,
    );
    if (client !== undefined) {
      await client.endAsync();
      return;
    }
    await delay(50);
  }
  throw new Error('the broker has no room for who would make some');
}

/** Whether it takes a hundred more of them. */
async function takes(url: string, size: number): Promise<boolean> {
  const client = await connectAsync(url, { protocolVersion: 5, reconnectPeriod: 0 }, false).catch(
    () => undefined,
  );
  if (client === undefined) return false;
  client.on('error', () => undefined);
  const refused = new Promise<false>((resolve) => client.once('close', () => resolve(false)));
  const publish = async () => {
    for (let n = 0; n < 100; n++) await client.publishAsync(TOPIC, Buffer.alloc(size), { qos: 1 });
    return true;
  };
  const isTaken = await Promise.race([publish().catch(() => false), refused]);
  await client.endAsync(true);
  return isTaken;
}
