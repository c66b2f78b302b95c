// What subscribers and operators see when Asterisk, the broker or the bridge goes away and comes back, in the middle of a
// call and without one.

import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  dropPhones,
  killContainer,
  restartAsterisk,
  reviveAsterisk,
  reviveContainer,
  stopContainer,
} from '../lab/containers.ts';
import { play } from '../lab/play.ts';
import { SCENARIOS, type Scenario } from '../lab/scenarios.ts';
import { retryWhereHeldUp } from './held-up.ts';
import { type Bridge, startBridge } from './image.ts';
import { LAB_ENV, type Rig, startRig } from './rig.ts';

const TALKING: Scenario = {
  story: '101 calls 102, who answers at once; they talk until somebody ends it for them',
  phones: [{ at: '102', ring: 200 }],
  callers: [{ from: '101', dials: '102', talk: 40_000, ends: 200 }],
};
const LONG: Scenario = {
  story: '101 calls 102, who answers; they talk long enough for a bridge to come back',
  phones: [{ at: '102', ring: 1200 }],
  callers: [{ from: '101', dials: '102', talk: 8_000, ends: 200 }],
};
const SHORT = SCENARIOS['answered-internal'] as Scenario;
const TOLD = ['ringing', 'answered', 'hungup'];

const retry = retryWhereHeldUp();

let rig: Rig;
beforeAll(async () => {
  rig = await startRig();
});
afterAll(() => rig?.[Symbol.asyncDispose]());
beforeEach(() => rig.subscriber.clear());

describe('a broker that is killed in the middle of a call', () => {
  it('gets the end of the call as soon as it is back', { retry }, async ({ signal }) => {
    const { lab, broker, subscriber } = rig;
    const playing = play(lab, SHORT);
    await subscriber.untilEvent('answered', signal);
    await killContainer(broker);
    const { calls } = await playing;
    await reviveContainer(broker);
    const [told] = await subscriber.untilHungUp(1, signal);
    expect(told?.map(({ event }) => event)).toEqual(TOLD);
    const hungup = told?.at(-1);
    const late = Date.parse(String(hungup?.timestamp)) - (calls[0]?.ended ?? 0);
    expect(Math.abs(late)).toBeLessThan(150); // when it happened, not when it could be told
    expect(hungup?.inferred).toBeUndefined();
  });
});

describe('a broker that is away for 10 s', () => {
  it('makes the container unhealthy, then gets what happened meanwhile', async ({ signal }) => {
    const { lab, broker, bridge, subscriber } = rig;
    await bridge.untilHealth('healthy', signal);
    await stopContainer(broker);
    const backAt = delay(10_000);
    await play(lab, SHORT);
    const { output } = await bridge.untilHealth('unhealthy', signal);
    expect(output).toMatch(/^Not connected to the broker: MQTT_UNREACHABLE: .+\n$/);
    await backAt;
    await reviveContainer(broker);
    const [told] = await subscriber.untilHungUp(1, signal);
    expect(told?.map(({ event }) => event)).toEqual(TOLD);
    expect(told?.[0]?.delayed_seconds).toBeGreaterThan(5);
    expect((await bridge.untilHealth('healthy', signal)).output).toBe('ready\n');
  });
});

describe('an Asterisk that is killed in the middle of a call', () => {
  it('has the call end by its restart, and tells the next one', async ({ signal }) => {
    const { lab, subscriber } = rig;
    const playing = play(lab, TALKING).catch(() => 'cut off');
    await subscriber.untilEvent('answered', signal);
    await killContainer(lab.asterisk);
    await subscriber.untilTopic('asterisk/pbx/state', 'offline', signal);
    await dropPhones(lab);
    expect(await playing).toBe('cut off');
    await reviveAsterisk(lab);
    const [told] = await subscriber.untilHungUp(1, signal);
    expect(told?.at(-1)).toMatchObject({
      cause: 'pbx_restart',
      disposition: 'answered',
      inferred: true,
    });
    await subscriber.untilTopic('asterisk/pbx/state', 'online', signal);
    await tellsTheNextCall(signal);
  });
});

describe('an Asterisk that is restarted', () => {
  it('makes the container unhealthy until it is back', async ({ signal }) => {
    const { lab, bridge, subscriber } = rig;
    await bridge.untilHealth('healthy', signal);
    await stopContainer(lab.asterisk);
    const { output } = await bridge.untilHealth('unhealthy', signal);
    expect(output).toMatch(/^Not logged in to Asterisk: AMI_UNREACHABLE: .+\n$/);
    await reviveAsterisk(lab);
    await subscriber.untilTopic('asterisk/pbx/state', 'online', signal);
    await bridge.untilHealth('healthy', signal);
    await tellsTheNextCall(signal);
  });

  it('from its own console is told as a gap', async ({ signal }) => {
    const { lab, subscriber } = rig;
    await restartAsterisk(lab);
    const gap = await subscriber.untilBridgeEvent('gap', signal);
    expect(Date.parse(String(gap.to))).toBeGreaterThanOrEqual(Date.parse(String(gap.from)));
    await subscriber.untilBridgeEvent('resync', signal);
    await tellsTheNextCall(signal);
  });
});

