// What is done to the bridge and to what it talks to. Each fault runs while calls go on, mends what it broke, and says when
// it had mended it.

import { setTimeout as delay } from 'node:timers/promises';
import { connectAsync } from 'mqtt';
import { type Fixture, loadFixture } from '../support/load-fixtures.ts';
import type { BridgeEnv, BridgeProcess } from './bridge-process.ts';
import { CLIENT_ID, PREFIX, type Rig } from './rig.ts';
import { outage, repeatedly, type Time } from './timing.ts';

export type Fault = {
  /** For the table. */
  readonly about: string;
  /**
   * `ms`: for how long there is load; `outageMs`: how long something is to be away. Resolves when all is mended, with
   * the moment in epoch milliseconds from which on the bridge could work as always.
   */
  readonly run: (rig: Rig, time: Time) => Promise<number>;
  readonly env?: BridgeEnv;
  readonly broker?: readonly string[];
  /** What is on its way when the AMI link is lost is lost with it: so long it may have been under way. */
  readonly slackMs?: number;
  /** A warning or an error by which the bridge shows that it had to do with it: else nothing was broken. */
  readonly shows?: RegExp;
  /** It is not mixed with others. */
  readonly alone?: true;
  /** The outbox is on a disk of its own, which can be broken. */
  readonly onDisk?: true;
  /** Where it is not the usual one. */
  readonly callsPerSecond?: number;
  readonly seconds?: number;
};

function away(milliseconds: number): (rig: Rig, time: Time) => Promise<number> {
  return async ({ mqtt }, { ms }) => {
    for (const direction of ['up', 'down'] as const) {
      mqtt.set(direction, { delayMs: milliseconds / 2 });
    }
    await delay(ms);
    mqtt.heal();
    return Date.now();
  };
}

async function startedAgain(bridge: BridgeProcess, ms: number, end: () => Promise<unknown>) {
  const mendedAt = await repeatedly(ms, 7_000, async () => {
    await end();
    bridge.again();
  });
  return mendedAt;
}

function clockSet(offsetMs: number): Fault['run'] {
  return (rig, time) =>
    outage(time, {
      begin: () => rig.bridge.setClock(offsetMs),
      end: () => rig.bridge.setClock(0),
    });
}

function clockSetAndCut(offsetMs: number): Fault['run'] {
  return async (rig, time) => {
    rig.bridge.setClock(offsetMs);
    const mendedAt = await cutOff(rig, time);
    rig.bridge.setClock(0);
    return mendedAt;
  };
}

function cutOff({ ami }: Rig, time: Time): Promise<number> {
  return outage(time, {
    begin: () => {
      ami.refuse(true);
      ami.cut();
    },
    end: () => ami.heal(),
  });
}

const MQTT_LOST = /"link":"mqtt"/;
const AMI_LOST = /"link":"ami"/;

export const FAULTS: Readonly<Record<string, Fault>> = {
  none: {
    about: 'nothing is broken',
    run: async (_, { ms }) => {
      await delay(ms);
      return Date.now();
    },
  },
  'broker-stopped': {
    about: 'the broker is stopped and comes back',
    shows: MQTT_LOST,
    run: ({ broker }, time) =>
      outage(time, { begin: () => broker.stop(), end: () => broker.again() }),
  },
  'broker-frozen': {
    about: 'the broker is frozen (`docker pause`) and goes on',
    run: ({ broker }, time) =>
      outage(time, { begin: () => broker.freeze(), end: () => broker.thaw() }),
  },
  'broker-refusing': {
    about: 'the broker takes no connections',
    shows: MQTT_LOST,
    run: ({ mqtt }, time) =>
      outage(time, {
        begin: () => {
          mqtt.refuse(true);
          mqtt.reset();
        },
        end: () => mqtt.heal(),
      }),
  },
  'broker-denying': {
    about: 'the broker allows nobody to publish call events, then everybody again',
    shows: /MQTT_PUBLISH_DENIED/,
    run: ({ broker }, time) =>
      outage(time, { begin: () => broker.deny(`${PREFIX}/call`), end: () => broker.allowAll() }),
  },
  'broker-full': {
    about: 'the memory of the broker is full (`memory_limit`): it throws out who publishes',
    alone: true,
    broker: ['memory_limit 64000000'],
    shows: MQTT_LOST,
    run: ({ broker }, time) =>
      outage(time, { begin: () => broker.fill(), end: () => broker.empty() }),
  },
  'broker-50ms': { about: 'the broker is 50 ms away (round trip)', run: away(50) },
  'broker-500ms': { about: 'the broker is 500 ms away (round trip)', run: away(500) },
  'broker-restarting': {
    about: 'the broker is stopped and started every 5 s',
    shows: MQTT_LOST,
    run: ({ broker }, { ms }) =>
      repeatedly(ms, 5_000, async () => {
        await broker.stop();
        await broker.again();
      }),
  },
  'broker-stranger': {
    about: 'a stranger takes the client id every second for as long as an outage',
    shows: /MQTT_/,
    run: async ({ broker }, time) => {
      const stranger = new AbortController();
      const intruding = intrude(broker.port, stranger.signal);
      const mendedAt = await outage(time, {
        begin: () => undefined,
        end: () => stranger.abort(),
      });
      await intruding;
      return mendedAt;
    },
  },
  'mqtt-stalled': {
    about: 'the way to the broker takes and gives nothing',
    run: ({ mqtt }, time) =>
      outage(time, {
        begin: () => {
          mqtt.set('up', { stalled: true });
          mqtt.set('down', { stalled: true });
        },
        end: () => mqtt.heal(),
      }),
  },
  'mqtt-deaf': {
    about: 'what the broker says does not arrive: it is told everything twice',
    shows: MQTT_LOST,
    run: ({ mqtt }, time) =>
      outage(time, {
        begin: () => mqtt.set('down', { stalled: true }),
        end: () => {
          mqtt.reset();
          mqtt.heal();
        },
      }),
  },
  'mqtt-reset': {
    about: 'the connection to the broker is reset in mid-message every 2 s',
    shows: MQTT_LOST,
    run: ({ mqtt, random }, { ms }) =>
      repeatedly(ms, 2_000, () => {
        const direction = random() < 0.5 ? 'up' : 'down';
        mqtt.resetAfter(direction, Math.ceil(random() * 2_000));
      }),
  },
  'mqtt-throttled': {
    about: 'the way to the broker takes 200 kB/s',
    run: async ({ mqtt }, { ms }) => {
      mqtt.set('up', { bytesPerSecond: 200_000 });
      await delay(ms);
      mqtt.heal();
      return Date.now();
    },
  },
  'ami-cut': {
    about: 'the connection to Asterisk is closed and cannot be made again for an outage',
    shows: AMI_LOST,
    run: cutOff,
  },
  'ami-reset': {
    about: 'the connection to Asterisk is reset in mid-message every 5 s',
    shows: AMI_LOST,
    run: ({ ami, random }, { ms }) =>
      repeatedly(ms, 5_000, () => ami.resetAfter('down', Math.ceil(random() * 5_000))),
  },
  'ami-stalled': {
    about: 'the way from Asterisk gives nothing for 5 s, and Asterisk throws the reader out',
    shows: AMI_LOST,
    run: ({ ami }, { ms }) =>
      outage(
        { ms, outageMs: 5_000 },
        { begin: () => ami.set('down', { stalled: true }), end: () => ami.heal() },
      ),
    slackMs: 500,
  },
  'ami-kicked': {
    about: 'Asterisk ends the session every 5 s',
    shows: AMI_LOST,
    run: ({ pbx }, { ms }) => repeatedly(ms, 5_000, () => pbx.kick(1)),
  },
  'ami-segments': {
    about:
      'every second, what Asterisk says comes in segments of one byte: for 0.2 s one each 10 ms, then for 0.1 s as fast' +
      ' as they go',
    alone: true,
    run: async ({ ami }, { ms }) => {
      const until = Date.now() + ms;
      while (Date.now() < until) {
        ami.set('down', { segmentBytes: 1, segmentEveryMs: 10 });
        await delay(200);
        ami.set('down', { segmentBytes: 1 });
        await delay(100);
        ami.heal();
        await delay(700);
      }
      return Date.now();
    },
  },
  'bridge-killed': {
    about: 'the bridge is killed (`kill -9`) every 7 s, and started again',
    run: ({ bridge }, { ms }) => startedAgain(bridge, ms, () => bridge.kill()),
  },
  'bridge-stopped': {
    about: 'the bridge is stopped (`SIGTERM`) every 7 s, and started again',
    run: ({ bridge }, { ms }) => startedAgain(bridge, ms, () => bridge.stop()),
  },
  'disk-full': {
    about: 'the disk of the outbox is full',
    onDisk: true,
    shows: /OUTBOX_DISK_FAILED/,
    run: ({ disk }, time) => outage(time, { begin: () => disk?.fill(), end: () => disk?.empty() }),
  },
  'disk-read-only': {
    about: 'the disk of the outbox refuses every write',
    onDisk: true,
    shows: /OUTBOX_DISK_FAILED/,
    run: ({ disk }, time) =>
      outage(time, { begin: () => disk?.protect(), end: () => disk?.unprotect() }),
  },
  'disk-slow': {
    about: 'the disk of the outbox does nothing for 2 s, every 8 s',
    onDisk: true,
    run: ({ disk }, { ms }) =>
      repeatedly(ms, 8_000, async () => {
        await disk?.freeze();
        await delay(2_000);
        await disk?.thaw();
      }),
  },
  'clock-forward': { about: 'the clock of the bridge is an hour ahead', run: clockSet(3_600_000) },
  'clock-back': { about: 'the clock of the bridge is an hour behind', run: clockSet(-3_600_000) },
  'clock-forward-cut': {
    about: 'the clock of the bridge is set an hour ahead, and the connection to Asterisk is lost',
    shows: AMI_LOST,
    run: clockSetAndCut(3_600_000),
  },
  'clock-back-cut': {
    about: 'the clock of the bridge is set an hour back, and the connection to Asterisk is lost',
    shows: AMI_LOST,
    run: clockSetAndCut(-3_600_000),
  },
  'large-values': {
    about: 'every second a call whose names have 70 kB, and every 5 s one that has a name of 5 MB',
    alone: true,
    run: ({ load }, { ms }) => {
      const call = quietCall();
      let count = 0;
      return repeatedly(ms, 1_000, () => {
        count += 1;
        const isHuge = count % 5 === 0;
        const name = 'x'.repeat(isHuge ? 5_000_000 : 70_000);
        const isChanged = (text: string) => !isHuge || text.startsWith('Event: NewConnectedLine');
        const change = (text: string) =>
          isChanged(text) ? text.replace(/(?<=\nCallerIDName: )[^\r]*/, name) : text;
        load.add(call, { change });
      });
    },
  },
  abandoned: {
    about: '10,000 calls ring and are never heard of again; then Asterisk ends the session',
    alone: true,
    run: async ({ load, pbx }, { ms }) => {
      const call = quietCall();
      for (let hundreds = 0; hundreds < 100; hundreds++) {
        for (let n = 0; n < 100; n++) load.add(call, { messages: 8 });
        await delay(20);
      }
      await delay(ms / 2);
      pbx.kick(1);
      const mendedAt = Date.now();
      await delay(ms / 2);
      return mendedAt;
    },
  },
  starved: {
    about: 'the bridge can do nothing for 1 s, every 5 s',
    run: ({ bridge }, { ms }) => repeatedly(ms, 5_000, () => bridge.starve(1_000)),
  },
};

function quietCall(): Fixture {
  const call = loadFixture('answered-internal');
  if (call === undefined) throw new Error('answered-internal is no call that ends');
  return call;
}

/** Somebody with our client id comes every second. */
async function intrude(port: number, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    const client = await connectAsync(`mqtt://127.0.0.1:${port}`, {
      clientId: CLIENT_ID,
      reconnectPeriod: 0,
    });
    client.on('error', () => undefined);
    await delay(1_000);
    await client.endAsync(true);
  }
}