describe('a bridge', () => {
  it('that is stopped says so, and ends with 0', async ({ signal }) => {
    const { bridge, subscriber } = rig;
    expect(await bridge.stop()).toBe(0);
    await subscriber.untilTopic('asterisk/bridge/state', 'offline', signal);
    await subscriber.untilTopic('asterisk/pbx/state', 'offline', signal);
    expect(bridge.lines().slice(-2)).toMatchObject([
      { message: 'Stopping: SIGTERM' },
      { message: 'Stopped; everything was delivered' },
    ]);
  });

  it('that is stopped while the broker is away delivers what is pending once it is there', async ({
    signal,
  }) => {
    const { lab, broker, bridge, subscriber } = rig;
    await bridge.revive();
    await subscriber.untilTopic('asterisk/pbx/state', 'online', signal);
    await stopContainer(broker);
    await play(lab, SHORT);
    const stopping = bridge.stop();
    await reviveContainer(broker);
    expect(await stopping).toBe(0);
    const [told] = await subscriber.untilHungUp(1, signal);
    expect(told?.map(({ event }) => event)).toEqual(TOLD);
    await subscriber.untilTopic('asterisk/bridge/state', 'offline', signal);
  });

  it('that is killed is said to be offline by its will', async ({ signal }) => {
    const { bridge, subscriber } = rig;
    await bridge.revive();
    await subscriber.untilTopic('asterisk/bridge/state', 'online', signal);
    await bridge.kill();
    await subscriber.untilTopic('asterisk/bridge/state', 'offline', signal);
    await bridge.revive();
    await subscriber.untilTopic('asterisk/bridge/state', 'online', signal);
    await subscriber.untilTopic('asterisk/pbx/state', 'online', signal);
    await tellsTheNextCall(signal);
  });
});

describe.each([
  { how: 'killed', end: (bridge: Bridge) => bridge.kill() },
  { how: 'stopped', end: (bridge: Bridge) => bridge.stop() },
])('a bridge that is $how in the middle of a call', ({ end }) => {
  it.each(['ringing', 'answered'])('goes on with it after %s', { retry }, async (event) => {
    const { lab, bridge, subscriber } = rig;
    const signal = AbortSignal.timeout(30_000);
    subscriber.clear();
    const playing = play(lab, LONG);
    await subscriber.untilEvent(event, signal);
    await end(bridge);
    await bridge.revive();
    const gap = await subscriber.untilBridgeEvent('gap', signal);
    expect(await subscriber.untilBridgeEvent('resync', signal)).toMatchObject({ kept: 1 });
    const { calls } = await playing;
    const [told] = await subscriber.untilHungUp(1, signal);
    expect(told?.map((one) => one.event)).toEqual(TOLD);
    expect(told?.map(({ sequence }) => sequence)).toEqual([1, 2, 3]);
    const [, answered, hungup] = told ?? [];
    const toMs = (time: unknown) => Date.parse(String(time));
    expect(Math.abs(toMs(hungup?.timestamp) - (calls[0]?.ended ?? 0))).toBeLessThan(150);
    const talked = (toMs(hungup?.timestamp) - toMs(answered?.timestamp)) / 1_000;
    expect(hungup?.talk_duration_seconds).toBeCloseTo(talked, 3);
    expect(hungup).toMatchObject({ hungup_by: 'caller', cause: 'normal_clearing' });
    expect(toMs(gap.from)).toBeLessThanOrEqual(toMs(gap.to));
  });
});

describe('a bridge with a wrong secret', () => {
  it('is unhealthy, and says in its log what to compare', async ({ signal }) => {
    const env = {
      ...LAB_ENV,
      AMI_SECRET: 'not-the-secret',
      MQTT_TOPIC_PREFIX: 'asterisk/wrong',
    };
    const { network } = rig.lab;
    await using bridge = await startBridge({ network, env, healthy: false });
    const { output } = await bridge.untilHealth('unhealthy', signal);
    expect(output).toMatch(/^Not logged in to Asterisk: AMI_LOGIN_REJECTED: .*AMI_SECRET/);
    const refused = bridge.lines().filter(({ code }) => code === 'AMI_LOGIN_REJECTED');
    expect(refused).toMatchObject([{ level: 'error', retry_in_seconds: 60 }]);
    expect(refused[0]?.message).toMatch(/"bridge".*asterisk:5038.*AMI_SECRET.*manager\.conf/);
    expect(bridge.log()).not.toContain('not-the-secret');
  });
});

async function tellsTheNextCall(signal: AbortSignal): Promise<void> {
  const { lab, subscriber } = rig;
  subscriber.clear();
  await play(lab, SHORT);
  const [next] = await subscriber.untilHungUp(1, signal);
  expect(next?.map(({ event }) => event)).toEqual(TOLD);
}
